"""The code tab's components. How they are drawn is in `code_view.py`, what they do in `code_do.py`."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.coding.requests import LANGUAGES
from playground.text.math_marks import mark_plain
from playground.ui import code_score_view
from playground.ui import hood as hood_panel
from playground.ui.code_actions import ACTIONS
from playground.ui.code_versions import Versions
from playground.ui.context import UiContext
from playground.ui.drawn import drawn
from playground.ui.pane import Pane, conversation_view, send_and_stop, status_line
from playground.ui.sampling import recommended
from playground.ui.words import Key

IDEAS = 4
NAMES = [(each.title, each.id) for each in LANGUAGES]


@dataclass(frozen=True, slots=True)
class FormParts:
    """What to do, and the fields that this needs."""

    action: gr.Radio
    language: gr.Dropdown
    target: gr.Dropdown
    ready: gr.Dropdown                    # the built-in tasks
    task: gr.Textbox
    more: gr.Accordion
    context: gr.Textbox
    constraints: gr.Textbox
    error: gr.Textbox
    goal: gr.Textbox
    hint: gr.HTML
    example: gr.Button
    ideas: gr.Row
    suggestions: tuple[gr.Button, ...]

    @property
    def shown(self) -> list[Any]:
        """What depends on the action and the model."""
        return [self.target, self.ready, self.task, self.more, self.error, self.goal, self.hint, self.example,
                self.ideas, *self.suggestions]


@dataclass(frozen=True, slots=True)
class Editor:
    """The code, its versions, and what changed last."""

    code: gr.Code
    earlier: gr.Button
    later: gr.Button
    download: gr.Button
    note: gr.HTML
    changed: gr.Accordion
    diff: gr.HTML
    versions: gr.State
    asked: gr.State                       # the Question whose answer is not in the editor yet


@dataclass(frozen=True, slots=True)
class Runner:
    """The tests, the buttons that run, and what came out."""

    tests: gr.Code
    stdin: gr.Textbox
    run: gr.Button
    judge: gr.Button
    stop: gr.Button
    limits: gr.HTML
    status: gr.HTML
    opened: gr.Column
    output: gr.HTML
    ran: gr.State


@dataclass(frozen=True, slots=True)
class Parts:
    """The tab's components, so that handlers can name what they change."""

    pane: Pane
    form: FormParts
    advice: gr.Row                        # for a model that was not made for code
    advice_text: gr.HTML
    pick: gr.Button
    thinking: gr.Radio
    temperature: gr.Slider
    max_tokens: gr.Slider
    editor: Editor
    runner: Runner
    score: code_score_view.Panel


def lay_out(ctx: UiContext) -> Parts:
    words = ctx.words
    with gr.Row(equal_height=False, elem_classes="work code-row"):
        with gr.Column(scale=7, min_width=320):
            form = _form(ctx)
            with gr.Row(elem_classes="composer"):
                send, stop = send_and_stop(ctx, "code", Key("code.ask"))
            status = status_line("code")
            with gr.Row(visible=False, elem_id="code-advice", elem_classes="advice") as advice:
                advice_text = drawn("facts", elem_id="code-advice-text")
                pick = gr.Button("", size="sm", scale=0, min_width=170, elem_id="code-pick")
            conversation, chatbot = conversation_view(ctx, "code", Key("code.empty"), latex_delimiters=[])
        with gr.Column(scale=3, min_width=280, elem_classes="code-side"):
            thinking, temperature, max_tokens = _settings(ctx)
            hood = hood_panel.build(ctx, "code-hood", open=False)
    with gr.Row(equal_height=False, elem_classes="work code-row"):
        with gr.Column(scale=6, min_width=320):
            editor = _editor(ctx)
        with gr.Column(scale=4, min_width=320):
            runner = _runner(ctx)
    with words.add(gr.Accordion, label=Key("code.score_title"), open=False, elem_id="code-score"):
        score = code_score_view.lay_out(ctx)
    pane = Pane("code", conversation, chatbot, status, send, stop, hood, mark_plain)
    return Parts(pane, form, advice, advice_text, pick, thinking, temperature, max_tokens, editor, runner, score)


def _form(ctx: UiContext) -> FormParts:
    words = ctx.words
    action = words.add(gr.Radio, choices=[(Key(f"code.do_{each}"), each) for each in ACTIONS], value="write",
                       label=Key("code.action"), info=Key("code.action_info"), elem_id="code-action")
    with gr.Row():
        language = words.add(gr.Dropdown, NAMES, value="python", label=Key("code.language"), filterable=False,
                             info=Key("code.language_info"), min_width=150, elem_id="code-language")
        target = words.add(gr.Dropdown, NAMES, value="javascript", label=Key("code.target"), filterable=False,
                           info=Key("code.target_info"), min_width=150, visible=False, elem_id="code-target")
        ready = words.add(gr.Dropdown, [], value=None, label=Key("code.ready"), info=Key("code.ready_info"),
                          min_width=220, elem_id="code-ready")
    hint = drawn("facts", elem_id="code-hint", visible=False)
    task = words.add(gr.Textbox, "", label=Key("code.task"), info=Key("code.task_info"), lines=2, max_lines=8,
                     placeholder=Key("code.task_placeholder"), elem_id="code-task")
    with gr.Row(elem_classes="suggestions") as ideas:
        suggestions = tuple(gr.Button("", size="sm", min_width=120) for _ in range(IDEAS))
    with words.add(gr.Accordion, label=Key("code.more"), open=False, elem_id="code-more") as more:
        context = words.add(gr.Textbox, "", label=Key("code.context"), info=Key("code.context_info"), lines=3,
                            max_lines=12, elem_id="code-context")
        constraints = words.add(gr.Textbox, "", label=Key("code.constraints"), info=Key("code.constraints_info"),
                                max_lines=4, elem_id="code-constraints")
    error = words.add(gr.Textbox, "", label=Key("code.error"), info=Key("code.error_info"), lines=2, max_lines=6,
                      visible=False, elem_id="code-error")
    goal = words.add(gr.Textbox, "", label=Key("code.goal"), info=Key("code.goal_info"), max_lines=4, visible=False,
                     elem_id="code-goal")
    example = words.add(gr.Button, Key("code.example"), size="sm", visible=False, elem_id="code-example",
                        elem_classes="narrow")
    return FormParts(action, language, target, ready, task, more, context, constraints, error, goal, hint, example,
                     ideas, suggestions)


def _settings(ctx: UiContext) -> tuple[gr.Radio, gr.Slider, gr.Slider]:
    words, model = ctx.words, ctx.playground.catalog.variant(ctx.default_variant).model
    start = recommended(model, "off", ctx.max_tokens)
    with words.add(gr.Accordion, label=Key("code.settings"), open=True, elem_id="code-settings"):
        thinking = words.add(gr.Radio, value="off", label=Key("settings.thinking"), info=Key("settings.thinking_info"),
                             choices=[(Key("settings.thinking_on"), "on"), (Key("settings.thinking_off"), "off")],
                             visible=model.thinking == "hybrid", elem_id="code-thinking")
        temperature = words.add(gr.Slider, 0, 2, start.temperature, step=0.05, label=Key("settings.temperature"),
                                info=Key("code.temperature_info"), elem_id="code-temperature")
        max_tokens = words.add(gr.Slider, 16, ctx.max_tokens, start.max_tokens, step=16, elem_id="code-max-tokens",
                               label=Key("settings.max_tokens"), info=Key("settings.max_tokens_info"))
    return thinking, temperature, max_tokens


def _editor(ctx: UiContext) -> Editor:
    words = ctx.words
    code = words.add(gr.Code, "", language="python", label=Key("code.editor"), lines=14, max_lines=26,
                     interactive=True, buttons=["copy"], elem_id="code-editor")
    note = drawn("facts", live=True, elem_id="code-note", elem_classes="answer-status")
    with gr.Row(elem_classes="actions"):
        earlier = words.add(gr.Button, Key("code.earlier"), size="sm", min_width=110, interactive=False,
                            elem_id="code-earlier")
        later = words.add(gr.Button, Key("code.later"), size="sm", min_width=110, interactive=False,
                          elem_id="code-later")
        download = words.add(gr.Button, Key("code.download"), size="sm", min_width=110, elem_id="code-download")
    with words.add(gr.Accordion, label=Key("code.changes"), open=True, visible=False, elem_id="code-changes"
                   ) as changed:
        diff = drawn("diff", elem_id="code-diff")
    return Editor(code, earlier, later, download, note, changed, diff, gr.State(Versions()), gr.State(None))


def _runner(ctx: UiContext) -> Runner:
    words = ctx.words
    tests = words.add(gr.Code, "", language="python", label=Key("code.tests"), lines=6, max_lines=14,
                      interactive=True, buttons=["copy"], elem_id="code-tests")
    with words.add(gr.Accordion, label=Key("code.stdin"), open=False, elem_id="code-input"):
        stdin = words.add(gr.Textbox, "", label=Key("code.stdin"), info=Key("code.stdin_info"), lines=2, max_lines=6,
                          elem_id="code-stdin")
    limits = drawn("facts", elem_id="code-limits")
    with gr.Row(elem_classes="actions"):
        run = words.add(gr.Button, Key("code.run"), size="sm", min_width=90, interactive=False, elem_id="code-run")
        judge = words.add(gr.Button, Key("code.judge"), size="sm", min_width=130, interactive=False, variant="primary",
                          elem_id="code-judge")
        stop = words.add(gr.Button, Key("chat.stop"), size="sm", min_width=84, variant="stop", interactive=False,
                         elem_id="code-run-stop", elem_classes="stop-answer")
    status = status_line("code-run")
    with gr.Column(visible=False) as opened:
        output = drawn("output", elem_id="code-output")
    return Runner(tests, stdin, run, judge, stop, limits, status, opened, output, gr.State(None))
