"""How large a model sees a picture, and how many tokens that is, before anything runs.

The numbers of the model stand in its preprocessor_config.json. Qwen2-VL and Qwen2.5-VL cut a picture into patches of 14
pixels, Qwen3-VL and Qwen3.5 of 16; two by two patches become one token. Covers pictures, not the frames of a video.
"""
from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

from playground.errors import InvalidRequest, LoadFailed
from playground.pictures.decode import MAX_RATIO
from playground.pictures.refusals import refused
from playground.types import PixelBounds

FILE = "preprocessor_config.json"
DEFAULT_SIZE = {"shortest_edge": 56 * 56, "longest_edge": 28 * 28 * 1280}    # of the processor, for a file without


@dataclass(frozen=True, slots=True)
class SizeRules:
    """How one model's pictures are resized: patches of `patch` pixels, `merge` by `merge` of them for one token."""

    patch: int
    merge: int
    min_pixels: int
    max_pixels: int

    def __post_init__(self) -> None:
        if min(self.patch, self.merge, self.min_pixels) < 1 or self.max_pixels < self.min_pixels:
            raise InvalidRequest(
                f"From {self.min_pixels} to {self.max_pixels} pixels, patch {self.patch}, merge {self.merge}: no rule.",
                "Let the smallest number of pixels be at least 1 and at most the largest.", field="pixels")

    @property
    def factor(self) -> int:
        """Pixels of one token's side; width and height become multiples of it."""
        return self.patch * self.merge

    def within(self, bounds: PixelBounds | None) -> SizeRules:
        """The same model with other limits of pixels; None keeps its own. Raises InvalidRequest for impossible ones."""
        return self if bounds is None else replace(self, min_pixels=bounds[0], max_pixels=bounds[1])


@dataclass(frozen=True, slots=True)
class SizePlan:
    """What becomes of one picture: its size in pixels when the model sees it, and the grid of patches."""

    width: int
    height: int
    rows: int                             # of patches
    columns: int
    tokens: int                           # of patches, merged


def read_rules(folder: Path) -> SizeRules | None:
    """The rules of the model in `folder`, None for one without pictures. Raises LoadFailed for a file without them."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        size = found.get("size") or DEFAULT_SIZE
        least = found.get("min_pixels") or size["shortest_edge"]
        most = found.get("max_pixels") or size["longest_edge"]
        return SizeRules(int(found["patch_size"]), int(found["merge_size"]), int(least), int(most))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoadFailed(f"{FILE} of {folder.name} does not say how pictures are prepared ({error!r}).",
                         "Download the model again.") from error


def plan_size(width: int, height: int, rules: SizeRules) -> SizePlan:
    """What becomes of a picture of that size in pixels. Raises InvalidRequest for one more than 200 times as long.

    Each side is rounded to a multiple of the factor. Is the area then outside the limits, both sides are scaled by
    what the original area lacks, and rounded towards the inside of the limits. Long thin pictures can end up outside
    all the same, because no side becomes less than one token.
    """
    if min(width, height) < 1 or max(width, height) > MAX_RATIO * min(width, height):
        raise refused("thin", width=width, height=height, most_ratio=MAX_RATIO)
    sides = [round(side / rules.factor) for side in (width, height)]      # in tokens, as all below
    area = sides[0] * sides[1] * rules.factor**2
    if area > rules.max_pixels:
        shrink = math.sqrt(height * width / rules.max_pixels)
        sides = [max(1, math.floor(side / shrink / rules.factor)) for side in (width, height)]
    elif area < rules.min_pixels:
        grow = math.sqrt(rules.min_pixels / (height * width))
        sides = [math.ceil(side * grow / rules.factor) for side in (width, height)]
    across, down = sides
    return SizePlan(across * rules.factor, down * rules.factor, down * rules.merge, across * rules.merge, across * down)
