"""Which tasks there are in each group of the data, and whether an answer is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scripts.pocket.data import arithmetic, code, lists, mathematics, problems
from scripts.pocket.data.sample import Sample

TASKS: dict[str, tuple[str, ...]] = {
    "arithmetic": tuple(arithmetic.TASK_WEIGHTS),
    "problems": tuple(problems.TASKS),
    "lists": tuple(lists.TASKS),
    "facts": ("definition", "fact", "specification"),
    "chat": ("chat",),
    "refusals": ("refusal", "out_of_range"),
    "followups": ("followup_sum", "followup_talk"),
    "mathematics": tuple(mathematics.TASKS),
    "code": tuple(code.TASKS),
}
WORDS = ("facts", "chat", "refusals", "followups")  # groups whose held-out questions are new wordings of known facts


def has_result_or_words(sample: Sample, answer: str) -> bool:
    """Return whether the answer has the exact result, or contains all the required words.

    The result stands after the last sign, or is the only number of a sentence such as "Together they have 12 toys."
    """
    if sample.gold is not None:
        found = answer.split("=")[-1].strip()
        return found == sample.gold or ("=" not in answer and re.findall(r"-?\d+", answer) == [sample.gold])
    text = f" {answer.lower()} "
    return all(words.lower() in text for words in sample.must_contain)


def has_any_words(sample: Sample, answer: str) -> bool:
    """Return whether the answer contains one of the texts."""
    text = f" {answer.lower()} "
    return any(words.lower() in text for words in sample.must_contain)


JUDGES: dict[str, Callable[[Sample, str], bool]] = {
    "problems": problems.is_right,
    "lists": lists.is_right,
    "mathematics": mathematics.is_right,
    "by hand": has_any_words,
}


def are_right(group: str, samples: Sequence[Sample], answers: Sequence[str]) -> list[bool]:
    """Return for each answer whether it is right. Code is executed, many answers at once."""
    if group == "code":
        return code.are_right(list(samples), list(answers))
    judge = JUDGES.get(group, has_result_or_words)
    return [judge(sample, answer) for sample, answer in zip(samples, answers, strict=True)]
