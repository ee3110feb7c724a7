"""Chat: the plainest tab, and the one to copy."""
from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from playground.errors import PlaygroundError
from playground.prompts import load_presets
from playground.text.math_marks import unmark_math
from playground.types import Failed, SamplingParams
from playground.ui import pane, prompt_forms
from playground.ui import sampling as panel
from playground.ui.answer import Ask, Frame, Visitor, answer
from playground.ui.chat_view import Parts, lay_out, paint, suggestions_for
from playground.ui.context import Tab, UiContext
from playground.ui.conversation import Conversation
from playground.ui.meter import measure
from playground.ui.pane import Updates
from playground.ui.view import Say, rows

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}


@dataclass(frozen=True, slots=True)
class Picked:
    """What the page holds when a handler is called."""

    conversation: Conversation
    variant: str
    language: str
    panel: tuple[Any, ...]                # the values of panel.Settings.inputs

    @classmethod
    def of(cls, conversation: Conversation, variant: str, language: str, *values: Any) -> Picked:
        return cls(conversation, variant, language, values)


def build(ctx: UiContext) -> None:
    """Lay out the tab and wire its events. Called once, inside the tab."""
    parts = lay_out(ctx)
    _wire_answers(ctx, parts)
    _wire_changes(ctx, parts)
    _wire_settings(ctx, parts)
    _wire_meter(ctx, parts)
    prompt_forms.wire(ctx, parts.forms, parts.settings.system, parts.box)


# ---------------------------------------------------------------- wiring: closures that unwrap, nothing else
def _wire_answers(ctx: UiContext, parts: Parts) -> None:
    """Everything that makes the model answer. All of it ends in `_run`."""
    def on_send(request: gr.Request, text: str, *state: Any) -> Updates:
        yield from send(ctx, parts, request, text, Picked.of(*state))

    def on_retry(request: gr.Request, *state: Any) -> Updates:
        yield from retry(ctx, parts, request, Picked.of(*state))

    def on_edit(request: gr.Request, event: gr.EditData, *state: Any) -> Updates:
        yield from edit(ctx, parts, request, _index(event), str(event.value), Picked.of(*state))

    def on_forget(request: gr.Request, *state: Any) -> Updates:
        yield from forget(ctx, parts, request, Picked.of(*state))

    def on_start_over(request: gr.Request, *state: Any) -> Updates:
        yield from start_over(ctx, parts, request, Picked.of(*state))

    state = [parts.pane.conversation, ctx.shared.variant, ctx.shared.language, *parts.settings.inputs]
    gr.on([parts.box.submit, parts.pane.send.click], on_send, [parts.box, *state], parts.painted, **QUIET)
    for button in parts.suggestions:
        button.click(on_send, [button, *state], parts.painted, **QUIET)
    parts.retry.click(on_retry, state, parts.painted, **QUIET)
    parts.pane.chatbot.edit(on_edit, state, parts.painted, **QUIET)
    parts.forget.click(on_forget, state, parts.painted, **QUIET)
    parts.start_over.click(on_start_over, state, parts.painted, **QUIET)
    pane.wire(ctx, parts.pane)


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

    def on_like(event: gr.LikeData, asked: Conversation, lang: str) -> Conversation:
        return rate(asked, _index(event), event.liked in (True, "Like"), partial(ctx.words.say, lang))

    state = [parts.pane.conversation, language]
    parts.undo.click(on_undo, state, parts.painted, **QUIET)
    parts.clear.click(on_clear, state, parts.painted, **QUIET)
    parts.earlier.click(on_earlier, state, parts.painted, **QUIET)
    parts.later.click(on_later, state, parts.painted, **QUIET)
    language.change(on_language, state, parts.painted, **QUIET)
    parts.pane.chatbot.like(on_like, state, parts.pane.conversation, **QUIET)


def _wire_settings(ctx: UiContext, parts: Parts) -> None:
    """The settings follow the picked model; a slider that the reader moved stays where it is."""
    settings, shared = parts.settings, ctx.shared
    sliders = list(settings.sliders.values())
    picked = [shared.variant, shared.language, settings.thinking]
    adapted = [settings.thinking, settings.preset, *sliders, settings.folded, parts.base, *parts.suggestions]

    def on_adapt(variant: str, language: str, thinking: str, base: SamplingParams | None, *values: Any
                 ) -> dict[Any, Any]:
        return adapt(ctx, parts, variant, language, thinking, base, list(values))

    def on_slide(variant: str, language: str, thinking: str, *values: Any) -> Any:
        model = ctx.playground.catalog.variant(variant).model
        return gr.update(label=_sampling_title(panel.changed(ctx, model, thinking, list(values)), ctx, language))

    def on_reset(variant: str, language: str, thinking: str) -> dict[Any, Any]:
        return {**adapt(ctx, parts, variant, language, thinking, None, []), settings.seed: ""}

    def on_preset(preset: str) -> str:
        return next(each.text for each in load_presets() if each.id == preset)

    for event in (shared.variant.change, shared.language.change, settings.thinking.input, shared.opened):
        event(on_adapt, [*picked, parts.base, *sliders], adapted, **QUIET)
    for slider in sliders:
        slider.release(on_slide, [*picked, *sliders], settings.folded, **QUIET)
    settings.reset.click(on_reset, picked, [*adapted, settings.seed], **QUIET)
    settings.preset.input(on_preset, settings.preset, settings.system, **QUIET)


def _wire_meter(ctx: UiContext, parts: Parts) -> None:
    """The context meter counts while people type, and after every change of what the model would read."""
    settings, shared = parts.settings, ctx.shared

    def on_type(text: str, asked: Conversation, variant: str, thinking: str, system: str, language: str) -> Any:
        return measure(ctx, variant, asked.ask(text) if text.strip() else asked, thinking, system,
                       partial(ctx.words.say, language))

    inputs = [parts.box, parts.pane.conversation, shared.variant, settings.thinking, settings.system, shared.language]
    for event in (parts.box.input, settings.system.change, settings.thinking.input, shared.variant.change,
                  shared.language.change, parts.pane.conversation.change, shared.opened):
        event(on_type, inputs, parts.meter, trigger_mode="always_last", **QUIET)


# ---------------------------------------------------------------- what the handlers do
def send(ctx: UiContext, parts: Parts, request: gr.Request, text: str, picked: Picked) -> Updates:
    """Ask `text` as the next question; the box is emptied at once."""
    if not text.strip():
        status = ctx.words.say(picked.language, "chat.empty_message")
        yield paint(ctx, parts, Frame(picked.conversation, status=status), picked.language)
        return
    first: dict[Any, Any] = {parts.box: ""}
    asked = picked.conversation.ask(text)
    for painted in _run(ctx, parts, request, asked, asked, picked):
        yield first | painted
        first = {}


def retry(ctx: UiContext, parts: Parts, request: gr.Request, picked: Picked) -> Updates:
    """Answer the last question again with a new seed; earlier replies stay."""
    asked = picked.conversation
    if not asked.turns:
        status = ctx.words.say(picked.language, "chat.nothing_to_retry")
        yield paint(ctx, parts, Frame(asked, status=status), picked.language)
        return
    *values, _seed = picked.panel
    yield from _run(ctx, parts, request, asked, asked.retried(), replace(picked, panel=(*values, "")))


def edit(ctx: UiContext, parts: Parts, request: gr.Request, row: int, value: str, picked: Picked) -> Updates:
    """Ask the question of a row differently. An unchanged or emptied question changes nothing."""
    asked, text = picked.conversation, unmark_math(value)
    turn = rows(asked, partial(ctx.words.say, picked.language))[row].turn
    if not text.strip() or text == asked.turns[turn].question:
        yield paint(ctx, parts, Frame(asked), picked.language)
        return
    changed = asked.edit(turn, text)
    yield from _run(ctx, parts, request, changed, changed, picked)


def forget(ctx: UiContext, parts: Parts, request: gr.Request, picked: Picked) -> Updates:
    """Hide as many of the oldest turns from the model as the last question needs, and answer it."""
    asked, say = picked.conversation, partial(ctx.words.say, picked.language)
    thinking, system, *_ = picked.panel
    while asked.unseen < len(asked.turns) - 1:
        asked = asked.forget_oldest()
        share = measure(ctx, picked.variant, asked, thinking, system, say)["share"]
        if share is None or share <= 0.75:  # leaves room to answer
            break
    yield from _run(ctx, parts, request, asked, asked, picked)


def start_over(ctx: UiContext, parts: Parts, request: gr.Request, picked: Picked) -> Updates:
    """Ask the last question in a new conversation; Undo brings the old one back."""
    fresh = picked.conversation.clear().ask(picked.conversation.turns[-1].question)
    yield from _run(ctx, parts, request, fresh, fresh, picked)


def rate(asked: Conversation, row: int, liked: bool, say: Say) -> Conversation:
    """With the answer of a row rated."""
    return asked.rate(rows(asked, say)[row].turn, "like" if liked else "dislike")


def _run(ctx: UiContext, parts: Parts, request: gr.Request, shown: Conversation, sent: Conversation, picked: Picked
         ) -> Updates:
    """Answer `sent`'s last question and draw it at the end of `shown`."""
    say, language = partial(ctx.words.say, picked.language), picked.language
    visitor = Visitor(request.session_hash or "", ctx.caller(request), TAB.id)
    try:
        ask = Ask(picked.variant, *panel.read(*picked.panel))
    except PlaygroundError as error:      # a setting out of bounds
        back, question = shown.undo()
        yield paint(ctx, parts, Frame(back, problem=Failed.of(error), box=question), language)
        return
    yield from pane.stream(ctx, parts.pane, answer(ctx, visitor, shown, sent, ask, say), language,
                           lambda frame: paint(ctx, parts, frame, language))


def adapt(ctx: UiContext, parts: Parts, variant: str, language: str, thinking: str, base: SamplingParams | None,
          values: list[Any]) -> dict[Any, Any]:
    """The settings for the picked model; sliders that the reader moved stay where they are."""
    model, settings = ctx.playground.catalog.variant(variant).model, parts.settings
    wanted = panel.recommended(model, thinking, ctx.max_tokens)
    moved = base is not None and values != panel.slider_values(base)
    shown = values if moved else panel.slider_values(wanted)
    return {
        settings.thinking: gr.update(visible=model.thinking == "hybrid"),
        settings.preset: gr.update(choices=[(each.title[language], each.id) for each in load_presets()]),
        # not those that stay as they are: a reader may have moved one since this was asked
        **{slider: value for n, (slider, value) in enumerate(zip(settings.sliders.values(), shown, strict=True))
           if n >= len(values) or values[n] != value},
        settings.folded: gr.update(label=_sampling_title(panel.changed(ctx, model, thinking, shown), ctx, language)),
        parts.base: base if moved else wanted,
        **dict(zip(parts.suggestions, suggestions_for(ctx, variant, language), strict=True)),
    }


def _sampling_title(changed: int, ctx: UiContext, language: str) -> str:
    return ctx.words.say(language, "settings.sampling_changed" if changed else "settings.sampling", n=changed)


def _index(event: gr.EditData | gr.LikeData) -> int:
    """The Chatbot row an event is about."""
    return int(event.index[0] if isinstance(event.index, list | tuple) else event.index)


TAB = Tab("chat", "chat.tab", build, order=10)
