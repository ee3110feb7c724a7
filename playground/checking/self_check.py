"""What a problem asks for, where its text leaves no doubt: then its answer can be checked without an expected one.

Every word must be known and there must be one formula; anything else is not recognised. Nothing is worked out here.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from playground.checking import problem_words as known
from playground.checking.percentages import percentage

Kind = Literal["derivative", "critical", "equation", "rewrite", "percentage", "arithmetic"]


@dataclass(frozen=True, slots=True)
class Task:
    """What to work out. Texts for the program in the sandbox, which alone reads formulas; empty where not needed."""

    kind: Kind
    expression: str
    variable: str = ""
    name: str = ""                # of the function, f in f(x)
    whole: str = ""               # what 100 % is
    percent: str = ""             # "yes" if the answer is a percentage
    where: str = ""               # "yes" if points are asked for; "maximum and minimum" may mean the values there


_LONGEST = 1000                   # letters; what is longer says more than one formula
_FUNCTIONS = r"sin|cos|tan|sec|csc|cot|arcsin|arccos|arctan|sinh|cosh|tanh|ln|exp|sqrt|pi"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_ATOM = (rf"\\?(?:{_FUNCTIONS}|[dt]?frac|cdot|times|left|right|infty)(?![A-Za-z])|\d+(?:\.\d+)?"
         rf"|(?<![A-Za-z])[A-Za-z](?![A-Za-z'])|(?<=\d)[a-z](?![A-Za-z])|[-+*/^=(){{}}\[\]√π·×÷−–{_RAISED}]|\*\*|[A-Za-z](?='+\s*\()|'+(?=\s*\()")
_SPAN = re.compile(rf"(?:(?:{_ATOM})[ \t]*)+")
_DERIVED = re.compile(r"(?:\\frac\s*\{d\}\s*\{d([a-z])\}|\(?\bd\s*/\s*d([a-z])\)?)")
_QUOTIENT = re.compile(r"(?:\\frac\s*\{d[a-z]\}\s*\{d([a-z])\}|\bd[a-z]\s*/\s*d([a-z])\b)")
_PRIME = re.compile(r"([)\]])\s*['’′](?!['’′])")
_FUNCTION = re.compile(r"([A-Za-z])\s*\(\s*([a-z])\s*\)\s*=(.+)", re.DOTALL)
_NAMED = re.compile(r"([A-Za-z])\s*=([^=]+)", re.DOTALL)
_RELATIONS = re.compile(r"[<>≤≥≠≈|%±]|(?<=[0-9)])!|\\(?:le|ge|lt|gt|ne|pm|int|sum|lim|log)\b|\blog\b")
_OPERATION = re.compile(r"[\d)]\s*(?:[-+*/^·×÷−√]|\\cdot|\\times|\\frac)|\\frac|√|[⁰-⁹²³]")
_GIVEN = re.compile(                  # "the derivative is 3x^2", "a function with derivative 3x^2": backwards
    r"\b(?:derivative|turunan\w*|slope|gradien\w*|velocity)\b[^.?!;,]*\b(?:is|are|equals|adalah)\s*$"
    r"|\b(?:with|has|having|punya|dengan|the|memiliki)\s+(?:an?\s+|the\s+)?(?:first\s+)?(?:derivative|turunan)\s*$",
    re.IGNORECASE)
_DASH = re.compile(r"=.*\s[-–−]\s+[A-Za-z]\s*=")         # "3x = 6 - x = ?": a dash or a minus
_WORD = re.compile(r"[A-Za-zÀ-ÿ]+")


def recognise(problem: str) -> Task | None:
    """The task of a problem in English or Indonesian, or None if it could be another one."""
    if len(problem) > _LONGEST or _DASH.search(problem):
        return None
    text = _bare(problem)
    found = percentage(text)
    if found:
        return Task("percentage", found.expression, whole=found.whole, percent="yes" if found.percent else "")
    if _RELATIONS.search(text):
        return None
    text, derived = _without_operator(text)
    spans, words = _taken_apart(text)
    if len(spans) != 1 or _GIVEN.search(text[:text.find(spans[0])]):
        return None
    formula, mentions, said = spans[0], {word for word in words if len(word) == 1}, {w for w in words if len(w) > 1}
    return _task(formula, derived, mentions - {"a", "i"}, said)


def _bare(problem: str) -> str:
    """The text without marks of formulas and of emphasis, in one line for each sentence."""
    text = re.sub(r"\\[()\[\]]|\$(?!\d)|(?<!\*)\*\*(?=[A-Z])|\\(?:text|mathrm)\b", " ", problem.strip())
    text = re.sub(r"\b(?:w\.r\.t\.|let's|what's|here's)", lambda found: re.sub(r"[.']", "", found[0]), text, flags=re.I)
    return re.sub(r"=\s*\??\s*$", "", text.replace("’", "'")).strip()


def _without_operator(text: str) -> tuple[str, str]:
    """(the text without d/dx, dy/dx or a prime behind a bracket, the variable it named or "?" or "")."""
    for pattern in (_QUOTIENT, _DERIVED):
        if found := pattern.search(text):
            return pattern.sub(" derivative ", text), found[1] or found[2]
    if _PRIME.search(text):
        return _PRIME.sub(r"\1 derivative ", text), "?"
    return text, ""


def _taken_apart(text: str) -> tuple[list[str], list[str]]:
    """(formulas with an operator or a number, all words and lone letters in lower case)."""
    spans, rest = list[str](), ""
    at = 0
    for found in _SPAN.finditer(text):
        piece = found[0].strip()
        lone = re.fullmatch(r"[-–A-Za-z()=]?[-–()= ]*|[A-Za-z]\s*=?|\W*[A-Za-z]?\W*", piece)
        rest += text[at:found.start()] + (f" {piece} " if lone else " ")
        at = found.end()
        if not lone:
            spans.append(_stripped(piece))
    rest += text[at:]
    return [span for span in spans if span], [word.lower() for word in _WORD.findall(rest.replace("'", ""))]


def _stripped(piece: str) -> str:
    """Without a dash or a sign of equality that belongs to the sentence."""
    piece = re.sub(r"[-–=+*/^]\s*$", "", piece.strip()).strip()
    return piece if not re.search(r"\s[-–]\s*$", piece) else piece.rstrip("-– ")


def _task(formula: str, derived: str, mentions: set[str], said: set[str]) -> Task | None:
    def only(words: frozenset[str]) -> bool:
        return said <= words | known.ASKING

    wants_extremes = said & known.ASKS_CRITICAL or any(pair <= said for pair in known.BOTH_EXTREMES)
    if wants_extremes and only(known.CRITICAL):
        task = _of_function("critical", formula, derived, mentions)
        return replace(task, where="yes") if task and said & known.ASKS_WHERE else task
    if said & known.ASKS_DERIVATIVE and only(known.DERIVATIVE):
        return _of_function("derivative", formula, derived, mentions)
    letters = _letters(formula)
    if "i" in letters:                                   # the imaginary unit, or not
        return None
    if "=" in formula:
        fits = formula.count("=") == 1 and len(letters) == 1 and mentions <= letters and only(known.EQUATION)
        if fits and not _FUNCTION.fullmatch(formula) and not _gives_value(formula):
            return Task("equation", formula, variable=next(iter(letters)))
        return None
    if letters:
        fits = len(letters) == 1 and mentions <= letters and bool(said & known.ASKS_REWRITE)
        return Task("rewrite", formula) if fits and only(known.REWRITE) else None
    computes = _OPERATION.search(formula) and not mentions and only(known.ARITHMETIC)
    return Task("arithmetic", formula) if computes else None


def _gives_value(formula: str) -> bool:
    """`x = 3` gives a value, and so does `y = 2 + 3`: there is nothing to solve."""
    left, _, right = formula.partition("=")
    return len(left.strip()) == 1 and left.strip().isalpha() and left.strip() not in right


def _letters(formula: str) -> set[str]:
    """The names in a formula, without e and the names of functions."""
    bare = re.sub(rf"\\?(?:{_FUNCTIONS})(?![A-Za-z])|\\[A-Za-z]+", " ", formula)
    return {letter for letter in re.findall(r"[A-Za-z]", bare) if letter not in "e"}


def _of_function(kind: Kind, formula: str, derived: str, mentions: set[str]) -> Task | None:
    """The function with its variable: as f(x) = ..., as y = ..., or as it stands."""
    name, variable, body = "", derived.strip("?"), formula
    if found := _FUNCTION.fullmatch(formula):
        name, inside, body = found[1], found[2], found[3]
        if variable not in ("", inside):
            return None
        variable = inside
    elif found := _NAMED.fullmatch(formula):
        name, body = found[1], found[2]
    letters = _letters(body)
    if "=" in body or len(letters) > 1 or "i" in letters:
        return None
    if letters:
        if variable not in ("", *letters):
            return None
        variable = next(iter(letters))
    if mentions - {variable, name, name.lower(), "d", "y", "f"}:
        return None
    return Task(kind, body.strip(), variable=variable or "x", name=name)
