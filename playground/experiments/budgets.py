"""Accuracy against the thinking budget: the same problems, answered with more and more tokens of thinking."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from playground.errors import Busy, Cancelled, PlaygroundError
from playground.experiments.problems import Problem, is_right
from playground.intervals import wilson
from playground.service import Stream, whole_answer
from playground.types import CancelToken, GenerationRequest, Message, Usage

AT_ONCE = 8                               # requests on the model together
MOST_TRIES = 20                           # of one answer, while too many others wait for the model
AGAIN_S = 3.0                             # until the next try


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured for one budget; `budget` None means that the thinking had no limit, 0 that there was none."""

    budget: int | None
    count: int = 0
    right: int = 0
    thought: int = 0                      # tokens of thinking, of all answers together
    closed: int = 0                       # answers whose budget was spent

    @property
    def share(self) -> float:
        return self.right / self.count if self.count else 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share."""
        return wilson(self.share, self.count)

    def with_answer(self, right: bool, usage: Usage) -> Point:
        """With one more answer."""
        return replace(self, count=self.count + 1, right=self.right + right,
                       thought=self.thought + usage.reasoning_tokens,
                       closed=self.closed + (usage.thinking_closed == "budget"))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the measurement is. `eta_s` is None before anything is measured."""

    done: int
    total: int
    points: tuple[Point, ...]
    eta_s: float | None = None


@dataclass(slots=True)
class _Tally:
    """Collects answers of several threads."""

    points: dict[int | None, Point]
    total: int
    started: float
    tell: Callable[[Progress], None]
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, budget: int | None, right: bool, usage: Usage) -> None:
        with self.lock:
            self.done += 1
            self.points[budget] = self.points[budget].with_answer(right, usage)
            eta_s = (time.monotonic() - self.started) / self.done * (self.total - self.done)
            self.tell(Progress(self.done, self.total, tuple(self.points.values()), eta_s))


def measure(stream: Stream, request: GenerationRequest, problems: Sequence[Problem], budgets: Sequence[int | None],
            cancel: CancelToken, tell: Callable[[Progress], None]) -> None:
    """Answer every problem with every budget, the budgets of one problem one after the other, and tell after each.

    `request` gives the variant and the sampling. Returns early when `cancel` is set; raises the error of the first
    answer that fails.
    """
    tally = _Tally({budget: Point(budget) for budget in budgets}, len(problems) * len(budgets), time.monotonic(), tell)
    tell(Progress(0, tally.total, tuple(tally.points.values())))
    stop = CancelToken()                  # also when one of them fails

    def one(problem: Problem, budget: int | None) -> None:
        if cancel.cancelled or stop.cancelled:
            return
        asked = replace(request, messages=(Message("user", problem.question),), thinking=budget != 0,
                        thinking_budget=budget)
        try:
            text, usage = answer(stream, asked, cancel)
        except Cancelled:
            return
        except PlaygroundError:
            stop.cancel()
            raise
        tally.add(budget, is_right(problem, text), usage)

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="experiment") as pool:
        answers = [pool.submit(one, problem, budget) for problem in problems for budget in budgets]
        for each in answers:
            each.result()


def answer(stream: Stream, request: GenerationRequest, cancel: CancelToken) -> tuple[str, Usage]:
    """The whole answer to one request, and what it cost. Raises Cancelled, or what went wrong.

    Where too many wait for the model it waits and tries again, so that a crowded minute ends no measurement.
    """
    for _ in range(MOST_TRIES - 1):
        try:
            return whole_answer(stream, request, cancel)
        except PlaygroundError as error:
            if error.code != Busy.code:
                raise
        if cancel.wait(AGAIN_S):
            raise Cancelled("The measurement was stopped.")
    return whole_answer(stream, request, cancel)
