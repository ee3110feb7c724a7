"""Code: ask for it, change it, run it with its tests, and measure how often a model's code passes."""
from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from playground.coding.tasks import load_tasks
from playground.types import ModelSpec
from playground.ui import code_run, code_score_view, pane
from playground.ui.answer import Visitor
from playground.ui.code_actions import EXAMPLES, Action, Form, Question
from playground.ui.code_do import ask, reworded, running, score, take
from playground.ui.code_layout import Parts, lay_out
from playground.ui.code_run import Ran
from playground.ui.code_score import Measured
from playground.ui.code_versions import Versions
from playground.ui.code_view import advice_for, coder, editor_for, form_for, highlighted, runner_for, settings_for
from playground.ui.context import Tab, UiContext
from playground.ui.conversation import Conversation
from playground.ui.pane import Updates
from playground.ui.words import load_strings

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
STRINGS = Path(__file__).parents[1] / "strings" / "code"
SAVE = "(code, language) => window.qwenPlayground.saveCode(code, language)"


def build(ctx: UiContext) -> None:
    """Lay out the tab and wire its events. Called once, inside the tab."""
    parts = lay_out(ctx)
    _wire_answers(ctx, parts)
    _wire_form(ctx, parts)
    _wire_editor(ctx, parts)
    _wire_runner(ctx, parts)
    _wire_score(ctx, parts)


# ---------------------------------------------------------------- wiring: closures that unwrap, nothing else
def _wire_answers(ctx: UiContext, parts: Parts) -> None:
    """The model answers; its code then goes where it belongs, beside what the reader typed meanwhile."""
    shared, form, editor = ctx.shared, parts.form, parts.editor

    def on_ask(request: gr.Request, asked: Conversation, variant: str, thinking: str, temperature: float | None,
               most: float | None, *values: Any) -> Updates:
        visitor = Visitor(request.session_hash or "", ctx.caller(request), TAB.id)
        yield from ask(ctx, parts, visitor, asked, variant, (thinking, temperature, most), Form.of(*values))

    def on_take(asked: Question | None, conversation: Conversation, versions: Versions, code: str, language: str,
                tests: str, lang: str) -> dict[Any, Any]:
        return take(parts, asked, conversation, versions, (code or "", language), tests or "",
                    partial(ctx.words.say, lang))

    inputs = [parts.pane.conversation, shared.variant, parts.thinking, parts.temperature, parts.max_tokens,
              form.action, form.language, form.target, form.task, form.context, form.constraints, form.error,
              form.goal, editor.code, shared.language]
    asking = parts.pane.send.click(on_ask, inputs, [*parts.pane.painted, editor.asked], **QUIET)
    asking.then(on_take, [editor.asked, parts.pane.conversation, editor.versions, editor.code, form.language,
                          parts.runner.tests, shared.language],
                [*_edited(parts), parts.runner.tests], **QUIET)
    pane.wire(ctx, parts.pane)


def _wire_form(ctx: UiContext, parts: Parts) -> None:
    """The fields follow the action, the model and the language."""
    shared, form = ctx.shared, parts.form
    advised = [parts.advice, parts.advice_text, parts.pick]
    moved = [parts.thinking, parts.temperature, parts.max_tokens, parts.score.temperature]

    def on_fields(action: Action, variant: str, lang: str) -> dict[Any, Any]:
        model = _model(ctx, variant)
        return form_for(ctx, parts, action, model, lang) | advice_for(ctx, parts, model, partial(ctx.words.say, lang))

    def on_model(variant: str) -> dict[Any, Any]:
        return settings_for(ctx, parts, _model(ctx, variant))

    def on_pick(variant: str) -> str:
        model = coder(ctx)
        return ctx.playground.catalog.variant(model.id).key if model else variant

    def on_ready(task_id: str, lang: str) -> dict[Any, Any]:
        task = load_tasks().get(task_id)
        return {form.task: task.prompt[lang], parts.runner.tests: task.tests_text, form.language: "python"}

    def on_idea(idea: str) -> str:
        return idea

    fields = [form.action, shared.variant, shared.language]
    for event in (form.action.input, shared.variant.change, shared.language.change, shared.opened):
        event(on_fields, fields, [*form.shown, *advised], **QUIET)
    for event in (shared.variant.change, shared.opened):
        event(on_model, shared.variant, moved, **QUIET)
    parts.pick.click(on_pick, shared.variant, shared.variant, **QUIET)
    form.ready.input(on_ready, [form.ready, shared.language], [form.task, parts.runner.tests, form.language], **QUIET)
    for button in form.suggestions:
        button.click(on_idea, button, form.task, **QUIET)


def _wire_editor(ctx: UiContext, parts: Parts) -> None:
    """Versions, an example to try, and the language of the code."""
    shared, form, editor, state = ctx.shared, parts.form, parts.editor, [parts.editor.versions, parts.editor.code]

    def on_step(by: int, versions: Versions, code: str, language: str, lang: str) -> dict[Any, Any]:
        return editor_for(parts, versions.kept(code or "", language).step(by), partial(ctx.words.say, lang))

    def on_earlier(versions: Versions, code: str, language: str, lang: str) -> dict[Any, Any]:
        return on_step(-1, versions, code, language, lang)

    def on_later(versions: Versions, code: str, language: str, lang: str) -> dict[Any, Any]:
        return on_step(+1, versions, code, language, lang)

    def on_example(action: Action, versions: Versions, code: str, language: str, lang: str) -> dict[Any, Any]:
        kept = versions.kept(code or "", language).added(EXAMPLES[action], "python")
        return editor_for(parts, kept, partial(ctx.words.say, lang))

    def on_language(language: str, lang: str) -> dict[Any, Any]:
        return {editor.code: gr.update(language=highlighted(language)),
                **runner_for(ctx, parts, language, partial(ctx.words.say, lang))}

    def on_words(asked: Conversation, versions: Versions, ran: Ran | None, language: str, lang: str
                 ) -> dict[Any, Any]:
        return reworded(ctx, parts, asked, versions, ran, language, lang)

    edit = [*state, form.language, shared.language]
    editor.earlier.click(on_earlier, edit, _edited(parts), **QUIET)
    editor.later.click(on_later, edit, _edited(parts), **QUIET)
    form.example.click(on_example, [form.action, *edit], _edited(parts), **QUIET)
    editor.download.click(None, [editor.code, form.language], None, js=SAVE)
    runner = parts.runner
    for event in (form.language.change, shared.opened):
        event(on_language, [form.language, shared.language],
              [editor.code, runner.run, runner.judge, runner.stop, runner.limits], **QUIET)
    shared.language.change(on_words, [parts.pane.conversation, editor.versions, runner.ran, form.language,
                                      shared.language],
                           [*parts.pane.painted, editor.note, editor.diff, runner.limits, runner.status,
                            runner.output], **QUIET)


def _wire_runner(ctx: UiContext, parts: Parts) -> None:
    """Run alone, run with tests, stop."""
    runner, language = parts.runner, ctx.shared.language

    def visitor(request: gr.Request) -> Visitor:
        return Visitor(request.session_hash or "", ctx.caller(request), "code-run")

    def on_run(request: gr.Request, code: str, stdin: str, lang: str) -> Updates:
        yield from running(ctx, parts, code_run.run(ctx, visitor(request), code or "", stdin or ""), code, lang)

    def on_judge(request: gr.Request, code: str, tests: str, lang: str) -> Updates:
        yield from running(ctx, parts, code_run.run_with_tests(ctx, visitor(request), code or "", tests or ""), code,
                           lang)

    def on_stop(request: gr.Request) -> None:
        ctx.stop(request.session_hash or "", "code-run")

    painted = [runner.run, runner.judge, runner.stop, runner.limits, runner.status, runner.opened, runner.output,
               runner.ran, parts.form.error]
    runner.run.click(on_run, [parts.editor.code, runner.stdin, language], painted, **QUIET)
    runner.judge.click(on_judge, [parts.editor.code, runner.tests, language], painted, **QUIET)
    runner.stop.click(on_stop, None, None, queue=False, api_visibility="private")


def _wire_score(ctx: UiContext, parts: Parts) -> None:
    """The pass@k panel."""
    panel, shared = parts.score, ctx.shared

    def on_start(request: gr.Request, measured: Measured | None, variant: str, lang: str, *values: Any
                 ) -> Updates:
        visitor = Visitor(request.session_hash or "", ctx.caller(request), "code-score")
        yield from score(ctx, parts, visitor, measured, variant, lang, *values)

    def on_stop(request: gr.Request) -> None:
        ctx.stop(request.session_hash or "", "code-score")

    def on_words(measured: Measured | None, lang: str) -> dict[Any, Any]:
        say = partial(ctx.words.say, lang)
        reason = code_run.why_not(ctx, "python", say)
        return {panel.which: gr.update(choices=code_score_view.choices(lang, say)),
                panel.why: gr.update(value={"items": [{"text": reason}]}, visible=bool(reason)),
                **code_score_view.ended(ctx, panel, measured, lang), panel.start: gr.update(interactive=not reason)}

    panel.start.click(on_start, [panel.measured, shared.variant, shared.language, panel.which, panel.samples, panel.k,
                                 panel.temperature, parts.max_tokens, parts.form.task, parts.runner.tests],
                      panel.painted, **QUIET)
    panel.stop.click(on_stop, None, None, queue=False, api_visibility="private")
    for event in (shared.language.change, shared.opened):
        event(on_words, [panel.measured, shared.language], [panel.which, panel.why, *panel.painted], **QUIET)
    code_score_view.wire_csv(panel)


def _edited(parts: Parts) -> list[Any]:
    """Every component that `editor_for` changes, and the question that is done."""
    editor = parts.editor
    return [editor.code, editor.earlier, editor.later, editor.note, editor.changed, editor.diff, editor.versions,
            editor.asked, parts.form.language]


def _model(ctx: UiContext, variant: str) -> ModelSpec:
    return ctx.playground.catalog.variant(variant).model


def texts() -> Mapping[str, Mapping[str, str]]:
    """The texts of this tab, by language."""
    return load_strings(STRINGS)


TAB = Tab("code", "code.tab", build, order=30, texts=texts)
