"""The versions of the code in the editor, and what changed between two of them. Pure values; no Gradio."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MOST_VERSIONS = 50                        # the oldest one leaves when there is one more
MOST_LINES = 1000                         # of a version that is compared, for odd texts take seconds
MOST_CHARS = 200_000
CONTEXT = 3                               # unchanged lines around a change

Part = tuple[str, bool]                   # a piece of a line, and whether it is what changed in it
Line = tuple[str, int | None, int | None, list[Part]]
"""("same", "out", "in" or "gap", its number before, its number after, its parts). A gap's number is how many lines."""


@dataclass(frozen=True, slots=True)
class Version:
    """The whole text of the editor at one time. `language` is the id of the programming language."""

    code: str
    language: str


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions, oldest first; `at` is the one that the editor shows."""

    all: tuple[Version, ...] = ()
    at: int = -1

    @property
    def current(self) -> Version | None:
        return self.all[self.at] if self.all else None

    @property
    def previous(self) -> Version | None:
        """The one before the current one."""
        return self.all[self.at - 1] if self.at > 0 else None

    def kept(self, code: str, language: str) -> Versions:
        """With what stands in the editor, if somebody changed it by hand; it becomes the newest version."""
        if (not self.all and not code.strip()) or (self.current is not None and self.current.code == code):
            return self
        return self._with(Version(code, language))

    def added(self, code: str, language: str) -> Versions:
        """With a new version at the end, unless it is what the editor shows anyway."""
        return self if self.current == Version(code, language) else self._with(Version(code, language))

    def step(self, by: int) -> Versions:
        """With the version `by` further shown, stopping at both ends."""
        return Versions(self.all, max(0, min(len(self.all) - 1, self.at + by))) if self.all else self

    def _with(self, version: Version) -> Versions:
        versions = (*self.all, version)[-MOST_VERSIONS:]
        return Versions(versions, len(versions) - 1)


def changes(before: str, after: str) -> list[Line] | None:
    """The lines that changed with some around them, [] if none did, None if there is too much to compare.

    In lines that were replaced, the part is marked that really differs.
    """
    old, new = before.split("\n"), after.split("\n")
    if before == after:
        return []
    if max(len(old), len(new)) > MOST_LINES or max(len(before), len(after)) > MOST_CHARS:
        return None
    found: list[Line] = []
    for what, i, i_end, j, j_end in _opcodes(old, new):
        if what == "equal":
            found += [("same", i + n + 1, j + n + 1, [(line, False)]) for n, line in enumerate(old[i:i_end])]
            continue
        gone, come = _marked(old[i:i_end], new[j:j_end])
        found += [("out", i + n + 1, None, parts) for n, parts in enumerate(gone)]
        found += [("in", None, j + n + 1, parts) for n, parts in enumerate(come)]
    return list(_near(found))


def _opcodes(old: list[str], new: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """As difflib's. What both begin and end with is cut off first: difflib passes over frequent lines of long texts."""
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    tail = next((n for n in range(most - head) if old[-1 - n] != new[-1 - n]), most - head)
    yield "equal", 0, head, 0, head
    middle = SequenceMatcher(None, old[head:len(old) - tail], new[head:len(new) - tail])
    for what, i, i_end, j, j_end in middle.get_opcodes():
        yield what, i + head, i_end + head, j + head, j_end + head
    yield "equal", len(old) - tail, len(old), len(new) - tail, len(new)


def _near(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines near a change, with a gap in the place of the others."""
    changed = [n for n, line in enumerate(lines) if line[0] != "same"]
    near = {n for at in changed for n in range(at - CONTEXT, at + CONTEXT + 1)}
    left_out = 0
    for n, line in enumerate(lines):
        if n not in near:
            left_out += 1
            continue
        if left_out:
            yield "gap", left_out, None, []
            left_out = 0
        yield line
    if left_out:
        yield "gap", left_out, None, []


def _marked(old: Sequence[str], new: Sequence[str]) -> tuple[list[list[Part]], list[list[Part]]]:
    """Replaced lines as parts: what both texts begin and end with is not marked. Whole lines if nothing is common."""
    before, after = "\n".join(old), "\n".join(new)
    shorter = min(len(before), len(after))
    start = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    end = next((n for n in range(shorter - start) if before[-1 - n] != after[-1 - n]), shorter - start)
    common = before[:start] + before[len(before) - end:]
    if not old or not new or not (common if len(old) == 1 else common.strip()):  # several often share an indentation
        return [[(line, False)] for line in old], [[(line, False)] for line in new]
    return _cut(old, start, len(before) - end), _cut(new, start, len(after) - end)


def _cut(lines: Sequence[str], start: int, end: int) -> list[list[Part]]:
    """Each line in up to three parts, of which those between `start` and `end` of the whole text are marked."""
    found, at = [], 0
    for line in lines:
        a, b = (max(0, min(len(line), edge - at)) for edge in (start, end))
        parts = [(line[:a], False), (line[a:b], True), (line[b:], False)]
        found.append([part for part in parts if part[0]] or [("", False)])
        at += len(line) + 1
    return found
