"""Wordings made of parts: "[Please |]write [a|one] function" stands for every combination of its alternatives.

Combinations are held out for the test, not words: each alternative also occurs in combinations of the training.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, product
from math import prod
from pathlib import Path
from typing import Any

import yaml

from scripts.pocket.data.sample import Language, Split, hash_percent, pick_wording, wordings

HELD_OUT_PERCENT = 12
LEAST_TO_HOLD_OUT = 4  # a pattern whose alternatives occur in fewer combinations is only trained on
FIXED_SHARE = 0.3  # how often one of the wordings written out in full is drawn
ALTERNATIVES = re.compile(r"(\[[^\]]*\])")
SPACES = re.compile(r" {2,}")
SPACE_BEFORE = re.compile(r" +([.,?!:;\n])")
NOT_WORDS = re.compile(r"\W+")


@dataclass(frozen=True)
class Pattern:
    """A wording with alternatives at some places."""

    pieces: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, text: str) -> Pattern:
        """Return the pattern that a line of text describes."""
        found = [part for part in ALTERNATIVES.split(text.replace("\\n", "\n")) if part]
        return cls(tuple(tuple(part[1:-1].split("|")) if part[0] == "[" else (part,) for part in found))

    @property
    def count(self) -> int:
        """How many combinations there are."""
        return prod(len(piece) for piece in self.pieces)

    @property
    def may_be_held_out(self) -> bool:
        """Whether each alternative occurs in so many combinations that not all of them can be held out."""
        most = max(len(piece) for piece in self.pieces)
        return most > 1 and self.count // most >= LEAST_TO_HOLD_OUT

    def draw(self, rng: random.Random) -> str:
        """Return one combination, with its spaces put right."""
        text = "".join([piece[int(rng.random() * len(piece))] for piece in self.pieces])
        text = SPACE_BEFORE.sub(r"\1", SPACES.sub(" ", text)).strip(" ")
        return text if text[:1] in "{" else text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """Return the words of a text in lower case, without punctuation; the split is made by this."""
    return NOT_WORDS.sub(" ", text.lower()).strip()


def is_held_out(text: str) -> bool:
    """Return whether a combination is kept for the test."""
    return hash_percent(plain(text)) < HELD_OUT_PERCENT


class Wordings:
    """Wordings of one kind in one language: some written out in full, and patterns."""

    def __init__(self, patterns: Iterable[str], fixed: Sequence[str] = ()) -> None:
        """Read the patterns; of the fixed wordings every fifth is held out."""
        self.fixed = fixed
        made = [Pattern.of(line.strip()) for line in patterns if line.strip()]
        large = [pattern for pattern in made if pattern.may_be_held_out]
        self._large = set(large)
        self._pools: dict[Split, list[Pattern]] = {"train": made, "test": large}
        self._weights = {split: list(accumulate(min(p.count, 400) ** 0.5 for p in pool))
                         for split, pool in self._pools.items()}  # fmt: skip
        self._taken: dict[Split, set[str]] = {
            "train": {plain(text) for text in wordings(fixed, "test")},
            "test": {plain(text) for text in wordings(fixed, "train")}
            | {plain("".join(text)) for small in made if not small.may_be_held_out for text in product(*small.pieces)},
        }

    def __len__(self) -> int:
        """Return how many wordings there are in both splits."""
        return len(self.fixed) + sum(pattern.count for pattern in self._pools["train"])

    def draw(self, rng: random.Random, split: Split) -> str:
        """Return a wording of the split."""
        pool, weights = self._pools[split], self._weights[split]
        if self.fixed and (not pool or rng.random() < FIXED_SHARE):
            return pick_wording(rng, self.fixed, split)
        while True:
            pattern = rng.choices(pool, cum_weights=weights)[0]
            text = pattern.draw(rng)
            held = pattern in self._large and is_held_out(text)
            if held == (split == "test") and plain(text) not in self._taken[split]:
                return text


@cache
def tables(file: str) -> dict[str, dict[Language, str]]:
    """Return the patterns of all kinds and languages in a file, one in a line."""
    text = Path(__file__).with_name(f"{file}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def of_kind(
    kind: str, fixed: Mapping[Language, Sequence[str]] | None = None, file: str = "wordings"
) -> dict[Language, Wordings]:
    """Return the wordings of a kind in each language."""
    languages: tuple[Language, Language] = ("en", "id")
    return {language: Wordings(tables(file).get(kind, {}).get(language, "").split("\n"),
                               fixed[language] if fixed else ()) for language in languages}  # fmt: skip
