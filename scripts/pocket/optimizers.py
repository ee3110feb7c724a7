"""Optimizers of all pocket trainings and the course of the learning rate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import torch

MIN_RATE = 0.005


class Rates(Protocol):
    """What a recipe says about learning rates."""

    @property
    def muon_rate(self) -> float: ...
    @property
    def adam_rate(self) -> float: ...
    @property
    def warmup_steps(self) -> int: ...
    @property
    def decay_share(self) -> float: ...


def make_optimizers(
    named: Iterable[tuple[str, torch.nn.Parameter]], recipe: Rates, more: Iterable[torch.nn.Parameter] = ()
) -> list[torch.optim.Optimizer]:
    """Return Muon for the hidden matrices and AdamW for the rest: embeddings, norms, biases, routers and `more`."""
    matrices: list[torch.nn.Parameter] = []
    others = list(more)
    for name, parameter in named:
        hidden = parameter.ndim == 2 and "embed" not in name and "mlp.gate." not in name
        (matrices if hidden else others).append(parameter)
    muon = torch.optim.Muon(
        matrices, lr=recipe.muon_rate, momentum=0.95, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"
    )
    adam = torch.optim.AdamW(others, lr=recipe.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
    for optimizer in (muon, adam):
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return [muon, adam]


def rate_factor(done: float, step: int, recipe: Rates) -> float:
    """Return the learning rate relative to its peak."""
    warmup = min(1.0, (step + 1) / recipe.warmup_steps)
    decay = min(1.0, (1 - done) / recipe.decay_share)
    return max(MIN_RATE, warmup * decay)


def set_rates(optimizers: list[torch.optim.Optimizer], factor: float) -> None:
    """Set every learning rate to `factor` of its peak."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * factor


def update(optimizers: list[torch.optim.Optimizer]) -> None:
    """Apply the gradients and forget them."""
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
