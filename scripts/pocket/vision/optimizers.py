"""Optimizers of the vision model's training and the course of the learning rate."""

from __future__ import annotations

from typing import Any

import torch

from scripts.pocket.vision.hints import HintHead
from scripts.pocket.vision.recipe import VisionRecipe

MIN_RATE = 0.005


def make_optimizers(model: Any, head: HintHead, recipe: VisionRecipe) -> list[torch.optim.Optimizer]:
    """Return Muon for the hidden matrices and AdamW for embeddings, norms, biases and the first convolution."""
    matrices: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = list(head.parameters())
    for name, parameter in model.named_parameters():
        (matrices if parameter.ndim == 2 and "embed" not in name else others).append(parameter)
    muon = torch.optim.Muon(
        matrices, lr=recipe.muon_rate, momentum=0.95, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"
    )
    adam = torch.optim.AdamW(others, lr=recipe.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
    for optimizer in (muon, adam):
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return [muon, adam]


def rate_factor(done: float, step: int, recipe: VisionRecipe) -> float:
    """Return the learning rate relative to its peak."""
    warmup = min(1.0, (step + 1) / recipe.warmup_steps)
    decay = min(1.0, (1 - done) / recipe.decay_share)
    return max(MIN_RATE, warmup * decay)
