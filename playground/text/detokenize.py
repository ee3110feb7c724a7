"""Token ids to text, one token at a time, without ever showing half a character."""
from __future__ import annotations

from collections.abc import Callable, Sequence

Decode = Callable[[Sequence[int]], str]
"""Token ids to text; bytes that are no whole character become U+FFFD."""

UNFINISHED = "\ufffd"
_LONGEST = 16
"""Tokens kept while the text does not come out whole. A character has at most 4 bytes; past this it never will."""


class Detokenizer:
    """Feeds on token ids and gives back text that can be shown. Linear cost: it decodes a window of a few tokens.

    The last token stays in the window as context, because some decoders treat the first token in a special way.
    """

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._window: list[int] = []
        self._shown = 0                   # characters of the window's text that were given out

    def feed(self, token_id: int) -> str:
        """The text that became whole with this token; "" while a character is unfinished."""
        self._window.append(token_id)
        text = self._decode(self._window)
        if text.endswith(UNFINISHED) and len(self._window) <= _LONGEST:
            # only the last mark can still become a character: those before it are followed by something
            return self._show(text, max(self._shown, len(text) - 1))
        new = self._show(text, len(text))
        self._window = [token_id]
        self._shown = len(self._decode(self._window))
        return new

    def flush(self) -> str:
        """What was held back, as it is; the next token starts afresh."""
        new = self._show(self._decode(self._window), None) if self._window else ""
        self._window, self._shown = [], 0
        return new

    def _show(self, text: str, end: int | None) -> str:
        new = text[self._shown:end]
        self._shown += len(new)
        return new
