"""Lessons: short texts with cells that run a model, predictions that lock, and checked questions."""
