"""Whether a relation between numbers holds. Rounded numbers get the benefit of the doubt."""
from __future__ import annotations

from typing import Any

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.lines import Piece, Side
from playground.checking.inside.same import same, undefined, value

_OFF_UNITS, _OFF_SHARE = 3, sp.Rational(1, 50)       # from here on ≈ is wrong


def holds(left: Side, sign: str, right: Side, whole: Any = None) -> bool | None:
    """True, False, or None where it cannot be said. `whole`: what 100 % is, where that is known."""
    a, b = left.expression, right.expression
    if a is None or b is None or left.named or right.named:
        return None
    if undefined(a) or undefined(b):
        return False
    if sign == "=":
        return _equal(left, right, whole)
    x, y = value(a), value(b)
    if x is None or y is None or sp.im(x) != 0 or sp.im(y) != 0:
        return None
    if sign == "~":
        return _near(left, right, x, y)
    if left.has("%") != right.has("%"):
        return None
    equal = same(a, b)
    if equal is None:
        return None
    return bool({"<": not equal and x < y, ">": not equal and x > y, "<=": equal or x < y, ">=": equal or x > y,
                 "!=": not equal}[sign])


def _equal(left: Side, right: Side, whole: Any) -> bool | None:
    a, b = left.expression, right.expression
    equal = same(a, b)
    if equal is not False:
        return equal
    if left.has("%") or right.has("%"):
        return _percent(left, right, whole)
    if left.literal and right.literal:
        return None                                  # 0 = 5 is how an equation without solution ends
    if not (left.has(".") or right.has(".")):
        return False
    x, y = value(a), value(b)
    if x is None or y is None:
        return None
    digits = right.decimals if right.decimals is not None else left.decimals
    if digits is None:
        return None if abs(x - y) <= abs(x) * _OFF_SHARE else False
    unit, off = sp.Rational(1, 10 ** digits), abs(x - y)
    if digits == 0 and off <= abs(x) * _OFF_SHARE:    # 0.333*3 = 1
        return None
    if digits and off <= unit / 2:
        return True
    return None if digits and off <= unit else False


def _percent(left: Side, right: Side, whole: Any) -> bool | None:
    """"20% = 48" is about a whole; "20%*240 = 48" says it. "100 + 10% = 110" is said, but means something else."""
    if "*" in {token.text for token in left.found} and not right.has("%") and left.found[1:2] and \
            left.found[1].text == "%":
        return False
    if whole is not None and len(left.found) == 2 and left.found[1].text == "%" and right.literal:
        return bool(left.expression * whole == right.expression)
    return None


def _near(left: Side, right: Side, x: Any, y: Any) -> bool | None:
    digits = right.decimals if right.decimals is not None else left.decimals
    unit = sp.Rational(1, 10 ** (digits or 0))
    off = abs(x - y)
    if off <= unit * sp.Rational(51, 100):
        return True
    return False if off > _OFF_UNITS * unit and off > _OFF_SHARE * abs(x) else None


def arithmetic(piece: Piece, other: Piece | None, whole: Any) -> bool | None:
    """Whether the relations between numbers hold; None if there is none to look at.

    `other` is the same part read with a decimal comma: what may be right that way is not called wrong.
    """
    results = [holds(*pair, whole) for pair in piece.pairs]
    if False in results:
        unclear = other is not None and other.pairs and all(holds(*pair, whole) for pair in other.pairs)
        return None if unclear else False
    return True if True in results else None
