"""How a question about a scene is worded, and which are asked how often in the training."""

from __future__ import annotations

import random
from pathlib import Path

from playground.pictures.questions import TASKS, Question, asked_about
from playground.pictures.scenes import Scene
from playground.pictures.words import WORDS
from scripts.pocket.data.sample import Language, Split, pick_wording
from scripts.pocket.data.style import loosen, varied
from scripts.pocket.data.tables import read_file

__all__ = ["TASKS", "Question"]

# Most pairs of shapes are about equally large or alike, so "larger" is tried up to four times.
SHAPE_WEIGHTS = {
    "colour": 5, "shape": 7, "count": 2, "count_some": 5, "position": 8, "relation": 5, "larger": 512, "more": 14,
    "exists": 3, "what": 7, "box": 7,
}  # fmt: skip
CHART_WEIGHTS = {"what": 1, "tallest": 3, "shortest": 3, "value": 4, "bars": 2, "table": 3, "taller": 2}
AGAIN = 8  # a weight is divided by this once its task was tried for a picture, so only weighty ones come again
# At the start of a training: what must be learned before the rest can be.
EASY_WEIGHTS = {
    "colour": 4, "shape": 9, "count": 3, "count_some": 1, "position": 3, "relation": 1, "larger": 1, "more": 1,
    "exists": 1, "what": 5, "box": 3,
}  # fmt: skip
PATTERNED = 0.55  # share of training questions from a pattern, where there are patterns
LOOSENED = 0.25  # share of training questions with an unusual opening, ending, case or typing error


def wordings() -> dict[str, dict[Language, list[str]]]:
    """Return the wordings of each kind of question by language."""
    table: dict[str, dict[Language, list[str]]] = read_file(Path(__file__).with_name("wordings.yaml"))
    return table


def more_wordings() -> dict[str, dict[Language, list[str]]]:
    """Return patterns such as "[What|Which] colour is it?", for the training only."""
    table: dict[str, dict[Language, list[str]]] = read_file(Path(__file__).with_name("more_wordings.yaml"))
    return table


def weights_for(scene: Scene, easy: bool) -> dict[str, int]:
    """Return the tasks that suit a scene and how often each is asked."""
    if scene.chart:
        return dict(CHART_WEIGHTS)
    return dict(EASY_WEIGHTS if easy else SHAPE_WEIGHTS)


def wording(key: str, language: Language, rng: random.Random, split: Split) -> str:
    """Return one way of asking, with places to be filled."""
    patterns = more_wordings()[key][language] if split == "train" and key in more_wordings() else []
    if patterns and rng.random() < PATTERNED:
        return " ".join(varied(rng, rng.choice(patterns)).split()).replace(" ?", "?")
    return pick_wording(rng, wordings()[key][language], split)


def ask(scene: Scene, task: str, rng: random.Random, split: Split) -> Question | None:
    """Return a question of the task in either language with its answer, or None if the scene does not suit."""
    language: Language = "en" if rng.random() < 0.6 else "id"
    asked = asked_about(scene, task, rng, WORDS[language])
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
