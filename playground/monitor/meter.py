"""Measures one answer where it happens, in the worker thread, so that a slow reader cannot distort it."""
from __future__ import annotations

import time
from collections.abc import Callable

from playground.types import (
    Emit,
    Event,
    PromptReady,
    ReasoningDelta,
    TextDelta,
    ThinkingClosed,
    ThinkingEnd,
    Usage,
    Waiting,
)


class Meter:
    """Passes events on and times them. One per request, one thread."""

    def __init__(self, emit: Emit, variant: str, clock: Callable[[], float] = time.perf_counter) -> None:
        self._emit, self._variant, self._clock = emit, variant, clock
        self._started = clock()
        self._loading_since: float | None = None
        self._load_s = 0.0
        self._prompt_at = self._first_at = self._last_at = self._thought_at = self._started
        self._prompt_tokens = self._reasoning_tokens = self._answer_tokens = self._marker_tokens = 0
        self._closed: ThinkingEnd = ""

    def emit(self, event: Event) -> None:
        """Note the event's time, then pass it on."""
        now = self._clock()
        match event:
            case Waiting(phase="loading"):
                self._loading_since = now if self._loading_since is None else self._loading_since
                self._load_s = now - self._loading_since
            case PromptReady(prompt):
                if self._loading_since is not None:
                    self._load_s = now - self._loading_since
                self._prompt_at, self._prompt_tokens = now, len(prompt.token_ids)
            case ReasoningDelta(_, ids) | TextDelta(_, ids):
                if self._produced == 0:
                    self._first_at = now
                self._last_at = now
                if isinstance(event, TextDelta):
                    self._answer_tokens += len(ids)
                else:
                    self._thought_at = now
                    self._reasoning_tokens += 0 if event.marker else len(ids)
                    self._marker_tokens += len(ids) if event.marker else 0
            case ThinkingClosed(why):
                self._closed = why
        self._emit(event)

    def usage(self, *, memory_bytes: int, seed: int) -> Usage:
        """What was measured so far."""
        produced = self._produced
        return Usage(
            prompt_tokens=self._prompt_tokens,
            reasoning_tokens=self._reasoning_tokens,
            answer_tokens=self._answer_tokens,
            marker_tokens=self._marker_tokens,
            queue_s=max(0.0, self._prompt_at - self._started - self._load_s),
            load_s=self._load_s,
            first_token_s=self._first_at - self._prompt_at if produced else 0.0,
            decode_s=self._last_at - self._first_at if produced else 0.0,
            reasoning_s=self._thought_at - self._first_at if self._reasoning_tokens + self._marker_tokens else 0.0,
            memory_bytes=memory_bytes,
            seed=seed,
            variant=self._variant,
            thinking_closed=self._closed,
        )

    @property
    def _produced(self) -> int:
        return self._reasoning_tokens + self._answer_tokens + self._marker_tokens
