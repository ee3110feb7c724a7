"""Splits a stream of tokens into reasoning and answer, by the token ids of the tags and never by their text."""
from __future__ import annotations

from playground.text.detokenize import Decode, Detokenizer
from playground.types import ReasoningDelta, TextDelta

Delta = ReasoningDelta | TextDelta


class Segmenter:
    """Token ids in, deltas out: every id appears in exactly one delta, in order. The tags themselves show no text.

    Newlines next to the tags belong to the template ("<think>\\n", "\\n</think>\\n\\n") and are dropped.
    `hidden` are ids that show no text, such as control tokens. open_id or close_id None: the model knows no thinking.
    """

    def __init__(
        self, decode: Decode, open_id: int | None, close_id: int | None, *, inside: bool = False,
        hidden: frozenset[int] = frozenset(),
    ) -> None:
        self._text = Detokenizer(decode)
        self._open_id, self._close_id, self.hidden = open_id, close_id, hidden
        self.tags = tuple(tag for tag in (open_id, close_id) if tag is not None)
        self._inside = inside
        self._at_start = inside           # nothing but newlines since a tag
        self._newlines = ""               # of the reasoning, held back: the last ones belong to the closing tag

    @property
    def inside(self) -> bool:
        """Whether the next token belongs to the reasoning."""
        return self._inside

    def feed(self, token_id: int) -> tuple[Delta, ...]:
        """One delta, or two when a tag ends a part whose last characters were held back."""
        if token_id == self._open_id and not self._inside:
            return self._turn(token_id, inside=True)
        if token_id == self._close_id and self._inside:
            return self._turn(token_id, inside=False)
        if token_id in self.hidden or token_id in self.tags:
            return (self._delta(self._trim(self._text.flush()), (token_id,)),)
        return (self._delta(self._trim(self._text.feed(token_id)), (token_id,)),)

    def flush(self) -> tuple[Delta, ...]:
        """What was held back when the tokens end, as one delta without ids."""
        rest = self._trim(self._text.flush()) + self._newlines
        self._newlines = ""
        return (self._delta(rest, ()),) if rest else ()

    def _turn(self, tag: int, *, inside: bool) -> tuple[Delta, ...]:
        rest = self._trim(self._text.flush())
        before = (self._delta(rest, ()),) if rest else ()
        # a tag counts as reasoning on both sides
        self._inside, self._at_start, self._newlines = inside, True, ""
        return (*before, ReasoningDelta("", (tag,), marker=True))

    def _trim(self, text: str) -> str:
        if self._at_start:
            text = text.lstrip("\n")
            self._at_start = not text
        if not self._inside or not text:
            return text
        text = self._newlines + text
        kept = text.rstrip("\n")
        self._newlines = text[len(kept):]
        return kept

    def _delta(self, text: str, token_ids: tuple[int, ...]) -> Delta:
        return ReasoningDelta(text, token_ids) if self._inside else TextDelta(text, token_ids)
