"""Thinking: watch a model reason, limit it, cut it short, and measure what the reasoning is worth."""
from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from playground.errors import PlaygroundError
from playground.experiments.budgets import Progress, measure
from playground.experiments.less_thinking import Cut, Trace, answer_cuts, trace_of
from playground.experiments.problems import problems
from playground.pump import work
from playground.types import CancelToken, GenerationRequest, Message, SamplingParams
from playground.ui import pane
from playground.ui.answer import Ask, Frame, Visitor, answer, problem_text
from playground.ui.context import Tab, UiContext
from playground.ui.conversation import Conversation, Reply
from playground.ui.pane import Updates, problem_of
from playground.ui.sampling import read_seed, recommended
from playground.ui.thinking_view import (
    ID,
    LESS_ID,
    NO_LIMIT,
    TRIAL_ID,
    Parts,
    adapt,
    lay_out,
    less_drawn,
    thinker,
    trial_csv,
    trial_drawn,
    warning,
)
from playground.ui.view import Say
from playground.ui.words import load_strings

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
SAVE = "(text) => window.qwenPlayground.save(text, 'thinking-budget.csv')"
DRAW_EVERY_S = 0.3
SEED = 2026                               # of the problems: the same ones for every measurement


@dataclass(frozen=True, slots=True)
class Picked:
    """What the page holds when a question is asked, in the order of `Parts.settings` after the first two."""

    variant: str
    language: str
    switch: str
    limited: bool
    budget: float
    temperature: float
    seed: str

    def sampling(self, ctx: UiContext) -> SamplingParams:
        """The model's recommendation with the reader's temperature and seed. Raises InvalidRequest."""
        model = ctx.playground.catalog.variant(self.variant).model
        wanted = recommended(model, self.switch, ctx.max_tokens)
        return replace(wanted, temperature=float(self.temperature), seed=read_seed(self.seed or ""))

    def limit(self, ctx: UiContext) -> int | None:
        """Tokens of thinking, None without a limit or where it would mean nothing."""
        thinking = ctx.playground.catalog.variant(self.variant).model.thinking
        off = thinking == "none" or (thinking == "hybrid" and self.switch == "off")
        return int(self.budget) if self.limited and not off else None


def build(ctx: UiContext) -> None:
    """Lay out the tab and wire its events."""
    parts = lay_out(ctx)
    pane.wire(ctx, parts.pane)
    _wire_question(ctx, parts)
    _wire_settings(ctx, parts)
    _wire_panels(ctx, parts)


def _wire_question(ctx: UiContext, parts: Parts) -> None:
    def on_ask(request: gr.Request, text: str, *values: Any) -> Updates:
        yield from ask(ctx, parts, request, text, Picked(*values))

    inputs = [ctx.shared.variant, ctx.shared.language, *parts.settings]
    painted = [*parts.pane.painted, parts.box, parts.note, parts.less.opened, *parts.less.painted]
    gr.on([parts.box.submit, parts.pane.send.click], on_ask, [parts.box, *inputs], painted, **QUIET)
    for button in parts.suggestions:
        button.click(on_ask, [button, *inputs], painted, **QUIET)


def _wire_settings(ctx: UiContext, parts: Parts) -> None:
    shared = ctx.shared

    def on_adapt(variant: str, switch: str, language: str) -> dict[Any, Any]:
        return adapt(ctx, parts, variant, switch, language)

    def on_warm(variant: str, switch: str, temperature: float, language: str) -> dict[str, Any]:
        model = ctx.playground.catalog.variant(variant).model
        return warning(model, switch, temperature, partial(ctx.words.say, language))

    def on_limit(limited: bool) -> Any:
        return gr.update(visible=limited)

    def on_pick(language: str) -> str:
        model = thinker(ctx)
        return ctx.playground.catalog.variant(model.id).key if model else ctx.default_variant

    for event in (shared.variant.change, shared.language.change, parts.switch.input, shared.opened):
        event(on_adapt, [shared.variant, parts.switch, shared.language], parts.adapted, **QUIET)
    parts.temperature.release(on_warm, [shared.variant, parts.switch, parts.temperature, shared.language],
                              parts.warning, **QUIET)
    parts.limited.input(on_limit, parts.limited, parts.budget, **QUIET)
    parts.pick.click(on_pick, shared.language, shared.variant, **QUIET)


def _wire_panels(ctx: UiContext, parts: Parts) -> None:
    less, trial, shared = parts.less, parts.trial, ctx.shared

    def on_less(request: gr.Request, asked: Conversation, language: str) -> Updates:
        yield from cut_short(ctx, parts, request, asked, language)

    def on_measure(request: gr.Request, kind: str, count: float, budgets: list[str], *values: Any) -> Updates:
        yield from try_budgets(ctx, parts, request, kind, int(count), budgets, Picked(*values))

    def on_stop_less(request: gr.Request) -> None:
        ctx.stop(request.session_hash or "", LESS_ID)

    def on_stop_trial(request: gr.Request) -> None:
        ctx.stop(request.session_hash or "", TRIAL_ID)

    def on_csv(measured: tuple[Progress, str] | None) -> str:
        return trial_csv(*measured) if measured else ""

    less.start.click(on_less, [parts.pane.conversation, shared.language], less.painted, **QUIET)
    less.stop.click(on_stop_less, None, None, queue=False, api_visibility="private")
    trial.start.click(on_measure, [trial.kind, trial.count, trial.budgets, shared.variant, shared.language,
                                   *parts.settings], trial.painted, **QUIET)
    trial.stop.click(on_stop_trial, None, None, queue=False, api_visibility="private")
    trial.csv.click(on_csv, trial.measured, trial.text, **QUIET).then(None, trial.text, None, js=SAVE)


# ---------------------------------------------------------------- what the handlers do
def ask(ctx: UiContext, parts: Parts, request: gr.Request, text: str, picked: Picked) -> Updates:
    """Answer one question, and offer to cut its thinking."""
    say = partial(ctx.words.say, picked.language)
    if not text.strip():
        yield {parts.pane.status: {"items": [{"text": say("chat.empty_message")}]}}
        return
    asked = Conversation().ask(text)
    ctx.stop(request.session_hash or "", LESS_ID)
    try:
        question = Ask(picked.variant, picked.switch, "", picked.sampling(ctx), picked.limit(ctx))
    except PlaygroundError as error:
        yield pane.paint(ctx, parts.pane, Frame(Conversation(), problem=problem_of(error)), picked.language)
        return

    def whole(frame: Frame) -> dict[Any, Any]:
        reply = frame.conversation.turns[-1].reply if frame.conversation.turns else None
        painted = pane.paint(ctx, parts.pane, frame, picked.language)
        if frame.box is not None:
            painted[parts.box] = frame.box
        return painted | _offer(ctx, parts, reply if not frame.running else None, question.budget, say)

    visitor = Visitor(request.session_hash or "", ctx.caller(request), ID)
    first: dict[Any, Any] = {parts.box: ""}
    for painted in pane.stream(ctx, parts.pane, answer(ctx, visitor, asked, asked, question, say), picked.language,
                               whole):
        yield first | painted
        first = {}


def _offer(ctx: UiContext, parts: Parts, reply: Reply | None, budget: int | None, say: Say) -> dict[Any, Any]:
    """What became of the budget, and the panel that cuts this answer's thinking."""
    less = parts.less
    cut = reply is not None and reply.request is not None and reply.request.thinking_budget is not None and (
        budget is not None and reply.request.thinking_budget < budget)
    note: dict[str, Any] = {}
    if cut and reply is not None and reply.request is not None:
        note = {"items": [{"text": say("thinking.budget_cut", asked=budget, n=reply.request.thinking_budget)}]}
    return {parts.note: note, less.opened: gr.update(visible=reply is not None and bool(reply.reasoning)),
            less.start: gr.update(interactive=True), less.stop: gr.update(interactive=False),
            less.status: {}, less.plot: {}, less.table: {}}


def cut_short(ctx: UiContext, parts: Parts, request: gr.Request, asked: Conversation, language: str) -> Updates:
    """Answer the question again from the beginnings of its one thinking."""
    say, less = partial(ctx.words.say, language), parts.less
    reply = asked.turns[-1].reply if asked.turns else None
    trace = _trace(ctx, reply)
    if reply is None or reply.request is None or trace is None:
        yield {less.status: {"items": [{"text": say("thinking.nothing_to_cut")}]}}
        return
    question, ran = asked.turns[-1].question, reply.request
    caller, cuts = ctx.caller(request), list[Cut]()
    close_ids = ctx.playground.close_ids(ran.variant)

    def do(cancel: CancelToken, tell: Any) -> None:
        answer_cuts(ctx.playground.series(caller, ran), ran, trace, close_ids, cancel, tell)

    busy = {less.start: gr.update(interactive=False), less.stop: gr.update(interactive=True)}
    for news, problem, last in _told(ctx, request, LESS_ID, do):
        if news is not None:
            cuts.append(news)
        whole = [Cut(len(trace.thoughts), reply.text.strip(), whole=True)] if last and problem is None else []
        plot, table = less_drawn([*cuts, *whole], question, say) if cuts else ({}, {})
        if last:
            busy = {less.start: gr.update(interactive=True), less.stop: gr.update(interactive=False)}
        status = _problem(ctx, problem, say) if problem else {} if last else {
            "items": [{"text": say("thinking.cutting", n=len(cuts))}]}
        yield busy | {less.status: status, less.plot: plot, less.table: table}


def _trace(ctx: UiContext, reply: Reply | None) -> Trace | None:
    if reply is None or reply.prompt is None or reply.request is None:
        return None
    pieces = ctx.playground.pieces(reply.request.variant, reply.output_ids)
    return trace_of(pieces, reply.prompt.opens_thinking)


def try_budgets(ctx: UiContext, parts: Parts, request: gr.Request, kind: str, count: int, budgets: list[str],
                picked: Picked) -> Updates:
    """Measure accuracy for each budget; what is measured stays when it is stopped."""
    say, trial = partial(ctx.words.say, picked.language), parts.trial
    if not budgets:
        yield {trial.status: {"share": 0, "items": [say("thinking.no_budget")]}}
        return
    limits = sorted((None if each == NO_LIMIT else int(each) for each in budgets),
                    key=lambda each: float("inf") if each is None else each)
    caller = ctx.caller(request)
    asked = problems(kind, count, picked.language, SEED)
    first = GenerationRequest(picked.variant, (Message("user", asked[0].question),),
                              replace(picked.sampling(ctx), seed=1))

    def do(cancel: CancelToken, tell: Any) -> None:
        measure(ctx.playground.series(caller, first), first, asked, limits, cancel, tell)

    progress: Progress | None = None
    drawn_at = float("-inf")
    buttons = {trial.start: gr.update(interactive=False), trial.stop: gr.update(interactive=True),
               trial.csv: gr.update(visible=False)}
    for news, problem, last in _told(ctx, request, TRIAL_ID, do):
        progress = news or progress
        if not last and (progress is None or time.monotonic() - drawn_at < DRAW_EVERY_S):
            continue
        drawn_at = time.monotonic()
        bar, plot, table = trial_drawn(progress, say) if progress else ({}, {}, {})
        if problem is not None:
            bar = bar | {"items": [*bar.get("items", ()), *problem_text(problem_of(problem), say, ctx.words.has)]}
        if last:
            measured = progress is not None and progress.done > 0
            buttons = {trial.start: gr.update(interactive=True), trial.stop: gr.update(interactive=False),
                       trial.csv: gr.update(visible=measured)}
        about = f"{picked.variant}, {kind}, temperature {first.sampling.temperature:g}, {time.strftime('%Y-%m-%d')}"
        yield buttons | {trial.status: bar, trial.plot: plot, trial.table: table,
                         trial.measured: (progress, about) if progress else None}


def _told(ctx: UiContext, request: gr.Request, run: str, do: Any
          ) -> Iterator[tuple[Any, PlaygroundError | None, bool]]:
    """(news or None, problem, whether it is the last) of a long piece of work that this session can stop."""
    session = request.session_hash or ""
    token = ctx.start(session, run)
    problem: PlaygroundError | None = None
    try:
        for news in work(do, token):
            yield news, None, False
    except PlaygroundError as error:
        problem = None if error.code == "cancelled" else error
    finally:
        token.cancel()
        ctx.finish(session, run, token)
    yield None, problem, True


def _problem(ctx: UiContext, error: PlaygroundError, say: Say) -> dict[str, Any]:
    message, hint = problem_text(problem_of(error), say, ctx.words.has)
    return {"kind": "problem", "title": say("error.title"), "items": [{"text": message}, {"text": hint}]}


def texts() -> Mapping[str, Mapping[str, str]]:
    """The texts of this tab."""
    return load_strings(Path(__file__).parents[1] / "strings" / "thinking")


TAB = Tab(ID, "thinking.tab", build, order=20, texts=texts)
