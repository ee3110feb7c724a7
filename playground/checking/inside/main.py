"""Reads request.json, prints one line of JSON for each part of each answer as soon as it is done."""
from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

from playground.checking.inside.by_itself import by_itself
from playground.checking.inside.compare import compare
from playground.checking.inside.finding import Finding
from playground.checking.inside.problem import Problem, worked_out
from playground.checking.inside.steps import Solution
from playground.checking.inside.tokens import NotUnderstood


class TooLong(BaseException):
    """Raised by the clock. No Exception: sympy catches those."""


def main() -> None:
    with open("request.json", encoding="utf-8") as file:
        request = json.load(file)
    signal.signal(signal.SIGALRM, _too_long)
    for number, paper in enumerate(request["papers"]):
        _examine(number, paper, request["part_s"])


def _too_long(*_: object) -> None:
    raise TooLong


def _examine(number: int, paper: dict[str, Any], part_s: float) -> None:
    def done(part: str, work: Callable[[], Finding]) -> Finding:
        finding = _within(part_s, work)
        print(json.dumps({"paper": number, "part": part, "outcome": finding.outcome, "code": finding.code,
                          "params": finding.params, "expected": finding.expected}), flush=True)
        return finding

    box, problem, results = paper["box"], list[Problem | None](), list[Finding]()
    if box is not None and paper["expected"]:
        results.append(done("verdict", lambda: compare(box, paper["expected"])))
    if paper["task"]:
        def alone() -> Finding:
            problem.append(worked_out(paper["task"]))
            if problem[0] is None:
                return Finding("unchecked", "cannot_check")
            return by_itself(box, problem[0]) if box is not None else Finding("unchecked", "no_box")
        results.append(done("by_itself", alone))
    known = next((result for result in reversed(results) if result.outcome != "unchecked"), None)
    solution = Solution(problem[0] if problem else None)
    for at, text in enumerate(paper["steps"]):
        def line(at: int = at, text: str = text) -> Finding:
            if at != paper["answer_step"]:
                return solution.step(text)
            if known is None:
                return Finding("unchecked", "not_checked")
            return Finding(known.outcome, "answer", {}, known.expected)
        done(f"step {at}", line)


def _within(part_s: float, work: Callable[[], Finding]) -> Finding:
    """What `work` finds, or that it could not be done. A failure of sympy is such a case, whatever its kind."""
    try:
        signal.setitimer(signal.ITIMER_REAL, part_s)
        try:
            return work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except TooLong:
        return Finding("unchecked", "timeout")
    except (NotUnderstood, RecursionError) as error:
        return Finding("unchecked", "not_understood", {"part": str(error)})
    except MemoryError:
        raise
    except Exception as error:
        return Finding("unchecked", "cannot_check", {"error": type(error).__name__})
