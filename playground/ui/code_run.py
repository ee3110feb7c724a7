"""Running the editor's code, alone or with its tests, and what is said about how that went."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from playground.coding.cases import Case
from playground.coding.judge import Judged, judge
from playground.coding.tasks import load_tasks
from playground.errors import Cancelled, InvalidRequest, PlaygroundError
from playground.guard.sandbox.run import Limits, Outcome
from playground.pump import Tell, work
from playground.types import CancelToken
from playground.ui.answer import Visitor
from playground.ui.context import UiContext
from playground.ui.view import Say

LIMITS = Limits()
LONGEST_ERROR = 300                       # characters of an error that is told to the model

How = Literal["ok", "error", "timeout", "memory", "output", "killed", "stopped", "unavailable"]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended: what the sandbox told, what was judged, or the error before anything ran."""

    outcome: Outcome | None = None
    judged: Judged | None = None
    stopped: bool = False
    error: PlaygroundError | None = None

    @property
    def how(self) -> How:
        """How the program ended, in one word."""
        if self.stopped or self.outcome is None:
            return "stopped"
        return "output" if self.outcome.truncated else self.outcome.status

    @property
    def told(self) -> str:
        """The error as it is told to a model that should repair the code; "" if there was none. In English."""
        if self.judged is not None:
            return _told(self.judged) if self.judged.counts else ""
        if self.outcome is None or self.how in ("ok", "stopped", "unavailable"):
            return ""
        lines = [line for line in self.outcome.stderr.splitlines() if line.strip()]
        return (lines[-1] if lines and self.how == "error" else self.outcome.reason)[:LONGEST_ERROR]


def _told(judged: Judged) -> str:
    """A failed assert as Python would say it: small models take a sentence with "assert" for a wish for tests."""
    failed = judged.failure
    if failed is None or judged.outcome != "wrong" or failed.expected:
        return judged.first_failure
    return f"AssertionError: {failed.call.removeprefix('assert ')}"


def run(ctx: UiContext, visitor: Visitor, code: str, stdin: str) -> Iterator[Ran | float]:
    """Runs the code with what it may read. Yields the seconds so far while it runs, then how it ended."""
    def do(cancel: CancelToken) -> Ran:
        sandbox = ctx.programs.sandbox(visitor.caller, LIMITS, packages=True)
        outcome = sandbox.run(code, stdin=stdin, cancel=cancel)
        return Ran(outcome=outcome, stopped=outcome.status == "killed" and cancel.cancelled)

    return _watched(ctx, visitor, do)


def run_with_tests(ctx: UiContext, visitor: Visitor, code: str, tests: str) -> Iterator[Ran | float]:
    """As `run`, with tests. Those of a built-in task are compared outside of the sandbox."""
    def do(cancel: CancelToken) -> Ran:
        judged = judge(code, known_cases(tests) or tests, ctx.programs.sandbox(visitor.caller, LIMITS), cancel)
        return Ran(judged=judged, stopped=judged.outcome == "stopped")

    return _watched(ctx, visitor, do)


def known_cases(tests: str) -> tuple[Case, ...]:
    """The cases of the built-in task whose tests these are, () for any other text."""
    return next((task.tests for task in load_tasks().all if task.tests_text == tests.strip()), ())


def _watched(ctx: UiContext, visitor: Visitor, do: Callable[[CancelToken], Ran]) -> Iterator[Ran | float]:
    def tell_it(cancel: CancelToken, tell: Tell[Ran]) -> None:
        tell(do(cancel))

    started = time.monotonic()
    try:
        with ctx.running(visitor.session, visitor.tab) as token:
            yield 0.0
            for news in work(tell_it, token):
                yield time.monotonic() - started if news is None else news
    except Cancelled:                     # while it waited for its turn
        yield Ran(stopped=True)
    except PlaygroundError as error:
        yield Ran(error=error)


# ---------------------------------------------------------------- what is said about it
def limits_text(say: Say) -> str:
    """What a program may use, in one line."""
    return say("code.limits", seconds=f"{LIMITS.seconds:g}", memory=LIMITS.memory_mb, output=LIMITS.output_kb)


def why_not(ctx: UiContext, language: str, say: Say) -> str:
    """Why the code cannot be run here, "" when it can. The first question takes 0.1 s."""
    if language != "python":
        return say("code.only_python")
    reason = ctx.programs.unavailable()
    return say("code.unavailable", reason=reason) if reason else ""


def headline(ran: Ran, say: Say) -> str:
    """How it ended, in one sentence."""
    if ran.error is not None:
        too_much = isinstance(ran.error, InvalidRequest) and ran.error.params.get("field") == "files"
        return say("code.run_too_much") if too_much else f"{ran.error} {ran.error.hint}".strip()
    if ran.judged is None:
        reason, code = (ran.outcome.reason, ran.outcome.exit_code) if ran.outcome else ("", None)
        return say(f"code.run_{ran.how}", seconds=f"{LIMITS.seconds:g}", memory=LIMITS.memory_mb,
                   output=LIMITS.output_kb, reason=reason, code=code)
    if ran.judged.passed:
        return say("code.all_passed", n=ran.judged.total)
    if not ran.judged.counts or ran.judged.outcome == "no_code":
        return failure(ran.judged, say)
    return say("code.some_passed", n=ran.judged.passed_count, total=ran.judged.total)


def failure(judged: Judged, say: Say) -> str:
    """The first test that failed, in one sentence; "" if none did."""
    if judged.failure is None:
        return ""
    call, found, expected = judged.failure.call, judged.failure.found, judged.failure.expected
    kind = judged.outcome
    if kind == "wrong" and not expected:  # an assert that was run beside the code
        return say("code.fail_untrue", call=call) + (f" ({found})" if found else "")
    return say(f"code.fail_{kind}", call=call or say("code.loading"), found=found, expected=expected)


def status(ran: Ran, say: Say) -> dict[str, Any]:
    """What the status line says about it; a sign says it, too, for those who see no colours."""
    good = ran.judged.passed if ran.judged is not None else ran.error is None and ran.how == "ok"
    return {"items": [{"text": f"{'✓' if good else '✗'} {headline(ran, say)}", "kind": "good" if good else "bad"}]}


def output(ran: Ran, say: Say) -> dict[str, Any]:
    """What to draw below the status line: what it took, and everything that it printed. {} if nothing ran."""
    value: dict[str, Any] = {"facts": [], "parts": []}
    if ran.judged is not None:
        judged = ran.judged
        if judged.counts and judged.outcome != "no_code":
            value["facts"] = [say("code.seconds", n=f"{judged.seconds:.2f}"),
                              say("code.trusted" if judged.trusted else "code.untrusted")]
            if judged.failure:
                value["parts"].append({"label": say("code.first_failure"), "text": failure(judged, say)})
        if judged.printed.strip():
            value["parts"].append({"label": say("code.stdout"), "text": judged.printed})
    elif ran.outcome is not None and ran.how != "unavailable":
        value["facts"] = [say("code.seconds", n=f"{ran.outcome.seconds:.2f}")]
        value["parts"] = [{"label": say("code.stdout"), "text": ran.outcome.stdout, "empty": say("code.nothing")}]
        if ran.outcome.stderr:
            value["parts"].append({"label": say("code.stderr"), "text": ran.outcome.stderr})
    return value if value["facts"] or value["parts"] else {}
