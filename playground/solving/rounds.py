"""Step by step, and tool-integrated reasoning: the model writes a program, it is run, the model goes on."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playground.checking.boxed import boxed
from playground.errors import Unavailable
from playground.guard.sandbox.run import Sandbox
from playground.solving.listen import Door, Task, Written, listen
from playground.solving.programs import Printed, output_block, printed, program_end, program_in, prose, tellable
from playground.solving.votes import Tally
from playground.types import CancelToken, Event, FinishReason, Message, ProgramOutput

ROUNDS = 4
End = Literal["boxed", "no_box", "rounds", "decided", "counted", "failed"] | FinishReason
"""boxed: there is an answer. no_box: the turn ended without one. rounds: after the last of ROUNDS there was still a
program to run. decided, counted: of a vote. Otherwise why the model's last turn ended."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The model begins a turn, told this."""

    question: str


@dataclass(frozen=True, slots=True)
class Running:
    """A program of the model is running."""


@dataclass(frozen=True, slots=True)
class Ended:
    why: End


News = Asked | Running | Printed | Tally | Ended | Event
Tell = Callable[[News], None]


def step_by_step(door: Door, task: Task, caller: str, cancel: CancelToken, tell: Tell) -> None:
    """One answer. Blocks; the last news is Ended."""
    tell(Asked(task.problem))
    written = listen(door, task.request(task.messages), caller, cancel, tell)
    tell(Ended(_end(written)))


def with_programs(door: Door, task: Task, caller: str, output: ProgramOutput, sandbox: Sandbox, cancel: CancelToken,
                  tell: Tell) -> None:
    """At most ROUNDS turns of the model, its programs run between them. Blocks; the last news is Ended.

    Raises Unavailable where programs cannot run, and what the sandbox's queue raises.
    """
    messages, start, question = task.messages, tuple[int, ...](), task.problem
    for number in range(ROUNDS):
        tell(Asked(question))
        written = listen(door, task.request(messages, start), caller, cancel, tell, program_end, tellable)
        program = program_in(written.text)
        if written.reason != "stop" or boxed(prose(written.text)) is not None or not program:
            tell(Ended(_end(written)))
            return
        if number == ROUNDS - 1:
            break
        told = _run(program, sandbox, cancel, tell)
        if told is None:
            tell(Ended("cancelled"))
            return
        question = output_block(told.text)
        if output == "user":
            messages = (*messages, Message("assistant", written.text.rstrip("\n")), Message("user", question))
        else:
            gap = "" if written.text.endswith("\n") else "\n"
            start = (*start, *written.ids, *door.encode(task.variant, f"{written.rest}{gap}{question}\n"))
    tell(Ended("rounds"))


def _end(written: Written) -> End:
    if written.reason != "stop":
        return written.reason
    return "no_box" if boxed(prose(written.text)) is None else "boxed"


def _run(program: str, sandbox: Sandbox, cancel: CancelToken, tell: Tell) -> Printed | None:
    """What the program printed, None if it was stopped."""
    tell(Running())
    outcome = sandbox.run(program, cancel=cancel)
    if cancel.cancelled:
        return None
    if outcome.status == "unavailable":
        raise Unavailable(f"Programs cannot run here. {outcome.reason}", "Choose another way of solving.")
    told = printed(outcome)
    tell(told)
    return told
