"""A lesson's components. What they do is wired in `tutorials.tab`."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from playground.text.math_marks import DELIMITERS
from playground.ui.context import UiContext
from playground.ui.conversation import Conversation
from playground.ui.drawn import drawn
from playground.ui.words import Key
from tutorials.lesson import Check, Compare, Lesson, Predict, Prose, Run
from tutorials.prose import key


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that runs the model. `asked` is the truth: a conversation with this cell's one question."""

    asked: gr.State
    run: gr.Button
    stop: gr.Button
    chatbot: gr.Chatbot
    status: gr.HTML
    exact: gr.Textbox


@dataclass(frozen=True, slots=True)
class Question:
    """A checked question; `checked` is the option that was checked last."""

    checked: gr.State
    radio: gr.Radio
    button: gr.Button
    feedback: gr.HTML


@dataclass(slots=True)
class Parts:
    """All components of one lesson, by the id of their block."""

    lesson: Lesson
    note: gr.HTML
    locked: gr.State                      # predictions that can no longer change: block id to option
    start_over: Any = None
    cells: dict[str, Cell] = field(default_factory=dict)
    predictions: dict[str, tuple[gr.Radio, gr.HTML]] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    comparisons: dict[str, tuple[gr.Markdown, gr.HTML]] = field(default_factory=dict)

    @property
    def state(self) -> list[Any]:
        """What a handler receives to know everything the reader has done, in the order of `tab.Done.read`."""
        return [self.locked, *(cell.asked for cell in self.cells.values()),
                *(question.checked for question in self.questions.values())]

    @property
    def radios(self) -> list[Any]:
        return [radio for radio, _ in self.predictions.values()]

    @property
    def painted(self) -> list[Any]:
        """Every component that a handler may change."""
        cells = [part for cell in self.cells.values()
                 for part in (cell.run, cell.stop, cell.chatbot, cell.status, cell.exact)]
        lines = [part for pair in (*self.predictions.values(), *self.comparisons.values()) for part in pair]
        asked = [part for question in self.questions.values() for part in (question.radio, question.feedback)]
        return [*self.state, self.note, self.start_over, *cells, *lines, *asked]


def build(ctx: UiContext, lesson: Lesson) -> Parts:
    """Lay out one lesson, in a column narrow enough to read."""
    with gr.Row():
        with gr.Column(scale=7, min_width=320, elem_id=lesson.id):
            parts = _blocks(ctx, lesson)
        gr.Column(scale=2, min_width=0)
    return parts


def _blocks(ctx: UiContext, lesson: Lesson) -> Parts:
    ctx.words.add(gr.Markdown, Key(key(lesson, "heading")))
    parts = Parts(lesson, drawn("facts", elem_classes="facts-line"), gr.State({}))
    for block in lesson.blocks:
        with gr.Column(elem_id=f"{lesson.id}-{block.id}"):
            ctx.words.add(gr.Markdown, Key(key(lesson, f"{block.id}.shown")))
            match block:
                case Prose():
                    pass
                case Run():
                    parts.cells[block.id] = _cell(ctx, lesson, block)
                case Predict():
                    radio = _radio(ctx, lesson, block)
                    parts.predictions[block.id] = radio, drawn("facts", live=True)
                case Check():
                    parts.questions[block.id] = _question(ctx, lesson, block)
                case Compare():
                    parts.comparisons[block.id] = gr.Markdown(""), drawn("facts", live=True)
    with gr.Row(elem_classes="actions"):
        parts.start_over = ctx.words.add(gr.Button, Key("lessons.start_over"), size="sm", scale=0, min_width=240)
    return parts


def _cell(ctx: UiContext, lesson: Lesson, run: Run) -> Cell:
    words, name = ctx.words, f"{lesson.id}-{run.id}"
    words.add(gr.Textbox, Key(key(lesson, f"{run.id}.question")), label=Key("lessons.question"),
              info=Key(f"lessons.thinking_{run.thinking}"), interactive=False, lines=1)
    with gr.Row(elem_classes="actions"):
        start = words.add(gr.Button, Key("lessons.run"), variant="primary", size="sm", scale=0, min_width=140,
                          elem_id=f"{name}-run")
        stop = words.add(gr.Button, Key("lessons.stop"), variant="stop", size="sm", scale=0, min_width=140,
                         interactive=False, elem_id=f"{name}-stop", elem_classes="stop-answer")
    chatbot = words.add(gr.Chatbot, label=Key("lessons.answer"), placeholder=Key("lessons.not_run"), height=260,
                        latex_delimiters=DELIMITERS, buttons=["copy"], allow_tags=False, layout="bubble")
    status = drawn("facts", live=True, elem_id=f"{name}-status")
    with words.add(gr.Accordion, label=Key("lessons.exact"), open=False):
        exact = words.add(gr.Textbox, "", label=Key("lessons.exact"), show_label=False, lines=3, max_lines=12,
                          interactive=False, elem_id=f"{name}-exact")
    return Cell(gr.State(Conversation()), start, stop, chatbot, status, exact)


def _radio(ctx: UiContext, lesson: Lesson, block: Predict | Check) -> gr.Radio:
    choices = [(Key(key(lesson, f"{block.id}.option.{option}")), option) for option in block.options]
    radio: gr.Radio = ctx.words.add(gr.Radio, choices=choices, label=Key(key(lesson, f"{block.id}.ask")),
                                    elem_id=f"{lesson.id}-{block.id}-choice", interactive=True)
    return radio


def _question(ctx: UiContext, lesson: Lesson, check: Check) -> Question:
    radio = _radio(ctx, lesson, check)
    with gr.Row(elem_classes="actions"):
        button = ctx.words.add(gr.Button, Key("lessons.check"), size="sm", scale=0, min_width=140)
    return Question(gr.State(None), radio, button, drawn("facts", live=True))
