"""One answer, listened to while it is written: it waits under the rate limit, and can be cut where it is enough."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from playground.types import (
    CancelToken,
    Event,
    Failed,
    Finished,
    FinishReason,
    GenerationRequest,
    Message,
    PromptReady,
    ReasoningDelta,
    SamplingParams,
    TextDelta,
    Waiting,
)

Cut = Callable[[str], int | None]         # where a growing text is enough, None while it is not
Tell = Callable[[Event], None]


class Door(Protocol):
    """What is needed of `Playground`."""

    def stream(self, request: GenerationRequest, caller: str, cancel: CancelToken) -> Iterator[Event]: ...

    def encode(self, variant: str, text: str) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Task:
    """A problem, and how a model is asked to solve it."""

    variant: str
    problem: str
    system: str
    sampling: SamplingParams
    thinking: bool | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        asked = Message("user", self.problem)
        return (Message("system", self.system), asked) if self.system.strip() else (asked,)

    def request(self, messages: tuple[Message, ...], start: tuple[int, ...] = ()) -> GenerationRequest:
        return GenerationRequest(self.variant, messages, self.sampling, self.thinking, start=start)


@dataclass(frozen=True, slots=True)
class Written:
    """An answer. `ids` are its tokens, thoughts included, up to `rest`, the end of its text that shares a token with
    what was cut off: an answer that goes on from here starts with `ids` and the tokens of `rest`."""

    text: str
    reason: FinishReason | Literal["failed"]
    ids: tuple[int, ...] = ()
    rest: str = ""


def listen(door: Door, request: GenerationRequest, caller: str, cancel: CancelToken, tell: Tell,
           cut: Cut | None = None, hold: Callable[[str], int] = len) -> Written:
    """The answer to one request; its events are told as they come. Blocks; ends soon after `cancel` is set.

    cut: the answer ends there as if the model had ended its turn. hold: how much of a text may be told already.
    A caller who asked too often waits: an answer of a series is never lost to that.
    """
    while True:
        heard = _Heard(tell, cut, hold)
        refused = heard.all(door, request, caller, cancel)
        if refused is None:
            return heard.written()
        wait_s = float(str(refused.params.get("wait_s", 1)))
        tell(Waiting("queued", eta_s=wait_s))
        if cancel.wait(wait_s):
            tell(Finished("cancelled"))
            return Written("", "cancelled")


class _Heard:
    """One answer while it comes in."""

    def __init__(self, tell: Tell, cut: Cut | None, hold: Callable[[str], int]) -> None:
        self._tell, self._cut, self._hold = tell, cut, hold
        self._text, self._told = "", 0
        self._tokens: list[tuple[int, tuple[int, ...]]] = []   # (length of the text after them, ids)
        self._end: int | None = None      # of the text that is kept
        self._ends_turn: tuple[int, ...] = ()
        self._reason: FinishReason | Literal["failed"] = "failed"

    def all(self, door: Door, request: GenerationRequest, caller: str, cancel: CancelToken) -> Failed | None:
        """The refusal, if the caller asked too often. The token is its own: a stream sets the one it was given."""
        own = CancelToken()
        for event in door.stream(request, caller, own):
            match event:
                case Failed(code="rate_limited"):
                    return event
                case PromptReady(prompt):
                    self._ends_turn = prompt.eos_token_ids
                    self._tell(event)
                case ReasoningDelta(token_ids=ids):
                    self._tokens.append((len(self._text), ids))
                    self._tell(event)
                case TextDelta():
                    self._hear(event, own)
                case Finished():
                    self._finish(event)
                case _:
                    self._tell(event)
            if cancel.cancelled:
                own.cancel()
        return None

    def _hear(self, delta: TextDelta, own: CancelToken) -> None:
        if self._end is not None:         # a token that was on its way when it was cut
            return
        self._text += delta.text
        self._tokens.append((len(self._text), delta.token_ids))
        self._end = self._cut(self._text) if self._cut else None
        if self._end is not None:
            own.cancel()
        upto = self._hold(self._text) if self._end is None else self._end
        self._tell(TextDelta(self._text[self._told:upto], delta.token_ids))
        self._told = max(self._told, upto)

    def _finish(self, event: Finished) -> None:
        if self._end is None and self._told < len(self._text):
            self._tell(TextDelta(self._text[self._told:]))
        self._reason = event.reason if self._end is None else "stop"
        self._tell(replace(event, reason=self._reason))

    def written(self) -> Written:
        end = len(self._text) if self._end is None else self._end
        whole = [(at, ids) for at, ids in self._tokens if at <= end]
        ids = [token for _, part in whole for token in part]
        while ids and ids[-1] in self._ends_turn:
            ids.pop()
        return Written(self._text[:end], self._reason, tuple(ids), self._text[whole[-1][0] if whole else 0:end])
