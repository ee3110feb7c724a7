"""The one door: every tab, lesson and API call generates through `Playground.stream`."""
from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from playground.cache import ModelCache
from playground.catalog import Catalog
from playground.errors import Cancelled, ContextFull, InvalidRequest
from playground.monitor.meter import Meter
from playground.pump import pump
from playground.types import (
    CancelToken,
    Emit,
    Event,
    Failed,
    Finished,
    GenerationRequest,
    ModelSpec,
    PromptReady,
    RenderedPrompt,
    TextDelta,
    TokenPiece,
    Usage,
    Waiting,
)

Guard = Callable[[str, GenerationRequest], None]
"""(caller, request) -> None; raises a PlaygroundError to refuse it."""
Stream = Callable[[GenerationRequest, CancelToken], Iterator[Event]]
"""(request, cancel) -> its events."""


LEAST_ANSWER = 16
"""Tokens that a thinking budget leaves for the answer at least."""


class Playground:
    """Generation and everything that needs a model's tokenizer. Thread-safe; owns no state of its own."""

    def __init__(self, cache: ModelCache, catalog: Catalog, guard: Guard,
                 observe: Callable[[Usage], None] = lambda usage: None,
                 check: Callable[[GenerationRequest], None] = lambda request: None) -> None:
        """check: the part of the guard that looks at one request alone."""
        self.cache, self.catalog, self._guard, self._observe = cache, catalog, guard, observe
        self._check = check

    def stream(self, request: GenerationRequest, caller: str, cancel: CancelToken) -> Iterator[Event]:
        """Events for one request, ending with exactly one Finished or Failed. `caller` is who limits apply to."""
        return pump(partial(self._produce, request, caller, partial(self._guard, caller)), cancel)

    def series(self, caller: str, first: GenerationRequest) -> Stream:
        """A door for many requests that belong together, such as an experiment: they count as one for `caller`'s limit.

        Each is still checked, and waits for its model like any other. Raises what the guard raises about `first`.
        """
        self._guard(caller, first)
        return lambda request, cancel: pump(partial(self._produce, request, caller, self._check), cancel)

    def render(self, request: GenerationRequest) -> RenderedPrompt:
        """What the engine would consume for this request. Loads the tokenizer if needed, never the weights."""
        variant = self.catalog.variant(request.variant)
        return self.cache.prompter(variant).render(_switched(request, variant.model))

    def encode(self, variant: str, text: str) -> tuple[int, ...]:
        """The text's token ids; control tokens in it count as plain text."""
        return self.cache.prompter(self.catalog.variant(variant)).encode(text)

    def close_ids(self, variant: str) -> tuple[int, ...]:
        """What is written to close the model's thinking; () for one that never thinks."""
        return self.cache.prompter(self.catalog.variant(variant)).close_ids()

    def pieces(self, variant: str, token_ids: tuple[int, ...]) -> tuple[TokenPiece, ...]:
        """The tokens as people read them."""
        return self.cache.prompter(self.catalog.variant(variant)).pieces(token_ids)

    def _produce(self, request: GenerationRequest, caller: str, check: Callable[[GenerationRequest], None],
                 cancel: CancelToken, emit: Emit) -> None:
        check(request)
        variant = self.catalog.variant(request.variant)
        request = _switched(request, variant.model)
        meter = Meter(emit, variant.key)
        meter.emit(Waiting("queued"))
        with self.cache.lease(variant, cancel, on_wait=meter.emit, caller=caller) as model:
            prompt = self.cache.prompter(variant).render(request)
            request = _settle(request, prompt, variant.model.context_tokens)
            prompt = replace(prompt, thinking_budget=request.thinking_budget)
            meter.emit(PromptReady(prompt, request))
            reason = model.generate(prompt, request.sampling, cancel, meter.emit)
            most = len(prompt.token_ids) + request.sampling.max_tokens
            if reason == "length" and most >= variant.model.context_tokens:
                reason = "context"
            usage = meter.usage(memory_bytes=model.memory_bytes, seed=request.sampling.seed or 0)
        self._observe(usage)
        emit(Finished(reason, usage))


def whole_answer(stream: Stream, request: GenerationRequest, cancel: CancelToken) -> tuple[str, Usage]:
    """The text of one answer, and what it cost, for work that needs no events. Blocks.

    Raises Cancelled soon after `cancel` is set, or what went wrong. `cancel` itself stays as it is: a stream sets its
    own token when it ends.
    """
    own, text = CancelToken(), ""
    for event in stream(request, own):    # at least every 0.2 s
        if cancel.cancelled:
            own.cancel()
        match event:
            case TextDelta(piece):
                text += piece
            case Finished("cancelled"):
                break
            case Finished(_, usage):
                return text, usage
            case Failed():
                raise event.error()
    raise Cancelled("The answer was stopped.")


def _switched(request: GenerationRequest, model: ModelSpec) -> GenerationRequest:
    """The request with the template's switch as the thinking budget wants it, and no budget without thinking.

    Raises InvalidRequest for a model that does not think.
    """
    if request.thinking_budget is None:
        return request
    if model.thinking == "none":
        raise InvalidRequest(f"{model.name} does not think, so it has no thinking budget.",
                             "Leave thinking_budget out, or pick a model that thinks.", field="thinking_budget")
    if model.thinking != "hybrid":
        return request
    thinks = request.thinking is not False and request.thinking_budget > 0
    return replace(request, thinking=thinks, thinking_budget=request.thinking_budget if thinks else None)


def _settle(request: GenerationRequest, prompt: RenderedPrompt, context_tokens: int) -> GenerationRequest:
    """The request as it runs: a seed is drawn, max_tokens is at most what the context still holds, and the thinking
    budget leaves a quarter of them for the answer.

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
    most = min(sampling.max_tokens, room)
    budget = request.thinking_budget
    if budget is not None:
        budget = min(budget, _most_thinking(most, prompt))
    return replace(request, sampling=replace(sampling, seed=seed, max_tokens=most), thinking_budget=budget)


def _most_thinking(max_tokens: int, prompt: RenderedPrompt) -> int:
    """Tokens of thinking that leave room to close it and to answer. Raises InvalidRequest when there is none at all."""
    closing = len(prompt.close_ids) + (not prompt.opens_thinking)      # the model opens it itself, or the template did
    answer = max(LEAST_ANSWER, max_tokens // 4)
    if max_tokens < closing + answer:
        raise InvalidRequest(f"{max_tokens} tokens are too few to close the thinking ({closing}) and to answer.",
                             "Raise max_tokens, or drop earlier turns.", field="max_tokens")
    return max_tokens - closing - answer
