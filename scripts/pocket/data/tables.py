"""The text tables beside this file: facts, small talk and refusals."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from scripts.pocket.data.sample import Language


class Specification(NamedTuple):
    """Numbers of one model. `context` is what its card states, such as "32K" tokens."""

    layers: int
    query_heads: int
    key_value_heads: int
    context: str
    tied_embeddings: bool
    billions: float


class Statement(NamedTuple):
    """One fact in one language, and how it is asked: by noun phrases and by whole questions."""

    answer: str
    must: str
    phrases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


class Fact(NamedTuple):
    """One thing to know in both languages. `names` are the words that a definition is asked by."""

    key: str
    statements: dict[Language, Statement]
    names: tuple[str, ...] = ()


class Intent(NamedTuple):
    """Something people say, how they say it, and one answer."""

    key: str
    language: Language
    thinking: str
    answer: str
    must: str
    wordings: tuple[str, ...]


@cache
def read_file(path: Path) -> Any:
    """Return the content of a YAML file, read once."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read(name: str) -> Any:
    """Return the content of a YAML file in this folder."""
    return read_file(Path(__file__).with_name(name))


@cache
def specifications() -> dict[str, Specification]:
    """Return the numbers of each model by its name."""
    return {name: Specification(*values) for name, values in read("facts.yaml")["models"].items()}


@cache
def facts(section: str) -> tuple[Fact, ...]:
    """Return the facts of "definitions" or "general"."""
    return tuple(
        Fact(entry["key"], {"en": statement(entry["en"]), "id": statement(entry["id"])}, tuple(entry.get("names", ())))
        for entry in read("facts.yaml")[section]
    )


def statement(entry: dict[str, Any]) -> Statement:
    """Return one language of a fact."""
    return Statement(entry["answer"], entry["must"], tuple(entry.get("phrases", ())), tuple(entry.get("questions", ())))


@cache
def intents() -> tuple[Intent, ...]:
    """Return the kinds of small talk."""
    return tuple(Intent(**{**entry, "wordings": tuple(entry["wordings"])}) for entry in read("chat.yaml"))
