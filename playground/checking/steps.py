"""An answer as numbered lines, ready to be checked."""
from __future__ import annotations

import re

from playground.checking.boxed import boxed

_FENCE = re.compile(r"^\s*(?:```|~~~)")
_ONLY_MARKS = re.compile(r"^\s*(?:\\\[|\\\]|\\\(|\\\)|\$\$|\\(?:begin|end)\{[a-z*]+\}|---+)?\s*$")


def lines(answer: str) -> tuple[str, ...]:
    """The lines that say something: no code, no empty lines, no lines with nothing but marks of a formula."""
    kept, in_code = list[str](), False
    for line in answer.splitlines():
        if _FENCE.match(line):
            in_code = not in_code
        elif not in_code and not _ONLY_MARKS.match(line):
            kept.append(line.strip())
    return tuple(kept)


def answer_line(steps: tuple[str, ...]) -> int:
    """The place of the last line with a box, or -1."""
    return next((at for at in reversed(range(len(steps))) if boxed(steps[at]) is not None), -1)
