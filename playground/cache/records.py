"""What is remembered of a variant after it left memory: how often it is used, how long a load and a turn take."""
from __future__ import annotations

from dataclasses import dataclass

from playground.cache.schedule_state import NEVER

HALF_LIFE_S = 600.0
"""A use counts half as much for the next one after this time."""
SHORTEST_LOAD_S = 0.1
"""Loads that take less cost the same: below this the measurement is noise."""
_NEWEST = 0.3                             # share of the latest turn in the mean


@dataclass(slots=True)
class Record:
    """Times in seconds; None: never measured."""

    loads: int = 0
    hits: int = 0                         # requests that found it in memory
    load_s: float | None = None           # of the last load
    turn_s: float | None = None           # moving average over leases
    bytes: int = 0                        # measured after the last load
    max_concurrency: int = 1
    evicted_at: float = NEVER             # last time it had to go for another model
    _uses: float = 0.0
    _used_at: float = 0.0

    def used(self, now: float) -> None:
        self._uses, self._used_at = self.uses(now) + 1.0, now

    def uses(self, now: float) -> float:
        """Exponentially weighted number of uses: stands for how likely the next one is."""
        return self._uses * 0.5 ** ((now - self._used_at) / HALF_LIFE_S)

    def turn(self, seconds: float) -> None:
        self.turn_s = seconds if self.turn_s is None else self.turn_s + _NEWEST * (seconds - self.turn_s)

    def reload_cost_s(self, now: float) -> float:
        """Seconds that leaving memory is expected to cost: how likely it is wanted again, times its load."""
        return self.uses(now) * max(SHORTEST_LOAD_S, self.load_s or 0.0)
