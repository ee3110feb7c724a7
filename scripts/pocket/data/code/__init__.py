"""Requests for small Python functions, with answers that are executed to check them."""

from __future__ import annotations

import random

from scripts.pocket.data.code import talk, tasks
from scripts.pocket.data.code.check import are_right
from scripts.pocket.data.code.unseen import UNSEEN
from scripts.pocket.data.sample import Sample, Split

__all__ = ["TASKS", "UNSEEN", "are_right", "generate"]

# Task -> how often it is drawn.
TASKS: dict[str, float] = {
    "compose": 27, "classic": 26, "explain": 8, "fix": 12, "tests": 7, "fim": 13, "identity": 2.5, "decline": 4.5,
}  # fmt: skip


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample; `task` is a key of TASKS, random by weight if None. Only the test split has tests."""
    task = task or rng.choices(list(TASKS), list(TASKS.values()))[0]
    source = talk if task in ("identity", "decline") else tasks
    sample: Sample = getattr(source, task)(rng, split)
    return sample
