"""Whether an answer about a picture is right, more strictly than in the app: what the card reports."""

from __future__ import annotations

import json

from playground.pictures.coordinates import overlap
from playground.pictures.judge import NEEDED_OVERLAP, TOLERANCE
from playground.pictures.questions import Question
from scripts.pocket.vision.talk import TALK_TASKS, must_contain


def box_of(answer: str) -> list[float] | None:
    """Return the four numbers of `{"bbox_2d": [...]}`, or None if the answer is no such box."""
    try:
        box = json.loads(answer)["bbox_2d"]
        return [float(x) for x in box] if len(box) == 4 else None
    except (ValueError, TypeError, KeyError):
        return None


def bars_of(answer: str) -> list[tuple[str, int]] | None:
    """Return the (colour, value) pairs of "red 3, blue 7", or None if the answer has another form."""
    pairs = [part.strip().rsplit(" ", 1) for part in answer.split(",")]
    if not all(len(pair) == 2 and pair[1].isdecimal() for pair in pairs):
        return None
    return [(colour, int(value)) for colour, value in pairs]


def close(answer: str, truth: str) -> bool:
    """Return whether the bars have the right colours in the right order and values within the tolerance."""
    found, wanted = bars_of(answer), bars_of(truth)
    if found is None or wanted is None or [c for c, _ in found] != [c for c, _ in wanted]:
        return False
    return all(abs(a - b) <= TOLERANCE for (_, a), (_, b) in zip(found, wanted, strict=True))


def things_of(answer: str) -> list[str]:
    """Return the parts of a list such as "a red circle, a star and a cross", sorted."""
    return sorted(answer.replace(" and ", ", ").replace(" dan ", ", ").split(", "))


def is_right(question: Question, answer: str) -> bool:
    """Return whether the answer is right: exact words, or within the tolerance of the task."""
    answer, truth = answer.strip(), question.answer
    if question.task in TALK_TASKS:
        return must_contain(question) in answer.lower()
    if question.task == "box":
        found, wanted = box_of(answer), box_of(truth)
        return found is not None and wanted is not None and overlap(found, wanted) >= NEEDED_OVERLAP
    if question.task == "value":
        return answer.isdecimal() and abs(int(answer) - int(truth)) <= TOLERANCE
    if question.task == "table":
        return close(answer, truth)
    if question.task == "what":
        return things_of(answer) == things_of(truth)
    return answer == truth
