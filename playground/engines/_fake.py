"""An engine that follows a script, for tests: no weights, no time passes unless the test lets it."""
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from playground.errors import Cancelled
from playground.types import (
    CancelToken,
    Emit,
    FinishReason,
    GenerationRequest,
    LoadProgress,
    ModelSpec,
    RenderedPrompt,
    SamplingParams,
    TextDelta,
    TokenPiece,
    Variant,
)

_PATIENCE_S = 30.0
"""A gate that stays shut this long is a broken test."""


@dataclass(slots=True)
class Gate:
    """Where the fake waits until the test opens it. `reached` is set when something waits there."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def open(self) -> None:
        self.opened.set()

    def wait(self, cancel: CancelToken | None = None) -> None:
        """Raises Cancelled when the token is set first."""
        self.reached.set()
        for _ in range(int(_PATIENCE_S / 0.005)):
            if self.opened.wait(0.005):
                return
            if cancel is not None and cancel.cancelled:
                raise Cancelled("The fake was stopped.")
        raise TimeoutError("nobody opened the gate")


class FakeModel:
    """Says the same words to everyone. Counts who uses it and notices when it is closed in use."""

    def __init__(self, engine: FakeEngine, variant: Variant) -> None:
        self.variant, self._engine = variant, engine
        self.memory_bytes = engine.measured.get(variant.key, variant.weight_bytes)
        self.max_concurrency = engine.max_concurrency
        self.closed, self.forgot = False, 0
        self.kv_bytes = 0

    def forget(self) -> None:
        self.forgot += 1
        self.kv_bytes = 0

    def generate(
        self, prompt: RenderedPrompt, sampling: SamplingParams, cancel: CancelToken, emit: Emit
    ) -> FinishReason:
        if self.closed:
            raise RuntimeError(f"{self.variant.key} was used after it was closed")
        for number, word in enumerate(self._engine.words):
            if cancel.cancelled:
                return "cancelled"
            if number >= sampling.max_tokens:
                return "length"
            if self._engine.before_token is not None:
                self._engine.before_token(number)
            emit(TextDelta(word, (number,)))
        if self._engine.generate_error is not None:
            raise self._engine.generate_error
        return "stop"

    def close(self) -> None:
        self.closed = True
        self._engine.live.discard(self)
        self._engine.closes.append(self.variant.key)
        if self._engine.on_close is not None:
            self._engine.on_close(self)


class FakePrompter:
    """One token per word."""

    def render(self, request: GenerationRequest) -> RenderedPrompt:
        text = " ".join(message.text for message in request.messages)
        return RenderedPrompt(text, tuple(range(len(text.split()))))

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(range(len(text.split())))

    def close_ids(self) -> tuple[int, ...]:
        return ()

    def pieces(self, token_ids: tuple[int, ...]) -> tuple[TokenPiece, ...]:
        return tuple(TokenPiece(token_id, f"w{token_id}") for token_id in token_ids)


@dataclass(slots=True)
class FakeEngine:
    """`words` are the answer; `gates` hold loads back by key; `failures` are raised by loads, one per try."""

    words: tuple[str, ...] = ("Hello", " there", ".")
    max_concurrency: int = 4
    gates: dict[str, Gate] = field(default_factory=dict)
    failures: dict[str, list[BaseException]] = field(default_factory=dict)
    measured: dict[str, int] = field(default_factory=dict)
    generate_error: Exception | None = None
    before_token: Callable[[int], None] | None = None
    on_load: Callable[[FakeModel], None] | None = None
    on_close: Callable[[FakeModel], None] | None = None
    deaf: bool = False                    # loads do not look at their token
    loads: list[str] = field(default_factory=list)
    closes: list[str] = field(default_factory=list)
    live: set[FakeModel] = field(default_factory=set)
    prompters: int = 0
    id: str = "fake"

    def load(self, variant: Variant, progress: LoadProgress, cancel: CancelToken) -> FakeModel:
        self.loads.append(variant.key)
        progress("weights", 0.5)
        if (gate := self.gates.get(variant.key)) is not None:
            gate.wait(None if self.deaf else cancel)
        if self.failures.get(variant.key):
            raise self.failures[variant.key].pop(0)
        model = FakeModel(self, variant)
        self.live.add(model)
        if self.on_load is not None:
            self.on_load(model)
        return model

    def prompter(self, model: ModelSpec) -> FakePrompter:
        self.prompters += 1
        return FakePrompter()
