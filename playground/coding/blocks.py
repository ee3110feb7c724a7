"""The code blocks of a Markdown answer, also while it is still being written. Pure text; nothing is parsed as code."""
from __future__ import annotations

import re
from dataclasses import dataclass

PYTHON = ("python", "py", "python3")
_OPEN = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>.*)$")
_WORD = re.compile(r"[\w+#.-]+")
_DEFINES = re.compile(r"^(?:async[ \t]+def|def|class)[ \t]+\w|^\w+[ \t]*=[ \t]*lambda\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block. `language`: in lower case, "" if not named. `closed`: False where the answer ends before it."""

    language: str
    code: str
    closed: bool = True


def code_blocks(answer: str) -> tuple[Block, ...]:
    """All fenced blocks in order. A fence inside a longer fence, or of the other kind, belongs to the code."""
    found: list[Block] = []
    opened: re.Match[str] | None = None
    lines: list[str] = []
    for line in answer.removesuffix("\n").split("\n"):    # splitlines would also split at signs that belong to the code
        line = line.removesuffix("\r")
        if opened is None:
            opened, lines = _opening(line), []
        elif _closes(line, opened):
            found.append(_block(opened, lines, True))
            opened = None
        else:
            lines.append(line)
    return (*found, _block(opened, lines, False)) if opened else tuple(found)


def python_code(answer: str) -> str:
    """The code of an answer that is meant to be run, or "" if it shows none.

    It is the last block that defines a function or a class, for models write the answer first and an example of its
    use after it, or a better version after a first one; without a definition it is the last block. Blocks without a
    language count as Python only if no block is marked as Python.
    """
    blocks = code_blocks(answer)
    marked = [block.code for block in blocks if block.language in PYTHON]
    codes = marked or [block.code for block in blocks if not block.language]
    defining = [code for code in codes if _DEFINES.search(code)]
    return (defining or codes or [""])[-1]


def fenced(code: str, language: str = "") -> str:
    """The code as a block whose fence is longer than any run of backticks in it."""
    fence = fence_of(code)
    return f"{fence}{language}\n{code.rstrip(chr(10))}\n{fence}"


def fence_of(code: str) -> str:
    """A fence that is longer than any run of backticks in the code."""
    return "`" * max(3, max(map(len, re.findall("`+", code)), default=0) + 1)


def _opening(line: str) -> re.Match[str] | None:
    found = _OPEN.match(line)
    return None if found and found["fence"][0] == "`" and "`" in found["info"] else found    # that is code in a line


def _closes(line: str, opened: re.Match[str]) -> bool:
    """A fence that stands deeper than three spaces behind its opening is part of the code, say of a docstring."""
    mark, fence = line.strip(" \t"), opened["fence"]
    return len(mark) >= len(fence) and set(mark) == {fence[0]} and _indent(line) <= len(opened["indent"]) + 3


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _block(opened: re.Match[str], lines: list[str], closed: bool) -> Block:
    named = _WORD.search(opened["info"])
    indent = len(opened["indent"])
    kept = [line[min(indent, _indent(line)):] for line in lines]
    return Block(named[0].lstrip(".").lower() if named else "", "\n".join(kept), closed)
