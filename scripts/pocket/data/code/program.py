"""A program of the code family, its test cases and the assertions made of them."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import FrameType
from typing import Any

from scripts.pocket.data.code.inputs import draw

CASES = 10
MANY_CASES = 60  # the simplest of so many are shown in tests
ASKED = "asked"  # stands in assertions for the answer's own name, where the request leaves the name open
STEPS = 20_000  # lines that a program may execute before it counts as endless


@dataclass(frozen=True)
class Program:
    """One function (or class) with what is needed to ask for it and to test it.

    `params` are (name, kind of input). `english` and `indonesian` are phrases that begin with a verb; in English
    further verbs are marked with asterisks. `tests` are assertions with "{name}" for the name, used
    in place of drawn inputs (classes) or beside them (edge cases). `check` is "equal" or "sorted" (order is free).
    `parts` of a composition are its variable, its condition and its value.
    """

    key: str
    name: str
    params: tuple[tuple[str, str], ...]
    code: str
    english: tuple[str, ...]
    indonesian: tuple[str, ...]
    tests: tuple[str, ...] = ()
    check: str = "equal"
    is_class: bool = False
    clause: tuple[str, str] = ("", "")
    words: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    original: str = ""
    parts: tuple[str, str, str] = ("", "", "")

    def renamed(self, name: str, params: Mapping[str, str]) -> Program:
        """Return the program with another function name and other parameter names."""
        mapping = {self.name: name, **params}
        new = tuple((params.get(old, old), kind) for old, kind in self.params)
        return replace(
            self, name=name, params=new, code=rename(self.code, mapping), original=self.original or self.code
        )


def rename(code: str, mapping: Mapping[str, str]) -> str:
    """Return the code with whole identifiers replaced."""
    changed = {old: new for old, new in mapping.items() if old != new}
    if not changed:
        return code
    pattern = r"(?<!\.)\b(?:" + "|".join(map(re.escape, changed)) + r")\b"
    return re.sub(pattern, lambda m: changed[m.group()], code)


def identifiers(code: str) -> set[str]:
    """Return every word of the code."""
    return set(re.findall(r"[A-Za-z_]\w*", code))


class TooLong(Exception):
    """A program took too many steps."""


def limited(call: Callable[[], Any]) -> Any:
    """Return what the call returns; raise TooLong when it executes too many lines."""
    left = STEPS

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TooLong
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return call()
    finally:
        sys.settrace(before)


def load(code: str, name: str) -> Any:
    """Return the function that the project's own code defines."""
    space: dict[str, Any] = {}
    exec(code, space)
    return space[name]


@lru_cache(maxsize=20_000)
def _cases(key: str, code: str, name: str, kinds: tuple[str, ...], count: int) -> tuple[tuple[str, Any], ...]:
    """Return (arguments as text, result) of inputs on which the reference gives a result."""
    function, rng = load(code, name), random.Random(f"cases-{key}")
    found: dict[str, Any] = {}
    for _ in range(count * 40 if count == CASES else count):
        values = [draw(kind, rng) for kind in kinds]
        text = ", ".join(map(repr, values))
        try:
            result = function(*values)
        except (ValueError, ZeroDivisionError, IndexError, KeyError, TypeError):
            continue  # what happens then is not part of the request
        if result is None and " or None" not in key:
            continue
        found.setdefault(text, result)
        if len(found) == count:
            break
    return tuple(found.items())


def cases(program: Program) -> tuple[tuple[str, Any], ...]:
    """Return the (arguments as text, result) of a function; the same for every name that it has."""
    if program.is_class:
        return ()
    kinds = tuple(kind for _, kind in program.params)
    code = program.original or program.code
    return _cases(program.key, code, defined(code)[-1], kinds, CASES)


def simple_cases(program: Program) -> tuple[tuple[str, Any], ...]:
    """Return many cases of a classic to choose from; edge cases do not change them."""
    kinds = tuple(kind for _, kind in program.params)
    code = program.original or program.code
    return _cases(program.key.split(" ")[0], code, defined(code)[-1], kinds, MANY_CASES)


def defined(code: str) -> list[str]:
    """Return the names of the functions and classes at the top level of the code."""
    return re.findall(r"^(?:def|class) (\w+)", code, re.MULTILINE)


def assertion(program: Program, arguments: str, result: Any) -> str:
    """Return one assert line for the arguments and the expected result."""
    call = f"{program.name}({arguments})"
    if result is None:
        return f"assert {call} is None"
    if isinstance(result, float):
        return f"assert abs({call} - {result!r}) < 1e-9"
    if program.check == "sorted":
        return f"assert sorted({call}) == {sorted(result)!r}"
    return f"assert {call} == {result!r}"


def tests_of(program: Program) -> str:
    """Return the assertions that a right program passes."""
    lines = [assertion(program, arguments, result) for arguments, result in cases(program)]
    return "\n".join([*lines, *(test.format(name=program.name) for test in program.tests)])


def passes(program: Program, code: str) -> bool | None:
    """Return whether code in place of the program's own passes its assertions; None if it never ends."""
    tests = tests_of(program)
    try:
        limited(lambda: exec(f"{code}\n{tests}", {}))
    except TooLong:
        return None
    except Exception:
        return False
    return True
