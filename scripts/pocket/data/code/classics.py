"""The classic tasks as programs, with their edge cases."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from scripts.pocket.data.code.program import Program

TABLES = ("numbers", "lists", "text", "classes")
UNORDERED = ("intersection", "difference", "union")  # the order of their results is free

# A guard: lines put at the start, what the request says in each language, and the assertion that it adds.
Guard = tuple[str, str, str, str]
NOT_IN_A_LIST: tuple[Guard, ...] = (
    ("if not {p}:\n    return None", "Return None for an empty list.", "Kembalikan None untuk list kosong.",
     "assert {{name}}([]) is None"),
    ("if not {p}:\n    return 0", "Return 0 if the list is empty.", "Kembalikan 0 jika list kosong.",
     "assert {{name}}([]) == 0"),
    ('if not {p}:\n    raise ValueError("empty list")', "Raise a ValueError if the list is empty.",
     "Munculkan ValueError jika list kosong.",
     "try:\n    {{name}}([])\n    raise AssertionError\nexcept ValueError:\n    pass"),
)  # fmt: skip
NEGATIVE: tuple[Guard, ...] = (
    ("if {p} < 0:\n    return None", "Return None for negative numbers.", "Kembalikan None untuk bilangan negatif.",
     "assert {{name}}(-3) is None"),
    ('if {p} < 0:\n    raise ValueError("negative number")', "Raise a ValueError if the number is negative.",
     "Munculkan ValueError jika bilangannya negatif.",
     "try:\n    {{name}}(-3)\n    raise AssertionError\nexcept ValueError:\n    pass"),
)  # fmt: skip
IGNORE_CASE: Guard = ("{p} = {p}.lower()", "Ignore case.", "Abaikan huruf besar dan kecil.", "")
GUARDS = {"ints1": NOT_IN_A_LIST, "some1": NOT_IN_A_LIST, "nat": NEGATIVE}
WITH_CASE = ("is_palindrome", "count_letter", "letter_counts", "word_counts", "is_pangram", "remove_repeats",
             "letter_positions", "first_unique_letter", "most_common_letter")  # fmt: skip
STOP = set(
    "a an the of in to is and or with by for from at as its it that are be on whether if return find compute check "
    "list number numbers string text how all each one two given do convert make write two-dimensional n n-th "
    "first their out into turn sebuah dari dalam yang dan atau dengan menjadi untuk list bilangan string teks apakah "
    "memeriksa menghitung mencari mengembalikan membuat mengubah dua semua setiap ke di oleh sampai angka n berisi "
    "berapa kali dictionary kamus".split()
)


def keywords(phrase: str) -> tuple[str, ...]:
    """Return up to three words that carry what a canonical phrase says."""
    found = [w.strip('.,"()') for w in phrase.split()]
    return tuple(w for w in found if w.lower() not in STOP and len(w) > 1)[-3:]


def _program(entry: dict[str, Any]) -> Program:
    """Return the program of one entry of the tables."""
    name, params, code = entry["name"], tuple(entry.get("params", {}).items()), entry["code"].strip()
    if params:
        lines = [f"    {line}" if line else "" for line in code.split("\n")]
        code = "\n".join([f"def {name}({', '.join(param for param, _ in params)}):", *lines])
    return Program(
        name, name, params, code, tuple(entry["en"]), tuple(entry["id"]), tuple(entry.get("tests", ())),
        check="sorted" if name in UNORDERED else "equal", is_class=not params,
        words=(keywords(entry["en"][0]), keywords(entry["id"][0])),
    )  # fmt: skip


@lru_cache(maxsize=1)
def classics() -> dict[str, Program]:
    """Return every classic task by its name, without edge cases."""
    found: dict[str, Program] = {}
    for table in TABLES:
        text = Path(__file__).with_name(f"classics_{table}.yaml").read_text(encoding="utf-8")
        found.update({entry["name"]: _program(entry) for entry in yaml.safe_load(text)})
    return found


def guards_of(program: Program) -> tuple[Guard, ...]:
    """Return the edge cases that may be added to a classic task."""
    if program.key in WITH_CASE:
        return (IGNORE_CASE,)
    if len(program.params) != 1:
        return ()
    return GUARDS.get(program.params[0][1], ())


def guarded(program: Program, guard: Guard) -> Program:
    """Return the program with an edge case."""
    lines, english, indonesian, test = guard
    start = program.code.index("\n") + 1
    added = "".join(f"    {line}\n" for line in lines.format(p=program.params[0][0]).split("\n"))
    tests = (*program.tests, test.format()) if test else program.tests
    return replace(program, key=f"{program.key} {english}", code=program.code[:start] + added + program.code[start:],
                   tests=tests, clause=(english, indonesian))  # fmt: skip


@lru_cache(maxsize=1)
def variants() -> tuple[tuple[Program, ...], ...]:
    """Return for every classic task the plain program and its edge cases."""
    return tuple((p, *(guarded(p, guard) for guard in guards_of(p))) for p in classics().values())


def draw_classic(rng: random.Random) -> Program:
    """Return a classic task, now and then with an edge case."""
    forms = rng.choice(variants())
    return forms[0] if len(forms) == 1 or rng.random() < 0.7 else rng.choice(forms[1:])
