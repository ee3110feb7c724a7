"""What the trainings of text and vision models share: how long a run lasts, its counters and its checkpoint."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from scripts.pocket.files import machine

CHECKPOINT = "checkpoint.pt"


@dataclass
class Counters:
    """How far a run is; saved in the checkpoint and, at the end, in training.json."""

    step: int = 0
    tokens: int = 0
    target_tokens: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    losses: list[tuple[int, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Budget:
    """When to stop: after `minutes` of wall time, or after `steps` optimizer steps if given."""

    minutes: float
    steps: int | None = None

    def done(self, progress: Counters) -> float:
        """Return the finished share of the run, from 0 to 1 and above."""
        if self.steps:
            return progress.step / self.steps
        return progress.seconds / (60 * self.minutes)


def write_checkpoint(state: dict[str, Any], folder: Path) -> None:
    """Write the checkpoint, replacing the old one when complete."""
    partial = folder / (CHECKPOINT + ".part")
    torch.save(state, partial)
    os.replace(partial, folder / CHECKPOINT)


def cost(progress: Counters, seed: int, minutes: float, threads: int, device: str) -> dict[str, Any]:
    """Return what training.json tells of any run: seed, time and machine."""
    return {
        "seed": seed,
        "planned_minutes": minutes,
        "wall_minutes": round(progress.seconds / 60, 1),
        "cpu_minutes": round(progress.cpu_seconds / 60, 1),
        "machine": machine(device),
        "threads": threads,
        "torch": torch.__version__,
    }
