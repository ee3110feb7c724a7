"""Whether the memory of a closed model came back to the process.

Measured only while nobody generates, since answers take and give memory meanwhile. Not covered: weights that are mapped
from their file (the system drops those by itself), and models too small to tell from noise.
"""
from __future__ import annotations

from collections.abc import Callable

SMALLEST_BYTES = 64 * 2**20
TOLERATED = 0.25
"""Share of a model that may stay behind without being called a leak: allocators keep some for the next one."""


class LeakMeter:
    """`held` gives the bytes that this process has for itself, `quiet` whether no model is in use.

    Used by one thread. Without `held` nothing is measured.
    """

    def __init__(self, held: Callable[[], int] | None, quiet: Callable[[], bool]) -> None:
        self._held, self._quiet = held, quiet
        self._taken: dict[str, int] = {}  # what the load of each model took

    def read(self) -> int | None:
        """Bytes held now; None when that would say nothing."""
        return self._held() if self._held is not None and self._quiet() else None

    def opened(self, key: str, before: int | None, memory_bytes: int) -> None:
        """A load ended. Its private memory is at most what it says it holds."""
        after = self.read()
        if before is not None and after is not None:
            self._taken[key] = min(memory_bytes, after - before)

    def closed(self, key: str, before: int | None) -> int:
        """Bytes that did not come back, 0 within what is tolerated; below 0 when more came back than was taken."""
        taken, after = self._taken.pop(key, 0), self.read()
        if before is None or after is None or taken < SMALLEST_BYTES:
            return 0
        missing = taken - (before - after)
        return missing if missing < 0 or missing > TOLERATED * taken else 0
