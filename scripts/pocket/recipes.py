"""What is trained: one recipe per shipped text model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from scripts.pocket.data.mixture import Share

ASSETS = Path("assets/models")

Architecture = Literal["qwen2", "qwen3", "qwen3_moe"]


@dataclass(frozen=True)
class Recipe:
    """Architecture sizes (in units or layers), data mixture and training settings of one model."""

    name: str
    mixture: Mapping[str, Share] = field(hash=False)
    architecture: Architecture = "qwen3"
    hidden_size: int = 192
    layers: int = 4
    query_heads: int = 6
    key_value_heads: int = 3
    head_size: int = 32
    feed_forward_size: int = 640
    # Mixture of experts: each token goes to `experts_per_token` of `experts`, each of `expert_size` units.
    experts: int = 0
    experts_per_token: int = 2
    expert_size: int = 0
    balance: float = 0.01  # weight of the loss that keeps the experts equally busy
    vocabulary_size: int = 3072
    max_positions: int = 4096
    rope_theta: float = 10_000.0
    # Tokens of one optimizer step, in micro-batches of `micro_batch_tokens`.
    step_tokens: int = 6144
    micro_batch_tokens: int = 3072
    max_sample_tokens: int = 512
    muon_rate: float = 4e-3
    adam_rate: float = 3e-3
    warmup_steps: int = 80
    decay_share: float = 0.4
    minutes: float = 55.0

    @property
    def folder(self) -> Path:
        """The folder of the shipped checkpoint, relative to the repository root."""
        return ASSETS / self.name

    @property
    def thinks(self) -> bool:
        """Whether the model has a thinking switch."""
        return any(share.thinking is not None for share in self.mixture.values())


LANGUAGE = {
    "arithmetic": Share(22, 0.75),
    "problems": Share(11, 0.75),
    "lists": Share(7, 0.75),
    "facts": Share(20, 0.4),
    "chat": Share(20, 0.4),
    "refusals": Share(13, 0.4),
    "followups": Share(13, 0.5),
}
WITHOUT_THINKING = {name: Share(share.weight) for name, share in LANGUAGE.items()}

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("pocket-qwen3", LANGUAGE),
        Recipe("pocket-qwen2", WITHOUT_THINKING, architecture="qwen2"),
        Recipe("pocket-coder", {"code": Share(1)}, architecture="qwen2"),
        Recipe("pocket-math", {"mathematics": Share(1)}),
        # Two experts of 312 units a token: a little less than the 640 units of pocket-qwen3, router included.
        Recipe("pocket-moe", LANGUAGE, architecture="qwen3_moe", experts=8, expert_size=312),
    )
}


# Two tasks that a small network learns in a minute and has to tell apart, for a group of the data.
FIRST_TASKS = {"arithmetic": ("add1", "sub1"), "mathematics": ("decline", "identity"), "code": ("decline", "identity")}


def smoke(recipe: Recipe) -> Recipe:
    """Return a recipe of the same architecture that learns something in one or two minutes on one core."""
    group = next(iter(recipe.mixture))
    easy = replace(recipe.mixture[group], thinking=0.0 if recipe.thinks else None, tasks=FIRST_TASKS[group])
    return replace(
        recipe, mixture={group: easy}, hidden_size=96, layers=2, query_heads=3, key_value_heads=1,
        feed_forward_size=256, experts=min(recipe.experts, 4), expert_size=min(recipe.expert_size, 64),
        step_tokens=2048, micro_batch_tokens=2048, warmup_steps=10, minutes=1.5,
    )  # fmt: skip
