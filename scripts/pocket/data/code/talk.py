"""Small talk about the model itself, and requests that it declines."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scripts.pocket.data.code.asking import language_of, phrase_of
from scripts.pocket.data.code.classics import draw_classic
from scripts.pocket.data.code.phrases import fill
from scripts.pocket.data.sample import Language, Sample, Split, pick_wording

DECLINED: dict[Language, str] = {
    "en": "Sorry, I can only write, explain, fix and test small Python functions.",
    "id": "Maaf, saya hanya bisa menulis, menjelaskan, memperbaiki, dan menguji fungsi Python kecil.",
}
MUST: dict[Language, tuple[str, ...]] = {"en": ("sorry", "python"), "id": ("maaf", "python")}
OPENINGS: dict[Language, tuple[str, ...]] = {
    "en": ("Hi, ", "Hey, ", "Ok, ", "Please: ", "Question: "),
    "id": ("Halo, ", "Ok, ", "Tolong, ", "Mau tanya: "),
}


@cache
def texts() -> dict[str, Any]:
    """Return the wordings and answers of small talk, and the requests that are declined."""
    text = Path(__file__).with_name("talk.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def typed(rng: random.Random, question: str, opening: str) -> str:
    """Return the question with another case, punctuation or opening, or as it is."""
    style = rng.random()
    if style < 0.12:
        return question.lower()
    if style < 0.22:
        return question.rstrip("?.!") or question
    if style < 0.27:
        return question.rstrip("?.!") + "!"
    if style < 0.33:
        return opening + question
    return question


def identity(rng: random.Random, split: Split) -> Sample:
    """Return a greeting or a question about the model."""
    intent = rng.choice(texts()["intents"])
    question, language = pick_wording(rng, intent["wordings"], split), intent["language"]
    if len(question.split()) > 2:
        question = typed(rng, question, rng.choice(OPENINGS[language]))
    elif rng.random() < 0.3:
        question = rng.choice((question.lower(), question.upper(), question.rstrip("!?.") + "."))
    return Sample("identity", question, "", intent["answer"], language, (intent["must"],), problem=intent["key"])


def decline(rng: random.Random, split: Split) -> Sample:
    """Return a request outside the family: another language, a big program, or general knowledge."""
    language = language_of(rng)
    style, table = rng.random(), texts()
    if style < 0.35:  # a function of the family, but in another programming language
        other = pick_wording(rng, table["languages"], split)
        question = fill(pick_wording(rng, table["language_asks"][language], split).replace("{lang}", other),
                        phrase_of(rng, draw_classic(rng), language), language)  # fmt: skip
        problem = f"language {other}"
    elif style < 0.7:
        topic = pick_wording(rng, table["topics"][language], split)
        question, problem = pick_wording(rng, table["asks"][language], split).format(t=topic), topic
    else:
        question = problem = pick_wording(rng, table["requests"][language], split)
    question = typed(rng, question, rng.choice(OPENINGS[language]))
    return Sample("decline", question, "", DECLINED[language], language, MUST[language], problem=problem)
