"""How the code tab is drawn: the fields of each action, the editor and its versions, the run buttons."""
from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from playground.coding.fill import MARK
from playground.coding.tasks import load_tasks
from playground.types import ModelSpec, SamplingParams
from playground.ui import code_run
from playground.ui.code_actions import Action
from playground.ui.code_layout import IDEAS, Parts
from playground.ui.code_versions import Versions, changes
from playground.ui.context import UiContext
from playground.ui.sampling import recommended
from playground.ui.view import Say

HIGHLIGHTED: dict[str, Any] = {"python": "python", "javascript": "javascript", "typescript": "typescript", "c": "c",
                               "sql": "sql", "bash": "shell"}
NEAREST = "cpp"                           # for C++, and the nearest there is for Java, Go and Rust


def form_for(ctx: UiContext, parts: Parts, action: Action, model: ModelSpec, language: str) -> dict[Any, Any]:
    """The fields of an action, in the reader's language, as far as this model can do it."""
    form, say = parts.form, partial(ctx.words.say, language)
    writes, ideas = action == "write", ideas_for(model, language, say)
    key = "code.hint_cannot_fill" if action == "fill" and not model.fills else f"code.hint_{action}"
    hint = {} if writes else {"items": [{"text": say(key, mark=MARK, name=model.name)}]}
    return {
        form.target: gr.update(visible=action == "translate"),
        form.ready: gr.update(visible=writes, choices=[(each.title[language], each.id) for each in load_tasks().all]),
        form.task: gr.update(visible=writes),
        form.more: gr.update(visible=writes),
        form.error: gr.update(visible=action == "fix"),
        form.goal: gr.update(visible=action == "fix"),
        form.hint: gr.update(value=hint, visible=not writes),
        form.example: gr.update(visible=not writes),
        form.ideas: gr.update(visible=writes),
        **{button: gr.update(value=idea) for button, idea in zip(form.suggestions, ideas, strict=True)},
    }


def ideas_for(model: ModelSpec, language: str, say: Say) -> list[str]:
    """Tasks to start with: the model's own if it was made for code, else any."""
    own = model.examples.get(language, ()) if model.fills else ()
    return [*own, *(say(f"code.idea_{n + 1}") for n in range(IDEAS))][:IDEAS]


def advice_for(ctx: UiContext, parts: Parts, model: ModelSpec, say: Say) -> dict[Any, Any]:
    """For a model that was not made for code: those that were, and a button that picks the nearest one."""
    coders = [each for each in ctx.playground.catalog.models() if each.fills]
    pick = coder(ctx)
    names = ", ".join(each.name for each in coders[:4]) + (" …" if len(coders) > 4 else "")
    text = {"items": [{"text": say("code.not_a_coder", name=model.name, names=names)}]}
    return {parts.advice: gr.update(visible=bool(coders) and not model.fills), parts.advice_text: text,
            parts.pick: gr.update(value=say("code.use", name=pick.name) if pick else "", visible=pick is not None)}


def coder(ctx: UiContext) -> ModelSpec | None:
    """The first model made for code whose files are on this machine."""
    return next((each for each in ctx.playground.catalog.models() if each.fills and ctx.downloads.is_here(each)), None)


def settings_for(ctx: UiContext, parts: Parts, model: ModelSpec) -> dict[Any, Any]:
    """What is recommended for the model."""
    wanted = recommended(model, "off", ctx.max_tokens)
    return {parts.thinking: gr.update(visible=model.thinking == "hybrid"), parts.temperature: wanted.temperature,
            parts.max_tokens: wanted.max_tokens, parts.score.temperature: wanted.temperature}


def sampling_of(ctx: UiContext, model: ModelSpec, thinking: str, temperature: float | None, max_tokens: float | None
                ) -> SamplingParams:
    """What the settings say; an emptied number means the recommended one. Raises InvalidRequest out of bounds."""
    wanted = recommended(model, thinking, ctx.max_tokens)
    return replace(wanted, temperature=wanted.temperature if temperature is None else float(temperature),
                   max_tokens=wanted.max_tokens if max_tokens is None else int(max_tokens))


def editor_for(parts: Parts, versions: Versions, say: Say, *notes: str) -> dict[Any, Any]:
    """The editor showing the current version, and how it differs from the one before."""
    editor, now, before = parts.editor, versions.current, versions.previous
    number = [say("code.version", n=versions.at + 1, total=len(versions.all))] if now else []
    painted: dict[Any, Any] = {
        editor.versions: versions,
        editor.earlier: gr.update(interactive=versions.at > 0),
        editor.later: gr.update(interactive=versions.at < len(versions.all) - 1),
        editor.note: {"items": [{"text": text} for text in (*number, *notes) if text]},
        editor.changed: gr.update(visible=before is not None),
        editor.diff: diff_of(before.code, now.code, versions.at, say) if before and now else {},
    }
    if now is None:
        return painted
    return painted | {editor.code: gr.update(value=now.code, language=highlighted(now.language)),
                      parts.form.language: now.language}


def diff_of(before: str, after: str, number: int, say: Say) -> dict[str, Any]:
    """What to draw: the changes from version `number` to the next one."""
    lines = changes(before, after)
    if not lines:
        return {"empty": say("code.too_long_to_compare" if lines is None else "code.no_changes")}
    rows = [["gap", None, None, [(say("code.unchanged", n=line[1]), False)]] if line[0] == "gap" else list(line)
            for line in lines]
    return {"label": say("code.changes_between", before=number, after=number + 1), "rows": rows}


def highlighted(language: str) -> Any:
    """The name under which Gradio highlights a programming language."""
    return HIGHLIGHTED.get(language, NEAREST)


def runner_for(ctx: UiContext, parts: Parts, language: str, say: Say, *, running: bool = False) -> dict[Any, Any]:
    """The run buttons, off with the reason where this code cannot be run."""
    why, runner = code_run.why_not(ctx, language, say), parts.runner
    can = gr.update(interactive=not running and not why)
    items = [{"text": why, "kind": "fit-tight"}] if why else [{"text": code_run.limits_text(say)}]
    return {runner.run: can, runner.judge: can, runner.stop: gr.update(interactive=running),
            runner.limits: {"items": items}}
