"""Qwen Playground: one model cache, one door to generation, tabs on top."""
