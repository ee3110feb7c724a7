"""The one door: every tab, lesson and API call generates through `Playground.stream`."""
from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from playground.cache import ModelCache
from playground.catalog import Catalog
from playground.errors import ContextFull
from playground.monitor.meter import Meter
from playground.pump import pump
from playground.types import (
    CancelToken,
    Emit,
    Event,
    Finished,
    GenerationRequest,
    PromptReady,
    RenderedPrompt,
    TokenPiece,
    Usage,
    Waiting,
)

Guard = Callable[[str, GenerationRequest], None]
"""(caller, request) -> None; raises a PlaygroundError to refuse it."""


class Playground:
    """Generation and everything that needs a model's tokenizer. Thread-safe; owns no state of its own."""

    def __init__(self, cache: ModelCache, catalog: Catalog, guard: Guard,
                 observe: Callable[[Usage], None] = lambda usage: None) -> None:
        self.cache, self.catalog, self._guard, self._observe = cache, catalog, guard, observe

    def stream(self, request: GenerationRequest, caller: str, cancel: CancelToken) -> Iterator[Event]:
        """Events for one request, ending with exactly one Finished or Failed. `caller` is who limits apply to."""
        return pump(partial(self._produce, request, caller), cancel)

    def render(self, request: GenerationRequest) -> RenderedPrompt:
        """What the engine would consume for this request. Loads the tokenizer if needed, never the weights."""
        return self.cache.prompter(self.catalog.variant(request.variant)).render(request)

    def pieces(self, variant: str, token_ids: tuple[int, ...]) -> tuple[TokenPiece, ...]:
        """The tokens as people read them."""
        return self.cache.prompter(self.catalog.variant(variant)).pieces(token_ids)

    def _produce(self, request: GenerationRequest, caller: str, cancel: CancelToken, emit: Emit) -> None:
        self._guard(caller, request)
        variant = self.catalog.variant(request.variant)
        meter = Meter(emit, variant.key)
        meter.emit(Waiting("queued"))
        with self.cache.lease(variant, cancel, on_wait=meter.emit, caller=caller) as model:
            prompt = self.cache.prompter(variant).render(request)
            request = _settle(request, prompt, variant.model.context_tokens)
            meter.emit(PromptReady(prompt, request))
            reason = model.generate(prompt, request.sampling, cancel, meter.emit)
            most = len(prompt.token_ids) + request.sampling.max_tokens
            if reason == "length" and most >= variant.model.context_tokens:
                reason = "context"
            usage = meter.usage(memory_bytes=model.memory_bytes, seed=request.sampling.seed or 0)
        self._observe(usage)
        emit(Finished(reason, usage))


def _settle(request: GenerationRequest, prompt: RenderedPrompt, context_tokens: int) -> GenerationRequest:
    """The request as it runs: a seed is drawn, and max_tokens is at most what the context still holds.

    Raises ContextFull when the prompt leaves no room at all: the reader decides what to drop, nothing is cut here.
    """
    room = context_tokens - len(prompt.token_ids)
    if room < 1:
        raise ContextFull(
            f"This conversation needs {len(prompt.token_ids)} tokens; the model reads at most {context_tokens}.",
            "Shorten the message, drop earlier turns, or start a new conversation.",
            needed=len(prompt.token_ids), available=context_tokens,
        )
    sampling = request.sampling
    seed = random.SystemRandom().randrange(2**32) if sampling.seed is None else sampling.seed
    return replace(request, sampling=replace(sampling, seed=seed, max_tokens=min(sampling.max_tokens, room)))
