"""How often one caller may ask: a token bucket per caller, in memory.

Not covered: callers with many addresses, several server processes (each counts for itself), restarts.
"""
from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from playground.errors import RateLimited


class RateLimiter:
    """`per_minute` requests a minute for each caller, all of them at once if they like. Thread-safe.

    At most `max_callers` are remembered; the one not seen for longest is forgotten first.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic, max_callers: int = 10_000) -> None:
        self._capacity, self._per_s = float(per_minute), per_minute / 60
        self._clock, self._max_callers = clock, max_callers
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # caller: (tokens left, at what time)
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Use one request of this caller. Raises RateLimited with params wait_s (whole seconds, at least 1)."""
        now = self._clock()
        with self._lock:
            left, since = self._buckets.pop(caller, (self._capacity, now))
            left = min(self._capacity, left + max(0.0, now - since) * self._per_s)
            refused = left < 1
            self._buckets[caller] = (left if refused else left - 1, now)
            while len(self._buckets) > self._max_callers:
                self._buckets.popitem(last=False)
        if refused:
            wait_s = max(1, math.ceil((1 - left) / self._per_s))
            raise RateLimited(f"You asked {self._capacity:.0f} times within a minute, the most allowed here.",
                              f"Try again in {wait_s} s.", wait_s=wait_s)

    @property
    def callers(self) -> int:
        """How many callers are remembered."""
        return len(self._buckets)
