"""pass@k: many answers to many tasks, each judged in the sandbox. What is measured, without components."""
from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from playground.coding.blocks import python_code
from playground.coding.cases import Case
from playground.coding.judge import Judged, judge
from playground.coding.pass_at_k import Score, score
from playground.coding.requests import write
from playground.coding.tasks import Task, load_tasks
from playground.errors import Cancelled, InvalidRequest
from playground.guard.sandbox.run import Sandbox
from playground.pump import Tell
from playground.service import Stream, whole_answer
from playground.types import CancelToken, GenerationRequest, Message, SamplingParams
from playground.ui.code_run import LIMITS
from playground.ui.context import UiContext
from playground.ui.view import Say

AT_ONCE = 4                               # answers of one series that are written side by side
FIRST_SEED = 1                            # sample n of every task has seed FIRST_SEED + n: a series can be repeated
OWN = "own"


@dataclass(frozen=True, slots=True)
class Goal:
    """One task of a series: what is asked, and the tests that its answers must pass."""

    id: str
    messages: tuple[Message, ...]
    tests: tuple[Case, ...] | str


@dataclass(frozen=True, slots=True)
class Plan:
    """A series: `samples` answers to each goal."""

    goals: tuple[Goal, ...]
    samples: int
    k: int
    variant: str
    sampling: SamplingParams
    thinking: bool | None

    @property
    def total(self) -> int:
        return len(self.goals) * self.samples

    def jobs(self) -> Iterator[tuple[Goal, GenerationRequest]]:
        """One request for each answer: first one of every task, so that a stopped series has looked at all of them."""
        for n in range(self.samples):
            for goal in self.goals:
                sampling = replace(self.sampling, seed=FIRST_SEED + n)
                yield goal, GenerationRequest(self.variant, goal.messages, sampling, self.thinking)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a series found: each judged answer with its task. Kept when it is stopped."""

    plan: Plan
    found: tuple[tuple[str, Judged], ...] = ()

    def with_one(self, task: str, judged: Judged) -> Measured:
        return replace(self, found=(*self.found, (task, replace(judged, printed=""))))

    def of(self, task: str) -> list[Judged]:
        return [judged for name, judged in self.found if name == task and judged.counts]

    @property
    def score(self) -> Score | None:
        """Over the tasks that have k judged answers; None while no task has."""
        enough = [(goal.id, self.of(goal.id)) for goal in self.plan.goals if len(self.of(goal.id)) >= self.plan.k]
        return score(enough, self.plan.k) if enough else None


def goals(choice: str, task: str, tests: str, reply: str, say: Say) -> tuple[Goal, ...]:
    """The goals of a choice: a family, "all", "own" with the reader's task and tests, or one task's id.

    Raises InvalidRequest, in the reader's language, when the own task is incomplete.
    """
    tasks = load_tasks()
    if choice == OWN:
        if not task.strip() or not tests.strip():
            raise InvalidRequest(say("code.own_missing"), say("code.own_missing_hint"))
        return (Goal(OWN, write(task, "python", reply=reply), tests),)
    chosen: Sequence[Task]
    if choice == "all":
        chosen = tasks.all
    elif choice in ("pocket", "general"):
        chosen = [each for each in tasks.all if each.family == choice]
    else:
        chosen = [tasks.get(choice)]
    return tuple(Goal(each.id, write(each.prompt.get(reply, each.prompt["en"]), "python", reply=reply), each.tests)
                 for each in chosen)


# ---------------------------------------------------------------- measuring
def measure(ctx: UiContext, caller: str, plan: Plan, cancel: CancelToken, tell: Tell[tuple[str, Judged]]) -> None:
    """Tells (task, judged answer) of every answer as it is judged. Ends early when `cancel` is set.

    The whole series counts as one request for the caller's limit. Raises the first error of an answer, for the others
    would meet it too; what was told until then stays true.
    """
    stream, sandbox = ctx.playground.series(caller, next(plan.jobs())[1]), ctx.programs.sandbox(caller, LIMITS)
    jobs, lock = plan.jobs(), threading.Lock()
    errors: list[BaseException] = []

    def worker() -> None:
        try:
            while not cancel.cancelled and not errors:
                with lock:
                    job = next(jobs, None)
                if job is None:
                    return
                goal, request = job
                if judged := sample(stream, goal, request, sandbox, cancel):
                    tell((goal.id, judged))
        except Cancelled:
            return
        except BaseException as error:    # raised again below, on the thread that reports it
            errors.append(error)

    workers = [threading.Thread(target=worker, name="pass@k", daemon=True) for _ in range(min(AT_ONCE, plan.total))]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    if errors:
        raise errors[0]


def sample(stream: Stream, goal: Goal, request: GenerationRequest, sandbox: Sandbox, cancel: CancelToken
           ) -> Judged | None:
    """One answer, judged; None if the judging was stopped. Raises the error that the answer ended with."""
    answer, _ = whole_answer(stream, request, cancel)
    judged = judge(python_code(answer), goal.tests, sandbox, cancel)
    return None if judged.outcome == "stopped" else judged


# ---------------------------------------------------------------- to take away
def as_csv(measured: Measured) -> str:
    """One line a task, for a spreadsheet. Texts that a spreadsheet would take for a formula get an apostrophe."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["task", "samples", "right", f"pass@{measured.plan.k}", "first_failure", "variant", "temperature"])
    values = {row.task: row.value for row in measured.score.rows} if measured.score else {}
    for goal in measured.plan.goals:
        judged = measured.of(goal.id)
        failed = next((each.first_failure for each in judged if not each.passed), "")
        value = f"{values[goal.id]:.4f}" if goal.id in values else ""
        lines.writerow([goal.id, len(judged), sum(each.passed for each in judged), value,
                        f"'{failed}" if failed.startswith(("=", "+", "-", "@")) else failed,
                        measured.plan.variant, measured.plan.sampling.temperature])
    return out.getvalue()
