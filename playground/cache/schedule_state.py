"""What the model cache's schedule talks about: tickets, slots, rules, and the effects it asks for."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playground.errors import PlaygroundError
from playground.types import Variant

SlotState = Literal["loading", "ready", "closing"]


@dataclass(slots=True, eq=False)
class Ticket:
    """One waiting request. A preload has a ticket too, but takes no lease and cannot leave."""

    number: int
    variant: Variant
    since: float
    preload: bool = False

    @property
    def key(self) -> str:
        return self.variant.key


@dataclass(slots=True, eq=False)
class Slot:
    """One variant that holds memory: reserved while loading, measured when ready, still counted while closing."""

    variant: Variant
    bytes: int
    since: float                          # of the present state
    state: SlotState = "loading"
    max_concurrency: int = 1
    leases: int = 0
    last_granted: float = 0.0
    last_used: float = 0.0
    preload: bool = False                 # load on although nobody waits
    abandoned: bool = False               # the load was told to stop
    sealed_at: int | None = None          # unload asked: tickets with this number or above wait for a new load


@dataclass(frozen=True, slots=True)
class Load:
    variant: Variant


@dataclass(frozen=True, slots=True)
class Abandon:
    key: str


@dataclass(frozen=True, slots=True)
class Close:
    key: str


@dataclass(frozen=True, slots=True)
class Grant:
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Refuse:
    ticket: Ticket
    error: PlaygroundError


Effect = Load | Abandon | Close | Grant | Refuse


@dataclass(frozen=True, slots=True)
class Rules:
    """Times in seconds, sizes in bytes. keep_alive_s None: idle models stay until their memory is needed."""

    budget_bytes: int
    max_queue: int = 64
    max_bypass_s: float = 10.0            # a load waits at most this long before hot models stop taking new work
    cooldown_s: float = 5.0               # after a failed load, the same error without another try
    keep_alive_s: float | None = None
    margin: float = 0.05                  # reserved above the predicted bytes until they are measured


def copied(error: PlaygroundError) -> PlaygroundError:
    """The same error for another reader: one shared instance would collect everybody's tracebacks."""
    return type(error)(str(error), error.hint, **error.params)


def gib(size_bytes: int) -> str:
    """Bytes as people read them."""
    for unit, scale in (("GiB", 2**30), ("MiB", 2**20)):
        if size_bytes >= scale:
            return f"{size_bytes / scale:.1f} {unit}"
    return f"{size_bytes} bytes"
