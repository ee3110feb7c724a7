"""Whether a model's answer to a question of a quiz is right; also when it answers in a whole sentence.

It reads words, not meanings: an answer that names several things where one is asked for is unclear, and never guessed.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playground.pictures import reading
from playground.pictures.coordinates import THOUSAND, Space, overlap
from playground.pictures.marks import marks
from playground.pictures.questions import Question

Outcome = Literal["right", "wrong", "unclear"]
NEEDED_OVERLAP = 0.7                      # of a box with the true one, intersection over union
TOLERANCE = 1                             # marks of the axis by which a value may be off
_THAN = (" than ", " daripada ", " dibanding", " compared ", " dari ")


@dataclass(frozen=True, slots=True)
class Judgement:
    """`found` is what was read in the answer, "" for nothing; `overlap` (0 to 1) of a box, None for another task."""

    outcome: Outcome
    expected: str
    found: str = ""
    overlap: float | None = None


def judge(question: Question, answer: str, space: Space | None = None) -> Judgement:
    """Whether the answer is right. `space`: how the model counts the places of a box; None: in thousandths."""
    if question.task == "box":
        return _judge_box(question, answer, space)
    if question.task == "table":
        return _judge_bars(question, answer)
    if question.task == "what":
        return _judge_list(question, answer)
    read = _READERS[question.task]
    expected = read(reading.plain(question.answer), "")
    found = read(reading.plain(answer), reading.plain(question.text))
    shown = ", ".join(map(_shown, found))
    if len(found) != 1:
        return Judgement("unclear", question.answer, shown)
    right = found == expected
    if question.task == "value":
        right = isinstance(found[0], float) and abs(found[0] - float(question.answer)) <= TOLERANCE
    return Judgement("right" if right else "wrong", question.answer, shown)


def _judge_box(question: Question, answer: str, space: Space | None) -> Judgement:
    """Against the best of the boxes would flatter a model that points everywhere: exactly one is asked for."""
    (true,) = marks(question.answer)
    boxes = [mark.numbers for mark in marks(answer) if len(mark.numbers) == 4]
    if len(boxes) != 1:
        return Judgement("unclear", question.answer, f"{len(boxes)}" if boxes else "")
    across, down = (space.across, space.down) if space else (THOUSAND, THOUSAND)
    box = Space(THOUSAND, THOUSAND, across, down).to_picture(boxes[0])
    box = (min(box[::2]), min(box[1::2]), max(box[::2]), max(box[1::2]))
    share = overlap(box, true.numbers)
    shown = ", ".join(str(round(number)) for number in box)
    return Judgement("right" if share >= NEEDED_OVERLAP else "wrong", question.answer, shown, share)


def _judge_bars(question: Question, answer: str) -> Judgement:
    expected, found = reading.bars(reading.plain(question.answer)), reading.bars(reading.plain(answer))
    if not found:
        return Judgement("unclear", question.answer)
    right = found.keys() == expected.keys() and all(abs(found[c] - expected[c]) <= TOLERANCE for c in expected)
    shown = ", ".join(f"{colour} {value:g}" for colour, value in found.items())
    return Judgement("right" if right else "wrong", question.answer, shown)


def _judge_list(question: Question, answer: str) -> Judgement:
    """All shapes, or for a chart the number of its bars."""
    expected, text = reading.things(reading.plain(question.answer)), reading.plain(answer)
    if expected:
        found = reading.things(text)
        if not found:
            return Judgement("unclear", question.answer)
        shown = ", ".join(map(_shown, found))
        return Judgement("right" if sorted(found) == sorted(expected) else "wrong", question.answer, shown)
    counted = reading.numbers(text)
    if len(counted) != 1 or not any(word in text for word in ("bar", "chart", "batang", "grafik", "diagram")):
        return Judgement("unclear", question.answer, ", ".join(map(_shown, counted)))
    right = counted == reading.numbers(reading.plain(question.answer))
    return Judgement("right" if right else "wrong", question.answer, _shown(counted[0]))


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case tuple():
            return " ".join(map(str, value))
    return str(value)


# Each gives what an answer names: exactly one when it is clear. They get the answer and the question, both plain.
def _colours(text: str, asked: str) -> list[object]:
    return [*reading.names(text, reading.COLOURS)]


def _kinds(text: str, asked: str) -> list[object]:
    return [*reading.names(text, reading.KINDS)]


def _places(text: str, asked: str) -> list[object]:
    return [*reading.place(text)]


def _numbers(text: str, asked: str) -> list[object]:
    return [*reading.numbers(text)]


def _yes_no(text: str, asked: str) -> list[object]:
    said = reading.yes_no(text)
    return [] if said is None else [said]


def _beside(text: str, asked: str) -> list[object]:
    """The thing that is not the one asked about: "left of the red circle is a blue star"."""
    found = list(dict.fromkeys(reading.things(text)))
    others = [thing for thing in found if thing not in reading.things(asked)]
    if not others and reading.nothing(text):
        return ["nothing"]
    return [*(others or found)]


def _compared(text: str, asked: str) -> list[object]:
    """The thing before "than": "the red circle is larger than the blue star"."""
    for word in _THAN:
        text = text.partition(word)[0]
    return [*dict.fromkeys(reading.things(text))]


_READERS: dict[str, Callable[[str, str], list[object]]] = {
    "colour": _colours, "tallest": _colours, "shortest": _colours, "shape": _kinds, "count": _numbers,
    "count_some": _numbers, "value": _numbers, "bars": _numbers, "position": _places, "exists": _yes_no,
    "more": _yes_no, "taller": _yes_no, "relation": _beside, "larger": _compared,
}
