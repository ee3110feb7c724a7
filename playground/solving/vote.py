"""Asks a model the same many times and lets its answers vote."""
from __future__ import annotations

from playground.checking.boxed import boxed
from playground.guard.sandbox.run import Sandbox
from playground.solving.listen import Door, Task, listen
from playground.solving.rounds import Asked, Ended, Tell
from playground.solving.votes import Tally, group_of
from playground.types import CancelToken


def vote(door: Door, task: Task, caller: str, k: int, sandbox: Sandbox | None, cancel: CancelToken, tell: Tell) -> None:
    """At most `k` answers, fewer when nobody can catch up. Blocks; after each the Tally is told, at the end Ended.

    sandbox None: answers are compared by their text only.
    """
    tally = Tally(k)
    for _ in range(k):
        tell(Asked(task.problem))
        written = listen(door, task.request(task.messages), caller, cancel, tell)
        if written.reason in ("cancelled", "failed"):
            tell(Ended(written.reason))
            return
        box = boxed(written.text)
        group = None if box is None else group_of(box, tally.answers, sandbox, cancel)
        if cancel.cancelled:              # the comparison was cut short: it must not open a new group
            tell(Ended("cancelled"))
            return
        tally = tally.add(box, group)
        tell(tally)
        if tally.decided and len(tally.ballots) < k:
            tell(Ended("decided"))
            return
    tell(Ended("counted"))
