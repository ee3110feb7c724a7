"""The context meter: how much the model would read, of what it can."""
from __future__ import annotations

from typing import Any

from playground.errors import PlaygroundError
from playground.types import SamplingParams
from playground.ui.answer import Ask
from playground.ui.context import UiContext
from playground.ui.conversation import Conversation
from playground.ui.view import Say


def measure(ctx: UiContext, variant: str, conversation: Conversation, thinking: str, system: str, say: Say
            ) -> dict[str, Any]:
    """What to draw: {"share": used of the context, 0 to 1 and above, "items": [text]}."""
    total = ctx.playground.catalog.variant(variant).model.context_tokens
    try:
        request = Ask(variant, thinking, system, SamplingParams()).request(ctx, conversation)
        used = len(ctx.playground.render(request).token_ids) if request.messages else 0
    except PlaygroundError:               # the model is not on this machine: nothing to count with
        return {"share": None, "items": [say("meter.unknown")]}
    key = "meter.full" if used >= total else "meter.used"
    return {"share": used / total, "items": [say(key, used=grouped(used), total=grouped(total))]}


def grouped(count: int) -> str:
    """A count with narrow spaces between thousands, the same in both languages: 32 768."""
    return f"{count:,}".replace(",", "\u202f")
