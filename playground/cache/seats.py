"""Where a waiting request hears what became of its ticket, and looks at its cancel token meanwhile."""
from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from playground.cache.schedule_state import Ticket
from playground.errors import Cancelled, PlaygroundError
from playground.types import CancelToken, LoadedModel, Waiting

POLL_S = 0.05
"""How often a waiting request looks at its cancel token."""
TELL_S = 0.2
"""How often a waiting request says what it waits for."""


class Seat:
    """Written once by the owner of the schedule, under its lock; read by the request's own thread after `done`."""

    __slots__ = ("done", "error", "models", "ticket")

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.done = threading.Event()
        self.models: dict[str, LoadedModel] = {}
        self.error: PlaygroundError | None = None

    def grant(self, models: Mapping[str, LoadedModel]) -> None:
        self.models = dict(models)
        self.done.set()

    def refuse(self, error: PlaygroundError) -> None:
        self.error = error
        self.done.set()

    def wait(self, cancel: CancelToken, on_wait: Callable[[Waiting], None], outlook: Callable[[], Waiting | None],
             clock: Callable[[], float]) -> None:
        """Until it is decided. Raises Cancelled, and what `outlook` raises. `outlook` gives None when it is decided."""
        told = None
        while not self.done.is_set():
            if cancel.cancelled:
                raise Cancelled("Stopped while waiting.")
            now = clock()
            if told is None or now - told >= TELL_S:
                told = now
                if (waiting := outlook()) is None:
                    break
                on_wait(waiting)
            self.done.wait(POLL_S)
        if cancel.cancelled:
            raise Cancelled("Stopped while waiting.")
