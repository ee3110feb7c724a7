"""Qwen Playground: one model cache, one door to generation, tabs on top."""

__version__ = "0.1.0"
