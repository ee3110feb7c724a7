"""Answers in words, English and Indonesian."""
from __future__ import annotations

import re

from playground.checking.inside.values import Word

_NONE = r"(?:real |valid |possible )?(?:solutions?|roots?|answers?|critical points?|real numbers?|solution set)"
_TIADA = r"(?:solusi|penyelesaian|akar|jawaban|titik kritis|titik stasioner)(?: real| nyata)?"
_PATTERNS: list[tuple[Word, str]] = [
    ("none", rf"(?:there (?:is|are) )?no {_NONE}(?: exists?)?|none|does not exist|empty set|∅|\{{ *\}}"),
    ("none", rf"tidak (?:ada|punya|memiliki|mempunyai) {_TIADA}|himpunan kosong|tidak ada"),
    ("all", r"all (?:the )?(?:real numbers?|reals|real values)(?: of [a-z])?|every real number|any real number|R"),
    ("all", r"semua bilangan (?:real|riil)|setiap bilangan real"),
    ("infinite", r"infinitely many(?: solutions?)?|infinite(?:ly many)? solutions?"),
    ("infinite", r"(?:tak|tidak) (?:ter)?hingga(?: banyak)?(?: solusi| penyelesaian)?|banyak solusi"),
    ("yes", r"yes|true|ya|benar"),
    ("no", r"no|false|tidak|salah"),
]


def said(text: str) -> Word | None:
    """The word that a cleaned text says, or None if it says something else."""
    text = re.sub(r"^[a-z] *(?:∈|=) *(?=[R∅])", "", " ".join(text.strip(" .").split()))
    for word, pattern in _PATTERNS:
        if re.fullmatch(pattern, text, 0 if text == "R" else re.IGNORECASE):
            return None if text == "r" else word
    return None
