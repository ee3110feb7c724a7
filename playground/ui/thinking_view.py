"""The thinking tab's components, and how its values are drawn on them. The handlers are in `tabs/thinking.py`."""
from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.experiments.problems import KINDS
from playground.types import ModelSpec
from playground.ui import hood as hood_panel
from playground.ui.chat_view import suggestions_for
from playground.ui.context import UiContext
from playground.ui.drawn import drawn
from playground.ui.pane import Pane, conversation_view, send_and_stop, status_line
from playground.ui.sampling import recommended
from playground.ui.thinking_drawn import Drawn, budget_name
from playground.ui.view import Say
from playground.ui.words import Key

ID, LESS_ID, TRIAL_ID = "thinking", "thinking-less", "thinking-trial"
IDEAS = 4
NO_LIMIT = "none"
BUDGETS: tuple[int | None, ...] = (0, 25, 50, 75, 100, 150, 200, 400, 1000, None)
PICKED = ("0", "50", "100", "150", "200", NO_LIMIT)


@dataclass(frozen=True, slots=True)
class Less:
    """The panel that cuts the thinking of the answer above."""

    opened: gr.Column
    expected: gr.Textbox                  # what the reader knows to be right
    start: gr.Button
    stop: gr.Button
    status: gr.HTML
    plot: gr.HTML
    table: gr.HTML
    answered: gr.State                    # tuple[Cut, ...]: the answers so far

    @property
    def painted(self) -> list[Any]:
        return [self.start, self.stop, self.status, self.plot, self.table, self.answered]


@dataclass(frozen=True, slots=True)
class Trial:
    """The panel that measures accuracy against the budget."""

    kind: gr.Dropdown
    count: gr.Slider
    budgets: gr.CheckboxGroup
    start: gr.Button
    stop: gr.Button
    status: gr.HTML
    plot: gr.HTML
    table: gr.HTML
    measured: gr.State                    # (Progress, what was measured), None before the first measurement
    csv: gr.Button
    text: gr.Textbox                      # of the file that is saved; never shown

    @property
    def painted(self) -> list[Any]:
        return [self.start, self.stop, self.status, self.plot, self.table, self.measured, self.csv]


@dataclass(frozen=True, slots=True)
class Parts:
    """The tab's components."""

    pane: Pane
    advice: gr.Row
    advice_text: gr.HTML
    pick: gr.Button
    box: gr.Textbox
    suggestions: tuple[gr.Button, ...]
    note: gr.HTML                         # what became of the budget
    about: gr.HTML                        # how this generation thinks
    controls: gr.Column
    switch: gr.Radio
    limited: gr.Checkbox
    budget: gr.Slider
    temperature: gr.Slider
    seed: gr.Textbox
    warning: gr.HTML
    less: Less
    trial: Trial

    @property
    def settings(self) -> list[Any]:
        """What a question is asked with, in the order of `tabs.thinking.Picked`."""
        return [self.switch, self.limited, self.budget, self.temperature, self.seed]

    @property
    def adapted(self) -> list[Any]:
        """What follows the picked model and the language."""
        return [self.advice, self.advice_text, self.pick, self.about, self.controls, self.switch, self.budget,
                self.warning, self.trial.start, self.trial.budgets, self.trial.kind,
                *self.suggestions]


def lay_out(ctx: UiContext) -> Parts:
    words, model = ctx.words, ctx.playground.catalog.variant(ctx.default_variant).model
    with gr.Row(equal_height=False, elem_classes="work thinking"):
        with gr.Column(scale=7, min_width=320):
            with gr.Row(elem_classes="advice", visible=False) as advice:
                advice_text = drawn("facts", elem_id="thinking-advice")
                pick = gr.Button(size="sm", scale=0, min_width=160, elem_id="thinking-pick")
            conversation, chatbot = conversation_view(ctx, ID, Key("thinking.empty"))
            status = status_line(ID)
            note = drawn("facts", live=True, elem_id="thinking-note")
            with gr.Row(elem_classes="composer"):
                box = words.add(gr.Textbox, "", label=Key("thinking.question"), max_lines=6, scale=8, container=False,
                                placeholder=Key("thinking.placeholder"), lines=1, show_label=False,
                                elem_id="thinking-box")
                send, stop = send_and_stop(ctx, ID, Key("thinking.ask"))
            with gr.Row(elem_classes="suggestions"):
                suggestions = tuple(gr.Button(text, size="sm", min_width=120)
                                    for text in suggestions_for(ctx, ctx.default_variant, ctx.language)[:IDEAS])
            less = _less(ctx)
            trial = _trial(ctx)
        with gr.Column(scale=3, min_width=280):
            about = drawn("facts", elem_id="thinking-about", elem_classes="thinking-about")
            with gr.Column(elem_classes="thinking-controls") as controls:
                switch = words.add(gr.Radio, label=Key("thinking.switch"), info=Key("thinking.switch_info"),
                                   value="on", elem_id="thinking-switch",
                                   choices=[(Key("settings.thinking_on"), "on"), (Key("settings.thinking_off"), "off")])
                limited = words.add(gr.Checkbox, False, label=Key("thinking.limited"),
                                    info=Key("thinking.limited_info"), elem_id="thinking-limited")
                budget = words.add(gr.Slider, 0, 512, 64, step=8, label=Key("thinking.budget"), interactive=True,
                                   info=Key("thinking.budget_info"), visible=False, elem_id="thinking-budget")
            with words.add(gr.Accordion, label=Key("settings.sampling"), open=False):
                temperature = words.add(gr.Slider, 0, 2, recommended(model, "on", ctx.max_tokens).temperature,
                                        step=0.05, label=Key("settings.temperature"),
                                        info=Key("settings.temperature_info"), elem_id="thinking-temperature")
                seed = words.add(gr.Textbox, "", label=Key("settings.seed"), info=Key("settings.seed_info"),
                                 max_lines=1, elem_id="thinking-seed")
            warning = drawn("facts", live=True, elem_id="thinking-warning")
            hood = hood_panel.build(ctx, "thinking-hood", open=False)
            words.add(gr.Markdown, Key("thinking.about_code"), elem_classes="quiet-text")
    pane = Pane(ID, conversation, chatbot, status, send, stop, hood)
    return Parts(pane, advice, advice_text, pick, box, suggestions, note, about, controls, switch, limited, budget,
                 temperature, seed, warning, less, trial)


def _less(ctx: UiContext) -> Less:
    words = ctx.words
    with gr.Column(visible=False, elem_classes="panel") as opened:
        words.add(gr.Markdown, Key("thinking.less_title"))
        expected = words.add(gr.Textbox, "", label=Key("thinking.expected"), info=Key("thinking.expected_info"),
                             max_lines=1, elem_id="thinking-expected")
        with gr.Row(elem_classes="panel-buttons"):
            start = words.add(gr.Button, Key("thinking.less_start"), size="sm", min_width=160, scale=0,
                              elem_id="thinking-less-start")
            stop = words.add(gr.Button, Key("chat.stop"), size="sm", variant="stop", min_width=80, scale=0,
                             interactive=False, elem_id="thinking-less-stop", elem_classes="stop-answer")
        status = drawn("facts", live=True, elem_id="thinking-less-status")
        plot = drawn("plot", elem_id="thinking-less-plot")
        table = drawn("table", scrolls=True, elem_id="thinking-less-table")
    return Less(opened, expected, start, stop, status, plot, table, gr.State(()))


def _trial(ctx: UiContext) -> Trial:
    words, say = ctx.words, partial(ctx.words.say, ctx.language)
    with words.add(gr.Accordion, label=Key("thinking.trial_title"), open=False, elem_id="thinking-trial"):
        words.add(gr.Markdown, Key("thinking.trial_about"), elem_classes="quiet-text")
        with gr.Row():
            kind = words.add(gr.Dropdown, kinds(say), value=KINDS[0], label=Key("thinking.kind"), filterable=False,
                             info=Key("thinking.kind_info"), elem_id="thinking-kind")
            count = words.add(gr.Slider, 20, 400, 40, step=20, label=Key("thinking.count"),
                              info=Key("thinking.count_info"), elem_id="thinking-count")
        budgets = words.add(gr.CheckboxGroup, budget_choices(say), value=list(PICKED), label=Key("thinking.budgets"),
                            info=Key("thinking.budgets_info"), elem_id="thinking-budgets")
        with gr.Row(elem_classes="panel-buttons"):
            start = words.add(gr.Button, Key("thinking.measure"), variant="primary", size="sm", min_width=140, scale=0,
                              elem_id="thinking-trial-start")
            stop = words.add(gr.Button, Key("chat.stop"), size="sm", variant="stop", min_width=80, scale=0,
                             interactive=False, elem_id="thinking-trial-stop", elem_classes="stop-answer")
            csv = words.add(gr.Button, Key("thinking.csv"), size="sm", scale=0, min_width=160, visible=False,
                            elem_id="thinking-trial-csv")
        status = drawn("meter", elem_id="thinking-trial-status")
        plot = drawn("plot", elem_id="thinking-trial-plot")
        table = drawn("table", scrolls=True, elem_id="thinking-trial-table")
        text = gr.Textbox(visible=False)
    return Trial(kind, count, budgets, start, stop, status, plot, table, gr.State(None), csv, text)


# ---------------------------------------------------------------- what follows the model
def thinker(ctx: UiContext) -> ModelSpec | None:
    """The shipped model that thinks."""
    return next((each for each in ctx.playground.catalog.models() if each.pocket and each.thinking == "hybrid"), None)


def adapt(ctx: UiContext, parts: Parts, variant: str, switch: str, temperature: float, language: str
          ) -> dict[Any, Any]:
    """Controls only where they do something, and what this generation of model does."""
    say, model = partial(ctx.words.say, language), ctx.playground.catalog.variant(variant).model
    thinks, pick = model.thinking != "none", thinker(ctx)
    names = ", ".join(each.name for each in ctx.playground.catalog.models() if each.thinking != "none" and each.pocket)
    most = min(model.context_tokens, recommended(model, "on", ctx.max_tokens).max_tokens)
    return {
        parts.advice: gr.update(visible=not thinks),
        parts.advice_text: {"items": [{"text": say("thinking.does_not", name=model.name, names=names)}]},
        parts.pick: gr.update(value=say("thinking.use", name=pick.name) if pick else "", visible=pick is not None),
        parts.about: {"title": say("thinking.how"), "items": [{"text": say(f"thinking.how_{model.thinking}")}]},
        parts.controls: gr.update(visible=thinks),
        parts.switch: gr.update(visible=model.thinking == "hybrid"),
        parts.budget: gr.update(maximum=most, step=8 if most <= 2048 else 64),
        parts.warning: warning(model, switch, temperature, say),
        parts.trial.start: gr.update(interactive=thinks),
        parts.trial.budgets: gr.update(choices=budget_choices(say)),
        parts.trial.kind: gr.update(choices=kinds(say)),
        **dict(zip(parts.suggestions, suggestions_for(ctx, variant, language)[:IDEAS], strict=True)),
    }


def warning(model: ModelSpec, switch: str, temperature: float, say: Say) -> Drawn:
    """What Qwen warns of: thinking without chance repeats itself. Its own models only; ours were trained to be sure."""
    thinks = model.thinking in ("always", "prefilled") or (model.thinking == "hybrid" and switch == "on")
    if not thinks or temperature > 0:
        return {}
    key = "thinking.greedy_pocket" if model.pocket else "thinking.greedy"
    return {"kind": "" if model.pocket else "problem", "items": [{"text": say(key)}]}


def kinds(say: Say) -> list[tuple[str, str]]:
    """(label, kind) of the problems."""
    return [(say(f"thinking.kind_{kind}"), kind) for kind in KINDS]


def budget_choices(say: Say) -> list[tuple[str, str]]:
    """(label, value) of the budgets that can be measured."""
    return [(budget_name(budget, say), NO_LIMIT if budget is None else str(budget)) for budget in BUDGETS]
