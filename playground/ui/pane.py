"""Where a tab shows answers: the conversation as it grows, a status line, Send and Stop, and what is under the hood."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.text.math_marks import DELIMITERS, mark_math
from playground.types import Failed
from playground.ui import hood as hood_panel
from playground.ui.answer import Frame, problem_text
from playground.ui.context import UiContext
from playground.ui.conversation import Conversation
from playground.ui.drawn import drawn
from playground.ui.view import Row, Say, rows
from playground.ui.words import Key

Updates = Iterator[dict[Any, Any]]        # component to its new value or gr.update


@dataclass(frozen=True, slots=True)
class Pane:
    """The components. `tab` is the id under which its run is stopped; `mark` prepares texts for the Chatbot."""

    tab: str
    conversation: gr.State
    chatbot: gr.Chatbot
    status: gr.HTML
    send: gr.Button
    stop: gr.Button
    hood: hood_panel.Hood
    mark: Callable[[str], str] = mark_math

    @property
    def painted(self) -> list[Any]:
        """Every component that `paint` may change."""
        return [self.conversation, self.chatbot, self.status, self.send, self.stop, *self.hood.outputs]


def conversation_view(ctx: UiContext, tab: str, empty: Key, **props: Any) -> tuple[gr.State, gr.Chatbot]:
    """The conversation and its drawing. `empty` is what it says before the first question."""
    with gr.Column(elem_id=f"{tab}-place", elem_classes="answer-place"):
        chatbot = ctx.words.add(
            gr.Chatbot, label=Key("chat.conversation"), show_label=False, placeholder=empty,
            buttons=["copy"], allow_tags=False, elem_id=tab, elem_classes="conversation", layout="bubble",
            **{"latex_delimiters": DELIMITERS, **props})
    return gr.State(Conversation()), chatbot


def status_line(tab: str) -> gr.HTML:
    """What is happening, read out by screen readers."""
    return drawn("facts", live=True, elem_id=f"{tab}-status", elem_classes="answer-status")


def send_and_stop(ctx: UiContext, tab: str, send: Key) -> tuple[gr.Button, gr.Button]:
    """The two buttons of everything that runs."""
    go = ctx.words.add(gr.Button, send, variant="primary", scale=1, min_width=84, elem_id=f"{tab}-send")
    stop = ctx.words.add(gr.Button, Key("chat.stop"), variant="stop", scale=1, min_width=84, interactive=False,
                         elem_id=f"{tab}-stop", elem_classes="stop-answer")
    return go, stop


def wire(ctx: UiContext, pane: Pane) -> None:
    """Stop, and the choice of the answer that is opened up."""
    hood, language = pane.hood, ctx.shared.language

    def on_stop(request: gr.Request) -> None:
        ctx.stop(request.session_hash or "", pane.tab)

    def on_open(asked: Conversation, which: int | None, lang: str) -> tuple[Any, Any, Any]:
        return hood_panel.contents(ctx.playground, asked, which, partial(ctx.words.say, lang))

    pane.stop.click(on_stop, None, None, queue=False, api_visibility="private")
    hood.which.input(on_open, [pane.conversation, hood.which, language], [hood.tokens, hood.exact, hood.code],
                     api_visibility="private", show_progress="hidden", concurrency_limit=None)


# ---------------------------------------------------------------- drawing
def paint(ctx: UiContext, pane: Pane, frame: Frame, language: str) -> dict[Any, Any]:
    """Every component as this frame wants it."""
    say = partial(ctx.words.say, language)
    painted: dict[Any, Any] = {
        pane.conversation: frame.conversation,
        pane.chatbot: gr.update(value=shown(rows(frame.conversation, say, frame.draft, pane.mark))),
        pane.status: status(ctx, frame, say),
        pane.send: gr.update(interactive=not frame.running),
        pane.stop: gr.update(interactive=frame.running),
    }
    return painted if frame.running else painted | open_newest(ctx, pane.hood, frame.conversation, say)


def stream(ctx: UiContext, pane: Pane, frames: Iterator[Frame], language: str,
           whole: Callable[[Frame], dict[Any, Any]] | None = None) -> Updates:
    """Updates while an answer is written: `whole` at both ends, in between only the rows and the status.

    whole: `paint` with what else the tab wants to change then.
    """
    say, first = partial(ctx.words.say, language), True
    for frame in frames:
        if frame.running and not first:
            yield {pane.chatbot: shown(rows(frame.conversation, say, frame.draft, pane.mark)),
                   pane.status: {"items": [{"text": frame.status}]}}
        else:
            yield whole(frame) if whole else paint(ctx, pane, frame, language)
        first = False


def shown(drawn_rows: list[Row]) -> list[dict[str, Any]]:
    """What the Chatbot takes."""
    return [row.shown for row in drawn_rows]


def status(ctx: UiContext, frame: Frame, say: Say) -> dict[str, Any]:
    """The status line's value: what happens, or what went wrong and what to do."""
    if frame.problem is not None:
        return problem(ctx, frame.problem, say)
    return {"items": [{"text": frame.status}] if frame.status else []}


def problem(ctx: UiContext, failed: Failed, say: Say) -> dict[str, Any]:
    """What went wrong and what to do, as status lines draw it."""
    message, hint = problem_text(failed, say, ctx.words.has)
    return {"kind": "problem", "title": say("error.title"), "items": [{"text": message}, {"text": hint}]}


def open_newest(ctx: UiContext, hood: hood_panel.Hood, conversation: Conversation, say: Say) -> dict[Any, Any]:
    """The newest answer under the hood."""
    newest = hood_panel.newest(conversation)
    tokens, exact, code = hood_panel.contents(ctx.playground, conversation, newest, say)
    return {hood.opened: gr.update(visible=newest is not None),
            hood.which: gr.update(choices=hood_panel.choices(conversation, say), value=newest),
            hood.tokens: tokens, hood.exact: exact, hood.code: code}
