"""What a lesson is made of. Pure values: structure and ids here, prose per language in `tutorials.prose`."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from playground.types import FinishReason, Usage

_NUMBER = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f]\d{3})+(?!\d)|\d+")


# ---------------------------------------------------------------- what was measured
@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a cell, as it was measured. right is None when the cell has nothing to compare with."""

    tokens: int
    reasoning_tokens: int
    seconds: float                        # from the prompt to the last token, without waiting and loading
    right: bool | None
    reason: FinishReason | Literal["failed"]
    variant: str

    @property
    def whole(self) -> bool:
        """The model wrote until it ended or reached a limit; a stopped or broken answer proves nothing."""
        return self.reason not in ("cancelled", "failed")


def numbers(text: str) -> list[int]:
    """The whole numbers written in a text; "1,692" and "1.692" are one number."""
    return [int(re.sub(r"\D", "", found)) for found in _NUMBER.findall(text.replace("{,}", ","))]


# ---------------------------------------------------------------- blocks
@dataclass(frozen=True, slots=True)
class Prose:
    """Text to read."""

    id: str


@dataclass(frozen=True, slots=True)
class Run:
    """A cell: one question to the model that is picked in the bar. Its question is a text, in the reader's language.

    expects: the number a right answer names, computed in Python; None when there is none.
    """

    id: str
    thinking: Literal["on", "off"]
    expects: int | None = None
    max_tokens: int = 1024

    def measure(self, text: str, reason: FinishReason | Literal["failed"], usage: Usage) -> Measured:
        """What this answer measured. It is right when the answer, not the thinking before it, names the number."""
        right = None if self.expects is None else self.expects in numbers(text)
        return Measured(usage.output_tokens, usage.reasoning_tokens, usage.first_token_s + usage.decode_s, right,
                        reason, usage.variant)


@dataclass(frozen=True, slots=True)
class Predict:
    """A guess that must be made before the cell `after` runs, and locks when it does.

    outcome: which option the two cells' measurements bear out.
    """

    id: str
    options: tuple[str, ...]
    before: str                           # id of the cell to compare with
    after: str                            # id of the cell that is predicted
    outcome: Callable[[Measured, Measured], str]


@dataclass(frozen=True, slots=True)
class Compare:
    """The measurements of two cells side by side, and what became of the predictions about them."""

    id: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Check:
    """A question with one right option. Every option has its own feedback."""

    id: str
    options: tuple[str, ...]
    right: str


Block = Prose | Run | Predict | Compare | Check
B = TypeVar("B", Prose, Run, Predict, Compare, Check)


# ---------------------------------------------------------------- a lesson
@dataclass(frozen=True, slots=True)
class Lesson:
    """Blocks in reading order. `id` is the name of its files: "l01_first_conversation".

    Raises ValueError when an id is used twice, the right option of a check does not appear exactly once, or a block
    does not stand where the cells it names need it.
    """

    id: str
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        ids = [block.id for block in self.blocks]
        if twice := {each for each in ids if ids.count(each) > 1}:
            raise ValueError(f"{self.id}: these block ids are used twice: {sorted(twice)}")
        cells: set[str] = set()
        for block in self.blocks:
            if isinstance(block, Run):
                cells.add(block.id)
            elif isinstance(block, Check):
                if block.options.count(block.right) != 1:
                    raise ValueError(f"{self.id}: check {block.id!r} needs exactly one option {block.right!r}")
            elif isinstance(block, Predict):
                if block.before not in cells or block.after in cells or block.after not in ids:
                    raise ValueError(f"{self.id}: prediction {block.id!r} must stand between its two cells")
            elif isinstance(block, Compare) and not {block.before, block.after} <= cells:
                raise ValueError(f"{self.id}: comparison {block.id!r} must stand after both of its cells")

    def of(self, kind: type[B]) -> tuple[B, ...]:
        """The blocks of one kind, in order."""
        return tuple(block for block in self.blocks if isinstance(block, kind))

    def predictions(self, cell: str) -> tuple[Predict, ...]:
        """What must be predicted before `cell` runs."""
        return tuple(block for block in self.of(Predict) if block.after == cell)

    def keys(self) -> tuple[str, ...]:
        """The key of every text this lesson needs, in each language."""
        keys = ["title"]
        for block in self.blocks:
            keys += [f"{block.id}.title", f"{block.id}.text"]
            if isinstance(block, Run):
                keys.append(f"{block.id}.question")
            elif isinstance(block, Predict):
                keys += [f"{block.id}.ask", *(f"{block.id}.option.{option}" for option in block.options)]
            elif isinstance(block, Check):
                keys.append(f"{block.id}.ask")
                keys += [f"{block.id}.{part}.{option}" for part in ("option", "feedback") for option in block.options]
        return tuple(keys)


# ---------------------------------------------------------------- what a reader has done
class NotPredicted(ValueError):
    """A cell was started before its predictions were made. `missing` holds their ids."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"not predicted yet: {', '.join(missing)}")
        self.missing = missing


def lock(lesson: Lesson, cell: str, locked: Mapping[str, str], given: Mapping[str, str | None]) -> dict[str, str]:
    """The locked predictions once `cell` starts: what is locked stays, the rest is taken from `given`.

    Raises NotPredicted naming the predictions that are still open.
    """
    wanted = lesson.predictions(cell)
    chosen = {block.id: locked.get(block.id) or given.get(block.id) for block in wanted}
    if missing := tuple(block.id for block in wanted if chosen[block.id] not in block.options):
        raise NotPredicted(missing)
    return {**locked, **{key: choice for key, choice in chosen.items() if choice}}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one prediction."""

    predict: Predict
    predicted: str
    measured: str

    @property
    def held(self) -> bool:
        return self.predicted == self.measured


def verdicts(lesson: Lesson, compare: Compare, locked: Mapping[str, str], before: Measured, after: Measured
             ) -> tuple[Verdict, ...]:
    """One per locked prediction about these two cells; none when an answer is not whole or the models differ."""
    if not (before.whole and after.whole and before.variant == after.variant):
        return ()
    return tuple(Verdict(block, locked[block.id], block.outcome(before, after))
                 for block in lesson.predictions(compare.after) if block.id in locked)
