"""Where shapes are and how large: what questions about places and sizes rest on."""

from __future__ import annotations

from collections import Counter

from playground.pictures.scenes import Scene, Shape

SIDES = ("left", "right", "above", "below")
# A shape is larger if its box is so many times wider and higher on average, and its area so many times as large.
# Both are needed: a thin star can reach further than a square of more area, and people could disagree.
LARGER_EXTENT = 1.3
LARGER_AREA = 1.3


def unique(scene: Scene) -> list[Shape]:
    """The shapes that no other has both kind and colour in common with."""
    looks = Counter((s.kind, s.colour) for s in scene.shapes)
    return [s for s in scene.shapes if looks[s.kind, s.colour] == 1]


def third(share: float) -> int | None:
    """0, 1 or 2 for the first, middle or last third, or None close to a border between them."""
    if share < 0.3:
        return 0
    if 0.38 < share < 0.62:
        return 1
    return 2 if share > 0.7 else None


def is_beside(shape: Shape, other: Shape, side: str) -> bool | None:
    """Whether `other` is on that side of `shape`, or None where people could disagree."""
    across, down = other.x - shape.x, other.y - shape.y
    ahead, aside = {
        "left": (-across, down), "right": (across, down), "above": (-down, across), "below": (down, across),
    }[side]
    if ahead < 0.8 * abs(aside) or ahead <= 0:
        return False
    return True if ahead > 1.25 * abs(aside) and ahead > 0.8 * (shape.radius + other.radius) else None


def extent(shape: Shape) -> float:
    """The mean of width and height of the box in pixels."""
    left, top, right, bottom = shape.box
    return (right - left + bottom - top) / 2


def area(shape: Shape) -> float:
    """The area in square pixels."""
    corners = shape.outline
    pairs = zip(corners, corners[1:] + corners[:1], strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2


def by_size(a: Shape, b: Shape) -> tuple[Shape, Shape] | None:
    """(larger, smaller), or None where people could disagree."""
    large, small = (a, b) if extent(a) > extent(b) else (b, a)
    if extent(large) < LARGER_EXTENT * extent(small) or area(large) < LARGER_AREA * area(small):
        return None
    return large, small
