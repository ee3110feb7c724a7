"""An examination as the page shows it: the verdict in words, and the steps as a text with formulas. No Gradio."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playground.checking.check import Paper, examine_all
from playground.checking.steps import lines
from playground.checking.verdict import REASONS, Examination, Reason, Step, Verdict
from playground.errors import PlaygroundError, Unavailable
from playground.guard.sandbox.run import Sandbox
from playground.solving.programs import parts
from playground.text.math_marks import mark_math
from playground.types import CancelToken
from playground.ui.math_latex import drawable
from playground.ui.math_state import Solution
from playground.ui.view import Say

# Reasons that some verdicts have for being right and others for being wrong.
BOTH_WAYS = ("derivative", "computed", "arithmetic", "function", "answer")


def examined(solution: Solution, expected: str, sandbox: Sandbox, cancel: CancelToken) -> Examination:
    """All checks of the shown answer. Blocks for about a second."""
    return examine_all([Paper(solution.problem, solution.text, expected)], sandbox, cancel)[0]


def not_examined(solution: Solution, expected: str, error: PlaygroundError) -> Examination:
    """What is known when the check could not run."""
    reason = Reason("no_isolation", {"why": str(error)}) if isinstance(error, Unavailable) else \
        Reason("failed", {"why": str(error)})
    verdict = Verdict("unchecked", reason, expected.strip())
    return Examination(verdict, verdict, tuple(Step(n + 1, line, "unchecked", Reason("not_checked"))
                                               for n, line in enumerate(lines(solution.text))))


# ---------------------------------------------------------------- the verdict
def checking(say: Say) -> dict[str, Any]:
    """The verdict's value while it is being found."""
    return {"outcome": "checking", "word": say("math.outcome_checking"), "text": say("math.checking")}


def verdict(found: Examination, expected: str, say: Say) -> dict[str, Any]:
    """The verdict's value: an outcome, and why. With an expected answer that decides, else the answer by itself."""
    main, alone = (found.verdict, found.by_itself) if expected.strip() else (found.by_itself, None)
    if main.reason.code == "cannot_check" and not main.found:       # the missing box comes first: no advice helps that
        main = Verdict("unchecked", Reason("no_box"))
    more = [say("math.compared_with", text=expected.strip())] if alone is not None else []
    if alone is None and main.outcome == "wrong" and main.expected:
        more.append(say("math.would_be", text=main.expected))
    if alone is not None and alone.outcome != "unchecked" and main.outcome != "unchecked":
        kind = "also" if alone.outcome == main.outcome == "verified" else alone.outcome
        if not alone.outcome == main.outcome == "wrong":
            more.append(say(f"math.alone_{kind}", why=because(alone, say)))
    return {"outcome": main.outcome, "word": say(f"math.outcome_{main.outcome}"), "text": because(main, say),
            "more": more}


def because(judged: Verdict | Step, say: Say) -> str:
    """Why a verdict or a step is what it is."""
    code, params = judged.reason.code, judged.reason.params
    key = f"math.wrong_{code}" if judged.outcome == "wrong" and code in BOTH_WAYS else f"math.reason_{code}"
    return say(key, **{name: params.get(name, "…") for name in REASONS[code]})


# ---------------------------------------------------------------- the steps
def steps(solution: Solution, found: Examination, say: Say) -> str:
    """Numbered steps, programs and outputs among them, the first that is wrong marked."""
    items = [f"**{number}.** {text}" + (f"  \n{mark}" if mark else "")
             for number, (text, mark) in enumerate(_items(solution, found, say), 1)]
    return "\n\n".join([*items, say("math.steps_info")]) if items else ""


def _items(solution: Solution, found: Examination, say: Say) -> Iterator[tuple[str, str]]:
    """(text, mark) of each step."""
    checked, open_mark = iter(found.steps), True
    for turn, reply in enumerate(solution.replies):
        for kind, part in parts(reply.text):
            if kind == "program":
                yield say("math.step_program") + "\n\n" + _fenced(part, "python"), ""
                continue
            for line in lines(part):
                step = next(checked, None)
                mark, open_mark = _mark(step, open_mark, say)
                yield mark_math(drawable(line)), mark
        if turn < len(solution.printed):
            printed = solution.printed[turn]
            failed = say("math.step_failed") if printed.failed and open_mark else ""
            open_mark = open_mark and not failed
            yield say("math.step_output") + "\n\n" + _fenced(printed.text, "text"), failed and "\n" + failed


def _mark(step: Step | None, is_open: bool, say: Say) -> tuple[str, bool]:
    """(mark, whether a later step may still be the first that is wrong)."""
    if step is None or step.outcome == "unchecked":
        return "", is_open
    if step.outcome == "verified":
        return (say("math.step_right", why=because(step, say)) if is_open else ""), is_open
    if not is_open:
        return "", False
    would_be = mark_math(" " + say("math.would_be", text=drawable(step.expected))) if step.expected else ""
    return say("math.step_wrong", why=because(step, say)) + would_be, False


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
