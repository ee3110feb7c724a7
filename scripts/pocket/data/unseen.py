"""Questions written by hand that no template produces, to test how far the model generalises.

They are used for the test only. A right answer contains one of the given texts
(compared in lower case, after a leading space).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from scripts.pocket.data.facts import specification_answer
from scripts.pocket.data.sample import Language
from scripts.pocket.data.tables import facts, intents, read
from scripts.pocket.data.traces import is_held_out

UNKNOWN = ("do not know", "tidak tahu", "cannot do that", "tidak bisa itu")
LIMITS = ("too long", "never learned", "terlalu panjang", "tidak pernah belajar", *UNKNOWN)
FILLED_SUMS = 300
LANGUAGES: tuple[Language, ...] = ("en", "id")


Tables = Mapping[str, Any]


class Unseen(NamedTuple):
    """A question and the texts of which a right answer contains one."""

    group: str
    question: str
    any_of: tuple[str, ...]


def filled(tables: Tables, seed: int = 7) -> Iterator[Unseen]:
    """Yield sums in free phrasings, with two-digit numbers (or two digits times one) that were held out."""
    rng = random.Random(seed)
    phrasings = [(operator, text) for operator, texts in tables["sums"].items() for text in texts]
    used = set()
    for i in range(FILLED_SUMS):
        operator, text = phrasings[i % len(phrasings)]
        while True:
            a, b = rng.randint(10, 99), rng.randint(2, 9) if operator == "*" else rng.randint(10, 99)
            if a > b and is_held_out(a, operator, b) and (text, a, b) not in used:
                break
        used.add((text, a, b))
        result = {"+": a + b, "-": a - b, "*": a * b}[operator]
        yield Unseen("sums", text.format(a=a, b=b), (f"= {result}",))


def about_facts(tables: Tables, group: str, section: str) -> Iterator[Unseen]:
    """Yield the questions about definitions or general facts."""
    for language in LANGUAGES:
        must = {fact.key: fact.statements[language].must for fact in facts(section)}
        for key, questions in tables[group][language].items():
            for question in questions:
                yield Unseen(group, question, (must[key].lower(),))


def about_models(tables: Tables) -> Iterator[Unseen]:
    """Yield the questions about one number of one model."""
    for language in LANGUAGES:
        for key, questions in tables["specifications"][language].items():
            model, attribute = key.split()
            (must,) = specification_answer(model, attribute, language)[1]
            for question in questions:
                yield Unseen("qwen", question, (must.lower(),))


def small_talk(tables: Tables) -> Iterator[Unseen]:
    """Yield greetings, questions about the model itself and other small talk."""
    must = {(intent.key, intent.language): intent.must for intent in intents()}
    for language in LANGUAGES:
        for key, questions in tables["chat"][language].items():
            for question in questions:
                yield Unseen("chat", question, (must[key, language].lower(),))


def written_in(file: str) -> Iterator[Unseen]:
    """Yield all the questions of one file."""
    tables = read(file)
    yield from filled(tables)
    yield from about_facts(tables, "terms", "definitions")
    yield from about_facts(tables, "qwen", "general")
    yield from about_models(tables)
    yield from small_talk(tables)
    for kind, right in (("unknown", UNKNOWN), ("out_of_range", LIMITS)):
        yield from (Unseen("unknown", question, right) for row in tables[kind] for question in row)


@cache
def unseen() -> tuple[Unseen, ...]:
    """Return all the questions: about 300 or more in each of facts, small talk, refusals and sums.

    The "later" ones are by somebody who had not seen the training questions; nobody looked at their wrong answers while
    the training questions were written.
    """
    later = (item._replace(group=f"later {item.group}") for item in written_in("unseen_later.yaml"))
    return (*written_in("unseen.yaml"), *later)
