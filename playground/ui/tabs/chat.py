"""Chat: the plainest tab, and the one to copy."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.errors import PlaygroundError
from playground.text.math_marks import DELIMITERS, unmark_math
from playground.types import Failed, SamplingParams
from playground.ui import hood as hood_panel
from playground.ui import sampling as panel
from playground.ui.answer import Ask, Frame, Visitor, answer, problem_text
from playground.ui.context import Tab, UiContext
from playground.ui.conversation import Conversation
from playground.ui.drawn import drawn
from playground.ui.meter import measure
from playground.ui.view import Say, rows
from playground.ui.words import Key

SUGGESTIONS = 4


@dataclass(frozen=True, slots=True)
class Parts:
    """The tab's components, so that handlers can name what they change."""

    conversation: gr.State
    chatbot: gr.Chatbot
    status: gr.HTML
    crossing: gr.Row                      # the choices offered when the context is full
    forget: gr.Button
    start_over: gr.Button
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
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
    hood: hood_panel.Hood
    base: gr.State                        # SamplingParams the sliders were last set to

    @property
    def painted(self) -> list[Any]:
        """Every component that `paint` may change."""
        return [self.conversation, self.chatbot, self.status, self.crossing, self.box, self.send, self.stop,
                self.retry, self.undo, self.clear, self.earlier, self.later, self.actions, self.ideas, self.meter,
                *self.hood.outputs]


def build(ctx: UiContext) -> None:
    """Lay out the tab and wire its events. Called once, inside the tab."""
    parts = _lay_out(ctx)
    _wire_answers(ctx, parts)
    _wire_changes(ctx, parts)
    _wire_settings(ctx, parts)


# ---------------------------------------------------------------- layout
def _lay_out(ctx: UiContext) -> Parts:
    words = ctx.words
    conversation, base = gr.State(Conversation()), gr.State(None)
    with gr.Row(equal_height=False, elem_classes="work"):
        with gr.Column(scale=7, min_width=320):
            chatbot = words.add(
                gr.Chatbot, label=Key("chat.conversation"), show_label=False,
                placeholder=Key("chat.empty"), latex_delimiters=DELIMITERS, buttons=["copy"], editable="user",
                allow_tags=False, elem_id="chat", feedback_options=("Like", "Dislike"), layout="bubble")
            with gr.Row(elem_classes="status-line", equal_height=False):
                status = drawn("facts", live=True, elem_id="chat-status")
                meter = drawn("meter", elem_id="chat-meter")
            with gr.Row(visible=False, elem_id="context-choices") as crossing:
                forget = words.add(gr.Button, Key("chat.forget_oldest"), variant="primary", size="sm")
                start_over = words.add(gr.Button, Key("chat.start_over"), size="sm")
            with gr.Row(elem_classes="composer"):
                box = words.add(gr.Textbox, "", label=Key("chat.message"), placeholder=Key("chat.placeholder"), lines=1,
                                max_lines=8, scale=8, container=False, show_label=False, elem_id="chat-box")
                send = words.add(gr.Button, Key("chat.send"), variant="primary", scale=1, min_width=84,
                                 elem_id="chat-send")
                stop = words.add(gr.Button, Key("chat.stop"), variant="stop", scale=1, min_width=84,
                                 interactive=False, elem_id="chat-stop", elem_classes="stop-answer")
            with gr.Row(elem_classes="actions", visible=False) as actions:
                retry = words.add(gr.Button, Key("chat.retry"), size="sm", min_width=80, interactive=False)
                undo = words.add(gr.Button, Key("chat.undo"), size="sm", min_width=80, interactive=False)
                clear = words.add(gr.Button, Key("chat.clear"), size="sm", min_width=80, interactive=False)
                earlier = words.add(gr.Button, Key("chat.earlier"), size="sm", min_width=110, visible=False)
                later = words.add(gr.Button, Key("chat.later"), size="sm", min_width=110, visible=False)
            with gr.Row(elem_classes="suggestions") as ideas:
                suggestions = tuple(gr.Button(text, size="sm", min_width=120)
                                    for text in _suggestions(ctx, ctx.default_variant, ctx.language))
        with gr.Column(scale=3, min_width=280):
            settings = panel.build(ctx)
            hood = hood_panel.build(ctx)
    return Parts(conversation, chatbot, status, crossing, forget, start_over, box, send, stop, meter, retry, undo,
                 clear, earlier, later, actions, ideas, suggestions, settings, hood, base)


# ---------------------------------------------------------------- wiring
def _wire_answers(ctx: UiContext, parts: Parts) -> None:
    """Everything that makes the model answer. All of it ends in `_run`."""
    picked = [ctx.shared.variant, ctx.shared.language, *parts.settings.inputs]

    def on_send(request: gr.Request, text: str, asked: Conversation, variant: str, language: str, *values: Any) -> Iterator[dict[Any, Any]]:
        yield from _send(ctx, parts, request, text, asked, variant, language, values)

    def on_suggest(request: gr.Request, text: str, asked: Conversation, variant: str, language: str, *values: Any) -> Iterator[dict[Any, Any]]:
        yield from _send(ctx, parts, request, text, asked, variant, language, values)

    def on_retry(request: gr.Request, asked: Conversation, variant: str, language: str, *values: Any) -> Iterator[dict[Any, Any]]:
        yield from _retry(ctx, parts, request, asked, variant, language, values)

    def on_edit(request: gr.Request, edit: gr.EditData, asked: Conversation, variant: str, language: str, *values: Any) -> Iterator[dict[Any, Any]]:
        yield from _edit(ctx, parts, request, edit, asked, variant, language, values)

    def on_forget(request: gr.Request, asked: Conversation, variant: str, language: str, *values: Any) -> Iterator[dict[Any, Any]]:
        yield from _forget(ctx, parts, request, asked, variant, language, values)

    def on_start_over(request: gr.Request, asked: Conversation, variant: str, language: str, *values: Any) -> Iterator[dict[Any, Any]]:
        yield from _start_over(ctx, parts, request, asked, variant, language, values)

    def on_stop(request: gr.Request) -> None:
        ctx.stop(request.session_hash or "", TAB.id)

    private: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": None, "show_progress": "hidden"}
    state = [parts.conversation, *picked]
    gr.on([parts.box.submit, parts.send.click], on_send, [parts.box, *state], parts.painted, **private)
    for button in parts.suggestions:
        button.click(on_suggest, [button, *state], parts.painted, **private)
    parts.retry.click(on_retry, state, parts.painted, **private)
    parts.chatbot.edit(on_edit, state, parts.painted, **private)
    parts.forget.click(on_forget, state, parts.painted, **private)
    parts.start_over.click(on_start_over, state, parts.painted, **private)
    parts.stop.click(on_stop, None, None, queue=False, api_visibility="private")


def _wire_changes(ctx: UiContext, parts: Parts) -> None:
    """Everything that changes the conversation or what is shown of it, without the model."""
    language = ctx.shared.language

    def on_undo(asked: Conversation, lang: str) -> dict[Any, Any]:
        back, question = asked.undo()
        return paint(ctx, parts, Frame(back, box=question or None), lang)

    def on_clear(asked: Conversation, lang: str) -> dict[Any, Any]:
        return paint(ctx, parts, Frame(asked.clear(), status=ctx.words.say(lang, "chat.cleared")), lang)

    def on_earlier(asked: Conversation, lang: str) -> dict[Any, Any]:
        return paint(ctx, parts, Frame(asked.browse(-1)), lang)

    def on_later(asked: Conversation, lang: str) -> dict[Any, Any]:
        return paint(ctx, parts, Frame(asked.browse(+1)), lang)

    def on_language(asked: Conversation, lang: str) -> dict[Any, Any]:
        return paint(ctx, parts, Frame(asked), lang)

    def on_like(like: gr.LikeData, asked: Conversation, lang: str) -> Conversation:
        drawn_rows = rows(asked, partial(ctx.words.say, lang))
        return asked.rate(drawn_rows[_index(like)].turn, "like" if like.liked in (True, "Like") else "dislike")

    def on_open(asked: Conversation, which: int | None, lang: str) -> tuple[Any, Any, Any]:
        return hood_panel.contents(ctx.playground, asked, which, partial(ctx.words.say, lang))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    state = [parts.conversation, language]
    parts.undo.click(on_undo, state, parts.painted, **quiet)
    parts.clear.click(on_clear, state, parts.painted, **quiet)
    parts.earlier.click(on_earlier, state, parts.painted, **quiet)
    parts.later.click(on_later, state, parts.painted, **quiet)
    language.change(on_language, state, parts.painted, **quiet)
    parts.chatbot.like(on_like, state, parts.conversation, **quiet)
    hood = parts.hood
    hood.which.input(on_open, [parts.conversation, hood.which, language], [hood.tokens, hood.exact, hood.code], **quiet)


def _wire_settings(ctx: UiContext, parts: Parts) -> None:
    """The settings follow the model, the context meter follows everything."""
    settings, shared = parts.settings, ctx.shared
    sliders = list(settings.sliders.values())

    def on_adapt(variant: str, language: str, thinking: str, base: SamplingParams | None, *values: Any
                 ) -> dict[Any, Any]:
        return _adapt(ctx, parts, variant, language, thinking, base, list(values))

    def on_slide(variant: str, language: str, thinking: str, *values: Any) -> Any:
        model = ctx.playground.catalog.variant(variant).model
        return gr.update(label=_sampling_title(panel.changed(model, thinking, list(values)), ctx, language))

    def on_preset(preset: str) -> str:
        return next(p.text for p in panel.load_presets() if p.id == preset)

    def on_type(text: str, asked: Conversation, variant: str, thinking: str, system: str, language: str) -> Any:
        return measure(ctx, variant, asked.ask(text) if text.strip() else asked, thinking, system,
                       partial(ctx.words.say, language))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
    adapted = [settings.thinking, settings.preset, *sliders, settings.folded, parts.base, *parts.suggestions]
    meter_inputs = [parts.box, parts.conversation, shared.variant, settings.thinking, settings.system, shared.language]
    inputs = [shared.variant, shared.language, settings.thinking, parts.base, *sliders]
    for event in (shared.variant.change, shared.language.change, settings.thinking.input, shared.opened):
        event(on_adapt, inputs, adapted, **quiet)
    for slider in sliders:
        slider.release(on_slide, [shared.variant, shared.language, settings.thinking, *sliders], settings.folded,
                       **quiet)

    def on_reset(variant: str, language: str, thinking: str) -> dict[Any, Any]:
        return {**_adapt(ctx, parts, variant, language, thinking, None, []), settings.seed: None}

    settings.reset.click(on_reset, [shared.variant, shared.language, settings.thinking], [*adapted, settings.seed],
                         **quiet)
    settings.preset.input(on_preset, settings.preset, settings.system, **quiet)
    for event in (parts.box.input, settings.system.input, settings.thinking.input, shared.variant.change,
                  settings.preset.input, shared.opened):
        event(on_type, meter_inputs, parts.meter, trigger_mode="always_last", **quiet)


# ---------------------------------------------------------------- what the handlers do
def _send(ctx: UiContext, parts: Parts, request: gr.Request, text: str, asked: Conversation, variant: str,
          language: str, values: tuple[Any, ...]) -> Iterator[dict[Any, Any]]:
    if not text.strip():
        yield paint(ctx, parts, Frame(asked, status=ctx.words.say(language, "chat.empty_message")), language)
        return
    conversation = asked.ask(text)
    first = True
    for painted in _run(ctx, parts, request, conversation, conversation, variant, language, values):
        yield {parts.box: "", **painted} if first else painted
        first = False


def _retry(ctx: UiContext, parts: Parts, request: gr.Request, asked: Conversation, variant: str, language: str,
           values: tuple[Any, ...]) -> Iterator[dict[Any, Any]]:
    if not asked.turns:
        yield paint(ctx, parts, Frame(asked, status=ctx.words.say(language, "chat.nothing_to_retry")), language)
        return
    values = (*values[:-1], None)         # the seed comes last: another try must be able to differ
    yield from _run(ctx, parts, request, asked, asked.retried(), variant, language, values)


def _edit(ctx: UiContext, parts: Parts, request: gr.Request, edit: gr.EditData, asked: Conversation, variant: str,
          language: str, values: tuple[Any, ...]) -> Iterator[dict[Any, Any]]:
    turn = rows(asked, partial(ctx.words.say, language))[_index(edit)].turn
    text = unmark_math(str(edit.value))
    if not text.strip() or text == asked.turns[turn].question:
        yield paint(ctx, parts, Frame(asked), language)
        return
    changed = asked.edit(turn, text)
    yield from _run(ctx, parts, request, changed, changed, variant, language, values)


def _forget(ctx: UiContext, parts: Parts, request: gr.Request, asked: Conversation, variant: str, language: str,
            values: tuple[Any, ...]) -> Iterator[dict[Any, Any]]:
    """Hide as many of the oldest turns from the model as the last question needs to fit."""
    conversation = asked
    while conversation.unseen < len(conversation.turns) - 1:
        conversation = conversation.forget_oldest()
        if measure(ctx, variant, conversation, values[0], values[1], partial(ctx.words.say, language))["share"] <= 0.75:
            break
    yield from _run(ctx, parts, request, conversation, conversation, variant, language, values)


def _start_over(ctx: UiContext, parts: Parts, request: gr.Request, asked: Conversation, variant: str, language: str,
                values: tuple[Any, ...]) -> Iterator[dict[Any, Any]]:
    fresh = asked.clear().ask(asked.turns[-1].question)
    yield from _run(ctx, parts, request, fresh, fresh, variant, language, values)


def _run(ctx: UiContext, parts: Parts, request: gr.Request, shown: Conversation, sent: Conversation, variant: str,
         language: str, values: tuple[Any, ...]) -> Iterator[dict[Any, Any]]:
    say = partial(ctx.words.say, language)
    visitor = Visitor(request.session_hash or "", ctx.caller(request), TAB.id)
    try:
        ask = Ask(variant, *panel.read(*values))
    except PlaygroundError as error:
        back, question = shown.undo()
        problem = Failed(error.code, str(error), error.hint, error.params)
        yield paint(ctx, parts, Frame(back, problem=problem, box=question), language)
        return
    first = True
    for frame in answer(ctx, visitor, shown, sent, ask, say):
        if frame.running and not first:
            yield {parts.chatbot: [row.shown for row in rows(shown, say, frame.draft)],
                   parts.status: {"items": [{"text": frame.status}]}}
        else:
            yield paint(ctx, parts, frame, language, ask)
        first = False


def _adapt(ctx: UiContext, parts: Parts, variant: str, language: str, thinking: str, base: SamplingParams | None,
           values: list[Any]) -> dict[Any, Any]:
    """The settings for the picked model; sliders that the reader moved stay where they are."""
    model, settings, say = ctx.playground.catalog.variant(variant).model, parts.settings, partial(ctx.words.say, language)
    wanted = panel.recommended(model, thinking)
    moved = base is not None and values != panel.slider_values(base)
    shown = values if moved else panel.slider_values(wanted)
    return {
        settings.thinking: gr.update(visible=model.thinking == "hybrid"),
        settings.preset: gr.update(choices=[(p.title[language], p.id) for p in panel.load_presets()]),
        **dict(zip(settings.sliders.values(), shown)),
        settings.folded: gr.update(label=_sampling_title(panel.changed(model, thinking, shown), ctx, language)),
        parts.base: base if moved else wanted,
        **dict(zip(parts.suggestions, _suggestions(ctx, variant, language))),
    }


def _suggestions(ctx: UiContext, variant: str, language: str) -> list[str]:
    """Questions that this model answers well."""
    kind = "pocket" if ctx.playground.catalog.variant(variant).model.pocket else "any"
    return [ctx.words.say(language, f"suggest.{kind}_{n + 1}") for n in range(SUGGESTIONS)]


def _sampling_title(changed: int, ctx: UiContext, language: str) -> str:
    return ctx.words.say(language, "settings.sampling_changed" if changed else "settings.sampling", n=changed)


def _index(event: gr.EditData | gr.LikeData) -> int:
    return int(event.index[0] if isinstance(event.index, list | tuple) else event.index)


# ---------------------------------------------------------------- drawing
def paint(ctx: UiContext, parts: Parts, frame: Frame, language: str, ask: Ask | None = None) -> dict[Any, Any]:
    """Every component as this frame wants it. While an answer streams, only the rows and the status change."""
    say = partial(ctx.words.say, language)
    conversation, idle = frame.conversation, not frame.running
    last = conversation.turns[-1] if conversation.turns else None
    started = last is not None or conversation.before is not None
    several = idle and last is not None and len(last.replies) > 1
    painted: dict[Any, Any] = {
        parts.conversation: conversation,
        parts.chatbot: gr.update(value=[row.shown for row in rows(conversation, say, frame.draft)],
                                 editable="user" if idle else None),
        parts.status: _status(ctx, frame, say),
        parts.crossing: gr.update(visible=frame.box is None and _is_full(frame)),
        parts.actions: gr.update(visible=started),
        parts.ideas: gr.update(visible=not started),
        parts.send: gr.update(interactive=idle),
        parts.stop: gr.update(interactive=not idle),
        parts.retry: gr.update(interactive=idle and last is not None),
        parts.undo: gr.update(interactive=idle and started),
        parts.clear: gr.update(interactive=idle and last is not None),
        parts.earlier: gr.update(visible=several, interactive=several and last is not None and last.chosen > 0),
        parts.later: gr.update(visible=several,
                               interactive=several and last is not None and last.chosen < len(last.replies) - 1),
    }
    if frame.box is not None:
        painted[parts.box] = frame.box
    if idle:
        painted |= _open_newest(ctx, parts, conversation, say)
        if ask is not None:
            painted[parts.meter] = measure(ctx, ask.variant, conversation, ask.thinking, ask.system, say)
    return painted


def _is_full(frame: Frame) -> bool:
    return frame.problem is not None and frame.problem.code == "context_full"


def _status(ctx: UiContext, frame: Frame, say: Say) -> dict[str, Any]:
    items = [{"text": frame.status}] if frame.status else []
    if frame.problem is not None:
        message, hint = problem_text(frame.problem, say, ctx.words.has)
        return {"kind": "problem", "title": say("error.title"), "items": [{"text": message}, {"text": hint}]}
    conversation = frame.conversation
    if conversation.unseen and not frame.running:
        items.append({"text": say("chat.forgot", n=conversation.unseen)})
    last = conversation.turns[-1] if conversation.turns else None
    if last is not None and len(last.replies) > 1 and not frame.running:
        items.append({"text": say("chat.replies", n=last.chosen + 1, total=len(last.replies))})
    return {"items": items}


def _open_newest(ctx: UiContext, parts: Parts, conversation: Conversation, say: Say) -> dict[Any, Any]:
    newest = hood_panel.newest(conversation)
    tokens, exact, code = hood_panel.contents(ctx.playground, conversation, newest, say)
    hood = parts.hood
    return {hood.which: gr.update(choices=hood_panel.choices(conversation, say), value=newest),
            hood.tokens: tokens, hood.exact: exact, hood.code: code}


TAB = Tab("chat", "chat.tab", build, order=10)
