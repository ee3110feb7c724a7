"""Notices when a model writes the same again and again."""
from __future__ import annotations

LONGEST_PERIOD = 128                      # tokens: a paragraph
LEAST_TOKENS = 256                        # a long table row or a line of dashes is shorter
LEAST_ROUNDS = 6
_EVERY = 32                               # tokens between two looks
_KEPT = max(LEAST_TOKENS, LONGEST_PERIOD * LEAST_ROUNDS)


class Repetition:
    """Token ids in; `found` once the last of them are one passage, at least six times, over at least 256 tokens."""

    def __init__(self) -> None:
        self._tokens: list[int] = []
        self._fed = 0
        self.found = False

    def feed(self, token_id: int) -> None:
        """One more token."""
        self._tokens.append(token_id)
        self._fed += 1
        if self._fed % _EVERY == 0:
            del self._tokens[:-_KEPT]
            self.found = self._look()

    def clear(self) -> None:
        """Begin anew."""
        self._tokens.clear()
        self._fed, self.found = 0, False

    def _look(self) -> bool:
        for period in range(1, LONGEST_PERIOD + 1):
            span = max(LEAST_TOKENS, period * LEAST_ROUNDS)
            if len(self._tokens) < span:
                return False
            last = self._tokens[-span:]
            if last[period:] == last[:-period]:
                return True
        return False
