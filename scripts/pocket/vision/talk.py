"""Questions without a picture: small talk, who the model is, and what it cannot answer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from playground.pictures.questions import TASKS, Question
from playground.pictures.scenes import random_scene
from scripts.pocket.data.sample import Language, Split, pick_wording
from scripts.pocket.data.style import loosen
from scripts.pocket.data.tables import read_file
from scripts.pocket.vision.questions import LOOSENED, ask

TALK_TASKS = {"chat": 6, "refusal": 5, "missing": 2}
FREQUENT = ("greeting", "identity", "abilities", "maker")


@dataclass(frozen=True)
class Intent:
    """Something people say, how they say it in one language, and one answer."""

    key: str
    language: Language
    answer: str
    must: str
    wordings: tuple[str, ...]


def read(name: str) -> Any:
    """Return the content of a YAML file in this folder."""
    return read_file(Path(__file__).with_name(name))


@cache
def intents() -> tuple[Intent, ...]:
    """Return the kinds of small talk."""
    return tuple(Intent(**{**entry, "wordings": tuple(entry["wordings"])}) for entry in read("talk.yaml"))


def chat(rng: random.Random, split: Split) -> Question:
    """Return a greeting, a question about the model, thanks or a farewell."""
    intent = rng.choices(intents(), [3 if i.key in FREQUENT else 1 for i in intents()])[0]
    return Question("chat", intent.language, pick_wording(rng, intent.wordings, split), intent.answer)


def refusal(rng: random.Random, split: Split) -> Question:
    """Return a question about something else; a question on a held-out topic or in a held-out form is a test."""
    language: Language = rng.choice(("en", "id"))
    table = read("other.yaml")[language]
    if rng.random() < 0.4:
        return Question("refusal", language, pick_wording(rng, table["questions"], split), table["answer"])
    topic = pick_wording(rng, table["topics"], split)
    text = pick_wording(rng, table["templates"], split).format(topic=topic)
    return Question("refusal", language, text, table["answer"])


def missing(rng: random.Random, split: Split) -> Question:
    """Return a question about a picture that is not there."""
    while True:
        question = ask(random_scene(rng, (64, 64)), rng.choice(TASKS), rng, split)
        if question:
            table = read("other.yaml")[question.language]
            return Question("missing", question.language, question.text, table["missing"])


def talk(rng: random.Random, split: Split = "train", task: str | None = None) -> Question:
    """Return a question that is asked without a picture."""
    task = task or rng.choices(list(TALK_TASKS), list(TALK_TASKS.values()))[0]
    question = {"chat": chat, "refusal": refusal, "missing": missing}[task](rng, split)
    if split == "train" and task != "missing" and rng.random() < LOOSENED:
        return Question(task, question.language, loosen(rng, question.text, question.language), question.answer)
    return question


def must_contain(question: Question) -> str:
    """Return what a right answer to a question without a picture contains, in lower case."""
    for intent in intents():
        if intent.answer == question.answer:
            return intent.must
    return question.answer.split(".")[0].lower()
