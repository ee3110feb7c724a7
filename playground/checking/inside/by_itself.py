"""Whether an answer solves its problem, without an expected answer: differentiate, substitute, compute."""
from __future__ import annotations

from typing import Any

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.compare import text, values_alike
from playground.checking.inside.finding import Finding, listed, shown
from playground.checking.inside.problem import Problem
from playground.checking.inside.reading import is_ambiguous, readings
from playground.checking.inside.same import same, undefined
from playground.checking.inside.tokens import NotUnderstood
from playground.checking.inside.values import Group, Item, Said, Value


def by_itself(found: str, problem: Problem) -> Finding:
    """How the answer stands to the problem."""
    try:
        given = readings(found)
    except NotUnderstood as error:
        return Finding("unchecked", "not_understood", {"part": str(error)})
    results = [_judged(items, found, problem) for _, items in given]
    right = next((result for result in results if result.outcome == "verified"), None)
    if right and right is not results[0] and is_ambiguous(found):
        return Finding("unchecked", "ambiguous_number")
    return right or results[0]


def _judged(items: list[Item], found: str, problem: Problem) -> Finding:
    if any(isinstance(item, Value) and undefined(item.expression) for item in items):
        return Finding("wrong", "undefined")
    if problem.kind in ("equation", "critical"):
        return _solutions(items, problem)
    if len(items) != 1 or not isinstance(items[0], Value):
        return Finding("unchecked", "cannot_compare")
    if problem.kind == "rewrite":
        return _rewritten(items[0], found, problem)
    if problem.symbol is not None and items[0].name == str(problem.symbol):       # "x = 2x" is no derivative
        return Finding("unchecked", "cannot_compare")
    right = Value(problem.result, shown(problem.result), percent=problem.percent)
    result = values_alike(items[0], right, False)
    code = {"derivative": "derivative", "percentage": "computed", "arithmetic": "computed"}[problem.kind]
    expected = shown(problem.result) + ("%" if problem.percent else "")
    if result.outcome == "verified":
        return Finding("verified", code if result.code == "same" else result.code, {}, expected)
    return Finding(result.outcome, code if result.outcome == "wrong" else result.code, {}, expected)


def _rewritten(item: Value, found: str, problem: Problem) -> Finding:
    """Equal to what was given, and as short as it can be: a sum of powers has no brackets and no like terms."""
    equal, short = same(item.expression, problem.function), sp.expand(problem.function)
    if equal is None or not problem.function.is_polynomial():
        return Finding("unchecked", "cannot_check")
    if not equal:
        return Finding("wrong", "not_equal", {}, shown(short))
    body = found.split("=")[-1].strip()
    terms = 1 + sum(body[1:].count(sign) for sign in "+-−")
    if "(" in body or terms > len(sp.Add.make_args(short)):
        return Finding("unchecked", "not_simplest", {}, shown(short))
    return Finding("verified", "equal", {}, shown(short))


# ---------------------------------------------------------------- solutions
def _solutions(items: list[Item], problem: Problem) -> Finding:
    right = problem.solutions
    name = str(problem.symbol)
    expected = listed(name, _sorted(right)) if isinstance(right, sp.FiniteSet) else ""
    claimed: Any = None
    if len(items) == 1 and isinstance(items[0], Said):
        claimed = {"none": sp.S.EmptySet, "all": sp.S.Reals}.get(items[0].word)
        if claimed is None:
            return Finding("unchecked", "cannot_compare", {}, expected)
        if claimed == right:
            return Finding("verified", "no_solutions" if claimed == sp.S.EmptySet else "all_numbers")
        return Finding("wrong", "has_solutions" if claimed == sp.S.EmptySet else "not_all_numbers", {}, expected)
    if right == sp.S.Reals:
        return Finding("unchecked" if not all(isinstance(item, Value) for item in items) else "wrong", "incomplete")
    points = [_at(item, problem) for item in items]
    if any(point is None for point in points):
        return Finding("unchecked", "cannot_compare", {}, expected)
    values = [point for point in points if point is not None]
    if bad := next((value for value in values if value.name not in ("", name)), None):
        return Finding("wrong", "different_name", {"found": bad.name, "expected": name}, expected)
    for item, value in zip(items, values, strict=True):
        if isinstance(item, Group) and not same(problem.function.subs(problem.symbol, value.expression),
                                                item.parts[1].expression):
            return Finding("wrong", "not_a_solution", {"value": text(item)}, expected)
    result = _all_found(values, problem, expected)
    unnamed = any(isinstance(each, Value) and not each.name for each in items)
    if result.outcome == "wrong" and unnamed and not problem.where:
        return Finding("unchecked", "cannot_compare", {}, expected)
    return result


def _at(item: Item, problem: Problem) -> Value | None:
    """Where a critical point is, or the value of an unknown; None for anything else."""
    if isinstance(item, Value) and not item.expression.free_symbols:
        return item
    if isinstance(item, Group) and problem.kind == "critical" and len(item.parts) == 2 and item.brackets == "()":
        return item.parts[0]
    return None


def _all_found(values: list[Value], problem: Problem, expected: str) -> Finding:
    """Each value must be a solution, and each solution must be there: all real ones, or all complex ones."""
    code = "critical" if problem.kind == "critical" else "substituted"
    right = list(problem.solutions)
    if any(sp.im(value.expression) != 0 for value in values) and problem.complex_solutions is not None:
        right = list(problem.complex_solutions)
        expected = listed(str(problem.symbol), right)
    for value in values:
        fits = [values_alike(value, Value(root, ""), False) for root in right]
        if any(fit.outcome == "verified" for fit in fits):
            code = "rounded" if all(fit.code == "rounded" for fit in fits if fit.outcome == "verified") else code
        elif any(fit.outcome == "unchecked" for fit in fits):
            return Finding("unchecked", "not_proven", {}, expected)
        else:
            return Finding("wrong", "not_a_solution", {"value": text(value)}, expected)
    missing = [root for root in right if not any(
        values_alike(value, Value(root, ""), False).outcome == "verified" for value in values)]
    if missing:
        return Finding("wrong", "incomplete", {"value": listed(str(problem.symbol), missing)}, expected)
    return Finding("verified", code, {}, expected)


def _sorted(right: Any) -> list[Any]:
    return sorted(right, key=lambda root: sp.N(root))
