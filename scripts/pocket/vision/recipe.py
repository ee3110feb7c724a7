"""Sizes and training settings of the vision model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class VisionRecipe:
    """Architecture sizes (in units or layers) and training settings; pictures are counted in pixels."""

    name: str = "pocket-vl"
    hidden_size: int = 160
    layers: int = 4
    heads: int = 5
    head_size: int = 32
    feed_forward_size: int = 448
    mrope_section: tuple[int, int, int] = (6, 5, 5)  # rotary frequencies for time, row and column
    rope_theta: float = 10_000.0
    max_positions: int = 1024
    vision_hidden_size: int = 128
    vision_depth: int = 4
    vision_heads: int = 4
    vision_feed_forward_size: int = 384
    patch_size: int = 16
    merge_size: int = 2
    position_grid: int = 8  # learned positions a side; other sizes are interpolated
    deepstack_layers: tuple[int, ...] = (1, 2)
    min_pixels: int = 64 * 64
    max_pixels: int = 128 * 128
    # One step: so many patches of pictures of one size, each picture with a few questions.
    step_patches: int = 800
    most_pictures: int = 24
    hint_steps: int = 5000  # first steps, which teach the vision tower alone
    hint_weight: float = 0.3  # of the hints in the loss after that
    easy_steps: int = 7000  # steps with more pictures of a single shape, and more questions about its shape
    most_questions: int = 6
    room: int = 128  # tokens of a row for questions and answers; those that do not fit are left out
    talk_share: float = 0.12  # rows without a picture
    chained_share: float = 0.2  # rows whose questions form one conversation
    system_share: float = 0.1  # batches with a system prompt
    muon_rate: float = 3e-3
    adam_rate: float = 2e-3
    warmup_steps: int = 60
    decay_share: float = 0.35
    minutes: float = 90.0

    @property
    def folder(self) -> Path:
        """The folder of the shipped checkpoint, relative to the repository root."""
        return Path("assets/models") / self.name


POCKET_VL = VisionRecipe()


def smaller(recipe: VisionRecipe = POCKET_VL) -> VisionRecipe:
    """Return a recipe for quick tests, with few pictures in a step."""
    return replace(
        recipe, layers=2, vision_depth=3, deepstack_layers=(1,), step_patches=256, most_pictures=8, hint_steps=0,
        warmup_steps=5,
    )
