"""Math: solve step by step, with programs, or by majority vote, and check the answer with sympy."""
from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from playground.checking.check import LIMITS
from playground.errors import Cancelled, PlaygroundError, Unavailable
from playground.pump import work
from playground.solving.rounds import ROUNDS
from playground.types import CancelToken, ReasoningDelta, TextDelta
from playground.ui import math_check, pane
from playground.ui.answer import Visitor
from playground.ui.context import Tab, UiContext
from playground.ui.math_run import Picked, trouble, way
from playground.ui.math_state import Mode, Progress, Solution, follow
from playground.ui.math_view import POCKET, SYSTEM, Parts, for_mathematics, growing, ideas, lay_out, whole
from playground.ui.pane import Updates
from playground.ui.view import Draft
from playground.ui.words import load_strings

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
CHECK = "math-check"                      # the run that a new problem ends
MOST_HZ = 15.0


def build(ctx: UiContext) -> None:
    """Lay out the tab and wire its events. Called once, inside the tab."""
    parts = lay_out(ctx)
    _wire_solving(ctx, parts)
    _wire_checking(ctx, parts)
    _wire_settings(ctx, parts)
    pane.wire(ctx, parts.pane)


# ---------------------------------------------------------------- wiring: closures that unwrap, nothing else
def _wire_solving(ctx: UiContext, parts: Parts) -> None:
    shared = ctx.shared

    def on_solve(request: gr.Request, *values: Any) -> Updates:
        yield from solve(ctx, parts, request, Picked(*values))

    def on_check(request: gr.Request, solution: Solution, expected: str, language: str) -> Updates:
        yield from check(ctx, parts, request, solution, expected, language)

    state = [shared.variant, shared.language, *parts.settings]
    checked = [parts.solution, parts.expected, shared.language]
    runs = [gr.on([parts.problem.submit, parts.pane.send.click], on_solve, [parts.problem, *state], parts.painted,
                  **QUIET)]
    runs += [button.click(on_solve, [button, *state], parts.painted, **QUIET) for button in parts.suggestions]
    for run in runs:
        run.then(on_check, checked, parts.checked, **QUIET)


def _wire_checking(ctx: UiContext, parts: Parts) -> None:
    """The check again, for another expected answer or another sample of a vote."""
    language = ctx.shared.language

    def on_check(request: gr.Request, solution: Solution, expected: str, lang: str) -> Updates:
        yield from check(ctx, parts, request, solution, expected, lang)

    def on_sample(solution: Solution, sample: int | None, lang: str) -> dict[Any, Any]:
        return show_sample(ctx, parts, solution, sample, lang)

    def on_language(solution: Solution, lang: str) -> dict[Any, Any]:
        runs = bool(solution.problem) and solution.end is None
        return {} if runs else whole(ctx, parts, Progress(solution), lang)

    checked = [parts.solution, parts.expected, language]
    gr.on([parts.expected.submit, parts.again.click], on_check, checked, parts.checked, **QUIET)
    parts.sample.input(on_sample, [parts.solution, parts.sample, language], parts.painted, **QUIET).then(
        on_check, checked, parts.checked, **QUIET)
    language.change(on_language, [parts.solution, language], parts.painted, **QUIET).then(
        on_check, checked, parts.checked, **QUIET)


def _wire_settings(ctx: UiContext, parts: Parts) -> None:
    """What is shown depends on the model and on the way of solving."""
    shared = ctx.shared

    def on_adapt(variant: str, language: str, mode: Mode) -> dict[Any, Any]:
        return adapt(ctx, parts, variant, language, mode)

    def on_mode(language: str, mode: Mode) -> dict[Any, Any]:
        return {**about(ctx, parts, language, mode), parts.system: SYSTEM[mode]}

    def on_reset(mode: Mode) -> str:
        return SYSTEM[mode]

    def on_pick() -> str:
        return ctx.playground.catalog.variant(POCKET).key

    told = [parts.about, parts.k, parts.temperature]
    adapted = [*told, parts.other, parts.other_model, parts.pick, parts.thinking, *parts.suggestions]
    for event in (shared.variant.change, shared.language.change, shared.opened):
        event(on_adapt, [shared.variant, shared.language, parts.mode], adapted, **QUIET)
    parts.mode.input(on_mode, [shared.language, parts.mode], [*told, parts.system], **QUIET)
    parts.system_reset.click(on_reset, parts.mode, parts.system, **QUIET)
    parts.pick.click(on_pick, None, shared.variant, **QUIET)


# ---------------------------------------------------------------- what the handlers do
def solve(ctx: UiContext, parts: Parts, request: gr.Request, picked: Picked) -> Updates:
    """Solve the problem in the picked way, drawn as it goes. What was written before a stop or an error is kept."""
    say = partial(ctx.words.say, picked.language)
    if not picked.problem.strip():
        yield {parts.pane.status: {"items": [{"text": say("math.empty")}]}}
        return
    visitor = Visitor(request.session_hash or "", ctx.caller(request), TAB.id)
    ctx.stop(visitor.session, CHECK)
    progress, problem, drawn = Progress(Solution(picked.problem, picked.mode), Draft()), None, 0.0
    try:
        with ctx.running(visitor.session, visitor.tab) as token:
            yield {**whole(ctx, parts, progress, picked.language), parts.problem: picked.problem}
            for news in work(way(ctx, picked, visitor.caller), token):
                if news is None:          # silence: the reader may have gone away
                    yield {parts.pane.status: growing(ctx, parts, progress, say)[parts.pane.status]}
                    continue
                progress = follow(progress, news)
                if not isinstance(news, TextDelta | ReasoningDelta) or time.monotonic() - drawn >= 1 / MOST_HZ:
                    drawn = time.monotonic()
                    yield growing(ctx, parts, progress, say)
    except PlaygroundError as error:
        problem = trouble(error, say)
    yield whole(ctx, parts, replace(progress, draft=None, program_runs=False), picked.language, problem)


def check(ctx: UiContext, parts: Parts, request: gr.Request, solution: Solution, expected: str, language: str
          ) -> Updates:
    """The verdict on the shown answer and its steps. A newer check, or a newer problem, ends this one silently."""
    say, session = partial(ctx.words.say, language), request.session_hash or ""
    if not solution.replies:
        yield {parts.verdict: gr.update(value={}, visible=False)}
        return
    token = ctx.start(session, CHECK)
    found, superseded = None, False
    try:
        yield {parts.verdict: gr.update(value=math_check.checking(say), visible=True)}
        if reason := ctx.programs.unavailable():
            found = math_check.not_examined(solution, expected, Unavailable(reason))
        else:
            sandbox = ctx.programs.sandbox(ctx.caller(request), LIMITS, packages=True)

            def do(cancel: CancelToken, tell: Any) -> None:
                tell(math_check.examined(solution, expected, sandbox, cancel))

            for news in work(do, token):
                if news is None:
                    yield {parts.verdict: math_check.checking(say)}
                else:
                    found, superseded = news, token.cancelled
    except Cancelled:
        return
    except PlaygroundError as error:
        found = math_check.not_examined(solution, expected, error)
    finally:
        ctx.finish(session, CHECK, token)
    if found is None or superseded:
        return
    listed = math_check.steps(solution, found, say)
    yield {parts.verdict: gr.update(value=math_check.verdict(found, expected, say), visible=True),
           parts.folded_steps: gr.update(visible=bool(listed)), parts.steps: listed}


def show_sample(ctx: UiContext, parts: Parts, solution: Solution, sample: int | None, language: str
                ) -> dict[Any, Any]:
    """Another answer of a vote, in the place of the one that was shown."""
    if sample is None or solution.tally is None:
        return {}
    return whole(ctx, parts, Progress(solution.show(sample)), language)


def adapt(ctx: UiContext, parts: Parts, variant: str, language: str, mode: Mode) -> dict[Any, Any]:
    """What suits the picked model."""
    catalog, say = ctx.playground.catalog, partial(ctx.words.say, language)
    model = catalog.variant(variant).model
    pocket = next((each for each in catalog.models() if each.id == POCKET), None)
    name = pocket.name if pocket is not None else ""
    line = {"items": [{"text": say("math.other_model", name=model.name, pocket=name)}]}
    return {
        **about(ctx, parts, language, mode),
        parts.other: gr.update(visible=pocket is not None and not for_mathematics(model)),
        parts.other_model: line,
        parts.pick: gr.update(value=say("math.pick", pocket=name)),
        parts.thinking: gr.update(visible=model.thinking == "hybrid"),
        **dict(zip(parts.suggestions, ideas(ctx, variant, language), strict=True)),
    }


def about(ctx: UiContext, parts: Parts, language: str, mode: Mode) -> dict[Any, Any]:
    """What the way of solving does, and its own controls."""
    say = partial(ctx.words.say, language)
    items = [{"text": say(f"math.about_{mode}", n=ROUNDS)}]
    if reason := ctx.programs.unavailable() if mode != "steps" else "":
        items = [{"text": say("math.no_programs", why=reason) if mode == "program" else say("math.vote_by_text")}]
    voting = gr.update(visible=mode == "vote")
    return {parts.about: {"items": items}, parts.k: voting, parts.temperature: voting}


def texts() -> Mapping[str, Mapping[str, str]]:
    """The texts of this tab, by language."""
    return load_strings(Path(__file__).parent.parent / "strings" / "math")


TAB = Tab("math", "math.tab", build, order=40, texts=texts)
