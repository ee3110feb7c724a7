"""What a worked problem is, and which problems are held out for the test."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from scripts.pocket.data.sample import Language, Split, hash_percent

HELD_OUT_PERCENT = 10
MOST_PIECES = 310  # longer solutions are not asked for
MORE_PIECES = {"goal": 15}  # the line that compares two amounts digit by digit

# The problems of the course text are trained on word for word: a reader will paste them.
COURSE = ("poly:x^3 + 2x^2 - 5x + 3", "goal:2,15,5,5")

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "answer": "Answer", "rule": "Power rule, term by term:", "none": "no real roots", "double": "one double root",
        "no solution": "no solution", "all": "all real numbers", "no points": "no critical points", "at": "at",
        "maximum": "maximum", "minimum": "minimum", "neither": "neither maximum nor minimum", "numbers": "numbers",
        "year": "Step", "of": "of", "rounded": "rounded", "yes": "yes", "no": "no", "needed": "Needed factor",
        "start": "start", "up": "up", "down": "down", "times": "times", "simple": "simple", "goal": "goal",
        "program": "I compute this with a program.", "prints": "The program prints",
    },
    "id": {
        "answer": "Jawaban", "rule": "Aturan pangkat, suku demi suku:", "none": "tidak ada akar real",
        "double": "satu akar kembar", "no solution": "tidak ada solusi", "all": "semua bilangan real", "at": "di",
        "no points": "tidak ada titik kritis", "maximum": "maksimum", "minimum": "minimum",
        "neither": "bukan maksimum dan bukan minimum", "numbers": "bilangan", "year": "Langkah", "of": "dari",
        "rounded": "dibulatkan", "yes": "ya", "no": "tidak", "needed": "Faktor yang diperlukan",
        "start": "awal", "up": "naik", "down": "turun", "times": "kali", "simple": "tunggal", "goal": "target",
        "program": "Saya hitung dengan program.", "prints": "Program mencetak",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Work:
    """One problem with its solution.

    `kind` chooses the wordings and `shown` fills them. `key` names the problem without its wording.
    `lines` are the steps before the final line. `code` is a program that prints the result.
    `inner` are the keys of other problems that the steps solve on their way.
    """

    kind: str
    key: str
    shown: Mapping[str, str]
    lines: tuple[str, ...] = ()
    gold: str = ""
    must: tuple[str, ...] = ()
    code: str = ""
    inner: tuple[str, ...] = ()


def is_held_out(key: str) -> bool:
    """Return whether the problem belongs to the test split."""
    return key not in COURSE and hash_percent(f"mathematics {key}") < HELD_OUT_PERCENT


def pieces(work: Work) -> int:
    """Return about how many tokens the steps take: a digit or sign is one, a word is one."""
    return len(re.findall(r"[A-Za-z]+|[^\sA-Za-z]", " ".join(work.lines)))


def belongs(work: Work, split: Split) -> bool:
    """Return whether the problem may be used in the split: training solves no held-out problem, nor on its way."""
    if pieces(work) > MOST_PIECES + MORE_PIECES.get(work.kind, 0):
        return False
    if split == "test":
        return is_held_out(work.key)
    return work.key in COURSE or not any(is_held_out(key) for key in (work.key, *work.inner))


def variable(rng: random.Random) -> str:
    """Return the name of the unknown, mostly x."""
    return "x" if rng.random() < 0.75 else rng.choice("tnzyabmkpwsu")


def signed(number: int) -> str:
    """Return the number, in brackets if it is negative."""
    return f"({number})" if number < 0 else str(number)
