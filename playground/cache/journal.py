"""What the cache did: the latest events for readers, and counts for metrics. Plain values, no threads."""
from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Literal

from playground.types import CacheEvent, EventKind

Reason = Literal["memory", "idle", "asked", "shutdown"]
"""Why a model left: its memory was needed, keep_alive ran out, somebody asked, or the app ends."""
KEPT_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Total:
    """Observations of one kind: how many, and their sum in seconds."""

    count: int = 0
    seconds: float = 0.0

    def plus(self, seconds: float) -> Total:
        return Total(self.count + 1, self.seconds + seconds)


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts since the start; only leaked_bytes can fall: it is what the ledger counts as lost right now."""

    hits: int                             # requests that found their models in memory
    coalesced: int                        # requests that joined a load that was on its way
    loads: int                            # ended well
    load_failures: int
    refused: int
    cancelled: int
    leaked_bytes: int
    evictions: dict[Reason, int]
    waits: Total                          # of granted requests, from arrival to lease, loads included
    load_seconds: dict[str, Total]        # by variant
    stage_seconds: dict[tuple[str, str], Total] = field(default_factory=dict)     # by variant and stage of the load


@dataclass(slots=True)
class Journal:
    """`offset_s` turns the owner's clock into seconds since 1970."""

    offset_s: float = 0.0
    events: deque[CacheEvent] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    waits: Total = Total()
    load_seconds: dict[str, Total] = field(default_factory=dict)
    _kinds: Counter[EventKind] = field(default_factory=Counter)
    _evictions: dict[Reason, int] = field(default_factory=lambda: {"memory": 0, "idle": 0, "asked": 0, "shutdown": 0})

    def add(self, now: float, kind: EventKind, key: str, detail: str = "", *, seconds: float = 0.0,
            size_bytes: int = 0) -> None:
        self._kinds[kind] += 1
        self.events.append(CacheEvent(now + self.offset_s, kind, key, detail, seconds, size_bytes))

    def loaded(self, now: float, key: str, seconds: float, size_bytes: int) -> None:
        self.load_seconds[key] = self.load_seconds.get(key, Total()).plus(seconds)
        self.add(now, "loaded", key, seconds=seconds, size_bytes=size_bytes)

    def evicted(self, now: float, key: str, reason: Reason, size_bytes: int) -> None:
        self._evictions[reason] += 1
        self.add(now, "evicted", key, reason, size_bytes=size_bytes)

    def granted(self, waited_s: float) -> None:
        self.waits = self.waits.plus(waited_s)

    def counters(self, leaked_bytes: int) -> Counters:
        """A copy that nobody changes any more."""
        count = self._kinds
        return Counters(
            count["hit"], count["coalesced"], count["loaded"], count["load_failed"], count["refused"],
            count["cancelled"], leaked_bytes, dict(self._evictions), self.waits, dict(self.load_seconds))
