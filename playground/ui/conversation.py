"""The conversation: the truth the Chatbot is a drawing of. Pure values; no Gradio."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from playground.types import FinishReason, GenerationRequest, Message, RenderedPrompt, Usage

Rating = Literal["", "like", "dislike"]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, and everything needed to open it up: the prompt that ran and what came out."""

    text: str
    reasoning: str = ""
    reason: FinishReason | Literal["failed"] = "stop"
    usage: Usage = Usage()
    prompt: RenderedPrompt | None = None
    request: GenerationRequest | None = None
    output_ids: tuple[int, ...] = ()
    rating: Rating = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its replies; `chosen` is the one shown and sent back to the model."""

    question: str
    replies: tuple[Reply, ...] = ()
    chosen: int = 0

    @property
    def reply(self) -> Reply | None:
        return self.replies[self.chosen] if self.replies else None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns, oldest first. The model no longer sees the first `unseen` of them; `before` is what Undo restores."""

    turns: tuple[Turn, ...] = ()
    unseen: int = 0
    before: Conversation | None = None

    def messages(self, system: str = "") -> tuple[Message, ...]:
        """What the model is sent: system prompt, then answered turns, then the last question if it has no reply.

        A question that never got an answer is left out: two questions in a row are no valid chat.
        """
        out = [Message("system", system)] if system.strip() else []
        for turn in self.turns[self.unseen:]:
            if reply := turn.reply:
                out += [Message("user", turn.question), Message("assistant", reply.text, reply.reasoning)]
            elif turn is self.turns[-1]:
                out.append(Message("user", turn.question))
        return tuple(out)

    def ask(self, question: str) -> Conversation:
        """With a new question at the end."""
        return Conversation((*self.turns, Turn(question)), self.unseen)

    def reply(self, reply: Reply) -> Conversation:
        """With one more reply to the last question; it becomes the chosen one. Earlier replies stay."""
        *earlier, last = self.turns
        replies = (*last.replies, reply)
        return replace(self, turns=(*earlier, replace(last, replies=replies, chosen=len(replies) - 1)))

    def retried(self) -> Conversation:
        """As the model must see it to answer the last question again: that question without its replies."""
        *earlier, last = self.turns
        return Conversation((*earlier, Turn(last.question)), self.unseen)

    def edit(self, index: int, question: str) -> Conversation:
        """With turn `index` asked differently and everything after it gone; Undo brings it back."""
        kept = (*self.turns[:index], Turn(question))
        return Conversation(kept, min(self.unseen, index), before=replace(self, before=None))

    def clear(self) -> Conversation:
        """Empty; Undo brings everything back."""
        return Conversation(before=replace(self, before=None)) if self.turns else self

    def undo(self) -> tuple[Conversation, str]:
        """(conversation, question to put back into the box): reverts an edit or a clear, else drops the last turn."""
        if self.before is not None:
            return self.before, ""
        if not self.turns:
            return self, ""
        *earlier, last = self.turns
        return Conversation(tuple(earlier), min(self.unseen, len(earlier))), last.question

    def browse(self, step: int) -> Conversation:
        """With the reply `step` further chosen in the last turn, stopping at both ends."""
        if not self.turns or not self.turns[-1].replies:
            return self
        *earlier, last = self.turns
        chosen = max(0, min(len(last.replies) - 1, last.chosen + step))
        return replace(self, turns=(*earlier, replace(last, chosen=chosen)))

    def rate(self, index: int, rating: Rating) -> Conversation:
        """With the shown reply of turn `index` rated; rating it the same way twice takes it back."""
        turn = self.turns[index]
        if turn.reply is None:
            return self
        rated = replace(turn.reply, rating="" if turn.reply.rating == rating else rating)
        replies = tuple(rated if n == turn.chosen else r for n, r in enumerate(turn.replies))
        turns = tuple(replace(turn, replies=replies) if n == index else t for n, t in enumerate(self.turns))
        return replace(self, turns=turns)

    def forget_oldest(self, turns: int = 1) -> Conversation:
        """With `turns` more of the oldest turns hidden from the model; the reader still sees them."""
        return replace(self, unseen=min(len(self.turns) - 1, self.unseen + turns))
