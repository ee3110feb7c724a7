"""What an answer can be: a number with a unit, a word such as "no solution", a set, a pair, an equation."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from playground.checking.inside.formula import Expr

Word = Literal["none", "all", "infinite", "yes", "no"]


@dataclass(frozen=True, slots=True)
class Unit:
    """`kind` is what it measures ("length", "length/time"), `factor` its size in the base unit of that kind."""

    kind: str
    factor: Any
    shown: str


@dataclass(frozen=True, slots=True)
class Value:
    """An expression. `name`: what it was said to be the value of. `decimals`: digits behind a written point."""

    expression: Expr
    shown: str
    name: str = ""
    decimals: int | None = None
    unit: Unit | None = None
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in words."""

    word: Word
    shown: str


@dataclass(frozen=True, slots=True)
class Region:
    """A set of real numbers: an interval, or what an inequality says."""

    numbers: Any                  # a sympy Set
    shown: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Values in brackets: a point, or an interval; the brackets are kept to tell."""

    parts: tuple[Value, ...]
    brackets: str                 # "()", "[)", ...
    shown: str


@dataclass(frozen=True, slots=True)
class Equation:
    """left = right, where left is no single name."""

    left: Expr
    right: Expr
    shown: str


Item = Value | Said | Region | Group | Equation
