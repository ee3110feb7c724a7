"""Majority vote: many answers to one problem, counted by what they mean."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from playground.checking.check import Paper, examine_all
from playground.errors import Busy
from playground.guard.sandbox.run import Sandbox
from playground.types import CancelToken


@dataclass(frozen=True, slots=True)
class Tally:
    """The count so far, of at most `k` answers. Each ballot is a place in `answers`, None for one without a box."""

    k: int
    answers: tuple[str, ...] = ()         # one text for each group of answers that mean the same
    ballots: tuple[int | None, ...] = ()

    def count(self, group: int | None) -> int:
        return sum(ballot == group for ballot in self.ballots)

    def add(self, box: str | None, group: int | None) -> Tally:
        """With one more answer: its group among `answers`, None for a new one. Without a box it has no group."""
        if box is None:
            return replace(self, ballots=(*self.ballots, None))
        if group is not None:
            return replace(self, ballots=(*self.ballots, group))
        return replace(self, answers=(*self.answers, box), ballots=(*self.ballots, len(self.answers)))

    @property
    def order(self) -> tuple[int, ...]:
        """The groups, the biggest first; equal ones in the order they came."""
        return tuple(sorted(range(len(self.answers)), key=lambda group: -self.count(group)))

    @property
    def leader(self) -> int | None:
        return self.order[0] if self.answers else None

    @property
    def level(self) -> bool:
        """Whether another group is as big as the leader."""
        return len(self.answers) > 1 and self.count(self.order[0]) == self.count(self.order[1])

    @property
    def decided(self) -> bool:
        """Whether no group can reach the leader any more, not even a new one."""
        if self.leader is None:
            return len(self.ballots) == self.k
        second = self.count(self.order[1]) if len(self.answers) > 1 else 0
        return self.count(self.leader) - second > self.k - len(self.ballots)

    @property
    def winner(self) -> int | None:
        """The sample that is shown for the leader: its first; the first of all when nobody gave an answer."""
        if not self.ballots:
            return None
        return self.ballots.index(self.leader) if self.leader is not None else 0


def group_of(box: str, answers: Sequence[str], sandbox: Sandbox | None, cancel: CancelToken) -> int | None:
    """The group that the box belongs to, None for a new one. sandbox None: only equal texts belong together."""
    plain = ["".join(answer.split()) for answer in answers]
    if (text := "".join(box.split())) in plain:
        return plain.index(text)
    if sandbox is None or not answers:
        return None
    papers = [Paper("", rf"\boxed{{{box}}}", answer) for answer in answers]
    while True:
        try:
            found = examine_all(papers, sandbox, cancel)
        except Busy:                      # many others run programs: a vote waits, what was counted must not be lost
            if cancel.wait(1.0):
                return None
            continue
        return next((group for group, each in enumerate(found) if each.verdict.outcome == "verified"), None)
