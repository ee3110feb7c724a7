"""The vision model: pictures, questions about them, network, training and evaluation."""
