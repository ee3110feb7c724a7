"""An engine whose answers and whose pace a test decides, over a few addresses of its own. No weights, no sleeps."""
from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from playground.errors import LoadFailed
from playground.text.segment import Segmenter
from playground.types import (
    CancelToken,
    Emit,
    FinishReason,
    GenerationRequest,
    LoadProgress,
    ModelSpec,
    RenderedPrompt,
    SamplingParams,
    TokenPiece,
    Variant,
)

CONTROL = ("<|im_start|>", "<|im_end|>", "<think>", "</think>")
PATIENCE_S = 60.0                         # a token nobody released for this long is a broken test


@dataclass
class Plan:
    """What to answer to one question. held: each token waits until it is released."""

    tokens: list[str]                     # each one token: text, or bytes as "hex:f09f"
    held: bool = False
    fail_after: int | None = None
    pace_s: float = 0.0


@dataclass
class Told:
    """What happened with one question so far; the log the tests read."""

    asked: int = 0
    emitted: int = 0
    cancel_seen: bool = False
    emitted_after_cancel: int = 0
    ended: str = ""
    sampling: dict[str, Any] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)


class Vocabulary:
    """Token bytes to ids and back; grows as texts come by."""

    def __init__(self) -> None:
        self._tokens: list[bytes] = [each.encode() for each in CONTROL]
        self._lock = threading.Lock()

    def id(self, token: bytes) -> int:
        with self._lock:
            if token not in self._tokens:
                self._tokens.append(token)
            return self._tokens.index(token)

    def decode(self, ids: Sequence[int]) -> str:
        return b"".join(self._tokens[each] for each in ids).decode("utf-8", "replace")

    def ids(self, text: str) -> list[int]:
        """One token a word, its space with it, and one for each line break."""
        return [self.id(token.encode()) for token in re.findall(r"\n| ?[^ \n]+| ", text)]


class ScriptedEngine:
    """Engine, loaded model and prompter in one."""

    id = "scripted"
    memory_bytes = 1_000_000
    max_concurrency = 8
    kv_bytes = 0

    def __init__(self) -> None:
        self.words, self.plans, self.told = Vocabulary(), dict[str, Plan](), dict[str, Told]()
        self._permits: dict[str, int] = {}
        self._changed = threading.Condition()

    # ------------------------------------------------------------ what the playground uses
    def forget(self) -> None: ...

    def load(self, variant: Variant, progress: LoadProgress, cancel: CancelToken) -> ScriptedEngine:
        if not variant.model.path:
            raise LoadFailed(f"{variant.model.name} is not on this machine.", "Download it first.")
        return self

    def prompter(self, model: ModelSpec) -> ScriptedEngine:
        return self

    def close(self) -> None:
        pass

    def render(self, request: GenerationRequest) -> RenderedPrompt:
        ids: list[int] = []
        for message in request.messages:
            ids += [0, *self.words.ids(f"{message.role}\n{message.text}"), 1, self.words.id(b"\n")]
        ids += [0, *self.words.ids("assistant\n")]
        return RenderedPrompt(self.words.decode(ids), tuple(ids))

    def pieces(self, token_ids: tuple[int, ...]) -> tuple[TokenPiece, ...]:
        return tuple(TokenPiece(each, self.words.decode((each,)), each < len(CONTROL)) for each in token_ids)

    def generate(self, prompt: RenderedPrompt, sampling: SamplingParams, cancel: CancelToken, emit: Emit
                 ) -> FinishReason:
        question = prompt.text.rpartition("<|im_start|>user\n")[2].rpartition("<|im_end|>")[0]
        told = self.told.setdefault(question, Told())
        told.asked, told.emitted, told.ended, told.cancel_seen = told.asked + 1, 0, "", False
        told.sampling = asdict(sampling)
        told.messages.append(prompt.text)
        try:
            reason = self._speak(question, told, sampling, cancel, emit)
        except Exception as error:
            told.ended = type(error).__name__
            raise
        told.ended = reason
        return reason

    def _speak(self, question: str, told: Told, sampling: SamplingParams, cancel: CancelToken, emit: Emit
               ) -> FinishReason:
        plan = self.plans.get(question) or Plan([f"Answer {told.asked} to: ", *question.split(" ")])
        segmenter = Segmenter(self.words.decode, 2, 3)
        for number, token in enumerate(plan.tokens):
            if cancel.cancelled:
                return "cancelled"
            if number >= sampling.max_tokens:
                return "length"
            if number == plan.fail_after:
                raise RuntimeError("the scripted engine broke, as planned")
            if plan.held:
                self._wait(question, told, cancel)
            elif plan.pace_s:
                cancel.wait(plan.pace_s)
            after = cancel.cancelled
            raw = bytes.fromhex(token[4:]) if token.startswith("hex:") else token.encode()
            for delta in segmenter.feed(self.words.id(raw)):
                emit(delta)
            told.emitted += 1
            told.emitted_after_cancel += after
        for delta in segmenter.flush():
            emit(delta)
        return "stop"

    def _wait(self, question: str, told: Told, cancel: CancelToken) -> None:
        """Until a test releases this token. Like a forward pass, a stop does not cut it short."""
        with self._changed:
            for _ in range(int(PATIENCE_S / 0.005)):
                told.cancel_seen = told.cancel_seen or cancel.cancelled
                if self._permits.get(question, 0) > 0:
                    self._permits[question] -= 1
                    return
                self._changed.wait(0.005)
        raise TimeoutError("no test released this token")

    # ------------------------------------------------------------ what a test uses
    def routes(self) -> list[BaseRoute]:
        """POST /control/plan and /control/release; GET /control/told."""
        async def plan(request: Request) -> Response:
            body = await request.json()
            question = body.pop("question")
            self.plans[question] = Plan(**body)
            self.told[question], self._permits[question] = Told(), 0
            return JSONResponse({})

        async def release(request: Request) -> Response:
            body = await request.json()
            with self._changed:
                self._permits[body["question"]] = self._permits.get(body["question"], 0) + body["count"]
                self._changed.notify_all()
            return JSONResponse({})

        async def told(request: Request) -> Response:
            return JSONResponse(asdict(self.told.get(request.query_params["question"], Told())))

        return [Route("/control/plan", plan, methods=["POST"]), Route("/control/release", release, methods=["POST"]),
                Route("/control/told", told)]
