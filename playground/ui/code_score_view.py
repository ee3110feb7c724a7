"""The pass@k panel: its components, how a series of answers runs, and how what it measured is drawn."""
from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.coding.tasks import load_tasks
from playground.errors import InvalidRequest, PlaygroundError
from playground.pump import work
from playground.types import Failed
from playground.ui import pane
from playground.ui.answer import Visitor
from playground.ui.code_run import failure
from playground.ui.code_score import OWN, Measured, Plan, as_csv, measure
from playground.ui.context import UiContext
from playground.ui.drawn import drawn
from playground.ui.pane import Updates
from playground.ui.view import Say
from playground.ui.words import Key

MOST_SAMPLES = 20
ETA_AFTER = 4                             # answers, before there is anything to estimate from
TICK_S = 0.2
SAVE = "(text) => window.qwenPlayground.save(text, 'pass-at-k.csv')"


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel's components."""

    which: gr.Dropdown
    samples: gr.Slider
    k: gr.Slider
    temperature: gr.Slider
    start: gr.Button
    stop: gr.Button
    why: gr.HTML
    progress: gr.HTML
    status: gr.HTML
    opened: gr.Column
    table: gr.HTML
    csv: gr.Button
    text: gr.Textbox                      # the CSV, on its way to the browser
    measured: gr.State

    @property
    def painted(self) -> list[Any]:
        """Every component that a series changes."""
        return [self.start, self.stop, self.progress, self.status, self.opened, self.table, self.measured]


def lay_out(ctx: UiContext) -> Panel:
    words = ctx.words
    words.add(gr.Markdown, Key("code.score_info"), elem_classes="quiet-text")
    with gr.Row():
        which = words.add(gr.Dropdown, choices(ctx.language, partial(words.say, ctx.language)), value="pocket",
                          label=Key("code.which"), info=Key("code.which_info"), min_width=240, scale=2,
                          elem_id="code-score-which")
        samples = words.add(gr.Slider, 1, MOST_SAMPLES, 4, step=1, label=Key("code.samples"), min_width=180,
                            info=Key("code.samples_info"), elem_id="code-score-samples")
        k = words.add(gr.Slider, 1, MOST_SAMPLES, 1, step=1, label=Key("code.k"), info=Key("code.k_info"),
                      min_width=180, elem_id="code-score-k")
        temperature = words.add(gr.Slider, 0, 2, 0.2, step=0.05, label=Key("settings.temperature"), min_width=180,
                                info=Key("code.score_temperature_info"), elem_id="code-score-temperature")
    why = drawn("facts", elem_id="code-score-why", visible=False)
    with gr.Row(elem_classes="actions"):
        start = words.add(gr.Button, Key("code.measure"), variant="primary", size="sm", min_width=110,
                          interactive=False, elem_id="code-score-start")
        stop = words.add(gr.Button, Key("chat.stop"), variant="stop", size="sm", min_width=84, interactive=False,
                         elem_id="code-score-stop", elem_classes="stop-answer")
    progress = drawn("meter", elem_id="code-score-progress", visible=False)
    status = drawn("facts", live=True, elem_id="code-score-status", elem_classes="answer-status")
    with gr.Column(visible=False) as opened:
        table = drawn("table", scrolls=True, elem_id="code-score-table")
        csv = words.add(gr.Button, Key("code.csv"), size="sm", scale=0, min_width=160, elem_id="code-score-csv",
                        elem_classes="narrow")
        text = gr.Textbox("", visible=False)
    return Panel(which, samples, k, temperature, start, stop, why, progress, status, opened, table, csv, text,
                 gr.State(None))


def choices(language: str, say: Say) -> list[tuple[str, str]]:
    """(label, choice) of everything that can be measured."""
    tasks = load_tasks()
    return [(say("code.family_pocket", n=len(tasks.of("pocket"))), "pocket"),
            (say("code.family_general", n=len(tasks.of("general"))), "general"),
            (say("code.family_all", n=len(tasks.all)), "all"), (say("code.family_own"), OWN),
            *((task.title[language], task.id) for task in tasks.all)]


# ---------------------------------------------------------------- a series
def series(ctx: UiContext, panel: Panel, visitor: Visitor, plan: Plan, language: str) -> Updates:
    """Measures the plan and draws how far it is; what was measured stays when it is stopped or breaks."""
    say = partial(ctx.words.say, language)
    began = time.monotonic()
    measured, problem, drawn_at = Measured(plan), None, began
    try:
        with ctx.running(visitor.session, visitor.tab) as token:
            yield _running(panel, measured, 0.0, say) | {
                panel.start: gr.update(interactive=False), panel.stop: gr.update(interactive=True),
                panel.status: {"items": []}}
            for news in work(partial(measure, ctx, visitor.caller, plan), token):
                measured = measured if news is None else measured.with_one(*news)
                if (now := time.monotonic()) - drawn_at >= TICK_S:
                    drawn_at = now
                    yield _running(panel, measured, now - began, say)
    except PlaygroundError as error:
        problem = error
    yield ended(ctx, panel, measured, language, problem)


def refused(ctx: UiContext, panel: Panel, measured: Measured | None, error: InvalidRequest, language: str
            ) -> dict[Any, Any]:
    """Why a series cannot begin; what an earlier one found stays."""
    say = partial(ctx.words.say, language)
    return {panel.status: pane.problem(ctx, Failed.of(error), say), panel.measured: measured}


def ended(ctx: UiContext, panel: Panel, measured: Measured | None, language: str,
          problem: PlaygroundError | None = None) -> dict[Any, Any]:
    """The panel when nothing runs: the score, a row a task, and what is not complete."""
    say = partial(ctx.words.say, language)
    painted: dict[Any, Any] = {panel.measured: measured, panel.stop: gr.update(interactive=False),
                               panel.progress: gr.update(value={}, visible=False)}
    if measured is None:
        return painted
    return painted | {
        panel.start: gr.update(interactive=True),
        panel.status: pane.problem(ctx, Failed.of(problem), say) if problem else {"items": _headline(measured, say)},
        panel.opened: gr.update(visible=bool(measured.found)),
        panel.table: table_of(measured, language, say),
    }


def _running(panel: Panel, measured: Measured, elapsed_s: float, say: Say) -> dict[Any, Any]:
    done, total = len(measured.found), measured.plan.total
    right = sum(judged.passed for _, judged in measured.found)
    items = [say("code.progress", n=done, total=total), say("code.progress_right", n=right)]
    if done >= ETA_AFTER:
        items.append(say("code.progress_left", n=f"{elapsed_s / done * (total - done):.0f}"))
    value = {"items": items, "share": done / total, "label": say("code.progress_label")}
    return {panel.progress: gr.update(value=value, visible=True)}


def _headline(measured: Measured, say: Say) -> list[dict[str, str]]:
    plan, score = measured.plan, measured.score
    lines = [say("code.nothing_measured", k=plan.k)] if score is None else [
        say("code.score", k=score.k, value=f"{100 * score.value:.0f}"),
        say("code.interval", low=f"{100 * score.low:.0f}", high=f"{100 * score.high:.0f}"),
        say("code.score_tasks", n=len(score.rows), total=len(plan.goals))]
    lines += [plan.variant, say("code.at_temperature", n=f"{plan.sampling.temperature:g}")]
    if len(measured.found) < plan.total:
        lines.append(say("code.stopped_at", n=len(measured.found), total=plan.total))
    if not plan.sampling.temperature and plan.samples > 1:
        lines.append(say("code.greedy_twice"))
    if any(not judged.trusted for _, judged in measured.found):
        lines.append(say("code.untrusted"))
    return [{"text": line, "kind": "figure" if n == 0 and score else ""} for n, line in enumerate(lines)]


def table_of(measured: Measured, language: str, say: Say) -> dict[str, Any]:
    """A row for each task: how many answers passed, its pass@k, and why the first one failed."""
    values = {row.task: row.value for row in measured.score.rows} if measured.score else {}
    titles = {task.id: task.title[language] for task in load_tasks().all} | {OWN: say("code.family_own")}
    rows = []
    for goal in measured.plan.goals:
        judged = measured.of(goal.id)
        failed = next((failure(each, say) for each in judged if not each.passed), "")
        rows.append([titles[goal.id], say("code.right_of", n=sum(each.passed for each in judged), total=len(judged)),
                     f"{100 * values[goal.id]:.0f} %" if goal.id in values else say("code.not_measured"),
                     {"text": failed, "kind": "wide"}])
    return {"label": say("code.score_label"), "rows": rows, "columns": [
        say("code.column_task"), say("code.column_right"), f"pass@{measured.plan.k}", say("code.column_failure")]}


def wire_csv(panel: Panel) -> None:
    """The button that saves the table."""
    def on_csv(measured: Measured | None) -> str:
        return as_csv(measured) if measured else ""

    panel.csv.click(on_csv, panel.measured, panel.text, api_visibility="private", show_progress="hidden").then(
        None, panel.text, None, js=SAVE)
