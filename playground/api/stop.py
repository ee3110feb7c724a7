"""Stop texts: end an answer before one of them, without ever showing half of it."""
from __future__ import annotations

from collections.abc import Sequence


class StopTexts:
    """Feed the answer as it comes. Text that could be the beginning of a stop text is held back until that is known."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops, self._held = tuple(stops), ""
        self.hit = False

    def feed(self, text: str) -> str:
        """The text that may be shown now. After a hit: what stood before the stop text, then nothing."""
        if self.hit or not self._stops:
            return "" if self.hit else text
        self._held += text
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.hit = True
            return self._held[:min(found)]
        keep = max(_overlap(self._held, stop) for stop in self._stops)
        shown = self._held[:len(self._held) - keep]
        self._held = self._held[len(shown):]
        return shown

    def flush(self) -> str:
        """What was held back when the answer ended by itself."""
        held, self._held = ("" if self.hit else self._held), ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that begins `stop`."""
    return next((n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0)
