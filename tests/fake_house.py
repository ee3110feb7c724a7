"""A whole house with a scripted engine: the real cache, guard, service and routes, on a real server on 127.0.0.1."""
from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette

from playground.api.context import ApiContext, ModelState
from playground.api.routes import api_routes
from playground.cache import ModelCache
from playground.errors import UnknownName
from playground.guard import RequestGuard
from playground.guard.caller import CallerOf
from playground.guard.limits import RateLimiter
from playground.guard.validate import Limits
from playground.monitor.metrics import Metrics
from playground.service import Playground
from playground.types import (
    CancelToken,
    Emit,
    FinishReason,
    GenerationRequest,
    LoadProgress,
    ModelSpec,
    ReasoningDelta,
    RenderedPrompt,
    SamplingParams,
    TextDelta,
    TokenPiece,
    Variant,
)


def spec(name: str = "tiny", **changes: object) -> ModelSpec:
    values: dict[str, object] = {
        "id": name, "name": name.title(), "family": "fake", "repo": "", "revision": "", "license": "apache-2.0",
        "parameters": 10, "active_parameters": 10, "context_tokens": 100, "extended_context_tokens": 100,
        "modalities": ("text",), "thinking": "hybrid", "purpose": {"en": "tests"}, "architecture": None,
        "sampling": SamplingParams(temperature=0.7, top_p=0.8, max_tokens=50),
        "thinking_sampling": SamplingParams(temperature=0.6, top_p=0.95, max_tokens=50), "engine": "fake",
    }
    return ModelSpec(**{**values, **changes})  # type: ignore[arg-type]


class FakePrompter:
    """One token a character of the last message."""

    def render(self, request: GenerationRequest) -> RenderedPrompt:
        text = request.messages[-1].text
        return RenderedPrompt(text, tuple(range(len(text))), pictures=request.messages[-1].pictures)

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(range(len(text.split())))

    def close_ids(self) -> tuple[int, ...]:
        return ()

    def pieces(self, token_ids: tuple[int, ...]) -> tuple[TokenPiece, ...]:
        return tuple(TokenPiece(each, "x") for each in token_ids)


@dataclass
class FakeEngine:
    """Says `reasoning` then `answer`, one piece a token. `gate` must be open for loads and for each token."""

    reasoning: tuple[str, ...] = ("Let me ", "think.")
    answer: tuple[str, ...] = ("Hello", ", ", "wörld", "!")
    endless: bool = False
    error: Exception | None = None
    load_gate: threading.Event = field(default_factory=threading.Event)
    loading: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    seen: list[tuple[RenderedPrompt, SamplingParams]] = field(default_factory=list)
    id: str = "fake"
    memory_bytes: int = 1000
    max_concurrency: int = 8
    kv_bytes: int = 0

    def __post_init__(self) -> None:
        self.load_gate.set()

    def forget(self) -> None: ...

    def load(self, variant: Variant, progress: LoadProgress, cancel: CancelToken) -> FakeEngine:
        progress("weights", 0.5)
        self.loading.set()
        while not self.load_gate.wait(0.05):
            if cancel.cancelled:
                break
        if self.error:
            raise self.error
        return self

    def prompter(self, model: ModelSpec) -> FakePrompter:
        return FakePrompter()

    def close(self) -> None:
        pass

    def generate(
        self, prompt: RenderedPrompt, sampling: SamplingParams, cancel: CancelToken, emit: Emit
    ) -> FinishReason:
        self.seen.append((prompt, sampling))
        pieces = [ReasoningDelta(each, (1,)) for each in self.reasoning]
        pieces += [TextDelta(each, (2,)) for each in self.answer]  # type: ignore[misc]
        made = 0
        while self.endless or made < len(pieces):
            if cancel.cancelled:
                self.cancelled.set()
                return "cancelled"
            if made >= sampling.max_tokens and not self.endless:
                return "length"
            emit(pieces[made % len(pieces)] if not self.endless else TextDelta("tick ", (3,)))
            made += 1
            if self.endless:
                cancel.wait(0.01)         # a token takes a while
        return "stop"


class FakeCatalog:
    def __init__(self, *models: ModelSpec) -> None:
        self.all = {model.id: Variant(model, "bf16", 1000) for model in models}

    def variant(self, key: str) -> Variant:
        for variant in self.all.values():
            if key == variant.key:
                return variant
        raise UnknownName(f"There is no model {key!r}.", f"Did you mean {next(iter(self.all.values())).key}?")

    def named(self, name: str) -> Variant:
        return self.all[name] if name in self.all else self.variant(name)


@dataclass
class House:
    """Everything a test may look at or change."""

    engine: FakeEngine
    cache: ModelCache
    playground: Playground
    api: ApiContext


def house(engine: FakeEngine | None = None, *, api_key: str = "", per_minute: int = 1000,
          limits: Limits | None = None) -> House:
    engine = engine or FakeEngine()
    catalog = FakeCatalog(spec(), spec("plain", thinking="none"))
    limits = limits or Limits(max_tokens_per_answer=100, max_total_chars=5000, max_message_chars=2000)
    cache = ModelCache({"fake": engine}, 10_000)
    metrics = Metrics(cache)
    guard = RequestGuard(limits, RateLimiter(per_minute))
    playground = Playground(cache, catalog, guard, metrics.observe)  # type: ignore[arg-type]
    api = ApiContext(
        stream=playground.stream, variant_of=catalog.named, usable=lambda: tuple(catalog.all.values()),
        states=lambda: [ModelState(s.key, s.state, s.memory_bytes) for s in cache.status()],
        queue_length=lambda: cache.queue_length, metrics=metrics.text, ps=metrics.ps,
        limits=limits, caller_of=CallerOf(), api_key=api_key, version="1.2.3")
    return House(engine, cache, playground, api)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def live(made: House) -> Iterator[str]:
    """The address of a running server for this house."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(Starlette(routes=api_routes(made.api)), log_level="warning", lifespan="off",
                            timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        made.engine.load_gate.set()
        thread.join(10)
        made.cache.shutdown(5)
