"""Lines about a function and its derivatives: f'(x) = ..., f''(2) = ..., (2x^3)' = ..., d/dx(2x^3) = ..."""
from __future__ import annotations

import re
from typing import Any

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.finding import Finding, shown
from playground.checking.inside.formula import Expr, formula
from playground.checking.inside.lines import Piece, Side, pieces
from playground.checking.inside.problem import Problem
from playground.checking.inside.same import same
from playground.checking.inside.tokens import NotUnderstood

_CALL = re.compile(r"^([A-Za-z])('*)\s*\(")
_PRIMED = re.compile(r"^([A-Za-z])('+)\s*=(?!=)")
_QUOTIENT = re.compile(r"^(?:d([a-z])\s*/\s*d([a-z])|frac\s*\{d([a-z])\}\s*\{d([a-z])\})\s*=")
_OPERATOR = re.compile(r"^(?:d\s*/\s*d([a-z])|frac\s*\{d\}\s*\{d([a-z])\})\s*(?=[(\[])")


def about_functions(text: str, problem: Problem | None) -> tuple[Finding | None, str]:
    """(what is found about a line on a function, the rest of the line). None and all of it for other lines."""
    derived = _derived(text, problem)
    if derived is not None:
        right, rest = derived
        return _sides_are(rest, right, "derivative"), rest
    label = _label(text)
    if label is None:
        return None, text
    name, order, argument, rest = label
    if problem is None or problem.function is None or problem.kind == "rewrite" or not _is_its_name(name, problem):
        return _agree_with_each_other(rest), rest
    right = sp.diff(problem.function, problem.symbol, order) if order else problem.function
    if argument:
        try:
            at = formula(argument)
        except NotUnderstood:
            return None, rest
        right = right.subs(problem.symbol, at)
    return _sides_are(rest, right, "derivative" if order else "function"), rest


def _is_its_name(name: str, problem: Problem) -> bool:
    return name == problem.name or (not problem.name and name in "fy")


def _label(text: str) -> tuple[str, int, str, str] | None:
    """(name, number of primes, argument or "", what follows the sign) of a line such as f'(x) = 2x."""
    if found := _QUOTIENT.match(text):
        return found[1] or found[3], 1, "", text[found.end():]
    if found := _PRIMED.match(text):
        return found[1], len(found[2]), "", text[found.end():]
    if found := _CALL.match(text):
        end = _close(text, found.end() - 1)
        sign = re.match(r"\s*=", text[end:]) if end else None
        if sign:
            return found[1], len(found[2]), text[found.end():end - 1], text[end + sign.end():]
    return None


def _derived(text: str, problem: Problem | None) -> tuple[Expr, str] | None:
    """(derivative of what is derived, the other sides) for (2x)' = 2 and d/dx(2x) = 2."""
    operator = _OPERATOR.match(text)
    start = operator.end() if operator else 0
    if text[start:start + 1] not in ("(", "["):
        return None
    end = _close(text, start)
    sign = re.match(r"\s*=" if operator else r"'\s*=", text[end:]) if end else None
    if not sign:
        return None
    try:
        inner = formula(text[start + 1:end - 1])
    except NotUnderstood:
        return None
    name = next(filter(None, operator.groups()), "") if operator else ""
    symbol: Any = sp.Symbol(name) if name else None
    if symbol is None:
        known = problem.symbol if problem else None
        symbol = known if known is not None or len(inner.free_symbols) > 1 else next(iter(inner.free_symbols), None)
    if inner.free_symbols and symbol is None:
        return None
    return (sp.diff(inner, symbol) if symbol is not None else sp.Integer(0)), text[end + sign.end():]


def _close(text: str, start: int) -> int:
    """The place behind the bracket that closes the one at `start`, or 0."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0:
            return at + 1
    return 0


def _chain(rest: str) -> list[Side]:
    """The sides joined by = in the first piece of the rest."""
    found = pieces(rest)
    if not found:
        return []
    sides = list(found[0].sides[:1])
    for _, sign, right in found[0].pairs:
        if sign != "=":
            break
        sides.append(right)
    return sides


def _sides_are(rest: str, right: Expr, code: str) -> Finding | None:
    """Each side must be the expression; a number (f'(x) = 2x = 0) asks where it is that number."""
    seen = False
    for side in _chain(rest):
        if side.expression is None or (not side.named and right.free_symbols):
            continue
        equal = same(side.expression, right)
        if equal is False and not side.has("."):
            return Finding("wrong", code, {"part": rest.strip()}, shown(right))
        seen = seen or bool(equal)
    return Finding("verified", code) if seen else None


def _agree_with_each_other(rest: str) -> Finding | None:
    sides = [side for side in _chain(rest) if side.expression is not None and side.named]
    for before, after in zip(sides, sides[1:], strict=False):
        if same(before.expression, after.expression) is False:
            return Finding("wrong", "not_equal", {"part": rest.strip()}, shown(before.expression))
    return None


def restated(piece: Piece, problem: Problem) -> Finding | None:
    """The first line of a derivative may repeat the function: "= 3x^2 + 1"."""
    if not piece.sides or piece.sides[0].found or len(piece.sides) < 2 or piece.sides[1].expression is None:
        return None
    equal = same(piece.sides[1].expression, problem.function)
    if equal is None:
        return None
    return Finding("verified", "function") if equal else \
        Finding("wrong", "function", {"part": piece.text}, shown(problem.function))
