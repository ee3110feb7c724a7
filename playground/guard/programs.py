"""Programs of many visitors: a few at a time, in turn, each shut in the sandbox."""
from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playground.errors import Busy, Cancelled, Unavailable
from playground.guard.sandbox.run import Limits, Outcome, Sandbox, probe
from playground.types import CancelToken

MOST_WAITING = 64
_LOOK_S = 0.1                             # how often somebody who waits looks at Stop


class Programs:
    """Who may run a program now. Thread-safe; the first question whether they can run at all takes 0.1 s."""

    def __init__(self, at_once: int = 2) -> None:
        """at_once: 0 turns programs off."""
        self._at_once = at_once
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._probing = threading.Lock()
        self._reason: str | None = None
        self._running: list[str] = []     # their callers
        self._waiting: deque[tuple[str, object]] = deque()

    def unavailable(self) -> str:
        """Why no program can run here, "" when they can. Probed once."""
        with self._probing:
            if self._reason is None:
                self._reason = probe() if self._at_once else "Programs are turned off here (programs_at_once is 0)."
            return self._reason

    def sandbox(self, caller: str, limits: Limits | None = None, *, packages: bool = False) -> Sandbox:
        """A sandbox whose programs wait for their turn. Its `run` may raise Busy, Cancelled or Unavailable."""
        return _InTurn(self, caller, limits, packages=packages)

    @contextmanager
    def turn(self, caller: str, cancel: CancelToken | None) -> Iterator[None]:
        """One program's place. Callers take turns: one of each runs at a time, in the order they came.

        Raises Unavailable, Busy when too many wait, Cancelled when `cancel` is set first.
        """
        if reason := self.unavailable():
            raise Unavailable(f"Programs cannot run here. {reason}", "The code can be copied and run elsewhere.")
        ticket = (caller, object())
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                raise Busy("Too many programs are waiting to run.", "Try again in a moment.")
            self._waiting.append(ticket)
            try:
                while self._next() is not ticket:
                    if cancel is not None and cancel.cancelled:
                        raise Cancelled("The program was stopped before it began.")
                    self._changed.wait(_LOOK_S)
            finally:
                self._waiting.remove(ticket)
            self._running.append(caller)
        try:
            yield
        finally:
            with self._changed:
                self._running.remove(caller)
                self._changed.notify_all()

    def _next(self) -> tuple[str, object] | None:
        """Whose turn it is, None while all places are taken. The lock is held."""
        if len(self._running) >= self._at_once:
            return None
        return next((ticket for ticket in self._waiting if ticket[0] not in self._running), None)


class _InTurn(Sandbox):
    """A sandbox that waits for its caller's turn."""

    def __init__(self, programs: Programs, caller: str, limits: Limits | None, *, packages: bool) -> None:
        super().__init__(limits, packages=packages)
        self._programs, self._caller = programs, caller

    def run(self, code: str, *, files: Mapping[str, str] | None = None, stdin: str = "",
            cancel: CancelToken | None = None) -> Outcome:
        with self._programs.turn(self._caller, cancel):
            return super().run(code, files=files, stdin=stdin, cancel=cancel)
