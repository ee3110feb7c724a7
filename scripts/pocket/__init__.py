"""Train, evaluate and document the small Qwen-architecture models in `assets/models`."""
