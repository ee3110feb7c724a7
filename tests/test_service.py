"""The one door, with a scripted engine: what a caller of `Playground.stream` sees."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from playground.cache import ModelCache
from playground.engines._fake import FakeEngine, Gate
from playground.errors import RateLimited, UnknownName
from playground.service import Playground
from playground.types import (
    CancelToken,
    Event,
    Failed,
    Finished,
    GenerationRequest,
    Message,
    PromptReady,
    SamplingParams,
    TextDelta,
    Variant,
    Waiting,
)
from tests.tiny import variant

pytestmark = pytest.mark.timeout(30)
CONTEXT = 10


class StubCatalog:
    """Knows one model with room for ten tokens."""

    def variant(self, key: str) -> Variant:
        found = variant("tiny", 100, engine="fake", context_tokens=CONTEXT)
        if key != found.key:
            raise UnknownName(f"There is no {key}.", "Did you mean tiny:fp32?")
        return found


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def playground(engine: FakeEngine) -> Iterator[Playground]:
    cache = ModelCache({"fake": engine}, 1000)
    yield Playground(cache, StubCatalog(), lambda caller, request: None)  # type: ignore[arg-type]
    cache.shutdown()


def ask(words: int = 3, **sampling: Any) -> GenerationRequest:
    return GenerationRequest("tiny:fp32", (Message("user", "w " * words),), SamplingParams(**sampling))


def events(playground: Playground, request: GenerationRequest, cancel: CancelToken | None = None) -> list[Event]:
    found = list(playground.stream(request, "someone", cancel or CancelToken()))
    assert [isinstance(event, Finished | Failed) for event in found] == [False] * (len(found) - 1) + [True]
    return found


def test_an_answer_from_question_to_usage(playground: Playground) -> None:
    found = events(playground, ask(seed=5))
    ready = next(event for event in found if isinstance(event, PromptReady))
    assert ready.request.sampling.seed == 5 and ready.prompt == playground.render(ask())
    assert "".join(event.text for event in found if isinstance(event, TextDelta)) == "Hello there."
    last = found[-1]
    assert isinstance(last, Finished) and last.reason == "stop"
    usage = last.usage
    assert (usage.prompt_tokens, usage.answer_tokens, usage.reasoning_tokens, usage.seed) == (3, 3, 0, 5)
    assert (usage.memory_bytes, usage.variant) == (100, "tiny:fp32")
    assert playground.cache.status()[0].refs == 0


def test_a_missing_seed_is_drawn_and_reported(playground: Playground) -> None:
    runs = [events(playground, ask()) for _ in range(2)]
    seeds = [next(e for e in run if isinstance(e, PromptReady)).request.sampling.seed for run in runs]
    assert seeds == [run[-1].usage.seed for run in runs] and seeds[0] != seeds[1]


def test_a_prompt_that_fills_the_context_is_refused_with_the_numbers(playground: Playground) -> None:
    last = events(playground, ask(words=CONTEXT))[-1]
    assert isinstance(last, Failed) and last.code == "context_full"
    assert last.params == {"needed": CONTEXT, "available": CONTEXT} and last.hint


@pytest.mark.parametrize(("words", "max_tokens", "reason", "produced"), [
    (8, 1024, "context", 2), (8, 1, "length", 1), (7, 1024, "stop", 3),
])
def test_the_reason_says_whether_the_context_or_max_tokens_ended_it(
    playground: Playground, words: int, max_tokens: int, reason: str, produced: int
) -> None:
    found = events(playground, ask(words=words, max_tokens=max_tokens))
    assert (found[-1].reason, found[-1].usage.answer_tokens) == (reason, produced)
    ready = next(event for event in found if isinstance(event, PromptReady))
    assert ready.request.sampling.max_tokens == min(max_tokens, CONTEXT - words)


def test_stop_while_answering_keeps_what_was_said(playground: Playground, engine: FakeEngine) -> None:
    cancel = CancelToken()
    engine.before_token = lambda number: cancel.cancel() if number == 1 else None
    found = events(playground, ask(), cancel)
    assert [e.text for e in found if isinstance(e, TextDelta)] == ["Hello", " there"]
    assert found[-1].reason == "cancelled" and found[-1].usage.answer_tokens == 2


def test_stop_while_loading_leaves_nothing_behind(playground: Playground, engine: FakeEngine) -> None:
    gate, cancel = engine.gates.setdefault("tiny:fp32", Gate()), CancelToken()
    found = []
    for event in playground.stream(ask(), "someone", cancel):
        found.append(event)
        if isinstance(event, Waiting) and event.phase == "loading":
            cancel.cancel()
    assert found[-1] == Finished("cancelled") and playground.cache.queue_length == 0
    gate.open()


def test_loading_is_told_and_measured(playground: Playground, engine: FakeEngine) -> None:
    gate = engine.gates["tiny:fp32"] = Gate()
    found = []
    for event in playground.stream(ask(), "someone", CancelToken()):
        found.append(event)
        if isinstance(event, Waiting) and event.stage == "weights":
            gate.open()
    assert found[-1].reason == "stop" and found[-1].usage.load_s > 0


def test_an_error_while_answering_gives_the_model_back(playground: Playground, engine: FakeEngine) -> None:
    engine.generate_error = ZeroDivisionError("secret")
    last = events(playground, ask())[-1]
    assert isinstance(last, Failed) and last.code == "internal" and "secret" not in last.message
    assert playground.cache.status()[0].refs == 0


def test_the_guard_refuses_before_anything_is_loaded(engine: FakeEngine) -> None:
    def guard(caller: str, request: GenerationRequest) -> None:
        raise RateLimited(f"{caller} asks too often.", "Wait 3 s.", wait_s=3)

    cache = ModelCache({"fake": engine}, 1000)
    last = events(Playground(cache, StubCatalog(), guard), ask())[-1]  # type: ignore[arg-type]
    assert isinstance(last, Failed) and last.code == "rate_limited" and last.params == {"wait_s": 3}
    assert engine.loads == []


def test_an_unknown_variant_is_named(playground: Playground) -> None:
    last = events(playground, replace(ask(), variant="tiny:x"))[-1]
    assert isinstance(last, Failed) and last.code == "not_found" and "tiny:fp32" in last.hint


def test_rendering_and_pieces_need_no_weights(playground: Playground, engine: FakeEngine) -> None:
    prompt = playground.render(ask(words=2))
    assert [piece.text for piece in playground.pieces("tiny:fp32", prompt.token_ids)] == ["w0", "w1"]
    assert engine.loads == []


def test_a_reader_that_leaves_frees_the_model(playground: Playground, engine: FakeEngine) -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def before_token(number: int) -> None:
        if number == 1:
            waiting.set()
            assert go_on.wait(10)

    engine.before_token = before_token
    stream = playground.stream(ask(), "someone", CancelToken())
    while not isinstance(next(stream), TextDelta):
        pass
    assert waiting.wait(10)
    stream.close()
    go_on.set()
    assert playground.cache.unload("tiny:fp32", timeout_s=10)


def test_the_cache_is_told_who_asks(playground):
    seen = []
    genuine = playground.cache.lease
    playground.cache.lease = lambda variant, cancel, on_wait, caller: (  # type: ignore[method-assign]
        seen.append(caller), genuine(variant, cancel, on_wait, caller))[1]
    list(playground.stream(ask(), "10.0.0.7", CancelToken()))
    assert seen == ["10.0.0.7"]
