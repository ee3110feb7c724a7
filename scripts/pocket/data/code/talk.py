"""Small talk about the model itself, and requests that it declines."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scripts.pocket.data.code.asking import NAMED, PLAIN, invented_name, language_of, phrase_of
from scripts.pocket.data.code.classics import draw_classic
from scripts.pocket.data.code.family import draw_family
from scripts.pocket.data.code.phrases import fill
from scripts.pocket.data.code.wordings import Wordings, of_kind
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


@cache
def talk(index: int) -> Wordings:
    """Return the wordings of one intent."""
    intent = texts()["intents"][index]
    return Wordings(intent.get("patterns", "").split("\n"), intent["wordings"])


def identity(rng: random.Random, split: Split) -> Sample:
    """Return a greeting or a question about the model."""
    index = rng.randrange(len(texts()["intents"]))
    intent = texts()["intents"][index]
    question, language = talk(index).draw(rng, split), intent["language"]
    if len(question.split()) > 2:
        question = typed(rng, question, rng.choice(OPENINGS[language]))
    elif rng.random() < 0.3:
        question = rng.choice((question.lower(), question.upper(), question.rstrip("!?.") + "."))
    return Sample("identity", question, "", intent["answer"], language, (intent["must"],), problem=intent["key"])


@cache
def declined(kind: str) -> dict[Language, Wordings]:
    """Return the wordings of one kind of what is declined: actions, asks or languages."""
    table = texts()
    fixed = {"asks": table["requests"], "languages": table["language_asks"]}
    return of_kind(kind, fixed.get(kind), file="declined")


def decline(rng: random.Random, split: Split) -> Sample:
    """Return a request outside the family: another language, a big program, or general knowledge."""
    language = language_of(rng)
    style = rng.random()
    if style < 0.27:
        question, problem = _other_language(rng, split, language)
    elif style < 0.6:  # asked for just like a function of the family
        problem = declined("actions")[language].draw(rng, split)
        phrase = problem[0].lower() + problem[1:]
        if rng.random() < 0.2:
            question = fill(NAMED[language].draw(rng, split), phrase, language, invented_name(rng))
        else:
            question = fill(PLAIN[language].draw(rng, split), phrase, language)
    elif style < 0.72:
        problem = pick_wording(rng, texts()["topics"][language], split)
        question = pick_wording(rng, texts()["asks"][language], split).format(t=problem)
    else:
        question = problem = declined("asks")[language].draw(rng, split)
    question = typed(rng, question, rng.choice(OPENINGS[language]))
    return Sample("decline", question, "", DECLINED[language], language, MUST[language], problem=problem)


def _other_language(rng: random.Random, split: Split, language: Language) -> tuple[str, str]:
    """Return (question, problem): a function of the family, but in another programming language."""
    shape = declined("languages")[language].draw(rng, split)
    other = rng.choice(texts()["languages"])
    if rng.random() < 0.25:
        phrase = phrase_of(rng, draw_family(rng, split)[0], language)
    else:
        phrase = phrase_of(rng, draw_classic(rng), language)
    return fill(shape.replace("{lang}", other), phrase, language), f"language {other}"
