"""pass@k: the chance that at least one of k answers is right, estimated from n answers of which c are right.

The estimate of one task is 1 - C(n - c, k) / C(n, k), which is unbiased (1 - (1 - c/n)^k is too low). The score is the
mean over the tasks.

The interval is Wilson's, 95 %. Over several tasks it takes the mean as a share of that many tasks. Each task gives a
number between 0 and 1, and none of those vary more than right or wrong does, so it is rather too wide than too narrow,
and unlike a bootstrap it does not shrink to a point when ten of ten tasks are right. It speaks of other tasks like
these. For a single task it is Wilson's interval of c out of n, put through 1 - (1 - p)^k, and speaks of that task only.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from playground.coding.judge import Judged
from playground.errors import InvalidRequest
from playground.intervals import wilson


@dataclass(frozen=True, slots=True)
class Row:
    """One task: `right` of `samples` answers passed; `value` is its pass@k."""

    task: str
    samples: int
    right: int
    value: float


@dataclass(frozen=True, slots=True)
class Score:
    """pass@k over tasks, with its 95 % interval."""

    k: int
    value: float
    low: float
    high: float
    rows: tuple[Row, ...]


def pass_at_k(samples: int, right: int, k: int) -> float:
    """The unbiased estimate. Raises InvalidRequest unless 0 <= right <= samples and 1 <= k <= samples."""
    if not 0 <= right <= samples:
        raise InvalidRequest(f"{right} of {samples} answers cannot be right.")
    if not 1 <= k <= samples:
        raise InvalidRequest(f"k must be between 1 and the number of answers, {samples}; got {k}.",
                             "Generate more answers, or choose a smaller k.")
    none_right = Fraction(1)
    for count in range(samples - right + 1, samples + 1):
        none_right *= Fraction(count - k, count)
    return float(1 - none_right)


def score(judged: Sequence[tuple[str, Sequence[Judged]]], k: int) -> Score:
    """The score of (task, its judged answers). Judgements that do not count (stopped, unavailable) are left out.

    Raises InvalidRequest when there is no task, or naming the task that has fewer than k answers left.
    """
    if not judged:
        raise InvalidRequest("There is no task to score.", "Choose at least one task.")
    rows = []
    for task, answers in judged:
        counted = [answer.passed for answer in answers if answer.counts]
        if len(counted) < k:
            raise InvalidRequest(f"{task} has {len(counted)} judged answers; pass@{k} needs at least {k}.",
                                 "Generate more answers, or choose a smaller k.")
        rows.append(Row(task, len(counted), sum(counted), pass_at_k(len(counted), sum(counted), k)))
    value = sum(row.value for row in rows) / len(rows)
    if len(rows) == 1:
        low, high = (1 - (1 - share) ** k for share in wilson(rows[0].right / rows[0].samples, rows[0].samples))
    else:
        low, high = wilson(value, len(rows))
    return Score(k, value, min(low, value), max(high, value), tuple(rows))
