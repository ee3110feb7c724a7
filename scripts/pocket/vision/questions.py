"""Questions about a scene, with the answers that follow from what was placed in it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.pocket.data.sample import Language, Split, pick_wording
from scripts.pocket.data.style import loosen, varied
from scripts.pocket.data.tables import read_file
from scripts.pocket.vision.chart_questions import CHART_TASKS, Asked
from scripts.pocket.vision.geometry import SIDES, by_size, is_beside, third, unique
from scripts.pocket.vision.scenes import COLOURS, KINDS, Scene, Shape
from scripts.pocket.vision.words import WORDS, Words


@dataclass(frozen=True)
class Question:
    """One question about a picture, or without one, and its answer."""

    task: str
    language: Language
    text: str
    answer: str


def wordings() -> dict[str, dict[Language, list[str]]]:
    """Return the wordings of each kind of question by language."""
    table: dict[str, dict[Language, list[str]]] = read_file(Path(__file__).with_name("wordings.yaml"))
    return table


def more_wordings() -> dict[str, dict[Language, list[str]]]:
    """Return patterns such as "[What|Which] colour is it?", for the training only."""
    table: dict[str, dict[Language, list[str]]] = read_file(Path(__file__).with_name("more_wordings.yaml"))
    return table


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
    """Return "red circle", or at times just "circle" if there is only one."""
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


SHAPE_TASKS: dict[str, tuple[Callable[[Scene, random.Random, Words], Asked | None], int]] = {
    "colour": (ask_colour, 5), "shape": (ask_shape, 7), "count": (ask_count, 2), "count_some": (ask_count_some, 5),
    "position": (ask_position, 8), "relation": (ask_relation, 5), "larger": (ask_larger, 512), "more": (ask_more, 14),
    "exists": (ask_exists, 3), "what": (ask_what, 7), "box": (ask_box, 7),
}  # fmt: skip
# Most pairs of shapes are about equally large or alike, so "larger" is tried up to four times.
AGAIN = 8  # a weight is divided by this once its task was tried for a picture, so only weighty ones come again
TASKS = (*SHAPE_TASKS, *CHART_TASKS)
# At the start of a training: what must be learned before the rest can be.
EASY_WEIGHTS = {
    "colour": 4, "shape": 9, "count": 3, "count_some": 1, "position": 3, "relation": 1, "larger": 1, "more": 1,
    "exists": 1, "what": 5, "box": 3,
}  # fmt: skip
PATTERNED = 0.55  # share of training questions from a pattern, where there are patterns
LOOSENED = 0.25  # share of training questions with an unusual opening, ending, case or typing error


def weights_for(scene: Scene, easy: bool) -> dict[str, int]:
    """Return the tasks that suit a scene and how often each is asked."""
    if scene.chart:
        return {"what": 1, **{name: weight for name, (_, weight) in CHART_TASKS.items()}}
    return dict(EASY_WEIGHTS) if easy else {name: weight for name, (_, weight) in SHAPE_TASKS.items()}


def answer_of(scene: Scene, task: str, rng: random.Random, words: Words) -> Asked | None:
    """Return what is asked for the task and the true answer, or None if the scene does not suit."""
    if task in SHAPE_TASKS:
        return SHAPE_TASKS[task][0](scene, rng, words) if scene.shapes or task == "what" else None
    return CHART_TASKS[task][0](scene.chart, rng, words) if scene.chart else None


def wording(key: str, language: Language, rng: random.Random, split: Split) -> str:
    """Return one way of asking, with places to be filled."""
    patterns = more_wordings()[key][language] if split == "train" and key in more_wordings() else []
    if patterns and rng.random() < PATTERNED:
        return " ".join(varied(rng, rng.choice(patterns)).split()).replace(" ?", "?")
    return pick_wording(rng, wordings()[key][language], split)


def ask(scene: Scene, task: str, rng: random.Random, split: Split) -> Question | None:
    """Return a question of the task in either language with its answer, or None if the scene does not suit."""
    language: Language = "en" if rng.random() < 0.6 else "id"
    asked = answer_of(scene, task, rng, WORDS[language])
    if asked is None:
        return None
    key, places, answer = asked
    text = wording(key, language, rng, split).format(**places)
    text = text[0].upper() + text[1:]
    if split == "train" and rng.random() < LOOSENED:
        text = loosen(rng, text, language)
    return Question(task, language, text, answer)


def questions(
    scene: Scene, rng: random.Random, count: int, split: Split = "train", easy: bool = False
) -> list[Question]:
    """Return up to `count` different questions about a scene; a task of much weight can occur again."""
    weights = weights_for(scene, easy)
    asked: list[Question] = []
    while weights and len(asked) < count:
        task = rng.choices(list(weights), list(weights.values()))[0]
        weights[task] //= AGAIN
        if not weights[task]:
            del weights[task]
        question = ask(scene, task, rng, split)
        if question and question not in asked:
            asked.append(question)
    return asked
