"""Boxes and points between a model's own coordinates and the pixels of a picture.

Qwen2.5-VL counts pixels of the picture as it was resized for the model; Qwen2-VL and Qwen3-VL count thousandths of
width and height. Read the wrong way, every box is shifted and nothing says so.
Model coordinates are whole numbers when a model writes them: half a step is lost, which is more than a pixel of the
picture where the model saw it at less than half its size, or where it is more than 2000 pixels long.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from playground.pictures.marks import Mark
from playground.pictures.sizes import SizePlan

Convention = Literal["resized", "thousandths"]
THOUSAND = 1000
# By `model_type` of the model's config. A type that is missing here has no convention that is known.
CONVENTIONS: dict[str, Convention] = {
    "qwen2_vl": "thousandths", "qwen2_5_vl": "resized", "qwen3_vl": "thousandths", "qwen3_vl_moe": "thousandths",
    # Not stated by Qwen for these two; others who use them report it.
    "qwen3_5": "thousandths", "qwen3_5_moe": "thousandths",
}


@dataclass(frozen=True, slots=True)
class Space:
    """The coordinates of one model on one picture: from 0 to `across` over its width, to `down` over its height.

    `width` and `height` are the picture's own pixels.
    """

    width: int
    height: int
    across: int = THOUSAND
    down: int = THOUSAND

    def to_picture(self, numbers: Sequence[float]) -> tuple[float, ...]:
        """x, y, x, y, ... in pixels of the picture, clamped to it."""
        sizes = ((self.width, self.across), (self.height, self.down))
        return tuple(min(max(number / sizes[i % 2][1], 0.0), 1.0) * sizes[i % 2][0] for i, number in enumerate(numbers))

    def to_model(self, numbers: Sequence[float]) -> tuple[float, ...]:
        """x, y, x, y, ... as the model counts, clamped to the picture; `whole` rounds them as a model writes them."""
        return Space(self.across, self.down, self.width, self.height).to_picture(numbers)


def space_of(convention: Convention, width: int, height: int, plan: SizePlan) -> Space:
    """The coordinates of a model with that convention on a picture of that size, which it sees as `plan` says."""
    return Space(width, height, plan.width, plan.height) if convention == "resized" else Space(width, height)


def whole(numbers: Sequence[float]) -> tuple[int, ...]:
    """The numbers as a model writes them."""
    return tuple(int(number + 0.5) for number in numbers)


@dataclass(frozen=True, slots=True)
class Found:
    """What a model pointed at, in pixels of the picture: (left, top, right, bottom) of a box, or (x, y) of a point."""

    label: str
    place: tuple[float, ...]
    outside: bool = False                 # it lay outside the picture, and was moved to its edge

    @property
    def is_box(self) -> bool:
        return len(self.place) == 4


def placed(marks: Sequence[Mark], space: Space) -> tuple[Found, ...]:
    """The marks in the picture, in their order; corners that a model gave the other way round are put right."""
    found = []
    for mark in marks:
        place = space.to_picture(mark.numbers)
        limits = (space.across, space.down) * 2
        outside = any(not 0 <= number <= limit for number, limit in zip(mark.numbers, limits, strict=False))
        if len(place) == 4:
            (left, right), (top, bottom) = sorted(place[::2]), sorted(place[1::2])
            place = (left, top, right, bottom)
        found.append(Found(mark.label, place, outside))
    return tuple(found)


def overlap(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection over union of two boxes (left, top, right, bottom), from 0 to 1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
