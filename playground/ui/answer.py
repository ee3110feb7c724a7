"""One answer, from the question to the reply worth keeping. Plain functions; every tab that chats uses them."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playground.errors import PlaygroundError
from playground.types import Failed, Fill, GenerationRequest, SamplingParams
from playground.ui.context import UiContext
from playground.ui.conversation import Conversation
from playground.ui.view import Draft, Say, drafts, waiting_text

REFUSED = ("invalid_request", "rate_limited", "not_found")
"""Codes that come at once, before anything ran: the question goes back into the box."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: `session` finds their Stop button, `caller` is who limits apply to, `tab` what they use."""

    session: str
    caller: str
    tab: str


@dataclass(frozen=True, slots=True)
class Ask:
    """How to answer: what the reader picked beside the conversation."""

    variant: str
    thinking: str                         # "on" or "off"
    system: str
    sampling: SamplingParams
    budget: int | None = None             # of thinking, in tokens
    start: tuple[int, ...] = ()           # what the answer goes on from
    fill: Fill | None = None              # a hole in code, in the place of the conversation

    def request(self, ctx: UiContext, conversation: Conversation) -> GenerationRequest:
        """The request for the conversation's last question. Raises UnknownName for an unknown variant."""
        switch = ctx.playground.catalog.variant(self.variant).model.thinking == "hybrid"
        messages = () if self.fill is not None else conversation.messages(self.system)
        return GenerationRequest(self.variant, messages, self.sampling, self.thinking == "on" if switch else None,
                                 self.budget, self.start, self.fill)


@dataclass(frozen=True, slots=True)
class Frame:
    """What to draw: the conversation, the growing answer, and what to say about it."""

    conversation: Conversation
    draft: Draft | None = None
    status: str = ""
    problem: Failed | None = None
    box: str | None = None                # text to put into the message box; None leaves it alone

    @property
    def running(self) -> bool:
        return self.draft is not None


def answer(ctx: UiContext, visitor: Visitor, shown: Conversation, sent: Conversation, ask: Ask, say: Say
           ) -> Iterator[Frame]:
    """Frames while `sent`'s last question is answered, the last of them with the reply added to `shown`.

    Closing this iterator stops the answer. Whatever was written before a stop or an error is kept.
    """
    draft = Draft()
    with ctx.running(visitor.session, visitor.tab) as token:
        yield Frame(shown, draft, status=say("status.queued", seconds=0))
        try:
            for draft in drafts(ctx.playground.stream(ask.request(ctx, sent), visitor.caller, token)):
                if not draft.done:
                    yield Frame(shown, draft, status=_status(draft, say))
        except PlaygroundError as error:  # of the request itself, before the stream
            draft = Draft(failed=Failed.of(error))
        yield _last(shown, draft, say)


def _last(shown: Conversation, draft: Draft, say: Say) -> Frame:
    if draft.failed is not None and not draft.text and _back_to_box(draft.failed, shown):
        back, question = (shown, None) if shown.turns[-1].replies else Conversation.undo(shown)
        return Frame(back, problem=draft.failed, box=question)
    reply = draft.reply
    kept = shown.reply(reply) if reply else shown
    key = "status.stopped" if draft.reason == "cancelled" else "status.finished"
    status = "" if draft.failed else say(key, n=draft.usage.output_tokens)
    return Frame(kept, status=status, problem=draft.failed)


def _back_to_box(failed: Failed, shown: Conversation) -> bool:
    """Refused at once, or too long although there is nothing before it that could be dropped."""
    return failed.code in REFUSED or (failed.code == "context_full" and len(shown.turns) - shown.unseen == 1)


def _status(draft: Draft, say: Say) -> str:
    if draft.waiting is not None and draft.waiting.phase != "decoding":
        return waiting_text(draft.waiting, say)
    return say("status.answering" if draft.text else "status.thinking", n=len(draft.output_ids))


def problem_text(failed: Failed, say: Say, has: Callable[[str], bool]) -> tuple[str, str]:
    """(what happened, what to do next) in the reader's language where there is a translation, else as raised."""
    values = {**failed.params, "message": failed.message, "hint": failed.hint}
    code = f"at_most_{failed.params.get('field')}" if "bound" in failed.params else failed.code

    def text(key: str, raised: str) -> str:
        try:
            return say(key, **values) if has(key) else raised
        except KeyError:                  # an error of this kind that was raised without the values the text names
            return raised

    return text(f"error.{code}", failed.message), text(f"error.{code}_hint", failed.hint)
