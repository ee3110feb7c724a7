"""Checks answers: the box against what was expected, by itself, and step by step, with one program in the sandbox."""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

from playground.checking.boxed import boxed
from playground.checking.self_check import Task, recognise
from playground.checking.steps import answer_line, lines
from playground.checking.verdict import Examination, Reason, Step, Verdict
from playground.guard.sandbox.run import Limits, Outcome, Sandbox
from playground.types import CancelToken

LIMITS = Limits(seconds=10, memory_mb=1024, output_kb=256)
_PART_SHARE = 0.3                 # of the time: one comparison that hangs must leave some for the others
_PACKAGE = "playground.checking.inside"
_CODE = f"from {_PACKAGE}.main import main\nmain()\n"


@dataclass(frozen=True, slots=True)
class Paper:
    """One answer to look at. An empty `problem` or `expected` is one that is not known."""

    problem: str
    answer: str
    expected: str = ""


def checker() -> Sandbox:
    """A sandbox with sympy and with limits that fit one answer."""
    return Sandbox(LIMITS, packages=True)


def check(answer: str, expected: str, sandbox: Sandbox, cancel: CancelToken | None = None) -> Verdict:
    """How the box of the answer stands to the expected result. Blocks for about a second."""
    return _marked([_Prepared("", boxed(answer), expected, None, ())], sandbox, cancel)[0].verdict


def check_by_itself(problem: str, answer: str, sandbox: Sandbox, cancel: CancelToken | None = None) -> Verdict:
    """How the box of the answer stands to the problem, which needs no expected result."""
    return _marked([_Prepared(problem, boxed(answer), "", recognise(problem), ())], sandbox, cancel)[0].by_itself


def examine(problem: str, answer: str, expected: str, sandbox: Sandbox, cancel: CancelToken | None = None
            ) -> Examination:
    """All checks of one answer, with one start of sympy."""
    return examine_all([Paper(problem, answer, expected)], sandbox, cancel)[0]


def examine_all(papers: Sequence[Paper], sandbox: Sandbox, cancel: CancelToken | None = None
                ) -> tuple[Examination, ...]:
    """All checks of many answers in one run; the limits of the sandbox are for all of them together."""
    return _marked([_Prepared(paper.problem, boxed(paper.answer), paper.expected, recognise(paper.problem),
                              lines(paper.answer)) for paper in papers], sandbox, cancel)


# ---------------------------------------------------------------- one run
@dataclass(frozen=True, slots=True)
class _Prepared:
    problem: str
    box: str | None
    expected: str
    task: Task | None
    steps: tuple[str, ...]

    def request(self) -> dict[str, Any]:
        return {"box": self.box, "expected": self.expected.strip(), "task": asdict(self.task) if self.task else None,
                "steps": self.steps, "answer_step": answer_line(self.steps)}


def _marked(papers: list[_Prepared], sandbox: Sandbox, cancel: CancelToken | None) -> tuple[Examination, ...]:
    asked = [paper.request() for paper in papers]
    if not any((each["box"] is not None and each["expected"]) or each["task"] or each["steps"] for each in asked):
        return tuple(_examination(paper, {}, Reason("failed")) for paper in papers)
    request = {"papers": asked, "part_s": sandbox.limits.seconds * _PART_SHARE}
    outcome = sandbox.run(_CODE, files={**_program(), "request.json": json.dumps(request)}, cancel=cancel)
    answers: list[dict[str, Any]] = [{} for _ in papers]
    for line in _whole_lines(outcome.stdout):
        answers[line["paper"]][line["part"]] = line
    why = _why_not(outcome, cancel)
    return tuple(_examination(paper, found, why) for paper, found in zip(papers, answers, strict=True))


def _program() -> dict[str, str]:
    """The files of the program by their places, and empty ones for the packages around it."""
    parts = _PACKAGE.split(".")
    around = {"/".join([*parts[:depth], "__init__.py"]): "" for depth in range(1, len(parts))}
    folder = files("playground.checking").joinpath("inside")
    return around | {"/".join([*parts, file.name]): file.read_text("utf-8") for file in folder.iterdir()
                     if file.name.endswith(".py")}


def _whole_lines(text: str) -> list[dict[str, Any]]:
    """What was printed before the program ended; a limit may have cut the last line."""
    whole = text[:text.rfind("\n") + 1]
    return [json.loads(line) for line in whole.splitlines()]


def _why_not(outcome: Outcome, cancel: CancelToken | None) -> Reason:
    """Why a part has no line."""
    match outcome.status:
        case "timeout" | "memory":
            return Reason(outcome.status)
        case "unavailable":
            return Reason("no_isolation", {"why": outcome.reason})
        case "killed" if cancel and cancel.cancelled:
            return Reason("stopped")
    return Reason("failed", {"why": outcome.reason or outcome.stderr.strip().rpartition("\n")[2]})


# ---------------------------------------------------------------- what it printed
def _examination(paper: _Prepared, found: dict[str, Any], why: Reason) -> Examination:
    box, expected = paper.box or "", paper.expected.strip()
    if not expected:
        verdict = Verdict("unchecked", Reason("no_expected"), "", box)
    elif paper.box is None:
        verdict = Verdict("unchecked", Reason("no_box"), expected)
    else:
        verdict = _verdict(found.get("verdict"), why, box, expected)
        if verdict.outcome == "unchecked" and box and "".join(box.split()) == "".join(expected.split()):
            verdict = Verdict("verified", Reason("same_text"), expected, box)
    if paper.task is None or paper.box is None:
        code = "cannot_check" if paper.task is None else "no_box"
        alone = Verdict("unchecked", Reason(code), "", box)
    else:
        alone = _verdict(found.get("by_itself"), why, box, "")
    return Examination(verdict, alone, tuple(_step(at, text, found.get(f"step {at}"), why)
                                             for at, text in enumerate(paper.steps)))


def _verdict(line: dict[str, Any] | None, why: Reason, box: str, expected: str) -> Verdict:
    if line is None:
        return Verdict("unchecked", why, expected, box)
    return Verdict(line["outcome"], Reason(line["code"], line["params"]), expected or line["expected"], box)


def _step(at: int, text: str, line: dict[str, Any] | None, why: Reason) -> Step:
    if line is None:
        return Step(at + 1, text, "unchecked", why)
    return Step(at + 1, text, line["outcome"], Reason(line["code"], line["params"]), line["expected"])
