"""The math tab's components, and how a solution is drawn on them. The handlers are in `tabs/math.py`."""
from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.checking.boxed import boxed
from playground.solving.rounds import ROUNDS
from playground.text.math_marks import DELIMITERS
from playground.types import Failed, ModelSpec
from playground.ui import hood as hood_panel
from playground.ui import pane
from playground.ui.answer import Frame, problem_text
from playground.ui.context import UiContext
from playground.ui.drawn import drawn
from playground.ui.math_latex import document
from playground.ui.math_state import MODES, Progress, Solution, answer_rows
from playground.ui.math_vote import ballot_names, counted, groups
from playground.ui.pane import Pane, conversation_view, send_and_stop, status_line
from playground.ui.view import Say, waiting_text
from playground.ui.words import Key

POCKET = "pocket-math"
FAMILIES = ("qwen2.5-math",)              # beside POCKET: those that were trained for mathematics
MOST_SAMPLES, IDEAS = 32, 4
STEPS_PROMPT = r"Please reason step by step, and put your final answer within \boxed{}."
PROGRAM_PROMPT = (r"Please integrate natural language reasoning with programs to solve the problem above, "
                  r"and put your final answer within \boxed{}.")
SYSTEM = {"steps": STEPS_PROMPT, "program": PROGRAM_PROMPT, "vote": STEPS_PROMPT}     # as Qwen2.5-Math documents them


@dataclass(frozen=True, slots=True)
class Parts:
    """The tab's components, so that handlers can name what they change."""

    pane: Pane
    solution: gr.State
    problem: gr.Textbox
    expected: gr.Textbox
    suggestions: tuple[gr.Button, ...]
    other: gr.Row                         # shown for models that were not made for mathematics
    other_model: gr.HTML
    pick: gr.Button
    verdict: gr.HTML
    again: gr.Button
    vote: gr.Column
    votes: gr.HTML
    groups: gr.Markdown
    sample: gr.Dropdown
    folded_steps: gr.Accordion
    steps: gr.Markdown
    folded_latex: gr.Accordion
    latex_answer: gr.Code
    latex_whole: gr.Code
    mode: gr.Radio
    about: gr.HTML
    thinking: gr.Radio
    k: gr.Slider
    temperature: gr.Slider
    max_tokens: gr.Slider
    system: gr.Textbox
    system_reset: gr.Button

    @property
    def settings(self) -> list[Any]:
        """What a handler that solves receives after the problem, in the order of `Picked`."""
        return [self.mode, self.thinking, self.k, self.temperature, self.max_tokens, self.system]

    @property
    def painted(self) -> list[Any]:
        """Every component that `whole` may change."""
        return [*self.pane.painted, self.problem, self.solution, *self.checked, self.again, self.vote, self.votes,
                self.groups, self.sample, self.folded_latex, self.latex_answer, self.latex_whole,
                *self.suggestions]

    @property
    def checked(self) -> list[Any]:
        """What a check changes."""
        return [self.verdict, self.folded_steps, self.steps]


def lay_out(ctx: UiContext) -> Parts:
    made = dict[str, Any]()
    solution = gr.State(Solution())
    with gr.Row(equal_height=False, elem_classes="work math"):
        with gr.Column(scale=7, min_width=320):
            _question(ctx, made)
            _way(ctx, made)
            with gr.Row(elem_classes="composer"):
                send, stop = send_and_stop(ctx, "math", Key("math.solve"))
            status = status_line("math")
            conversation, chatbot = conversation_view(ctx, "math", Key("math.empty_page"))
            _results(ctx, made)
        with gr.Column(scale=3, min_width=280):
            _settings(ctx, made)
            hood = hood_panel.build(ctx, "math-hood")
    return Parts(Pane("math", conversation, chatbot, status, send, stop, hood), solution, **made)


def _question(ctx: UiContext, made: dict[str, Any]) -> None:
    words = ctx.words
    with gr.Row(equal_height=True):
        made["problem"] = words.add(
            gr.Textbox, "", label=Key("math.problem"), info=Key("math.problem_info"), lines=1, max_lines=8, scale=6,
            placeholder=Key("math.problem_placeholder"), min_width=280, elem_id="math-box")
        made["expected"] = words.add(
            gr.Textbox, "", label=Key("math.expected"), info=Key("math.expected_info"), max_lines=1, scale=4,
            placeholder=Key("math.expected_placeholder"), min_width=240, elem_id="math-expected")
    with gr.Row(elem_classes="suggestions"):
        made["suggestions"] = tuple(gr.Button(text, size="sm", min_width=120)
                                    for text in ideas(ctx, ctx.default_variant, ctx.language))
    with gr.Row(visible=False, elem_id="math-other", equal_height=False) as made["other"]:
        made["other_model"] = drawn("facts", elem_classes="answer-status")
        made["pick"] = gr.Button("", size="sm", scale=0, min_width=160, elem_id="math-pick")


def _results(ctx: UiContext, made: dict[str, Any]) -> None:
    words = ctx.words
    with gr.Column(visible=False, elem_id="math-vote") as made["vote"]:
        made["votes"] = drawn("votes", elem_id="math-votes")
        made["groups"] = gr.Markdown("", latex_delimiters=DELIMITERS, elem_id="math-groups")
        made["sample"] = words.add(gr.Dropdown, [], label=Key("math.sample"), info=Key("math.sample_info"),
                                   interactive=True, filterable=False, elem_id="math-sample")
    with gr.Row(elem_classes="math-verdict", equal_height=False):
        made["verdict"] = drawn("verdict", live=True, elem_id="math-verdict", visible=False)
        made["again"] = words.add(gr.Button, Key("math.again"), size="sm", scale=0, min_width=130,
                                  visible=False, elem_id="math-again")
    with words.add(gr.Accordion, label=Key("math.steps"), open=True, visible=False, elem_id="math-steps"
                   ) as made["folded_steps"]:
        made["steps"] = gr.Markdown("", latex_delimiters=DELIMITERS, elem_classes="math-steps")
    with words.add(gr.Accordion, label=Key("math.latex"), open=False, visible=False, elem_id="math-latex"
                   ) as made["folded_latex"]:
        made["latex_answer"] = words.add(gr.Code, None, label=Key("math.latex_answer"), language="latex",
                                         interactive=False, lines=1, max_lines=4, elem_id="math-latex-answer")
        made["latex_whole"] = words.add(gr.Code, None, label=Key("math.latex_whole"), language="latex",
                                        interactive=False, lines=4, max_lines=14, elem_id="math-latex-whole")


def _way(ctx: UiContext, made: dict[str, Any]) -> None:
    words = ctx.words
    made["mode"] = words.add(gr.Radio, label=Key("math.mode"), info=Key("math.mode_info"), value="steps",
                             choices=[(Key(f"math.mode_{mode}"), mode) for mode in MODES], elem_id="math-mode")
    made["about"] = drawn("facts", elem_id="math-about", elem_classes="answer-status", live=True)


def _settings(ctx: UiContext, made: dict[str, Any]) -> None:
    words, model = ctx.words, ctx.playground.catalog.variant(ctx.default_variant).model
    made["thinking"] = words.add(
        gr.Radio, label=Key("settings.thinking"), info=Key("math.thinking_info"), value="on",
        choices=[(Key("settings.thinking_on"), "on"), (Key("settings.thinking_off"), "off")],
        visible=model.thinking == "hybrid", elem_id="math-thinking")
    made["k"] = words.add(gr.Slider, 2, MOST_SAMPLES, 8, step=1, label=Key("math.k"), info=Key("math.k_info"),
                          visible=False, elem_id="math-k")
    made["temperature"] = words.add(
        gr.Slider, 0.1, 2, 0.7, step=0.1, label=Key("settings.temperature"), info=Key("math.temperature_info"),
        visible=False, elem_id="math-temperature")
    most = min(2048, ctx.max_tokens)
    made["max_tokens"] = words.add(
        gr.Slider, 16, ctx.max_tokens, most, step=16, label=Key("settings.max_tokens"),
        info=Key("math.max_tokens_info"), elem_id="math-max-tokens")
    with words.add(gr.Accordion, label=Key("math.system"), open=False, elem_id="math-system"):
        made["system"] = words.add(gr.Textbox, STEPS_PROMPT, label=Key("math.system_text"),
                                   info=Key("math.system_info"), lines=2, max_lines=8)
        made["system_reset"] = words.add(gr.Button, Key("math.system_reset"), size="sm")


def for_mathematics(model: ModelSpec) -> bool:
    """Whether the model was trained for mathematics."""
    return model.id == POCKET or model.family in FAMILIES


def ideas(ctx: UiContext, variant: str, language: str) -> list[str]:
    """Problems to begin with: a mathematics model's own, filled up with those that suit any."""
    model = ctx.playground.catalog.variant(variant).model
    own = model.examples.get(language, ()) if for_mathematics(model) else ()
    return [*own, *(ctx.words.say(language, f"math.idea_{n + 1}") for n in range(IDEAS))][:IDEAS]


# ---------------------------------------------------------------- drawing
def growing(ctx: UiContext, parts: Parts, progress: Progress, say: Say) -> dict[Any, Any]:
    """What changes while the model writes: the rows, the status, and the count of a vote."""
    painted: dict[Any, Any] = {parts.pane.chatbot: answer_rows(progress, say),
                               parts.pane.status: {"items": [{"text": doing(progress, say)}]}}
    if progress.solution.tally is not None:
        painted |= _vote(ctx, parts, progress.solution, say)
    return painted


def whole(ctx: UiContext, parts: Parts, progress: Progress, language: str, problem: Failed | None = None
          ) -> dict[Any, Any]:
    """Every component, at both ends of a run. A check paints the verdict and the steps later."""
    say, solution = partial(ctx.words.say, language), progress.solution
    running = progress.draft is not None
    painted: dict[Any, Any] = {
        **pane.paint(ctx, parts.pane, Frame(solution.conversation, progress.draft), language),
        parts.pane.chatbot: gr.update(value=answer_rows(progress, say)),
        parts.pane.status: _status(ctx, progress, say, problem or solution.failed),
        parts.solution: solution,
        parts.verdict: gr.update(value={}, visible=False),
        parts.again: gr.update(visible=not running and bool(solution.replies)),
        parts.folded_steps: gr.update(visible=False),
        parts.vote: gr.update(visible=solution.tally is not None),
        **{button: gr.update(interactive=not running) for button in parts.suggestions},
        **_latex(parts, solution, running),
    }
    return painted | (_vote(ctx, parts, solution, say) if solution.tally is not None else {})


def doing(progress: Progress, say: Say) -> str:
    """What is happening now, in one line."""
    draft, solution = progress.draft, progress.solution
    if progress.program_runs:
        return say("math.running_program")
    if draft is None:
        return say("math.comparing") if solution.mode == "vote" else say("status.queued", seconds=0)
    if draft.waiting is not None and draft.waiting.phase != "decoding":
        wait = draft.waiting
        return say("math.paused", n=f"{wait.eta_s:.0f}") if wait.eta_s is not None and wait.phase == "queued" else \
            waiting_text(wait, say)
    tokens = len(draft.output_ids)
    if solution.tally is not None:
        return say("math.answering_sample", n=len(solution.tally.ballots) + 1, k=solution.tally.k, tokens=tokens)
    return say("status.answering" if draft.text else "status.thinking", n=tokens)


def _status(ctx: UiContext, progress: Progress, say: Say, problem: Failed | None) -> dict[str, Any]:
    solution = progress.solution
    if problem is not None:
        message, hint = problem_text(problem, say, ctx.words.has)
        return {"kind": "problem", "title": say("error.title"), "items": [{"text": message}, {"text": hint}]}
    if progress.draft is not None:
        return {"items": [{"text": doing(progress, say)}]}
    if solution.end is None:
        return {"items": []}
    if solution.end in ("boxed", "stop", "failed"):
        return {"items": [{"text": say("math.finished", n=solution.tokens)}]}
    values = {"n": ROUNDS} if solution.tally is None else {"n": len(solution.tally.ballots), "k": solution.tally.k}
    return {"items": [{"text": say(f"math.end_{solution.end}", **values)}]}


def _latex(parts: Parts, solution: Solution, running: bool) -> dict[Any, Any]:
    box = boxed(solution.text) if not running else None
    text = "\n\n".join(document(reply.text) for reply in solution.replies)
    return {parts.folded_latex: gr.update(visible=bool(text) and not running),
            parts.latex_answer: gr.update(value=box, visible=box is not None),
            parts.latex_whole: text or None}


def _vote(ctx: UiContext, parts: Parts, solution: Solution, say: Say) -> dict[Any, Any]:
    """The count, and after it the choice of the answer that is shown."""
    asked, over = solution.conversation, solution.end is not None
    choices = ballot_names(solution, say)
    return {parts.votes: counted(solution, say, by_text=bool(ctx.programs.unavailable())),
            parts.groups: groups(solution, say),
            parts.sample: gr.update(choices=choices, value=asked.turns[0].chosen if over and choices else None,
                                    visible=over and bool(choices))}
