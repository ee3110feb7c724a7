"""What is trained: one recipe per shipped model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.pocket.data.mixture import Share

ASSETS = Path("assets/models")


@dataclass(frozen=True)
class Recipe:
    """Architecture sizes (in units or layers), data mixture and training settings of one model."""

    name: str
    hidden_size: int
    layers: int
    query_heads: int
    key_value_heads: int
    head_size: int
    feed_forward_size: int
    mixture: Mapping[str, Share] = field(hash=False)
    vocabulary_size: int = 2048
    max_positions: int = 4096
    rope_theta: float = 10_000.0
    # Tokens of one optimizer step, in micro-batches of `micro_batch_tokens`.
    step_tokens: int = 6144
    micro_batch_tokens: int = 3072
    max_sample_tokens: int = 448
    muon_rate: float = 4e-3
    adam_rate: float = 3e-3
    warmup_steps: int = 80
    decay_share: float = 0.35
    minutes: float = 55.0

    @property
    def folder(self) -> Path:
        """The folder of the shipped checkpoint, relative to the repository root."""
        return ASSETS / self.name


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="pocket-qwen3",
            hidden_size=192,
            layers=4,
            query_heads=6,
            key_value_heads=3,
            head_size=32,
            feed_forward_size=640,
            mixture={
                "arithmetic": Share(34, 0.72),
                "facts": Share(27, 0.4),
                "chat": Share(16, 0.4),
                "refusals": Share(13, 0.4),
                "followups": Share(10, 0.5),
            },
        ),
    )
}
