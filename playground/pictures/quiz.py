"""Pictures of known truth with questions about them: "make me a chart", ask a model, and see whether it is right.

They are drawn as the pictures were that pocket-vl was trained on, and asked in words that it was trained on; other
models are shown something they never saw.
"""
from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from playground.pictures.drawing import draw
from playground.pictures.picture import encoded
from playground.pictures.questions import TASKS, Question, asked_about
from playground.pictures.scenes import SIZES, Scene, random_scene
from playground.pictures.words import WORDS, Language
from playground.types import Picture

Layout = Literal["single", "few", "crowd", "bars"]
SMALLEST = (64, 64)                       # left out: too small to see well, for people too
ATTEMPTS = 8                              # most scenes suit a task for some of their shapes only

# By the key that `asked_about` gives.
WORDINGS: dict[str, dict[Language, str]] = {
    "colour.one": {"en": "What colour is the shape?", "id": "Apa warna bentuk ini?"},
    "colour.kind": {"en": "What colour is the {kind}?", "id": "Apa warna {kind}?"},
    "shape.one": {"en": "What shape is this?", "id": "Bentuk apa ini?"},
    "shape.colour": {"en": "What shape is {colour}?", "id": "Bentuk apa yang berwarna {colour}?"},
    "count.all": {"en": "How many shapes are there?", "id": "Ada berapa bentuk?"},
    "count.kind": {"en": "How many {kinds} are there?", "id": "Ada berapa {kinds}?"},
    "position": {"en": "Where is the {thing}?", "id": "Di mana {thing}?"},
    "relation": {"en": "What is {side} the {thing}?", "id": "Apa yang ada {side} {thing}?"},
    "larger": {"en": "Which is larger, the {a} or the {b}?", "id": "Mana yang lebih besar, {a} atau {b}?"},
    "smaller": {"en": "Which is smaller, the {a} or the {b}?", "id": "Mana yang lebih kecil, {a} atau {b}?"},
    "more": {"en": "Are there more {a} than {b}?", "id": "Apakah {a} lebih banyak daripada {b}?"},
    "exists": {"en": "Is there {a_thing}?", "id": "Apakah ada {thing}?"},
    "what": {"en": "What is in the picture?", "id": "Apa yang ada di gambar?"},
    "box": {"en": "Locate the {thing}.", "id": "Berikan kotak {thing}."},
    "tallest": {"en": "Which bar is the tallest?", "id": "Batang mana yang paling tinggi?"},
    "shortest": {"en": "Which bar is the shortest?", "id": "Batang mana yang paling pendek?"},
    "value": {"en": "What is the value of the {colour} bar?", "id": "Berapa nilai batang {colour}?"},
    "bars": {"en": "How many bars are there?", "id": "Ada berapa batang?"},
    "table": {"en": "List all bars with their values.", "id": "Sebutkan semua batang dan nilainya."},
    "taller": {"en": "Is the {a} bar taller than the {b} bar?",
               "id": "Apakah batang {a} lebih tinggi daripada batang {b}?"},
}


@dataclass(frozen=True, slots=True)
class Quiz:
    """A picture, what is in it, and a question for each task that suits it."""

    scene: Scene
    picture: Picture
    questions: tuple[Question, ...]


def make_quiz(seed: int, layout: Layout, language: Language) -> Quiz:
    """The same picture and questions for the same seed; in another language the same questions with the same truth."""
    rng = random.Random(f"quiz-{seed}")
    sizes = {size: weight for size, weight in SIZES.items() if size != SMALLEST}
    scene = random_scene(rng, rng.choices(list(sizes), list(sizes.values()))[0], layout=layout)
    picture = encoded(draw(scene, rng.getrandbits(32)))
    asked = (_question(scene, task, seed, language) for task in TASKS)
    return Quiz(scene, picture, tuple(question for question in asked if question))


def _question(scene: Scene, task: str, seed: int, language: Language) -> Question | None:
    rng = random.Random(f"quiz-{seed}-{task}")          # of its own: a task that asks nothing must not move the others
    for _ in range(ATTEMPTS):
        if asked := asked_about(scene, task, rng, WORDS[language]):
            key, places, answer = asked
            text = WORDINGS[key][language].format(**places)
            return Question(task, language, text[0].upper() + text[1:], answer)
    return None
