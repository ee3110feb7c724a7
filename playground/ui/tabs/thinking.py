"""Thinking: watch a model reason, limit it, cut it short, and measure what the reasoning is worth."""
from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from playground.errors import PlaygroundError
from playground.experiments.budgets import Progress
from playground.experiments.less_thinking import Cut
from playground.types import Failed
from playground.ui import pane
from playground.ui.answer import Ask, Frame, Visitor, answer
from playground.ui.context import Tab, UiContext
from playground.ui.conversation import Conversation, Reply
from playground.ui.pane import Updates
from playground.ui.sampling import recommended
from playground.ui.thinking_drawn import trial_csv, trial_drawn
from playground.ui.thinking_panels import Picked, cut_short, redraw, try_budgets
from playground.ui.thinking_view import ID, LESS_ID, TRIAL_ID, Parts, adapt, lay_out, thinker, warning
from playground.ui.view import Say
from playground.ui.words import load_strings

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
SAVE = "(text) => window.qwenPlayground.save(text, 'thinking-budget.csv')"


def build(ctx: UiContext) -> None:
    """Lay out the tab and wire its events."""
    parts = lay_out(ctx)
    pane.wire(ctx, parts.pane)
    _wire_question(ctx, parts)
    _wire_settings(ctx, parts)
    _wire_language(ctx, parts)
    _wire_less(ctx, parts)
    _wire_trial(ctx, parts)


# ---------------------------------------------------------------- wiring: closures that unwrap, nothing else
def _wire_question(ctx: UiContext, parts: Parts) -> None:
    def on_ask(request: gr.Request, text: str, *values: Any) -> Updates:
        yield from ask(ctx, parts, request, text, Picked(*values))

    inputs = [ctx.shared.variant, ctx.shared.language, *parts.settings]
    painted = [*parts.pane.painted, parts.box, parts.note, parts.less.opened, parts.less.expected, *parts.less.painted]
    gr.on([parts.box.submit, parts.pane.send.click], on_ask, [parts.box, *inputs], painted, **QUIET)
    for button in parts.suggestions:
        button.click(on_ask, [button, *inputs], painted, **QUIET)


def _wire_settings(ctx: UiContext, parts: Parts) -> None:
    shared = ctx.shared

    def on_adapt(variant: str, switch: str, temperature: float, language: str) -> dict[Any, Any]:
        return adapt(ctx, parts, variant, switch, temperature, language)

    def on_recommend(variant: str, switch: str, language: str) -> dict[Any, Any]:
        model = ctx.playground.catalog.variant(variant).model
        wanted = recommended(model, switch, ctx.max_tokens).temperature
        return adapt(ctx, parts, variant, switch, wanted, language) | {parts.temperature: wanted}

    def on_warm(variant: str, switch: str, temperature: float, language: str) -> dict[str, Any]:
        model = ctx.playground.catalog.variant(variant).model
        return warning(model, switch, temperature, partial(ctx.words.say, language))

    def on_limit(limited: bool) -> Any:
        return gr.update(visible=limited)

    def on_pick() -> str:
        model = thinker(ctx)
        return ctx.playground.catalog.variant(model.id).key if model else ctx.default_variant

    heated = [shared.variant, parts.switch, parts.temperature, shared.language]
    for event in (shared.language.change, shared.opened):
        event(on_adapt, heated, parts.adapted, **QUIET)
    for event in (shared.variant.change, parts.switch.input):
        event(on_recommend, [shared.variant, parts.switch, shared.language], [*parts.adapted, parts.temperature],
              **QUIET)
    parts.temperature.release(on_warm, heated, parts.warning, **QUIET)
    parts.limited.input(on_limit, parts.limited, parts.budget, **QUIET)
    parts.pick.click(on_pick, None, shared.variant, **QUIET)


def _wire_language(ctx: UiContext, parts: Parts) -> None:
    less, trial, language = parts.less, parts.trial, ctx.shared.language

    def on_language(asked: Conversation, answered: tuple[Cut, ...], expected: str,
                    measured: tuple[Progress, str] | None, lang: str) -> dict[Any, Any]:
        return repaint(ctx, parts, asked, answered, expected, measured, lang)

    language.change(on_language, [parts.pane.conversation, less.answered, less.expected, trial.measured, language],
                    [*parts.pane.painted, less.plot, less.table, trial.status, trial.plot, trial.table], **QUIET)


def _wire_less(ctx: UiContext, parts: Parts) -> None:
    less, language = parts.less, ctx.shared.language

    def on_less(request: gr.Request, asked: Conversation, expected: str, lang: str) -> Updates:
        yield from cut_short(ctx, parts, request, asked, expected, lang)

    def on_expected(asked: Conversation, answered: tuple[Cut, ...], expected: str, lang: str) -> dict[Any, Any]:
        return redraw(less, asked, answered, expected, partial(ctx.words.say, lang))

    def on_stop(request: gr.Request) -> None:
        ctx.stop(request.session_hash or "", LESS_ID)

    conversation = parts.pane.conversation
    less.start.click(on_less, [conversation, less.expected, language], less.painted, **QUIET)
    # not `input`, which comes before the new value when a text is pasted
    less.expected.change(on_expected, [conversation, less.answered, less.expected, language], [less.plot, less.table],
                         trigger_mode="always_last", **QUIET)
    less.stop.click(on_stop, None, None, queue=False, api_visibility="private")


def _wire_trial(ctx: UiContext, parts: Parts) -> None:
    trial, shared = parts.trial, ctx.shared

    def on_measure(request: gr.Request, kind: str, count: float, budgets: list[str], *values: Any) -> Updates:
        yield from try_budgets(ctx, parts, request, kind, int(count), budgets, Picked(*values))

    def on_stop(request: gr.Request) -> None:
        ctx.stop(request.session_hash or "", TRIAL_ID)

    def on_csv(measured: tuple[Progress, str] | None) -> str:
        return trial_csv(*measured) if measured else ""

    trial.start.click(on_measure, [trial.kind, trial.count, trial.budgets, shared.variant, shared.language,
                                   *parts.settings], trial.painted, **QUIET)
    trial.stop.click(on_stop, None, None, queue=False, api_visibility="private")
    trial.csv.click(on_csv, trial.measured, trial.text, **QUIET).then(None, trial.text, None, js=SAVE)


# ---------------------------------------------------------------- what the handlers do
def ask(ctx: UiContext, parts: Parts, request: gr.Request, text: str, picked: Picked) -> Updates:
    """Answer one question, and offer to cut its thinking. It stays in the box, to be asked with another budget."""
    say = partial(ctx.words.say, picked.language)
    if not text.strip():
        yield {parts.pane.status: {"items": [{"text": say("chat.empty_message")}]}}
        return
    asked, budget = Conversation().ask(text), picked.limit(ctx)
    ctx.stop(request.session_hash or "", LESS_ID)
    try:
        question = Ask(picked.variant, picked.switch, "", picked.sampling(ctx, budget), budget)
    except PlaygroundError as error:
        yield pane.paint(ctx, parts.pane, Frame(Conversation(), problem=Failed.of(error)), picked.language)
        return

    def whole(frame: Frame) -> dict[Any, Any]:
        reply = frame.conversation.turns[-1].reply if frame.conversation.turns else None
        painted = pane.paint(ctx, parts.pane, frame, picked.language)
        return painted | _offer(parts, reply if not frame.running else None, budget, say)

    visitor = Visitor(request.session_hash or "", ctx.caller(request), ID)
    first: dict[Any, Any] = {parts.box: text}                # a suggestion was not typed
    for painted in pane.stream(ctx, parts.pane, answer(ctx, visitor, asked, asked, question, say), picked.language,
                               whole):
        yield first | painted
        first = {}


def _offer(parts: Parts, reply: Reply | None, budget: int | None, say: Say) -> dict[Any, Any]:
    """What became of the budget, and the panel that cuts this answer's thinking."""
    less, ran = parts.less, reply.request.thinking_budget if reply is not None and reply.request is not None else None
    note: dict[str, Any] = {}
    if budget is not None and ran is not None and ran < budget:
        note = {"items": [{"text": say("thinking.budget_cut", asked=budget, n=ran)}]}
    return {parts.note: note, less.opened: gr.update(visible=reply is not None and bool(reply.reasoning)),
            less.start: gr.update(interactive=True), less.stop: gr.update(interactive=False), less.expected: "",
            less.status: {}, less.plot: {}, less.table: {}, less.answered: ()}


def repaint(ctx: UiContext, parts: Parts, asked: Conversation, answered: tuple[Cut, ...], expected: str,
            measured: tuple[Progress, str] | None, language: str) -> dict[Any, Any]:
    """Everything that is drawn, in another language."""
    say, trial = partial(ctx.words.say, language), parts.trial
    bar, plot, table = trial_drawn(measured[0], say) if measured else ({}, {}, {})
    return (pane.paint(ctx, parts.pane, Frame(asked), language) | redraw(parts.less, asked, answered, expected, say)
            | {trial.status: bar, trial.plot: plot, trial.table: table})


def texts() -> Mapping[str, Mapping[str, str]]:
    """The texts of this tab."""
    return load_strings(Path(__file__).parents[1] / "strings" / "thinking")


TAB = Tab(ID, "thinking.tab", build, order=20, texts=texts)
