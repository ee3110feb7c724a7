"""Lessons: the tab. Components are laid out in `tutorials.layout`, drawn by `tutorials.draw`; here is what they do."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from playground.errors import PlaygroundError
from playground.types import Failed
from playground.ui.answer import Ask, Frame, Visitor, answer, problem_text
from playground.ui.context import Tab, UiContext
from playground.ui.conversation import Conversation
from playground.ui.sampling import recommended
from playground.ui.view import Say, rows
from playground.ui.words import Key
from tutorials import draw, layout, prose
from tutorials.layout import Parts
from tutorials.lesson import Check, Compare, Lesson, NotPredicted, Predict, Run, lock

Painted = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What the reader has done in one lesson."""

    locked: Mapping[str, str]             # prediction to option
    asked: Mapping[str, Conversation]     # cell to its question and answer
    checked: Mapping[str, str | None]     # check to the option that was checked last

    @classmethod
    def read(cls, lesson: Lesson, values: tuple[Any, ...]) -> Done:
        """From what `Parts.state` delivers."""
        locked, *rest = values
        cells, checks = lesson.of(Run), lesson.of(Check)
        asked, checked = rest[:len(cells)], rest[len(cells):]
        return cls(locked, dict(zip((run.id for run in cells), asked, strict=True)),
                   dict(zip((check.id for check in checks), checked, strict=True)))


def build(ctx: UiContext) -> None:
    """Lay out every lesson and wire it. Called once, inside the tab."""
    lessons = prose.lessons()
    for number, lesson in enumerate(lessons):
        if len(lessons) == 1:
            _wire(ctx, layout.build(ctx, lesson))
            continue
        with ctx.words.add(gr.Accordion, label=Key(prose.key(lesson, "title")), open=number == 0):
            _wire(ctx, layout.build(ctx, lesson))


# ---------------------------------------------------------------- wiring
def _wire(ctx: UiContext, parts: Parts) -> None:
    lesson, shared = parts.lesson, ctx.shared
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
    picked = [shared.variant, shared.language]

    def on_repaint(variant: str, language: str, *values: Any) -> Painted:
        return repaint(ctx, parts, variant, language, Done.read(lesson, values))

    def on_start_over(language: str) -> Painted:
        return start_over(ctx, parts, language)

    def on_stop(request: gr.Request) -> None:
        ctx.stop(request.session_hash or "", TAB.id)

    for event in (shared.variant.change, shared.language.change, shared.opened):
        event(on_repaint, [*picked, *parts.state], parts.painted, **quiet)
    parts.start_over.click(on_start_over, shared.language, parts.painted, **quiet)
    for run in lesson.of(Run):
        parts.cells[run.id].stop.click(on_stop, None, None, queue=False, api_visibility="private")
        _wire_run(ctx, parts, run, [*picked, *parts.state, *parts.radios], quiet)
    for check in lesson.of(Check):
        _wire_check(ctx, parts, check, quiet)


def _wire_run(ctx: UiContext, parts: Parts, run: Run, inputs: list[Any], quiet: dict[str, Any]) -> None:
    def on_run(request: gr.Request, variant: str, language: str, *values: Any) -> Iterator[Painted]:
        visitor = Visitor(request.session_hash or "", ctx.caller(request), TAB.id)
        done = Done.read(parts.lesson, values[:len(parts.state)])
        given = dict(zip(parts.predictions, values[len(parts.state):], strict=True))
        yield from run_cell(ctx, parts, run, visitor, variant, language, done, given)

    def on_clear(language: str, *values: Any) -> Painted:
        return forget(ctx, parts, run, language, Done.read(parts.lesson, values))

    parts.cells[run.id].run.click(on_run, inputs, parts.painted, **quiet)
    parts.cells[run.id].chatbot.clear(on_clear, [ctx.shared.language, *parts.state], parts.painted, **quiet)


def _wire_check(ctx: UiContext, parts: Parts, check: Check, quiet: dict[str, Any]) -> None:
    question = parts.questions[check.id]

    def on_check(choice: str | None, language: str) -> Painted:
        return check_answer(ctx, parts, check, choice, language)

    question.button.click(on_check, [question.radio, ctx.shared.language], [question.checked, question.feedback],
                          **quiet)


# ---------------------------------------------------------------- what the handlers do
def run_cell(ctx: UiContext, parts: Parts, run: Run, visitor: Visitor, variant: str, language: str, done: Done,
             given: Mapping[str, str | None]) -> Iterator[Painted]:
    """Lock the predictions about this cell, then draw its answer as it grows. Refuses while a prediction is open."""
    say, lesson, cell = partial(ctx.words.say, language), parts.lesson, parts.cells[run.id]
    try:
        locked = lock(lesson, run.id, done.locked, given)
        ask = how(ctx, run, variant)
    except NotPredicted as error:
        missing = ", ".join(say(prose.key(lesson, f"{each}.ask")) for each in error.missing)
        yield {cell.status: {"items": [{"text": say("lessons.predict_first", missing=missing)}]}}
        return
    except PlaygroundError as error:
        failed = Failed.of(error)
        yield {cell.status: _status(ctx, Frame(Conversation(), problem=failed), say)}
        return
    shown = Conversation().ask(say(prose.key(lesson, f"{run.id}.question")))
    yield {parts.locked: locked, parts.start_over: gr.update(interactive=False),
           cell.run: gr.update(interactive=False), cell.stop: gr.update(interactive=True),
           **_predictions(parts, locked, say)}
    for frame in answer(ctx, visitor, shown, shown, ask, say):
        painted: Painted = {cell.chatbot: [row.shown for row in rows(frame.conversation, say, frame.draft)],
                            cell.status: _status(ctx, frame, say)}
        if not frame.running:
            asked = {**done.asked, run.id: frame.conversation}
            painted |= {cell.asked: frame.conversation, cell.exact: _prompt(frame.conversation),
                        parts.start_over: gr.update(interactive=True), cell.run: gr.update(interactive=True),
                        cell.stop: gr.update(interactive=False), **_comparisons(parts, Done(locked, asked, {}), say)}
        yield painted


def how(ctx: UiContext, run: Run, variant: str) -> Ask:
    """How a cell asks: the model's recommended sampling with the cell's thinking. Raises UnknownName."""
    model = ctx.playground.catalog.variant(variant).model
    return Ask(variant, run.thinking, "", recommended(model, run.thinking, min(ctx.max_tokens, run.max_tokens)))


def check_answer(ctx: UiContext, parts: Parts, check: Check, choice: str | None, language: str) -> Painted:
    """The feedback for the chosen option."""
    question, say = parts.questions[check.id], partial(ctx.words.say, language)
    if choice is None:
        return {question.feedback: {"items": [{"text": say("lessons.choose_first")}]}}
    return {question.checked: choice, question.feedback: draw.feedback(parts.lesson, check, choice, say)}


def forget(ctx: UiContext, parts: Parts, run: Run, language: str, done: Done) -> Painted:
    """One cell as if it had not run; its predictions stay locked."""
    cell, asked = parts.cells[run.id], {**done.asked, run.id: Conversation()}
    return {cell.asked: Conversation(), cell.chatbot: [], cell.status: {}, cell.exact: "",
            **_comparisons(parts, replace(done, asked=asked), partial(ctx.words.say, language))}


def start_over(ctx: UiContext, parts: Parts, language: str) -> Painted:
    """Everything as on the first visit: predictions open, cells not run, questions not answered."""
    say = partial(ctx.words.say, language)
    fresh = Done({}, {run.id: Conversation() for run in parts.lesson.of(Run)}, {})
    painted: Painted = {parts.locked: {}}
    for run in parts.lesson.of(Run):
        painted |= forget(ctx, parts, run, language, fresh)
    for question in parts.questions.values():
        painted |= {question.checked: None, question.radio: None, question.feedback: {}}
    painted |= _predictions(parts, {}, say)
    return painted | {radio: gr.update(value=None, interactive=True) for radio, _ in parts.predictions.values()}


# ---------------------------------------------------------------- drawing
def repaint(ctx: UiContext, parts: Parts, variant: str, language: str, done: Done) -> Painted:
    """Everything that depends on the language or the model, from what the reader has done."""
    say, lesson = partial(ctx.words.say, language), parts.lesson
    painted: Painted = {parts.note: draw.note(ctx.playground.catalog.variant(variant).model, say)}
    for name, cell in parts.cells.items():
        if done.asked[name].turns:
            painted[cell.chatbot] = [row.shown for row in rows(done.asked[name], say)]
    for check in lesson.of(Check):
        painted[parts.questions[check.id].feedback] = draw.feedback(lesson, check, done.checked[check.id], say)
    return painted | _predictions(parts, done.locked, say) | _comparisons(parts, done, say)


def _predictions(parts: Parts, locked: Mapping[str, str], say: Say) -> Painted:
    painted: Painted = {}
    for block in parts.lesson.of(Predict):
        radio, line = parts.predictions[block.id]
        painted[line] = draw.prediction(parts.lesson, block, locked, say)
        if block.id in locked:
            painted[radio] = gr.update(value=locked[block.id], interactive=False)
    return painted


def _comparisons(parts: Parts, done: Done, say: Say) -> Painted:
    painted: Painted = {}
    for block in parts.lesson.of(Compare):
        shown = draw.comparison(parts.lesson, block, done.asked, done.locked, say)
        painted |= dict(zip(parts.comparisons[block.id], shown, strict=True))
    return painted


def _status(ctx: UiContext, frame: Frame, say: Say) -> dict[str, Any]:
    if frame.problem is None:
        return {"items": [{"text": frame.status}] if frame.status else []}
    message, hint = problem_text(frame.problem, say, ctx.words.has)
    return {"kind": "problem", "title": say("error.title"), "items": [{"text": message}, {"text": hint}]}


def _prompt(asked: Conversation) -> str:
    reply = asked.turns[-1].reply if asked.turns else None
    return reply.prompt.text if reply is not None and reply.prompt is not None else ""


TAB = Tab("lessons", "lessons.tab", build, order=90, texts=prose.texts)
