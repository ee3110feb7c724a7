"""What the code tab does: ask, put the answer where it belongs, run, measure. Plain functions without components."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from playground.errors import InvalidRequest, PlaygroundError
from playground.types import Failed
from playground.ui import code_run, code_score, code_score_view, pane
from playground.ui.answer import Ask, Frame, Visitor, answer
from playground.ui.code_actions import Form, Question, added_tests, code_of, fill_of, shown_fill
from playground.ui.code_actions import question as question_of
from playground.ui.code_layout import Parts
from playground.ui.code_run import Ran
from playground.ui.code_versions import Versions
from playground.ui.code_view import editor_for, runner_for, sampling_of
from playground.ui.context import UiContext
from playground.ui.conversation import Conversation, Reply
from playground.ui.pane import Updates
from playground.ui.view import Say


def ask(ctx: UiContext, parts: Parts, visitor: Visitor, asked: Conversation, variant: str,
        settings: tuple[str, float | None, float | None], form: Form) -> Updates:
    """Ask what the form says. The newest question and its answer are shown; each is asked for itself."""
    language, say = form.reply, partial(ctx.words.say, form.reply)
    try:
        model = ctx.playground.catalog.variant(variant).model
        question = question_of(form, model, say)
        sampling = sampling_of(ctx, model, *settings)
    except PlaygroundError as error:
        yield pane.paint(ctx, parts.pane, Frame(asked, problem=Failed.of(error)), language) | {
            parts.editor.asked: None}
        return
    shown = Conversation().ask(question.text)
    frames = answer(ctx, visitor, shown, shown, Ask(variant, settings[0], "", sampling, fill=question.fill), say)
    yield from pane.stream(
        ctx, parts.pane, (_as_shown(frame, question, say) for frame in frames), language,
        lambda frame: pane.paint(ctx, parts.pane, frame, language) | {parts.editor.asked: question})


def take(parts: Parts, asked: Question | None, conversation: Conversation, versions: Versions,
         editor: tuple[str, str], tests: str, say: Say) -> dict[Any, Any]:
    """Put the answer where it belongs. What stands in the `editor` (code, language) stays as an earlier version."""
    done: dict[Any, Any] = {parts.editor.asked: None}
    reply = conversation.turns[-1].reply if conversation.turns else None
    if asked is None or reply is None or asked.action == "explain" or reply.reason in ("cancelled", "failed"):
        return done
    code = asked.hole.filled(fill_of(reply.text)) if asked.hole else code_of(reply.text, asked.language)
    note = {"items": [{"text": say("code.no_code_in_answer")}]}
    if not code.strip():
        return done | {parts.editor.note: note}
    if asked.action == "tests":
        if asked.language != "python":
            return done | {parts.editor.note: {"items": [{"text": say("code.tests_elsewhere")}]}}
        return done | {parts.runner.tests: added_tests(tests, code),
                       parts.editor.note: {"items": [{"text": say("code.tests_added")}]}}
    kept = versions.kept(*editor)
    same = kept.current is not None and kept.current.code == code
    notes = [say("code.same_code") if same else "", say("code.cut_off") if reply.reason != "stop" else ""]
    return done | editor_for(parts, kept.added(code, asked.language), say, *notes)


def running(ctx: UiContext, parts: Parts, steps: Iterator[Ran | float], code: str, lang: str) -> Updates:
    """Draws a run: the seconds while it lasts, then how it ended, and the error for the form that repairs it."""
    runner, say = parts.runner, partial(ctx.words.say, lang)
    if not (code or "").strip():
        steps = iter([Ran(error=InvalidRequest(say("code.no_code"), say("code.no_code_hint")))])
    elif why := ctx.programs.unavailable():
        steps = iter([Ran(error=InvalidRequest(say("code.unavailable", reason=why)))])
    for step in steps:
        if isinstance(step, Ran):
            drawn = code_run.output(step, say)
            yield {**runner_for(ctx, parts, "python", say), runner.status: code_run.status(step, say),
                   runner.opened: gr.update(visible=bool(drawn)), runner.output: drawn, runner.ran: step,
                   **({} if step.stopped or step.error else {parts.form.error: step.told})}
        elif step == 0.0:
            yield {**runner_for(ctx, parts, "python", say, running=True), runner.output: {},
                   runner.status: {"items": [{"text": say("code.running", n="0.0")}]}}
        else:
            yield {runner.status: {"items": [{"text": say("code.running", n=f"{step:.1f}")}]}}


def score(ctx: UiContext, parts: Parts, visitor: Visitor, measured: code_score.Measured | None, variant: str,
          lang: str, which: str, samples: float, k: float, temperature: float | None, most: float | None, task: str,
          tests: str) -> Updates:
    """Measure pass@k as the panel says. Raises nothing; what is wrong is said in the panel."""
    say, panel = partial(ctx.words.say, lang), parts.score
    try:
        if int(k) > int(samples):
            raise InvalidRequest(say("code.k_too_large", k=int(k), n=int(samples)), say("code.k_too_large_hint"))
        model = ctx.playground.catalog.variant(variant).model
        plan = code_score.Plan(
            code_score.goals(which, task or "", tests or "", lang, say), int(samples), int(k), variant,
            sampling_of(ctx, model, "off", temperature, most), False if model.thinking == "hybrid" else None)
    except InvalidRequest as error:
        yield code_score_view.refused(ctx, panel, measured, error, lang)
        return
    yield from code_score_view.series(ctx, panel, visitor, plan, lang)


def reworded(ctx: UiContext, parts: Parts, asked: Conversation, versions: Versions, ran: Ran | None, language: str,
             lang: str) -> dict[Any, Any]:
    """Everything that was drawn, in another language of the reader."""
    say, runner = partial(ctx.words.say, lang), parts.runner
    drawn = editor_for(parts, versions, say)
    return {**pane.paint(ctx, parts.pane, Frame(asked), lang),
            **{each: drawn[each] for each in (parts.editor.note, parts.editor.diff)},
            runner.limits: runner_for(ctx, parts, language, say)[runner.limits],
            runner.status: code_run.status(ran, say) if ran else {"items": []},
            runner.output: code_run.output(ran, say) if ran else {}}


def _as_shown(frame: Frame, question: Question, say: Say) -> Frame:
    """What fills a hole is drawn as code; a message that is too long is explained with what this tab calls it."""
    if frame.problem is not None and frame.problem.params.get("field") == "message":
        values = frame.problem.params
        frame = replace(frame, problem=Failed("invalid_request", say("code.too_long", **values),
                                              say("code.too_long_hint")))
    if question.hole is None:
        return frame
    turns = tuple(replace(turn, replies=tuple(_as_block(reply, question.language) for reply in turn.replies))
                  for turn in frame.conversation.turns)
    draft = frame.draft and replace(frame.draft, text=shown_fill(frame.draft.text, question.language))
    return replace(frame, conversation=replace(frame.conversation, turns=turns), draft=draft)


def _as_block(reply: Reply, language: str) -> Reply:
    return replace(reply, text=shown_fill(reply.text, language))
