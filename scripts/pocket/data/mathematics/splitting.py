"""Which wordings are held out for the test: combinations of words, never all uses of a word."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from scripts.pocket.data.sample import Split, hash_percent
from scripts.pocket.data.style import ENDINGS, OPENINGS

HELD_OUT_PERCENT = 20
LEAST_USES = 2  # of a word in the training wordings, if some wording with it is held out


# What may stand around a wording without making it another one (asking.py and style.py add some of these).
MORE = (
    "please", "show your work", "step by step", "tunjukkan langkahnya", "please show the steps", "tolong ya", "soal",
    "langkah demi langkah", "problem", "please help", "next one", "homework", "tolong bantu", "pr saya", "latihan",
    "berikutnya",
)  # fmt: skip
AROUND = "|".join(
    re.escape(text.lower().replace(",", "").strip(" .?!:"))
    for language in OPENINGS
    for text in (*OPENINGS[language], *ENDINGS[language], *MORE)
    if text.strip(" .?!:)")
)  # fmt: skip
OPENING = re.compile(rf"^(?:(?:{AROUND})[\s.!:]+)+(?=\S)")
ENDING = re.compile(rf"(?:[\s.?!:=;)]|\s(?:{AROUND})(?=[\s.?!:=;)]*$))+$")


def bare(text: str) -> str:
    """Return the wording in lower case without what may stand around it: those with the same rest share a split."""
    text, before = " ".join(re.sub(r"(?<=[a-z])'(?=[a-z])|,", "", text.lower()).split()), ""
    while before != text:
        before, text = text, ENDING.sub("", OPENING.sub("", text))
    return text


def is_held_out_text(text: str, fixed: tuple[str, ...] = (), known: tuple[str, ...] = ()) -> bool:
    """Return whether a wording belongs to the test: one that is put together from parts, or one of the fixed ones."""
    rest = bare(text)
    if rest in bare_texts(fixed):
        return rest in held_out_texts(fixed, known)
    return hash_percent(f"wording {rest}") < HELD_OUT_PERCENT


@cache
def bare_texts(texts: tuple[str, ...]) -> frozenset[str]:
    """Return the texts without what stands around them."""
    return frozenset(map(bare, texts))


def words_of(text: str) -> set[str]:
    """Return the words of a wording in lower case, without the names of what fills it."""
    return set(re.findall(r"[a-z]+(?:[-'][a-z]+)*", re.sub(r"[{<]\w+[}>]", " ", text.lower())))


@cache
def held_out_texts(texts: tuple[str, ...], known: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the bare texts that are held out.

    A text is trained on if one of its words occurs in hardly any other text of the training;
    `known` are texts that are trained on in any case.
    """
    taught = {word for text in known for word in words_of(text)}
    groups: dict[str, set[str]] = {}
    for text in texts:
        groups.setdefault(bare(text), set()).update(words_of(text) - taught)
    uses = Counter(word for words in groups.values() for word in words)
    held = set()
    for text in filter(is_held_out_text, groups):
        if all(uses[word] > LEAST_USES for word in groups[text]):
            held.add(text)
            uses.subtract(groups[text])
    return frozenset(held)


@cache
def sides(texts: tuple[str, ...]) -> dict[Split, tuple[str, ...]]:
    """Return the texts of each split; a list that is too short to hold any out is used in both."""
    held = held_out_texts(texts)
    train = tuple(text for text in texts if bare(text) not in held)
    return {"train": train, "test": tuple(text for text in texts if bare(text) in held) or train}


def pick(rng: random.Random, texts: Sequence[str], split: Split) -> str:
    """Return one of the texts of the split."""
    return rng.choice(sides(tuple(texts))[split])
