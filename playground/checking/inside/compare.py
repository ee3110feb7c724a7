"""Whether two answers say the same."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.finding import Finding, shown
from playground.checking.inside.reading import interval, is_ambiguous, readings
from playground.checking.inside.same import same, undefined, value
from playground.checking.inside.tokens import NotUnderstood
from playground.checking.inside.values import Equation, Group, Item, Region, Said, Value

_WORST = ("unit_ignored", "percent_ignored", "rounded", "same")       # the first of them is told


def compare(found: str, expected: str) -> Finding:
    """How the answer `found` stands to the one that was expected."""
    try:
        wanted = readings(expected)
    except NotUnderstood as error:
        return Finding("unchecked", "expected_not_understood", {"part": str(error)})
    try:
        given = readings(found)
    except NotUnderstood as error:
        return Finding("unchecked", "not_understood", {"part": str(error)})
    first = items_alike(given[0][1], wanted[0][1])
    if first.outcome == "verified":
        return first
    for style, items in given:
        for other, wishes in wanted:
            result = items_alike(items, wishes)
            if result.outcome == "verified":
                unclear = (is_ambiguous(found) and style != "en") or (is_ambiguous(expected) and other != "en")
                return Finding("unchecked", "ambiguous_number") if unclear else result
    return first


def items_alike(found: list[Item], expected: list[Item]) -> Finding:
    """Compare the parts: solutions in any order, other lists in theirs."""
    if any(isinstance(item, Value) and undefined(item.expression) for item in found):
        return Finding("wrong", "undefined")
    if all(isinstance(item, Value) for item in (*found, *expected)):
        values = [item for item in found if isinstance(item, Value)]
        return solutions_alike(values, [item for item in expected if isinstance(item, Value)])
    if all(isinstance(item, Group) for item in (*found, *expected)) and len(expected) > 1:
        return _matched(found, expected, _alike)
    kinds = {type(item) for item in (*found, *expected)}
    if len(found) != len(expected) and kinds >= {Group, Value}:        # is (2, 3) a point or two solutions?
        return Finding("unchecked", "cannot_compare")
    if len(found) != len(expected):
        short = "missing" if len(found) < len(expected) else "extra"
        return Finding("wrong", short, {"found": str(len(found)), "expected": str(len(expected))})
    return _summed([_alike(one, other) for one, other in zip(found, expected, strict=True)])


def solutions_alike(found: list[Value], expected: list[Value]) -> Finding:
    """Two sets of values; the names must fit where both sides have them."""
    names = {item.name for item in found} - {""}, {item.name for item in expected} - {""}
    if names[0] and names[1] and names[0] != names[1]:
        return Finding("wrong", "different_name", {"found": ", ".join(sorted(names[0])),
                                                   "expected": ", ".join(sorted(names[1]))})
    return _matched(found, expected, lambda one, other: values_alike(one, other, len(names[0] & names[1]) > 1))


def _matched(found: list[Any], expected: list[Any], alike: Callable[[Any, Any], Finding]) -> Finding:
    """Each of one side must have an equal on the other; doubles are no mistake."""
    table = [[alike(one, other) for other in expected] for one in found]
    if len(found) == len(expected) == 1:
        return table[0][0]
    rows = [max(row, key=_rank) for row in table]
    columns = [max(column, key=_rank) for column in zip(*table, strict=True)]
    for side, code, shown_items in ((rows, "extra", found), (columns, "missing", expected)):
        bad = [item for item, result in zip(shown_items, side, strict=True) if result.outcome == "wrong"]
        if bad:
            return Finding("wrong", "different" if len(found) == len(expected) else code, {"value": text(bad[0])})
    return _summed([*rows, *columns])


def _rank(finding: Finding) -> int:
    return ("wrong", "unchecked", "verified").index(finding.outcome)


def _summed(results: list[Finding]) -> Finding:
    for outcome in ("wrong", "unchecked"):
        if bad := [result for result in results if result.outcome == outcome]:
            return bad[0]
    return min(results, key=lambda result: _WORST.index(result.code))


def text(item: Item) -> str:
    """An item for the reader, without LaTeX."""
    if isinstance(item, Value):
        number = shown(item.expression) if item.decimals is None else f"{float(item.expression):.{item.decimals}f}"
        return (f"{item.name} = " if item.name else "") + number + ("%" if item.percent else "")
    return item.shown


# ---------------------------------------------------------------- two parts
def _alike(found: Item, expected: Item) -> Finding:
    match found, expected:
        case Value(), Value():
            return values_alike(found, expected, False)
        case Said(), Said():
            return _words_alike(found, expected)
        case Group(), Group():
            return _groups_alike(found, expected)
        case Equation(), Equation():
            return _equations_alike(found, expected)
        case Value(), Equation():
            return _equations_alike(Equation(sp.Symbol(found.name), found.expression, ""), expected) if found.name \
                else Finding("unchecked", "cannot_compare")
        case Equation(), Value():
            if expected.name and not expected.expression.free_symbols:
                return Finding("wrong", "not_solved")
            named = Equation(sp.Symbol(expected.name), expected.expression, "")
            return _equations_alike(found, named) if expected.name else Finding("unchecked", "cannot_compare")
    left, right = _region(found), _region(expected)
    if left is not None and right is not None:
        return _regions_alike(left, right)
    if isinstance(found, Said) or isinstance(expected, Said):
        infinite = "infinite" in (getattr(found, "word", ""), getattr(expected, "word", ""))
        return Finding("unchecked", "cannot_compare") if infinite else _different(found, expected)
    return Finding("unchecked", "cannot_compare")


def _different(found: Item, expected: Item) -> Finding:
    return Finding("wrong", "different", {"value": text(found)}, text(expected))


def values_alike(found: Value, expected: Value, names_count: bool) -> Finding:
    if names_count and found.name and expected.name and found.name != expected.name:
        return _different(found, expected)
    left, right, code = found.expression, expected.expression, "same"
    if found.unit and expected.unit:
        if found.unit.kind != expected.unit.kind:
            units = {"found": found.unit.shown, "expected": expected.unit.shown}
            unknown = found.unit.kind.startswith("noun") or expected.unit.kind.startswith("noun")
            return Finding("unchecked", "unknown_units", units) if unknown else \
                Finding("wrong", "different_unit", units)
        left, right = left * found.unit.factor, right * expected.unit.factor
    elif found.unit or expected.unit:
        code = "unit_ignored"
    if found.percent != expected.percent:
        as_number = left / 100 if found.percent else left, right / 100 if expected.percent else right
        if same(*as_number):
            return Finding("verified", "same")
        code = "percent_ignored"
    equal = same(left, right)
    if not equal and _rounded(found, expected, left, right):
        return Finding("verified", "rounded" if code == "same" else code)
    if equal is None:
        return Finding("unchecked", "not_proven", {}, text(expected))
    return Finding("verified", code) if equal else _different(found, expected)


def _rounded(found: Value, expected: Value, left: Any, right: Any) -> bool:
    """Whether a decimal number is the other value rounded to the digits that it shows."""
    for decimals, written, item in ((found.decimals, left, found), (expected.decimals, right, expected)):
        if decimals is None or written == 0:
            continue
        size = item.unit.factor if item.unit and found.unit and expected.unit else 1
        a, b, half = value(left), value(right), size * sp.Rational(1, 2) / 10 ** decimals
        if a is not None and b is not None and abs(a - b) <= half:
            return True
    return False


def _words_alike(found: Said, expected: Said) -> Finding:
    if found.word == expected.word:
        return Finding("verified", "same")
    if "infinite" in (found.word, expected.word) and "all" in (found.word, expected.word):
        return Finding("unchecked", "cannot_compare")
    return _different(found, expected)


def _groups_alike(found: Group, expected: Group) -> Finding:
    if len(found.parts) != len(expected.parts) or found.brackets != expected.brackets:
        return _different(found, expected)
    pairs = zip(found.parts, expected.parts, strict=True)
    results = [values_alike(one, other, False) for one, other in pairs]
    return _different(found, expected) if any(each.outcome == "wrong" for each in results) else _summed(results)


def _equations_alike(found: Equation, expected: Equation) -> Finding:
    """The same up to a factor other than 0."""
    left, right = found.left - found.right, expected.left - expected.right
    equal = same(left, right) or same(left, -right)
    if not equal and right != 0:
        ratio = sp.cancel(left / right)
        equal = True if not ratio.free_symbols and ratio != 0 else same(left, right)
    if equal is None:
        return Finding("unchecked", "not_proven")
    return Finding("verified", "same") if equal else _different(found, expected)


def _region(item: Item) -> Any:
    """The set of numbers that an item is, or None."""
    if isinstance(item, Region):
        return item.numbers
    if isinstance(item, Said):
        return {"none": sp.S.EmptySet, "all": sp.S.Reals}.get(item.word)
    try:
        return interval(item) if isinstance(item, Group) else None
    except NotUnderstood:
        return None


def _regions_alike(found: Any, expected: Any) -> Finding:
    if found == expected or sp.SymmetricDifference(found, expected) == sp.S.EmptySet:
        return Finding("verified", "same")
    return Finding("wrong", "different", {"value": shown(found)}, shown(expected))
