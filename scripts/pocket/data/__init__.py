"""Generators of the training and test text of the pocket models."""
