"""Requests for tests: the answer has few assertions, whose results are read off a comment with each item's value."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from scripts.pocket.data.code import shapes
from scripts.pocket.data.code.asking import language_of
from scripts.pocket.data.code.bugs import mutants
from scripts.pocket.data.code.program import Program, limited, load, rename, simple_cases
from scripts.pocket.data.code.tasks import any_program, apply, block, renaming, typed
from scripts.pocket.data.code.wordings import of_kind
from scripts.pocket.data.sample import Sample, Split

TESTS = of_kind("tests", shapes.TESTS)
MOST_TO_ADD = 30  # larger values stand alone in a list, so that nothing has to be calculated with them
LADDER = ("", "a", "go", "sun", "tree", "apple", "banana", "example", "sunshine", "chocolate", "strawberry")

# (an item that the filter keeps, another one, one that it leaves out)
Items = tuple[Any, Any, Any]


def _above(k: int) -> tuple[int, int]:
    """Return two numbers greater than k that are easy to calculate with."""
    if k < 10:
        return k + 1, k + 2
    step = 100 if k == 100 else 10
    return (k // step + 1) * step, (k // step + 2) * step


def _below(k: int) -> tuple[int, int]:
    """Return two small numbers less than k."""
    return (1, 2) if k > 2 else (k - 1, k - 2)


NUMBER_ITEMS: dict[str, Callable[[int], Items]] = {
    "all": lambda k: (2, 3, None), "even": lambda k: (2, 4, 3), "odd": lambda k: (3, 5, 2),
    "positive": lambda k: (2, 3, -1), "negative": lambda k: (-1, -2, 3), "nonzero": lambda k: (2, 3, 0),
    "above": lambda k: (*_above(k), k), "below": lambda k: (*_below(k), k),
    "least": lambda k: (k, _above(k)[0], k - 1), "most": lambda k: (*_below(k + 1), k + 1),
    "divisible": lambda k: (k, 2 * k, k + 1), "indivisible": lambda k: (1, 2, k),
    "ending": lambda k: (k, k + 10, k + 1),
}  # fmt: skip
WORD_ITEMS: dict[str, Callable[[str], Items]] = {
    "all": lambda k: ("go", "sun", None), "capital": lambda k: ("AB", "SUN", "go"),
    "small": lambda k: ("go", "sun", "AB"), "numeric": lambda k: ("12", "345", "go"),
    "palindrome": lambda k: ("noon", "level", "go"),
    "longer": lambda k: (LADDER[int(k) + 1], LADDER[int(k) + 2], LADDER[int(k)]),
    "shorter": lambda k: (LADDER[int(k) - 1], LADDER[int(k) - 2], LADDER[int(k)]),
    "exact": lambda k: (LADDER[int(k)], "x" * int(k), LADDER[int(k) + 1]),
    "starts": lambda k: (f"{k}o", f"{k}at", "xyz"), "ends": lambda k: (f"o{k}", f"ta{k}", "xyz"),
    "contains": lambda k: (f"x{k}", f"y{k}z", "xyz"), "lacks": lambda k: ("xy", "xyz", f"x{k}"),
}  # fmt: skip


@lru_cache(maxsize=20_000)
def function_of(variable: str, expression: str) -> Any:
    """Return the function that computes a filter or a map of one item."""
    return eval(f"lambda {variable}: {expression}")


def items_of(program: Program) -> Items:
    """Return the items for a composition: two that its filter keeps, and one that it leaves out."""
    problem, k, _ = program.key.split(" ")[:3]
    domain, keep = problem.split("|")[:2]
    k = k.removeprefix("k=")
    return NUMBER_ITEMS[keep](int(k or 0)) if domain == "numbers" else WORD_ITEMS[keep](k)


def lists_of(program: Program) -> list[list[Any]]:
    """Return the input lists for a composition, the simplest that show what it does."""
    first, second, left = items_of(program)
    reduction = program.key.split(" ")[0].split("|")[3]
    variable, _, value = program.parts
    mixed = [first] if left is None else [left, first]
    if reduction == "any":
        return [mixed, [left], []]
    large = reduction in ("product", "average")
    if not large and reduction not in ("count", "all"):
        changed = function_of(variable, value)(second)
        large = not isinstance(changed, str) and abs(changed) > MOST_TO_ADD
    return [mixed, [second] if large else [second, first], []]


def steps(program: Program, items: list[Any]) -> str:
    """Return a comment with what becomes of each item, or nothing where items stay as they are."""
    variable, condition, value = program.parts
    reduction = program.key.split(" ")[0].split("|")[3]
    if not items or not (condition or value != variable):
        return ""
    keeps, gives = function_of(variable, condition or "True"), function_of(variable, value)
    found = []
    for item in items:
        if reduction in ("any", "all"):
            became = repr(keeps(item))
        elif not keeps(item):
            became = "no"
        else:
            became = "yes" if reduction == "count" else repr(gives(item))
        found.append(f"{item!r} -> {became}")
    return f"# {', '.join(found)}"


Example = tuple[str, str, Any]  # a comment or nothing, arguments, result


def _of_composition(program: Program) -> list[Example]:
    """Return the examples of a composition; an empty list is left out where it raises an error."""
    function, found = load(program.code, program.name), []
    for items in lists_of(program):
        try:
            found.append((steps(program, items), repr(items), function(list(items))))
        except (ValueError, ZeroDivisionError, IndexError):
            continue
    return found


@lru_cache(maxsize=20_000)
def examples(program: Program) -> tuple[Example, ...]:
    """Return two or three short examples of the program; of a classic, those with different results come first."""
    if "|" in program.key:
        return tuple(_of_composition(program))
    found = sorted(simple_cases(program), key=lambda case: len(case[0]) + 2 * len(repr(case[1])))
    chosen: list[tuple[str, Any]] = []
    for case in found:
        if all(case[1] != other[1] for other in chosen) and len(chosen) < 3:
            chosen.append(case)
    chosen += [case for case in found if case not in chosen][: 3 - len(chosen)]
    return tuple(("", *case) for case in chosen)


def plain_assertion(name: str, arguments: str, result: Any) -> str:
    """Return an assert line as a person writes it."""
    call = f"{name}({arguments})"
    if result is True:
        return f"assert {call}"
    if result is False:
        return f"assert not {call}"
    return f"assert {call} is None" if result is None else f"assert {call} == {result!r}"


def lines_of(program: Program, name: str) -> list[str]:
    """Return the lines of the answer: a comment where it helps, and an assertion."""
    found = []
    for comment, arguments, result in examples(program):
        found += [comment] if comment else []
        found.append(plain_assertion(name, arguments, result))
    return found


@lru_cache(maxsize=20_000)
def caught(program: Program) -> str:
    """Return a wrong form of the program that its examples find, or nothing."""
    asserts = "\n".join(lines_of(program, program.name))
    for bug in mutants(program.code):
        try:
            limited(lambda code=bug.code: exec(f"{code}\n{asserts}", {}))  # type: ignore[misc]
        except Exception:
            return bug.code
    return ""


def tests(rng: random.Random, split: Split) -> Sample:
    """Return a request for assertions; `tests` of the sample is a wrong function that they must find."""
    while True:
        program, problem = any_program(rng, split)
        if program.is_class or not program.params or len(examples(program)) < 2:
            continue
        wrong = caught(program)
        if wrong:
            break
    mapping = renaming(rng, program, 0.3)
    shown, language = apply(program, mapping), language_of(rng)
    question = typed(rng, TESTS[language].draw(rng, split)).format(code=block(shown.code), n=shown.name)
    return Sample("tests", question, "", block("\n".join(lines_of(program, shown.name))), language,
                  problem=problem, tests=rename(wrong, mapping))  # fmt: skip
