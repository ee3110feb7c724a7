"""Every size limit of a request in one table, and the check that applies it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from playground.errors import InvalidRequest
from playground.types import GenerationRequest, Message, Role

ROLES = get_args(Role)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may hold at most."""

    max_message_chars: int = 20_000
    max_total_chars: int = 200_000
    max_messages: int = 200
    max_tokens_per_answer: int = 8192
    max_pictures: int = 4

    @property
    def max_body_bytes(self) -> int:
        """Of an HTTP request: JSON may write a character as 12 bytes (two \\u escapes); a picture may have 3 MB (4 as
        text); 64 kB for everything else."""
        return 12 * self.max_total_chars + 4_000_000 * self.max_pictures + 65_536


def validate(request: GenerationRequest, limits: Limits) -> None:
    """Nothing, or InvalidRequest naming what is too long and the bound. params: field, value, bound."""
    messages = request.messages
    if request.fill is not None:
        messages = (Message("user", request.fill.prefix + request.fill.suffix),)
    if not messages:
        raise InvalidRequest("Type a message first.", field="messages")
    _at_most("messages", len(messages), limits.max_messages, "messages", "Start a new conversation.")
    _at_most("pictures", sum(len(message.pictures) for message in messages), limits.max_pictures, "pictures",
             "Leave some out, or start a new conversation.")
    for message in messages:
        _validate_message(message, limits)
    total = sum(len(message.text) + len(message.reasoning) for message in messages)
    _at_most("conversation", total, limits.max_total_chars, "characters", "Start a new conversation.")
    _at_most("max_tokens", request.sampling.max_tokens, limits.max_tokens_per_answer, "tokens", "Lower max_tokens.")


def _validate_message(message: Message, limits: Limits) -> None:
    if message.role not in ROLES:
        raise InvalidRequest(f"role must be one of {', '.join(ROLES)}, got {message.role!r}.", field="role")
    if message.role == "user" and not message.text.strip():
        raise InvalidRequest("Type a message first.", field="messages")
    if message.role != "assistant":        # answers are bounded in tokens, and a long one must not end a conversation
        _at_most("message", len(message.text), limits.max_message_chars, "characters", "Shorten the message.")
    for text in (message.text, message.reasoning):
        if "\0" in text:
            raise InvalidRequest("A message holds a NUL character, which no model can read.", "Remove it.",
                                 field="messages")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise InvalidRequest("A message holds half of a character (a lone surrogate).", "Remove it.",
                                 field="messages") from None


def _at_most(field: str, value: int, bound: int, unit: str, hint: str) -> None:
    if value > bound:
        raise InvalidRequest(f"{field}: {value} {unit}, at most {bound} are allowed here.", hint,
                             field=field, value=value, bound=bound)
