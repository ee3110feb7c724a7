"""Inequalities as sets of real numbers."""
from __future__ import annotations

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.formula import expression
from playground.checking.inside.tokens import NotUnderstood, Token, split
from playground.checking.inside.values import Region

_RELATIONS = {"<": sp.StrictLessThan, ">": sp.StrictGreaterThan, "<=": sp.LessThan, ">=": sp.GreaterThan,
              "!=": sp.Unequality}


def region(found: list[Token], shown: str) -> Region:
    """The numbers that an inequality, or a chain such as 1 < x <= 2, allows. Raises NotUnderstood."""
    sides, signs = split(found, set(_RELATIONS))
    parts = [expression(side) for side in sides]
    names = set().union(*(part.free_symbols for part in parts))
    if len(names) != 1:
        raise NotUnderstood(shown)
    symbol = names.pop()
    real = sp.Symbol(symbol.name, real=True)
    numbers = sp.S.Reals
    for left, sign, right in zip(parts, signs, parts[1:], strict=False):
        numbers = numbers & _solved(left.subs(symbol, real), sign, right.subs(symbol, real), real, shown)
    return Region(numbers, shown, symbol.name)


def _solved(left: object, sign: str, right: object, real: object, shown: str) -> sp.Set:
    if sign == "!=":
        return sp.S.Reals - sp.solveset(sp.Eq(left, right), real, sp.S.Reals)
    relation = _RELATIONS[sign](left, right)
    if relation in (sp.true, sp.false):
        return sp.S.Reals if relation == sp.true else sp.S.EmptySet
    try:
        return sp.solve_univariate_inequality(relation, real, relational=False)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise NotUnderstood(shown) from error


def joined(regions: list[Region], between: list[str], shown: str) -> Region:
    """Regions with "or" between them are a union; with "and" or a comma both must hold, if both can."""
    names = {region.name for region in regions} - {""}
    if len(names) > 1:
        raise NotUnderstood(shown)
    sets = [region.numbers for region in regions]
    if set(between) & {"or", "atau"}:
        numbers = sp.Union(*sets)
    else:
        numbers = sp.Intersection(*sets)
        if numbers == sp.S.EmptySet:
            numbers = sp.Union(*sets)
    return Region(numbers, shown, next(iter(names), ""))
