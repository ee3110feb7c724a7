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
    "compose": 22, "classic": 22, "explain": 7, "fix": 12, "tests": 9, "fim": 17, "identity": 3, "decline": 8,
}  # fmt: skip
SOURCES = {"tests": assertions, "fim": middle, "identity": talk, "decline": talk}  # the rest is in tasks


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample; `task` is a key of TASKS, random by weight if None. Only the test split has tests."""
    task = task or rng.choices(list(TASKS), list(TASKS.values()))[0]
    sample: Sample = getattr(SOURCES.get(task, tasks), task)(rng, split)
    return sample
