"""From what the reader picked on the math tab to the work that solves the problem. No Gradio."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from playground.checking.check import LIMITS
from playground.errors import Cancelled, PlaygroundError, Unavailable
from playground.guard.sandbox.run import Limits
from playground.solving.listen import Task
from playground.solving.rounds import Tell, step_by_step, with_programs
from playground.solving.series import Series
from playground.solving.vote import vote
from playground.types import CancelToken, Failed, ModelSpec
from playground.ui.context import UiContext
from playground.ui.math_state import Mode
from playground.ui.sampling import recommended
from playground.ui.view import Say

PROGRAM = Limits(seconds=10, memory_mb=1024)


@dataclass(frozen=True, slots=True)
class Picked:
    """What the page holds when a problem is to be solved."""

    problem: str
    variant: str
    language: str
    mode: Mode
    thinking: str
    k: int
    temperature: float
    max_tokens: int
    system: str


def way(ctx: UiContext, picked: Picked, caller: str) -> Callable[[CancelToken, Tell], None]:
    """The work that solves the problem, as `pump.work` takes it. It may raise any PlaygroundError."""
    def do(cancel: CancelToken, tell: Tell) -> None:
        model = ctx.playground.catalog.variant(picked.variant).model
        task, door = _task(ctx, model, picked), Series(ctx.playground)
        match picked.mode:
            case "steps":
                step_by_step(door, task, caller, cancel, tell)
            case "program":
                if reason := ctx.programs.unavailable():
                    raise Unavailable(reason)
                sandbox = ctx.programs.sandbox(caller, PROGRAM, packages=True)
                with_programs(door, task, caller, model.program_output, sandbox, cancel, tell)
            case "vote":
                judge = None if ctx.programs.unavailable() else ctx.programs.sandbox(caller, LIMITS, packages=True)
                vote(door, task, caller, int(picked.k), judge, cancel, tell)

    return do


def trouble(error: PlaygroundError, say: Say) -> Failed | None:
    """What the reader is told; nothing for what was stopped."""
    if isinstance(error, Cancelled):
        return None
    if isinstance(error, Unavailable):
        return Failed("no_programs", say("math.no_programs", why=str(error)), say("math.no_programs_hint"))
    return Failed.of(error)


def _task(ctx: UiContext, model: ModelSpec, picked: Picked) -> Task:
    sampling = replace(recommended(model, picked.thinking, ctx.max_tokens), max_tokens=int(picked.max_tokens))
    if picked.mode == "vote":
        sampling = replace(sampling, temperature=float(picked.temperature))
    thinking = picked.thinking == "on" if model.thinking == "hybrid" else None
    return Task(picked.variant, picked.problem, picked.system, sampling, thinking)
