"""What is in a picture: shapes or a bar chart, placed at random without overlap."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Background = Literal["plain", "noisy", "photo"]
Box = tuple[float, float, float, float]

KINDS = ("circle", "square", "triangle", "star", "cross")
COLOURS = {
    "red": (214, 40, 40), "orange": (242, 140, 30), "yellow": (240, 212, 40), "green": (46, 160, 60),
    "blue": (40, 84, 214), "purple": (128, 52, 170), "pink": (244, 140, 188), "brown": (124, 76, 40),
    "black": (24, 24, 26),
}
# (width, height) in pixels, with how often each is drawn; both are multiples of patch size x merge size.
SIZES = {
    (64, 64): 3, (96, 96): 4, (128, 128): 4, (160, 96): 2, (96, 160): 2, (128, 96): 2, (96, 128): 2,
}
BACKGROUNDS: dict[Background, int] = {"plain": 3, "noisy": 3, "photo": 4}
LAYOUTS = {"single": 3, "few": 6, "crowd": 3, "bars": 3}
MOST_SHAPES = 5
TICKS = 10
MIN_RADIUS = 6.5
GAP = 1.5  # pixels between two shapes


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled shape; all of it lies within about `radius` pixels of its centre."""

    kind: str
    colour: str
    x: float
    y: float
    radius: float
    angle: float = 0.0

    @property
    def outline(self) -> list[tuple[float, float]]:
        """The corners in pixels; a circle is a polygon of many sides."""
        if self.kind == "circle":
            polar = [(0.92, i / 36) for i in range(36)]
        elif self.kind == "square":
            polar = [(1.2, (2 * i + 1) / 8) for i in range(4)]
        elif self.kind == "triangle":
            polar = [(1.12, i / 3) for i in range(3)]
        elif self.kind == "star":
            polar = [(1.08 if i % 2 == 0 else 0.46, i / 10) for i in range(10)]
        else:
            arm, inner, half = 1.05, 0.44, 0.048  # radius of the arm ends and of the notches; half width in turns
            polar = [p for i in range(4) for p in ((arm, i / 4 - half), (arm, i / 4 + half), (inner, (2 * i + 1) / 8))]
        turn = 2 * math.pi
        return [
            (self.x + self.radius * r * math.sin(turn * t + self.angle),
             self.y - self.radius * r * math.cos(turn * t + self.angle))
            for r, t in polar
        ]

    @property
    def box(self) -> Box:
        """Left, top, right and bottom edge in pixels."""
        xs, ys = zip(*self.outline, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: its value in ticks, and its left and right edge in pixels."""

    colour: str
    value: int
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from left to right on a base line; the axis at the left has a mark for every unit up to `TICKS`."""

    bars: tuple[Bar, ...]
    left: float
    top: float
    right: float
    bottom: float
    grid: bool

    def height_of(self, value: float) -> float:
        """The y coordinate of a value, in pixels from the top of the picture."""
        return self.bottom - value * (self.bottom - self.top) / TICKS


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture before it is drawn: its size in pixels, its background, and shapes or a chart."""

    width: int
    height: int
    background: Background
    shapes: tuple[Shape, ...] = ()
    chart: Chart | None = None


def random_scene(
    rng: random.Random,
    size: tuple[int, int] | None = None,
    background: Background | None = None,
    layout: str | None = None,
    layouts: Mapping[str, int] | None = None,
) -> Scene:
    """A random scene; what is not given is drawn by the weights above, or those of `layouts`."""
    width, height = size or rng.choices(list(SIZES), list(SIZES.values()))[0]
    background = background or rng.choices(list(BACKGROUNDS), list(BACKGROUNDS.values()))[0]
    layouts = layouts or LAYOUTS
    layout = layout or rng.choices(list(layouts), list(layouts.values()))[0]
    if layout == "bars":
        return Scene(width, height, background, chart=random_chart(rng, width, height))
    looks = random_looks(rng, layout)
    return Scene(width, height, background, place(rng, looks, width, height))


def random_looks(rng: random.Random, layout: str) -> list[tuple[str, str]]:
    """The (kind, colour) of each shape: one, a few that all differ, or a crowd of similar ones."""
    if layout == "single":
        return [(rng.choice(KINDS), rng.choice(list(COLOURS)))]
    if layout == "few":
        count = rng.choice((2, 2, 3, 3, 4, 5))
        kinds = rng.sample(KINDS, count) if rng.random() < 0.6 else [rng.choice(KINDS) for _ in range(count)]
        colours = rng.sample(list(COLOURS), count)
        return list(zip(kinds, colours, strict=True))
    kinds, colours = rng.sample(KINDS, 2), rng.sample(list(COLOURS), 2)
    return [(rng.choice(kinds), rng.choice(colours)) for _ in range(rng.randint(2, MOST_SHAPES))]


def place(rng: random.Random, looks: list[tuple[str, str]], width: int, height: int) -> tuple[Shape, ...]:
    """The shapes at random places; the radius shrinks until all of them fit."""
    side = math.sqrt(width * height)
    largest = {1: 0.36, 2: 0.24, 3: 0.2, 4: 0.17, 5: 0.155}[len(looks)] * side
    largest = min(largest, 0.4 * min(width, height))
    while True:
        shapes: list[Shape] = []
        for kind, colour in looks:
            shape = free_place(rng, kind, colour, width, height, largest, shapes)
            if shape is None:
                break
            shapes.append(shape)
        else:
            return tuple(shapes)
        largest = max(MIN_RADIUS + 0.5, largest * 0.92)


def free_place(
    rng: random.Random, kind: str, colour: str, width: int, height: int, largest: float, others: list[Shape]
) -> Shape | None:
    """A shape that touches neither the others nor the edge, or None after some attempts."""
    for _ in range(12):
        radius = rng.uniform(max(MIN_RADIUS, 0.3 * largest), largest)
        reach = 1.2 * radius + 1
        x, y = rng.uniform(reach, width - reach), rng.uniform(reach, height - reach)
        if not others and rng.random() < 0.3:  # thirds of the picture: otherwise the edges are rare for large shapes
            x = min(max(width * rng.choice((0.22, 0.5, 0.78)) + rng.uniform(-4, 4), reach), width - reach)
            y = min(max(height * rng.choice((0.22, 0.5, 0.78)) + rng.uniform(-4, 4), reach), height - reach)
        if all(math.hypot(x - o.x, y - o.y) >= 1.12 * (radius + o.radius) + GAP for o in others):
            return Shape(kind, colour, x, y, radius, rng.uniform(-0.22, 0.22))
    return None


def random_chart(rng: random.Random, width: int, height: int) -> Chart:
    """A chart of two to five bars in different colours; the margins vary."""
    count = rng.randint(2, 5)
    left, right = rng.uniform(6, 0.1 * width + 5), width - rng.uniform(2, 0.08 * width)
    top, bottom = rng.uniform(3, 0.1 * height), height - rng.uniform(3, 0.08 * height + 2)
    step = (right - left) / count
    thickness = step * rng.uniform(0.5, 0.8)
    values = rng.sample(range(1, TICKS + 1), count)
    if rng.random() < 0.3:  # equal values occur in real charts
        values = [rng.randint(1, TICKS) for _ in range(count)]
    bars = []
    for i, (colour, value) in enumerate(zip(rng.sample(list(COLOURS), count), values, strict=True)):
        start = left + i * step + (step - thickness) / 2
        bars.append(Bar(colour, value, start, start + thickness))
    return Chart(tuple(bars), left, top, right, bottom, rng.random() < 0.4)
