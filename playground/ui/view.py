"""Events and conversations as what Gradio shows. Pure functions; no Gradio import."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from playground.text.math_marks import mark_math
from playground.types import (
    Event,
    Failed,
    Finished,
    FinishReason,
    GenerationRequest,
    PromptReady,
    ReasoningDelta,
    RenderedPrompt,
    TextDelta,
    ThinkingClosed,
    ThinkingEnd,
    Usage,
    Waiting,
)
from playground.ui.conversation import Conversation, Reply


class Say(Protocol):
    """The text of a key in the reader's language."""

    def __call__(self, key: str, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """The answer so far."""

    reasoning: str = ""
    text: str = ""
    waiting: Waiting | None = None
    prompt: RenderedPrompt | None = None
    request: GenerationRequest | None = None
    output_ids: tuple[int, ...] = ()
    reason: FinishReason | None = None
    usage: Usage = Usage()
    failed: Failed | None = None
    closed: ThinkingEnd = ""              # why the thinking was closed for the model

    @property
    def done(self) -> bool:
        return self.reason is not None or self.failed is not None

    @property
    def reply(self) -> Reply | None:
        """The reply worth keeping: whatever was written, also when it was stopped or failed half way."""
        if not self.text and not self.reasoning and self.reason in (None, "cancelled"):
            return None
        return Reply(self.text, self.reasoning, self.reason or "failed", self.usage, self.prompt, self.request,
                     self.output_ids)


def step(draft: Draft, event: Event) -> Draft:
    """The draft after one event."""
    match event:
        case Waiting():
            return replace(draft, waiting=event)
        case PromptReady(prompt, request):
            return replace(draft, prompt=prompt, request=request)
        case ReasoningDelta(text, ids):
            return replace(draft, reasoning=draft.reasoning + text, output_ids=draft.output_ids + ids, waiting=None)
        case ThinkingClosed(why):
            return replace(draft, closed=why)
        case TextDelta(text, ids):
            return replace(draft, text=draft.text + text, output_ids=draft.output_ids + ids, waiting=None)
        case Finished(reason, usage):
            return replace(draft, reason=reason, usage=usage, waiting=None)
        case Failed():
            return replace(draft, failed=event, waiting=None)


def drafts(events: Iterable[Event], max_hz: float = 15.0, clock: Callable[[], float] = time.monotonic
           ) -> Iterator[Draft]:
    """Drafts worth drawing: at most `max_hz` per second, and always the last one."""
    draft, drawn = Draft(), float("-inf")
    for event in events:
        draft = step(draft, event)
        if draft.done or clock() - drawn >= 1 / max_hz:
            drawn = clock()
            yield draft


# ---------------------------------------------------------------- rows of the Chatbot
@dataclass(frozen=True, slots=True)
class Row:
    """One Chatbot row and the turn it belongs to."""

    turn: int
    kind: str                             # "question", "thought", "answer", "facts"
    shown: dict[str, Any]


def rows(conversation: Conversation, say: Say, draft: Draft | None = None, mark: Callable[[str], str] = mark_math
         ) -> list[Row]:
    """Rows of the whole conversation. `draft` is the answer to the last question while it grows.

    mark: prepares every text that the model or a reader wrote for the Chatbot (`text/math_marks.py`).
    """
    out: list[Row] = []
    for n, turn in enumerate(conversation.turns):
        out.append(Row(n, "question", _row("user", mark(turn.question))))
        live = draft if draft is not None and n == len(conversation.turns) - 1 else None
        if live is not None:
            out += _draft_rows(n, live, say, mark)
        elif turn.reply is not None:
            out += _reply_rows(n, turn.reply, say, mark)
    return out


def _draft_rows(n: int, draft: Draft, say: Say, mark: Callable[[str], str]) -> Iterator[Row]:
    if draft.reasoning:
        yield Row(n, "thought", _fold(mark(draft.reasoning), say("chat.thinking_now"), pending=not draft.text))
    if draft.text:
        yield Row(n, "answer", _row("assistant", mark(draft.text)))


def _reply_rows(n: int, reply: Reply, say: Say, mark: Callable[[str], str]) -> Iterator[Row]:
    if reply.reasoning:
        usage = reply.usage
        title = say("chat.thought", seconds=_seconds(usage.reasoning_s), tokens=usage.reasoning_tokens)
        if usage.thinking_closed:
            title += " · " + say(f"chat.thought_{usage.thinking_closed}")
        yield Row(n, "thought", _fold(mark(reply.reasoning), title))
    yield Row(n, "answer", _row("assistant", mark(reply.text) if reply.text else say("chat.no_answer")))
    yield Row(n, "facts", _fold("\n".join(f"- {line}" for line in facts(reply, say)), facts_title(reply, say)))


def _row(role: str, text: str) -> dict[str, Any]:
    # A list of typed parts: a bare string would pass through inspect.cleandoc, which eats tabs and indentation.
    return {"role": role, "content": [{"type": "text", "text": text}]}


def _fold(text: str, title: str, *, pending: bool = False) -> dict[str, Any]:
    return _row("assistant", text) | {"metadata": {"title": title, "status": "pending" if pending else "done"}}


# ---------------------------------------------------------------- the measured line under an answer
def facts_title(reply: Reply, say: Say) -> str:
    """The few figures everybody wants, in one line."""
    usage = reply.usage
    measured = bool(usage.variant)        # not when it broke off
    parts = [say("facts.tokens", n=usage.output_tokens if measured else len(reply.output_ids))]
    if measured:
        parts.append(say("facts.first_token", ms=f"{usage.first_token_s * 1000:.0f}"))
    if usage.tokens_per_s:
        parts.append(say("facts.speed", speed=f"{usage.tokens_per_s:.0f}"))
    if reply.reason != "stop":
        parts.insert(0, say(f"facts.reason_{reply.reason}"))
    return " · ".join(parts)


def facts(reply: Reply, say: Say) -> list[str]:
    """Everything measured for one answer, a line each."""
    usage = reply.usage
    lines = [
        say("facts.prompt_tokens", n=usage.prompt_tokens),
        say("facts.reasoning_tokens", n=usage.reasoning_tokens),
        say("facts.answer_tokens", n=usage.answer_tokens),
        say("facts.first_token_long", ms=f"{usage.first_token_s * 1000:.0f}"),
        say("facts.speed_long", speed=f"{usage.tokens_per_s:.1f}", seconds=f"{usage.decode_s:.2f}"),
        say("facts.wait", queue=f"{usage.queue_s:.2f}", load=f"{usage.load_s:.2f}"),
        *([say(f"facts.closed_{usage.thinking_closed}")] if usage.thinking_closed else []),
        say("facts.memory", memory=size(usage.memory_bytes)),
        say("facts.variant", variant=f"`{usage.variant}`"),
        say("facts.seed", seed=usage.seed),
        say(f"facts.why_{reply.reason}"),
    ]
    return lines if usage.variant else lines[-1:]


def _seconds(seconds: float) -> str:
    """Two decimals below a second: a small model thinks for 0.04 s, not for 0.0 s."""
    return f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}"


def waiting_text(waiting: Waiting, say: Say) -> str:
    """What is being waited for, and for how long."""
    seconds = f"{waiting.elapsed_s:.0f}"
    if waiting.phase == "queued" and waiting.position:
        return say("status.in_line", n=waiting.position, seconds=seconds)
    if waiting.phase == "loading":
        stage = say(f"stage.{waiting.stage or 'weights'}")
        percent = "" if waiting.fraction is None else f" {waiting.fraction:.0%}"
        return say("status.loading", stage=stage + percent, seconds=seconds)
    return say(f"status.{waiting.phase}", seconds=seconds)


def size(count: float) -> str:
    """Bytes as people read them: 4.2 MB, 1.2 GB (powers of ten, as download pages count)."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit in ("B", "kB") or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
