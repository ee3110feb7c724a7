"""The chat tab's components, and how a frame is drawn on them. The handlers are in `tabs/chat.py`."""
from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.ui import hood as hood_panel
from playground.ui import pane, prompt_forms
from playground.ui import sampling as panel
from playground.ui.answer import Frame
from playground.ui.context import UiContext
from playground.ui.conversation import Conversation
from playground.ui.drawn import drawn
from playground.ui.pane import Pane, conversation_view, send_and_stop, status_line
from playground.ui.view import Row, Say, rows
from playground.ui.words import Key

SUGGESTIONS = 4


@dataclass(frozen=True, slots=True)
class Parts:
    """The tab's components, so that handlers can name what they change."""

    pane: Pane
    crossing: gr.Row                      # the choices offered when the context is full
    forget: gr.Button
    start_over: gr.Button
    box: gr.Textbox
    meter: gr.HTML
    retry: gr.Button
    undo: gr.Button
    clear: gr.Button
    earlier: gr.Button
    later: gr.Button
    actions: gr.Row                       # in the place of `ideas` once there is a conversation
    ideas: gr.Row
    suggestions: tuple[gr.Button, ...]
    settings: panel.Settings
    forms: prompt_forms.Forms
    base: gr.State                        # SamplingParams the sliders were last set to

    @property
    def painted(self) -> list[Any]:
        """Every component that `paint` may change."""
        return [*self.pane.painted, self.crossing, self.box, self.retry, self.undo, self.clear, self.earlier,
                self.later, self.actions, self.ideas]


def lay_out(ctx: UiContext) -> Parts:
    words = ctx.words
    base = gr.State(None)
    with gr.Row(equal_height=False, elem_classes="work"):
        with gr.Column(scale=7, min_width=320):
            conversation, chatbot = conversation_view(ctx, "chat", Key("chat.empty"), editable="user",
                                                      feedback_options=("Like", "Dislike"))
            with gr.Row(elem_classes="status-line", equal_height=False):
                status = status_line("chat")
                meter = drawn("meter", elem_id="chat-meter")
            with gr.Row(visible=False, elem_id="context-choices") as crossing:
                forget = words.add(gr.Button, Key("chat.forget_oldest"), variant="primary", size="sm")
                start_over = words.add(gr.Button, Key("chat.start_over"), size="sm")
            with gr.Row(elem_classes="composer"):
                box = words.add(gr.Textbox, "", label=Key("chat.message"), placeholder=Key("chat.placeholder"), lines=1,
                                max_lines=8, scale=8, container=False, show_label=False, elem_id="chat-box")
                send, stop = send_and_stop(ctx, "chat", Key("chat.send"))
            with gr.Row(elem_classes="actions", visible=False) as actions:
                retry = words.add(gr.Button, Key("chat.retry"), size="sm", min_width=80, interactive=False)
                undo = words.add(gr.Button, Key("chat.undo"), size="sm", min_width=80, interactive=False)
                clear = words.add(gr.Button, Key("chat.clear"), size="sm", min_width=80, interactive=False)
                earlier = words.add(gr.Button, Key("chat.earlier"), size="sm", min_width=110, visible=False)
                later = words.add(gr.Button, Key("chat.later"), size="sm", min_width=110, visible=False)
            with gr.Row(elem_classes="suggestions") as ideas:
                suggestions = tuple(gr.Button(text, size="sm", min_width=120)
                                    for text in suggestions_for(ctx, ctx.default_variant, ctx.language))
        with gr.Column(scale=3, min_width=280):
            settings = panel.build(ctx)
            forms = prompt_forms.build(ctx)
            hood = hood_panel.build(ctx)
    answers = Pane("chat", conversation, chatbot, status, send, stop, hood)
    return Parts(answers, crossing, forget, start_over, box, meter, retry, undo, clear, earlier, later, actions, ideas,
                 suggestions, settings, forms, base)


def suggestions_for(ctx: UiContext, variant: str, language: str) -> list[str]:
    """Questions that this model answers well: its own, filled up with those that suit any model."""
    own = ctx.playground.catalog.variant(variant).model.examples.get(language, ())
    return [*own, *(ctx.words.say(language, f"suggest.any_{n + 1}") for n in range(SUGGESTIONS))][:SUGGESTIONS]


# ---------------------------------------------------------------- drawing
def paint(ctx: UiContext, parts: Parts, frame: Frame, language: str) -> dict[Any, Any]:
    """Every component as this frame wants it. While an answer streams, only the rows and the status change."""
    say = partial(ctx.words.say, language)
    conversation, idle = frame.conversation, not frame.running
    last = conversation.turns[-1] if conversation.turns else None
    started = last is not None or conversation.before is not None
    several = idle and last is not None and len(last.replies) > 1
    drawn_rows = rows(conversation, say, frame.draft)
    painted = pane.paint(ctx, parts.pane, frame, language) | {
        parts.pane.chatbot: gr.update(value=pane.shown(drawn_rows), editable="user" if idle else None,
                                      feedback_value=_feedback(conversation, drawn_rows)),
        parts.pane.status: _status(ctx, frame, say),
        parts.crossing: gr.update(visible=frame.box is None and _is_full(frame)),
        parts.actions: gr.update(visible=started),
        parts.ideas: gr.update(visible=not started),
        parts.retry: gr.update(interactive=idle and last is not None),
        parts.undo: gr.update(interactive=idle and started),
        parts.clear: gr.update(interactive=idle and last is not None),
        parts.earlier: gr.update(visible=several, interactive=several and last is not None and last.chosen > 0),
        parts.later: gr.update(visible=several,
                               interactive=several and last is not None and last.chosen < len(last.replies) - 1),
    }
    if frame.box is not None:
        painted[parts.box] = frame.box
    return painted


def _feedback(conversation: Conversation, drawn_rows: list[Row]) -> list[str | None]:
    """What Gradio shows as liked: one entry for each group of rows that make up an answer."""
    answered = {row.turn: conversation.turns[row.turn].reply for row in drawn_rows if row.kind != "question"}
    return [reply.rating.capitalize() or None if reply else None for reply in answered.values()]


def _is_full(frame: Frame) -> bool:
    return frame.problem is not None and frame.problem.code == "context_full"


def _status(ctx: UiContext, frame: Frame, say: Say) -> dict[str, Any]:
    """The pane's status, and what is special about this conversation."""
    value = pane.status(ctx, frame, say)
    conversation, items = frame.conversation, value["items"]
    if frame.problem is not None:
        return value
    if conversation.unseen and not frame.running:
        items.append({"text": say("chat.forgot", n=conversation.unseen)})
    last = conversation.turns[-1] if conversation.turns else None
    if conversation.before and last and (out := len(conversation.before.turns) - len(conversation.turns)) > 0:
        items.append({"text": say("chat.edited", n=out)})
    if last is not None and len(last.replies) > 1 and not frame.running:
        items.append({"text": say("chat.replies", n=last.chosen + 1, total=len(last.replies))})
    return value
