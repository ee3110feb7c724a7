"""What a check found, before it becomes a line of JSON, and expressions as people write them."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.formula import Expr

Found = Literal["verified", "wrong", "unchecked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """An outcome, why, and what would have been right where that is known."""

    outcome: Found
    code: str
    params: dict[str, str] = field(default_factory=dict)
    expected: str = ""


def shown(expression: Expr) -> str:
    """The expression as a line of school mathematics: 2x^2 - √3."""
    if isinstance(expression, sp.Expr) and expression.is_polynomial() and expression.free_symbols:
        expression = sp.expand(expression)
    text = sp.sstr(expression).replace("**", "^").replace("log(", "ln(").replace("zoo", "1/0").replace("oo", "∞")
    text = re.sub(r"sqrt\((\w+)\)", r"√\1", text).replace("sqrt(", "√(")
    text = re.sub(r"(?<=\d)\*(?=[A-Za-z√(])", "", text)
    text = re.sub(r"I(?![A-Za-z])", "i", text)
    return re.sub(r"exp\(([a-z0-9])\)", r"e^\1", text)


def listed(name: str, values: list[Expr]) -> str:
    """The values of a name: "x = 2, x = 3"."""
    return ", ".join(f"{name} = {shown(value)}" if name else shown(value) for value in values)
