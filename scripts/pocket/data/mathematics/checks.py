"""Whether an answer of pocket-math is right."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction

from scripts.pocket.data.mathematics.tools import program_output
from scripts.pocket.data.sample import Sample

BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
OUTPUT = "```output\n"


def boxed(answer: str) -> str | None:
    r"""Return what stands in the last \boxed{} of the answer, or None if there is none."""
    _, found, rest = answer.rpartition(r"\boxed{")
    depth = 1
    for i, letter in enumerate(rest):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            return rest[:i] if found else None
    return None


def numbers(text: str) -> list[float]:
    """Return the numbers of a result such as "x = -3/2, x = 10" or of a printed line."""
    parts = [part.rpartition("=")[2].strip(" []()") for part in re.split(r",\s*|\s+(?=-?\d)", text) if part.strip()]
    return [float(Fraction(part)) for part in parts if part]


def program_is_right(gold: str, answer: str) -> bool:
    """Return whether the program in the answer prints the gold numbers on its last line."""
    block = BLOCK.search(answer)
    if not block:
        return False
    try:
        lines = program_output(block[1]).splitlines()
        found = numbers(lines[-1]) if lines else []
    except (RuntimeError, ValueError, ZeroDivisionError, subprocess.TimeoutExpired):
        return False  # a program that fails is a wrong answer, which is what is asked here
    wanted = numbers(gold)
    return len(found) == len(wanted) and all(
        abs(x - y) <= 1e-6 * max(1.0, abs(y)) for x, y in zip(found, wanted, strict=True)
    )


def is_right(sample: Sample, answer: str) -> bool:
    r"""Return whether the answer is right.

    The last \boxed{} holds the gold result and all required texts occur. A question of the task
    "tool" that is no program output is answered with a program, which is run.
    """
    if sample.gold is None:
        return all(text in answer.lower() for text in sample.must_contain)
    if sample.task == "tool" and OUTPUT not in sample.question:
        return program_is_right(sample.gold, answer)
    result = boxed(answer)
    if result is None or "".join(result.split()) != "".join(sample.gold.split()):
        return False
    return all(text in answer.lower() for text in sample.must_contain)
