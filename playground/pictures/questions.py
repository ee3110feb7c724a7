"""Questions about a scene, with the answers that follow from what was placed in it; the wording is left to others."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from playground.pictures.chart_questions import CHART_ASKS, Asked
from playground.pictures.geometry import SIDES, by_size, is_beside, third, unique
from playground.pictures.scenes import COLOURS, KINDS, Scene, Shape
from playground.pictures.words import Language, Words


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a picture, or without one, and its answer."""

    task: str
    language: Language
    text: str
    answer: str


def asked_about(scene: Scene, task: str, rng: random.Random, words: Words) -> Asked | None:
    """What is asked for the task and the true answer, or None if the scene does not suit."""
    if task in SHAPE_ASKS:
        return SHAPE_ASKS[task](scene, rng, words) if scene.shapes or task == "what" else None
    return CHART_ASKS[task](scene.chart, rng, words) if scene.chart else None


def ask_colour(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask for the colour of the only shape, or of the only one of its kind."""
    if len(scene.shapes) == 1 and rng.random() < 0.6:
        return "colour.one", {}, words.colours[scene.shapes[0].colour]
    counts = Counter(s.kind for s in scene.shapes)
    shapes = [s for s in scene.shapes if counts[s.kind] == 1]
    if not shapes:
        return None
    shape = rng.choice(shapes)
    return "colour.kind", {"kind": words.kinds[shape.kind]}, words.colours[shape.colour]


def ask_shape(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask for the kind of the only shape, or of the only one of its colour."""
    if len(scene.shapes) == 1 and rng.random() < 0.7:
        return "shape.one", {}, words.kinds[scene.shapes[0].kind]
    counts = Counter(s.colour for s in scene.shapes)
    shapes = [s for s in scene.shapes if counts[s.colour] == 1]
    if not shapes:
        return None
    shape = rng.choice(shapes)
    return "shape.colour", {"colour": words.colours[shape.colour]}, words.kinds[shape.kind]


def ask_count(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask how many shapes there are."""
    return ("count.all", {}, str(len(scene.shapes))) if scene.shapes else None


def ask_count_some(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask how many shapes of one kind or of one colour there are, at times none."""
    if not scene.shapes:
        return None
    if rng.random() < 0.5:
        kind = rng.choice(scene.shapes).kind if rng.random() < 0.85 else rng.choice(KINDS)
        return "count.kind", {"kinds": words.many[kind]}, str(sum(s.kind == kind for s in scene.shapes))
    colour = rng.choice(scene.shapes).colour if rng.random() < 0.85 else rng.choice(list(COLOURS))
    count = sum(s.colour == colour for s in scene.shapes)
    return "count.kind", {"kinds": words.coloured_shapes(colour)}, str(count)


def ask_position(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask in which of nine parts of the picture a shape is."""
    found = []
    for shape in unique(scene):
        column, row = third(shape.x / scene.width), third(shape.y / scene.height)
        if column is not None and row is not None:
            found.append((shape, words.places[row][column]))
    if not found:
        return None
    shape, place = rng.choice(found)
    return "position", {"thing": name_of(scene, shape, rng, words)}, place


def name_of(scene: Scene, shape: Shape, rng: random.Random, words: Words) -> str:
    """For example "red circle", or at times just "circle" if there is only one."""
    if sum(s.kind == shape.kind for s in scene.shapes) == 1 and rng.random() < 0.3:
        return words.kinds[shape.kind]
    return words.thing(shape)


def ask_relation(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask what is left of, right of, above or below a shape; the answer is one shape or nothing."""
    found: list[tuple[Shape, str, str]] = []
    for shape in unique(scene):
        for side in SIDES:
            beside = [(other, is_beside(shape, other, side)) for other in scene.shapes if other is not shape]
            if any(answer is None for _, answer in beside) or len(scene.shapes) == 1:
                continue
            others = [other for other, answer in beside if answer]
            if len(others) == 1:
                found.append((shape, side, words.a(others[0])))
            elif not others and rng.random() < 0.2:
                found.append((shape, side, words.nothing))
    if not found:
        return None
    shape, side, answer = rng.choice(found)
    return "relation", {"side": words.sides[side], "thing": words.thing(shape)}, answer


def ask_larger(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask which of two shapes is larger or smaller."""
    shapes = unique(scene)
    if len(shapes) < 2:
        return None
    a, b = rng.sample(shapes, 2)
    sizes = by_size(a, b)
    if sizes is None:
        return None
    larger, smaller = sizes
    key, answer = rng.choice((("larger", larger), ("smaller", smaller)))
    return key, {"a": words.thing(a), "b": words.thing(b)}, words.the(answer)


def ask_more(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask whether there are more shapes of one kind or colour than of another."""
    if len(scene.shapes) < 2:
        return None
    by_kind = rng.random() < 0.5
    counts = Counter(s.kind if by_kind else s.colour for s in scene.shapes)
    if len(counts) < 2:
        return None
    a, b = rng.sample(sorted(counts), 2)
    if counts[a] == counts[b]:
        return None
    names = [words.many[x] if by_kind else words.coloured_shapes(x) for x in (a, b)]
    return "more", {"a": names[0], "b": names[1]}, words.yes if counts[a] > counts[b] else words.no


def ask_exists(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask whether there is a certain shape; a wrong one often shares colour or kind with a right one."""
    if not scene.shapes:
        return None
    model = rng.choice(scene.shapes)
    kind, colour = model.kind, model.colour
    if rng.random() < 0.55:
        kind = rng.choice(KINDS) if rng.random() < 0.7 else kind
        colour = rng.choice(list(COLOURS)) if rng.random() < 0.7 else colour
    there = any((s.kind, s.colour) == (kind, colour) for s in scene.shapes)
    thing = Shape(kind, colour, 0, 0, 1)
    return "exists", {"a_thing": words.a(thing), "thing": words.thing(thing)}, words.yes if there else words.no


def ask_what(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask what is in the picture: the shapes from left to right, or a chart."""
    if scene.chart:
        return "what", {}, words.chart(len(scene.chart.bars))
    return "what", {}, words.join([words.a(s) for s in sorted(scene.shapes, key=lambda s: s.x)])


def ask_box(scene: Scene, rng: random.Random, words: Words) -> Asked | None:
    """Ask for the box of a shape, in thousandths of width and height as Qwen3-VL gives it."""
    shapes = unique(scene)
    if not shapes:
        return None
    shape = rng.choice(shapes)
    left, top, right, bottom = shape.box
    edges = (left / scene.width, top / scene.height, right / scene.width, bottom / scene.height)
    numbers = ", ".join(str(round(1000 * edge)) for edge in edges)
    return "box", {"thing": name_of(scene, shape, rng, words)}, f'{{"bbox_2d": [{numbers}]}}'


SHAPE_ASKS: dict[str, Callable[[Scene, random.Random, Words], Asked | None]] = {
    "colour": ask_colour, "shape": ask_shape, "count": ask_count, "count_some": ask_count_some,
    "position": ask_position, "relation": ask_relation, "larger": ask_larger, "more": ask_more, "exists": ask_exists,
    "what": ask_what, "box": ask_box,
}
TASKS = (*SHAPE_ASKS, *CHART_ASKS)
