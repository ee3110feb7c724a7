"""Polynomials with whole coefficients: how they are printed in answers and typed in questions."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence

Poly = tuple[int, ...]  # the coefficient of power n stands at place n

FACTOR = re.compile(r"(?<=[0-9])(?=[a-z(])")
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def poly(coefficients: Iterable[int]) -> Poly:
    """Return the polynomial without leading zeros; the zero polynomial is empty."""
    values = list(coefficients)
    while values and values[-1] == 0:
        values.pop()
    return tuple(values)


def term(coefficient: int, power: int, variable: str = "x") -> str:
    """Return one term such as "-5x^2", "x" or "7"."""
    if power == 0:
        return str(coefficient)
    sign = {1: "", -1: "-"}.get(coefficient, str(coefficient))
    return f"{sign}{variable}" + (f"^{power}" if power > 1 else "")


def joined(terms: Iterable[str]) -> str:
    """Return the terms as one sum, with a minus sign in place of "+ -"."""
    text = " + ".join(terms)
    return text.replace("+ -", "- ") if text else "0"


def show(p: Sequence[int], variable: str = "x") -> str:
    """Return the canonical form, highest power first: "12x^3 - 10x + 7"."""
    return joined(term(c, n, variable) for n, c in reversed(list(enumerate(p))) if c)


def value(p: Poly, x: int) -> int:
    """Return the polynomial at x."""
    return sum(c * x**n for n, c in enumerate(p))


def product(p: Poly, q: Poly) -> Poly:
    """Return the product of two polynomials."""
    result = [0] * (len(p) + len(q))
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            result[i + j] += a * b
    return poly(result)


def derived(p: Poly) -> Poly:
    """Return the derivative."""
    return poly([n * c for n, c in enumerate(p)][1:])


def coefficient(rng: random.Random, highest: int = 12) -> int:
    """Return a random coefficient other than zero, ones more often than the rest."""
    size = 1 if rng.random() < 0.18 else rng.randint(1, highest)
    return size if rng.random() < 0.62 else -size


def typed(rng: random.Random, text: str) -> str:
    """Return the expression or equation as a student may type it: superscripts, spaces, signs."""
    style = rng.random()
    if style < 0.5:
        for n in range(2, 10):
            text = text.replace(f"^{n}", str(n).translate(SUPERSCRIPTS))
    elif style < 0.55:
        text = text.replace("^", "**")
    if rng.random() < 0.05:  # a written sign of multiplication: 3*x, 3·x
        text = FACTOR.sub(rng.choice("*·"), text)
    style = rng.random()
    if style < 0.18:
        text = text.replace(" ", "")
    elif style < 0.22:
        text = text.replace(" - ", " − ")
    elif style < 0.24:
        text = text.replace(" + ", "+").replace(" - ", "-")
    return text
