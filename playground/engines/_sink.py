"""Where `model.generate` puts its tokens: they become deltas, and Stop becomes its stopping criterion."""
from __future__ import annotations

from typing import Any

from playground.text.segment import Segmenter
from playground.types import CancelToken, Emit, FinishReason


def sink(segmenter: Segmenter, eos_token_ids: frozenset[int], cancel: CancelToken, emit: Emit) -> Any:
    """A streamer for `model.generate` (batch of one) with `stop`, `finish` and `reason`."""
    import torch
    from transformers.generation.streamers import BaseStreamer

    class Sink(BaseStreamer):
        """Emits every token once, in order, except the one that ends the answer."""

        def __init__(self) -> None:
            self._prompt_seen, self._tokens, self._ended = False, 0, False

        def put(self, value: torch.Tensor) -> None:
            if not self._prompt_seen:     # transformers hands over the prompt first
                self._prompt_seen = True
                return
            for token in value.tolist():
                self._tokens += 1
                if token in eos_token_ids:
                    self._ended = True
                    return
                for delta in segmenter.feed(token):
                    emit(delta)

        def end(self) -> None:
            """Nothing: `finish` comes after it, when generate has returned."""

        def stop(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
            """Stopping criterion, asked after every token."""
            return torch.full((input_ids.shape[0],), cancel.cancelled, device=input_ids.device, dtype=torch.bool)

        def finish(self) -> None:
            """Emit the characters that were held back."""
            for delta in segmenter.flush():
                emit(delta)

        def reason(self, max_tokens: int) -> FinishReason:
            if self._ended:
                return "stop"
            return "length" if self._tokens >= max_tokens else "cancelled"

    return Sink()
