"""Fill in the middle: an editor's text with one mark where the model should write.

The mark is `<CURSOR>`: it says what it means, every keyboard has it, and in capitals it is no likely piece of code
(`List<Cursor>` in Java and `<cursor>` in markup stay free; shorter ones such as `|`, `___` or `...` are code).
"""
from __future__ import annotations

from dataclasses import dataclass

from playground.errors import InvalidRequest

MARK = "<CURSOR>"


@dataclass(frozen=True, slots=True)
class Hole:
    """The text before and after the mark."""

    prefix: str
    suffix: str

    def filled(self, middle: str) -> str:
        """The whole text, with what the model wrote in the hole, exactly as it wrote it."""
        return f"{self.prefix}{middle}{self.suffix}"


def hole(text: str) -> Hole:
    """The two sides of the mark, unchanged. Raises InvalidRequest if there is no mark, or more than one."""
    count = text.count(MARK)
    if count == 0:
        near = " The mark is in capitals." if MARK.lower() in text.lower() else ""
        raise InvalidRequest(f"The code has no {MARK}.{near}", f"Type {MARK} where the model should write.",
                             field="code", count=count)
    if count > 1:
        raise InvalidRequest(f"The code has {MARK} {count} times; one place can be filled at a time.",
                             "Leave one of them.", field="code", count=count)
    prefix, _, suffix = text.partition(MARK)
    if not (prefix + suffix).strip():
        raise InvalidRequest(f"There is no code around {MARK}.", "Write some code before or after it.", field="code")
    return Hole(prefix, suffix)
