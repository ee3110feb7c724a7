"""Whether two expressions are equal: True, False, or None where neither can be shown."""
from __future__ import annotations

from typing import Any

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.formula import Expr

_DIGITS = 40
_POINTS = ("3/7", "-5/3", "11/4", "-2/9", "19/8", "1/5", "-37/10", "53/12")
_SMALL = sp.Float("1e-25")


def same(a: Expr, b: Expr) -> bool | None:
    """Numbers decide that two expressions differ, only a proof that they are equal."""
    if a == b:
        return True
    if undefined(a) or undefined(b) or sp.oo in (a, b) or -sp.oo in (a, b):
        return False
    agree = _agree(a, b)
    if agree is False:
        return False
    difference = a - b
    if sp.expand(difference) == 0 or sp.simplify(difference) == 0:
        return True
    return True if not difference.free_symbols and difference.equals(0) else None


def undefined(value: Expr) -> bool:
    """Whether it holds a division by zero."""
    return bool(value.has(sp.zoo, sp.nan))


def _agree(a: Expr, b: Expr) -> bool | None:
    """False if they differ at some point, True if they agree at all, None if there is nothing to compare.

    Points where both are real count; others only where there are none.
    """
    symbols = sorted(a.free_symbols | b.free_symbols, key=str)
    seen = list[tuple[bool, bool]]()
    for first in range(len(_POINTS) if symbols else 1):
        at = {symbol: sp.Rational(_POINTS[(first + 3 * place) % len(_POINTS)]) for place, symbol in enumerate(symbols)}
        left, right = value(a.subs(at)), value(b.subs(at))
        if left is not None and right is not None:
            near = bool(abs(left - right) <= _SMALL * (1 + abs(left)))
            seen.append((near, bool(sp.im(left) == 0 and sp.im(right) == 0)))
    counted = [near for near, real in seen if real] or [near for near, _ in seen]
    return all(counted) if counted else None


def value(expression: Expr) -> Any:
    """The complex number that it is, to 40 digits, or None if it is none."""
    number = sp.N(expression, _DIGITS)
    if not number.is_number or undefined(number) or not number.is_finite or number.atoms(sp.core.function.AppliedUndef):
        return None
    real, imaginary = number.as_real_imag()
    return real if abs(imaginary) < _SMALL * (1 + abs(real)) else number
