"""Requests for small Python functions, with answers that are executed to check them."""

from __future__ import annotations

import random

from scripts.pocket.data.code import assertions, middle, talk, tasks
from scripts.pocket.data.code.check import are_right
from scripts.pocket.data.code.unseen import UNSEEN
from scripts.pocket.data.sample import Sample, Split

__all__ = ["TASKS", "UNSEEN", "are_right", "generate"]

# Task -> how often it is drawn.
TASKS: dict[str, float] = {
    "compose": 23, "classic": 20, "explain": 6, "fix": 9, "tests": 6, "fim": 27, "identity": 3, "decline": 6,
}  # fmt: skip
SOURCES = {"tests": assertions, "fim": middle, "identity": talk, "decline": talk}  # the rest is in tasks


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample; `task` is a key of TASKS, random by weight if None. Only the test split has tests."""
    task = task or rng.choices(list(TASKS), list(TASKS.values()))[0]
    sample: Sample = getattr(SOURCES.get(task, tasks), task)(rng, split)
    return sample
