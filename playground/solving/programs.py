"""Programs in an answer, and what they printed, in the form that models were trained to read. Pure."""
from __future__ import annotations

import re
from dataclasses import dataclass

from playground.guard.sandbox.run import Outcome

OUTPUT = "```output"
MOST_CHARS = 2000                         # of an output that go back to the model
NOTHING = "The program printed nothing."
_BLOCK = re.compile(r"^[ \t]*```(?:python|py)[ \t]*\n(.*?)(?:^[ \t]*```[ \t]*(?:\n|\Z)|\Z)", re.M | re.S | re.I)
_CLOSED = re.compile(r"^[ \t]*```(?:python|py)[ \t]*\n.*?^[ \t]*```[ \t]*\n", re.M | re.S | re.I)
_OUTPUT = re.compile(r"^[ \t]*```output", re.M)


@dataclass(frozen=True, slots=True)
class Printed:
    """What became of a program. `text` is what the model is told."""

    text: str
    failed: bool = False
    seconds: float = 0.0
    left_out: int = 0                     # characters of the output that are not in `text`


def program_in(text: str) -> str:
    """The last program of the text, "" if there is none. One whose end is missing counts: the turn ended with it."""
    found = _BLOCK.findall(text)
    return str(found[-1]).strip("\n") if found else ""


def prose(text: str) -> str:
    """The text without its programs."""
    return _BLOCK.sub("\n", text)


def parts(text: str) -> list[tuple[str, str]]:
    """("prose", text) and ("program", code), in order."""
    found, at = list[tuple[str, str]](), 0
    for block in _BLOCK.finditer(text):
        found += [("prose", text[at:block.start()]), ("program", block[1].strip("\n"))]
        at = block.end()
    return [(kind, part) for kind, part in [*found, ("prose", text[at:])] if part.strip()]


def program_end(text: str) -> int | None:
    """Where a turn that waits for an output is over: after its program, or where the model invents the output."""
    ends = [found.end() if found.re is _CLOSED else found.start()
            for found in (_CLOSED.search(text), _OUTPUT.search(text)) if found]
    return min(ends, default=None)


def tellable(text: str) -> int:
    """How much of a growing text is no beginning of an invented output."""
    line = text.rpartition("\n")[2]
    return len(text) - len(line) if line.strip() and OUTPUT.startswith(line.lstrip()) else len(text)


def printed(outcome: Outcome) -> Printed:
    """The output, and the last line of an error or why the program was ended."""
    lines = [outcome.stdout.rstrip()]
    if outcome.status == "error":
        lines.append(outcome.stderr.rstrip().rpartition("\n")[2] or f"It ended with code {outcome.exit_code}.")
    elif outcome.status != "ok":
        lines.append(outcome.reason)
    text = "\n".join(line for line in lines if line)
    left_out = max(0, len(text) - MOST_CHARS)
    if left_out:
        text = f"{text[:MOST_CHARS // 2]}\n... {left_out} characters left out ...\n{text[-(MOST_CHARS // 2):]}"
    return Printed(text or NOTHING, outcome.status != "ok", outcome.seconds, left_out)


def output_block(text: str) -> str:
    """What a model reads about its program."""
    return f"{OUTPUT}\n{text}\n```"
