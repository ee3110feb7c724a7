"""Where tokens go as they are made: they become deltas, and Stop becomes a stopping criterion of transformers."""
from __future__ import annotations

from typing import Any

from playground.text.segment import Segmenter
from playground.types import CancelToken, Emit, FinishReason


class Answer:
    """One answer while it is written. Emits every token once, in order, except the one that ends it."""

    def __init__(self, segmenter: Segmenter, eos_token_ids: frozenset[int], max_tokens: int, emit: Emit) -> None:
        self._segmenter, self._ends, self._max_tokens, self._emit = segmenter, eos_token_ids, max_tokens, emit
        self._tokens, self._ended = 0, False

    def put(self, token: int) -> bool:
        """Emit the token. False when it was the last one: the model ended its turn, or max_tokens are reached."""
        self._tokens += 1
        if token in self._ends:
            self._ended = True
            return False
        for delta in self._segmenter.feed(token):
            self._emit(delta)
        return self._tokens < self._max_tokens

    def finish(self) -> FinishReason:
        """Emit the characters that were held back, and say why the answer is over."""
        for delta in self._segmenter.flush():
            self._emit(delta)
        if self._ended:
            return "stop"
        return "length" if self._tokens >= self._max_tokens else "cancelled"


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
            return torch.full((input_ids.shape[0],), cancel.cancelled, device=input_ids.device, dtype=torch.bool)

    return Streamer()
