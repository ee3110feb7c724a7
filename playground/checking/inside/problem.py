"""A problem that was recognised, worked out: what its answer must be."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.formula import Expr, expression
from playground.checking.inside.tokens import NotUnderstood, plain, split, tokens

_HIGHEST = 8                      # degree: the exact roots of more are no answer for a person


@dataclass(frozen=True, slots=True)
class Problem:
    """`kind` as in self_check.py. Fields that a kind does not have are None."""

    kind: str
    symbol: Any = None
    function: Expr = None         # derivative, critical, rewrite: what it is about
    solutions: Any = None         # equation, critical: a sympy Set of real numbers
    complex_solutions: Any = None     # a FiniteSet with the others as well, of a polynomial
    result: Expr = None           # percentage, arithmetic, derivative: the answer
    percent: bool = False
    whole: Expr = None            # what 100 % is
    name: str = ""                # of the function
    where: bool = True            # critical: an unnamed number in the answer is a place, not the value there


def worked_out(task: dict[str, str]) -> Problem | None:
    """The problem with its answer, or None if sympy finds none that is sure. Raises NotUnderstood."""
    kind, symbol = task["kind"], sp.Symbol(task["variable"]) if task["variable"] else None
    if kind == "equation":
        sides, _ = split(tokens(plain(task["expression"])), {"="})
        if len(sides) != 2:
            raise NotUnderstood(task["expression"])
        return _with_solutions(kind, expression(sides[0]) - expression(sides[1]), symbol)
    function = expression(tokens(plain(task["expression"])))
    if kind in ("derivative", "critical"):
        symbol = symbol or _only(function)
        if function.free_symbols - {symbol} or function.has(sp.Abs, sp.core.function.AppliedUndef):
            return None
        slope = sp.diff(function, symbol)
        if kind == "critical":
            return _with_solutions(kind, slope, symbol, function, task["name"], task["where"] == "yes")
        return Problem(kind, symbol, function, result=slope, name=task["name"])
    if kind == "rewrite":
        return Problem(kind, _only(function), function)
    if function.free_symbols or function.has(sp.core.function.AppliedUndef):
        return None
    whole = expression(tokens(plain(task["whole"]))) if task["whole"] else None
    return Problem(kind, result=function, percent=task["percent"] == "yes", whole=whole)


def _only(function: Expr) -> Any:
    names = function.free_symbols
    return next(iter(names)) if len(names) == 1 else sp.Symbol("x")


def _with_solutions(kind: str, difference: Expr, symbol: Any, function: Expr = None, name: str = "",
                    where: bool = True) -> Problem | None:
    found = solutions(difference, symbol)
    return Problem(kind, symbol, function, *found, name=name, where=where) if found else None


def solutions(difference: Expr, symbol: Any) -> tuple[Any, Any] | None:
    """(real solutions, all solutions or None) of difference = 0 as sympy sets, or None if that is not sure."""
    if difference.free_symbols - {symbol}:
        return None
    if difference.is_polynomial(symbol):
        together = sp.Poly(difference, symbol)
        if together.is_zero:
            return sp.S.Reals, None
        if together.degree() > _HIGHEST:
            return None
        roots = sp.roots(together)
        if sum(roots.values()) < together.degree():
            return (sp.FiniteSet(*together.real_roots()), None) if together.domain in (sp.ZZ, sp.QQ) else None
        real = [sp.nsimplify(root) if root.is_Float else root for root in roots if _is_real(root)]
        return sp.FiniteSet(*real), sp.FiniteSet(*roots)
    real = sp.Symbol(symbol.name, real=True)
    found = sp.solveset(difference.subs(symbol, real), real, sp.S.Reals)
    return (found, None) if isinstance(found, sp.FiniteSet) or found in (sp.S.EmptySet, sp.S.Reals) else None


def _is_real(root: Any) -> bool:
    return bool(root.is_real) if root.is_real is not None else bool(abs(sp.im(sp.N(root, 30))) < sp.Float("1e-20"))
