"""One line of a solution as the relations in it: a = b, a < b, a ≈ b."""
from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from playground.checking.inside.formula import Expr, expression
from playground.checking.inside.tokens import NotUnderstood, Style, Token, plain, split, tokens, written

SIGNS = {"=", "<", ">", "<=", ">=", "~", "!="}
_ARROWS = re.compile(r"=>|⇒|→|⟹|∴|\\(?:implies|Rightarrow|therefore|to|Longrightarrow)(?![A-Za-z])")
_NUMBERED = re.compile(r"^\s*\d+[.)]\s+")
_BOLD = re.compile(r"^\s*\*\*[^*]+\*\*:?")
_LEADS = re.compile(r"^\s*(?:so|thus|hence|therefore|then|we get|we have|this gives|gives|giving|jadi|maka|sehingga|"
                    r"diperoleh|didapat|akibatnya|oleh karena itu)(?![a-z])[,:]?\s*", re.IGNORECASE)
_WHOLE = ((r"\[", r"\]"), (r"\(", r"\)"), ("$$", "$$"), ("$", "$"))
_INLINE = re.compile(r"\$([^$]+)\$|\\\((.+?)\\\)")
_DOUBT = re.compile(r"\b(?:not|false|contradiction|impossible|never|wrong|if|bukan|salah|tidak|mustahil|jika|"
                    r"kontradiksi)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a relation. `expression` is None where it is not understood."""

    found: tuple[Token, ...]
    expression: Expr | None

    @property
    def named(self) -> set[str]:
        """The names in it as they are written, also those that cancel: x in "3x - 3x"."""
        return {token.text for token in self.found if token.kind == "letters" and token.text not in ("e", "pi", "i")}

    @property
    def literal(self) -> bool:
        """Whether it is one number, with or without a sign."""
        digits = self.found[1:] if self.found and self.found[0].text in ("-", "+") else self.found
        return len(digits) == 1 and digits[0].kind == "number"

    @property
    def decimals(self) -> int | None:
        """Digits behind the point of a literal; None for anything else."""
        return len(self.found[-1].text.partition(".")[2]) if self.literal else None

    def has(self, text: str) -> bool:
        return any(text in token.text for token in self.found)


@dataclass(frozen=True, slots=True)
class Piece:
    """A chain of relations, such as a = b < c, or one expression without any."""

    text: str
    sides: tuple[Side, ...]
    signs: tuple[str, ...]

    @property
    def pairs(self) -> list[tuple[Side, str, Side]]:
        return [(left, sign, right) for (left, right), sign in zip(pairwise(self.sides), self.signs, strict=True)]


def formulas(line: str) -> tuple[list[str], bool]:
    """(the mathematics of a line as plain text, whether the line is nothing else)."""
    line = _BOLD.sub("", _NUMBERED.sub("", line)).strip().rstrip(".")
    line = _LEADS.sub("", line)
    for left, right in _WHOLE:
        inner = line[len(left):len(line) - len(right)]
        if line.startswith(left) and line.endswith(right) and len(line) > len(left + right) and left not in inner:
            return _plain_lines(inner), True
    inline = [found[1] or found[2] for found in _INLINE.finditer(line)]
    if inline:
        return ([] if _DOUBT.search(line) else [text for part in inline for text in _plain_lines(part)]), False
    return _plain_lines(line), True


def _plain_lines(text: str) -> list[str]:
    cleaned = plain(_ARROWS.sub(" ; ", text).strip().removesuffix("\\\\"))
    return [re.sub(r"%\s*(?:of|dari)\s", "%*", re.sub(r"(?<=\s):|(?<=\d):(?=\d)", "/", cleaned))]


def pieces(text: str, style: Style = "en") -> list[Piece]:
    """The parts of a line between commas, semicolons, labels and the words or, and."""
    return [_piece(part.strip(), style) for part in _parts(text) if part.strip()]


def _parts(text: str) -> list[str]:
    parts, depth, start = list[str](), 0, 0
    for mark in re.finditer(r"[(\[{]|[)\]}]|;|,(?=\s)|:(?=\s|$)|\s(?:or|and|atau|dan)\s", text):
        if mark[0] in "([{":
            depth += 1
        elif mark[0] in ")]}":
            depth -= 1
        elif depth == 0:
            parts.append(text[start:mark.start()])
            start = mark.end()
    return [*parts, text[start:]]


def _piece(text: str, style: Style) -> Piece:
    try:
        sides, signs = split(tokens(text, style), SIGNS)
    except NotUnderstood:
        return Piece(text, (), ())
    return Piece(text, tuple(_side(side) for side in sides), tuple(signs))


def _side(found: list[Token]) -> Side:
    try:
        return Side(tuple(found), expression(list(found)))
    except NotUnderstood:
        return Side(tuple(found), None)


def said_by(side: Side) -> str:
    """The side as it was written."""
    return written(list(side.found)).strip()
