"""What the thinking tab's two panels do: cut one thinking short, and measure accuracy against the budget."""
from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from playground.errors import InvalidRequest, PlaygroundError
from playground.experiments.budgets import Progress, measure
from playground.experiments.less_thinking import Cut, Trace, answer_cuts, trace_of
from playground.experiments.problems import problems
from playground.pump import work
from playground.types import CancelToken, Failed, GenerationRequest, Message, SamplingParams
from playground.ui import pane
from playground.ui.answer import problem_text
from playground.ui.context import UiContext
from playground.ui.conversation import Conversation, Reply
from playground.ui.pane import Updates
from playground.ui.sampling import read_seed, recommended
from playground.ui.thinking_drawn import less_drawn, trial_drawn
from playground.ui.thinking_view import LESS_ID, NO_LIMIT, TRIAL_ID, Less, Parts
from playground.ui.view import Say

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

    def sampling(self, ctx: UiContext, budget: int | None = None) -> SamplingParams:
        """The model's recommendation with the reader's temperature and seed, and twice a budget of tokens, so that an
        answer fits after it. Raises InvalidRequest."""
        model = ctx.playground.catalog.variant(self.variant).model
        wanted = recommended(model, self.switch, ctx.max_tokens)
        most = max(wanted.max_tokens, min(2 * (budget or 0), ctx.max_tokens))
        return replace(wanted, temperature=float(self.temperature), seed=read_seed(self.seed or ""), max_tokens=most)

    def limit(self, ctx: UiContext) -> int | None:
        """Tokens of thinking, None without a limit or where it would mean nothing."""
        thinking = ctx.playground.catalog.variant(self.variant).model.thinking
        off = thinking == "none" or (thinking == "hybrid" and self.switch == "off")
        return int(self.budget) if self.limited and not off else None


# ---------------------------------------------------------------- one thinking cut short
def cut_short(ctx: UiContext, parts: Parts, request: gr.Request, asked: Conversation, expected: str, language: str
              ) -> Updates:
    """Answer the question again from the beginnings of its one thinking."""
    say, less = partial(ctx.words.say, language), parts.less
    reply = asked.turns[-1].reply if asked.turns else None
    trace = _trace(ctx, reply)
    if reply is None or reply.request is None or trace is None:
        yield {less.status: {"items": [{"text": say("thinking.nothing_to_cut")}]}}
        return
    ran, caller, cuts = reply.request, ctx.caller(request), list[Cut]()
    given = [Cut(len(trace.thoughts), reply.text.strip(), whole=True)] if reply.text.strip() else []
    close_ids = ctx.playground.close_ids(ran.variant)

    def do(cancel: CancelToken, tell: Any) -> None:
        answer_cuts(ctx.playground.series(caller, ran), ran, trace, close_ids, cancel, tell, to_the_end=not given)

    for news, problem, last in _told(ctx, request, LESS_ID, do):
        cuts += [news] if news is not None else []
        answered = (*cuts, *(given if last and cuts else ()))
        status = pane.problem(ctx, Failed.of(problem), say) if problem else {} if last else {
            "items": [{"text": say("thinking.cutting", n=len(cuts))}]}
        yield redraw(less, asked, answered, expected, say) | {
            less.start: gr.update(interactive=last), less.stop: gr.update(interactive=not last), less.status: status,
            less.answered: answered}


def redraw(less: Less, asked: Conversation, answered: tuple[Cut, ...], expected: str, say: Say) -> dict[Any, Any]:
    """The plot and the table of what is answered."""
    question = asked.turns[-1].question if asked.turns else ""
    plot, table = less_drawn(answered, question, expected or "", say)
    return {less.plot: plot, less.table: table}


def _trace(ctx: UiContext, reply: Reply | None) -> Trace | None:
    if reply is None or reply.prompt is None or reply.request is None:
        return None
    pieces = ctx.playground.pieces(reply.request.variant, reply.output_ids)
    measured = bool(reply.usage.variant)  # not when it broke off
    return trace_of(pieces, reply.prompt.opens_thinking, reply.usage.reasoning_tokens if measured else None)


# ---------------------------------------------------------------- accuracy against the budget
def try_budgets(ctx: UiContext, parts: Parts, request: gr.Request, kind: str, count: int, budgets: list[str],
                picked: Picked) -> Updates:
    """Measure accuracy for each budget; what is measured stays when it is stopped."""
    say, trial = partial(ctx.words.say, picked.language), parts.trial
    if not budgets:
        yield {trial.status: {"items": [say("thinking.no_budget")]}}
        return
    limits = sorted((None if each == NO_LIMIT else int(each) for each in budgets),
                    key=lambda each: float("inf") if each is None else each)
    caller, asked = ctx.caller(request), problems(kind, count, picked.language, SEED)
    try:
        first = _first(ctx, picked, asked[0].question, max(each or 0 for each in limits))
    except PlaygroundError as error:
        yield {trial.status: {"items": [*problem_text(Failed.of(error), say, ctx.words.has)]}}
        return

    def do(cancel: CancelToken, tell: Any) -> None:
        measure(ctx.playground.series(caller, first), first, asked, limits, cancel, tell)

    sampling = first.sampling
    about = (f"{picked.variant}, {kind}, temperature {sampling.temperature:g}, seed {sampling.seed}, "
             f"{time.strftime('%Y-%m-%d')}")
    progress: Progress | None = None
    drawn_at = float("-inf")
    for news, problem, last in _told(ctx, request, TRIAL_ID, do):
        progress = news or progress
        if not last and (progress is None or time.monotonic() - drawn_at < DRAW_EVERY_S):
            continue
        drawn_at = time.monotonic()
        bar, plot, table = trial_drawn(progress, say, ended=last) if progress else ({}, {}, {})
        if problem is not None:
            bar = bar | {"items": [*bar.get("items", ()), *problem_text(Failed.of(problem), say, ctx.words.has)]}
        yield {trial.start: gr.update(interactive=last), trial.stop: gr.update(interactive=not last),
               trial.csv: gr.update(visible=last and progress is not None and progress.done > 0),
               trial.status: bar, trial.plot: plot, trial.table: table,
               trial.measured: (progress, about) if progress else None}


def _first(ctx: UiContext, picked: Picked, question: str, budget: int) -> GenerationRequest:
    """What every request of a measurement is like. Raises InvalidRequest where its largest budget cannot be kept."""
    most = min(ctx.max_tokens, ctx.playground.catalog.variant(picked.variant).model.context_tokens)
    if 2 * budget > most:
        say = partial(ctx.words.say, picked.language)
        raise InvalidRequest(say("thinking.no_room", n=budget, most=most), say("thinking.no_room_hint"))
    sampling = picked.sampling(ctx, budget)
    return GenerationRequest(picked.variant, (Message("user", question),), replace(sampling, seed=sampling.seed or 1))


# ---------------------------------------------------------------- both
def _told(ctx: UiContext, request: gr.Request, run: str, do: Any
          ) -> Iterator[tuple[Any, PlaygroundError | None, bool]]:
    """(news or None, problem, whether it is the last) of a long piece of work that this session can stop."""
    problem: PlaygroundError | None = None
    try:
        with ctx.running(request.session_hash or "", run) as token:
            for news in work(do, token):
                yield news, None, False
    except PlaygroundError as error:
        problem = None if error.code == "cancelled" else error
    yield None, problem, True
