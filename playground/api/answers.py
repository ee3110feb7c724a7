"""Events -> the JSON that OpenAI's clients read: whole answers and chunks, with vLLM's `reasoning_content`."""
from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from playground.types import Finished, Usage

FINISH = {"stop": "stop", "length": "length", "context": "length", "repetition": "length"}


def usage_json(usage: Usage) -> dict[str, Any]:
    """Token counts; the reasoning is part of the completion, as OpenAI counts it."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.prompt_tokens + usage.output_tokens,
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


@dataclass(frozen=True, slots=True)
class Answer:
    """What all parts of one answer share. `variant` is told as system_fingerprint: it decides the answer."""

    id: str
    created: int                          # Unix time, seconds
    model: str
    variant: str

    def whole(self, text: str, reasoning: str, finished: Finished, *, stopped: bool) -> dict[str, Any]:
        """The one answer of a plain call."""
        message = {"role": "assistant", "content": text, "reasoning_content": reasoning or None, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(finished, stopped)}
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage_json(finished.usage)}

    def delta(self, **delta: str) -> dict[str, Any]:
        """One piece of a streamed answer."""
        return self._chunk([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}])

    def last(self, finished: Finished, *, stopped: bool) -> dict[str, Any]:
        """The chunk that says why it ended."""
        reason = _finish(finished, stopped)
        return self._chunk([{"index": 0, "delta": {}, "logprobs": None, "finish_reason": reason}])

    def usage(self, finished: Finished) -> dict[str, Any]:
        """The chunk after the last one, when the caller asked for it."""
        return {**self._chunk([]), "usage": usage_json(finished.usage)}

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {**self._head("chat.completion.chunk"), "choices": choices}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model,
                "system_fingerprint": self.variant}


def sse(data: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def _finish(finished: Finished, stopped: bool) -> str:
    return "stop" if stopped else FINISH[finished.reason]
