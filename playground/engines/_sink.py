"""Where tokens go as they are made: they become deltas, and Stop becomes a stopping criterion of transformers."""
from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any, NamedTuple

from playground.text.repetition import Repetition
from playground.text.segment import Segmenter
from playground.types import (
    CancelToken,
    Emit,
    FinishReason,
    ReasoningDelta,
    RenderedPrompt,
    TextDelta,
    ThinkingClosed,
    ThinkingEnd,
)


class Steer(NamedTuple):
    """What the next token must be, if it is not the model's choice, and what it must not be."""

    token: int | None = None
    banned: tuple[int, ...] = ()


FREE = Steer()


class Answer:
    """One answer while it is written. Emits every token once, in order, except the one that ends it.

    With a thinking budget an answer always follows the thinking: the turn cannot end inside it, thinking is closed when
    the budget is spent and not opened again, and the answer begins with something that can be seen.
    """

    def __init__(self, segmenter: Segmenter, prompt: RenderedPrompt, ends: frozenset[int], max_tokens: int, emit: Emit
                 ) -> None:
        self._segmenter, self._prompt, self._ends, self._max_tokens = segmenter, prompt, ends, max_tokens
        self._emit = emit
        self._tokens = self._thoughts = 0
        self._ended = self._thought = self._visible = False
        self._planned: deque[int] = deque()
        self._why: ThinkingEnd = ""
        self._repetition = Repetition()
        self._plan()

    def steer(self) -> Steer:
        """For the next token."""
        if self._planned:
            return Steer(self._planned[0])
        if self._prompt.thinking_budget is None:
            return FREE
        if self._segmenter.inside:
            return Steer(None, tuple(self._ends))
        if not self._thought:
            return FREE
        unseen = () if self._visible else self._ends | self._segmenter.hidden
        return Steer(None, (*self._segmenter.tags, *unseen))

    def put(self, token: int) -> bool:
        """Emit the token. False when it was the last one: the model ended its turn, or max_tokens are reached."""
        self._tokens += 1
        if self._planned:
            if self._why:
                self._emit(ThinkingClosed(self._why))
                self._why = ""
            self._planned.popleft()
            self._feed(token, marker=True)
        elif token in self._ends:
            self._ended = True
        else:
            self._thoughts += self._segmenter.inside and token not in self._segmenter.tags
            self._repetition.feed(token)
            self._feed(token, marker=False)
            self._plan()
        return not self.over

    @property
    def over(self) -> bool:
        """Whether no token may follow."""
        return self._ended or self._tokens >= self._max_tokens or (self._repetition.found and not self._planned)

    def finish(self) -> FinishReason:
        """Emit the characters that were held back, and say why the answer is over."""
        for delta in self._segmenter.flush():
            self._emit(delta)
        if self._ended:
            return "stop"
        if self._tokens >= self._max_tokens:
            return "length"
        return "repetition" if self.over else "cancelled"

    def _feed(self, token: int, *, marker: bool) -> None:
        for delta in self._segmenter.feed(token):
            self._thought = self._thought or self._segmenter.inside
            self._visible = self._visible or isinstance(delta, TextDelta) and bool(delta.text.strip())
            self._emit(replace(delta, marker=True) if marker and isinstance(delta, ReasoningDelta) else delta)

    def _plan(self) -> None:
        """Close the thinking from here on, if it is time."""
        self._thought = self._thought or self._segmenter.inside
        budget = self._prompt.thinking_budget
        if not self._segmenter.inside or not self._prompt.close_ids:
            return
        if budget is not None and self._thoughts >= budget:
            self._why = "budget"
        elif self._repetition.found:
            self._why = "repetition"
            self._repetition.clear()
        else:
            return
        self._planned.extend(self._prompt.close_ids)


def streamer(answer: Answer, cancel: CancelToken) -> Any:
    """A streamer for `model.generate` (batch of one) that feeds `answer`; `stop` is its stopping criterion."""
    import torch
    from transformers.generation.streamers import BaseStreamer

    class Streamer(BaseStreamer):
        def __init__(self) -> None:
            self._prompt_seen = False

        def put(self, value: torch.Tensor) -> None:
            if not self._prompt_seen:     # transformers hands over the prompt first
                self._prompt_seen = True
                return
            for token in value.tolist():
                answer.put(token)

        def end(self) -> None:
            """Nothing: the answer is finished when generate has returned."""

        def stop(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
            over = cancel.cancelled or answer.over
            return torch.full((input_ids.shape[0],), over, device=input_ids.device, dtype=torch.bool)

    return Streamer()
