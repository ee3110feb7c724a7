"""What a lesson shows, as text and data. Pure functions; no Gradio."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.types import ModelSpec
from playground.ui.conversation import Conversation
from playground.ui.view import Say
from tutorials.lesson import Check, Compare, Lesson, Measured, Predict, Run, verdicts
from tutorials.prose import key


def measured(run: Run, asked: Conversation) -> Measured | None:
    """What a cell's answer measured; None while it has none."""
    reply = asked.turns[-1].reply if asked.turns else None
    return run.measure(reply.text, reply.reason, reply.usage) if reply is not None else None


def note(model: ModelSpec, say: Say) -> dict[str, Any]:
    """Which model the cells run on, and whether it can think."""
    items = [{"text": say("lessons.runs_on", name=model.name)}]
    if model.pocket:
        items.append({"text": say("bar.pocket"), "kind": "pocket"})
    if model.thinking != "hybrid":
        items.append({"text": say("lessons.same_both")})
    return {"items": items}


def option(lesson: Lesson, block: Predict | Check, choice: str, say: Say) -> str:
    """An option as the reader sees it."""
    return say(key(lesson, f"{block.id}.option.{choice}"))


def prediction(lesson: Lesson, block: Predict, locked: Mapping[str, str], say: Say) -> dict[str, Any]:
    """The line under a prediction: that it will lock, or that it is locked."""
    if block.id not in locked:
        return {"items": [{"text": say("lessons.locks")}]}
    return {"items": [{"text": say("lessons.locked", choice=option(lesson, block, locked[block.id], say))}]}


def feedback(lesson: Lesson, check: Check, choice: str | None, say: Say) -> dict[str, Any]:
    """What to say to a chosen option; nothing when none was checked."""
    if choice is None:
        return {}
    title = say("lessons.right" if choice == check.right else "lessons.not_right")
    return {"title": title, "items": [{"text": say(key(lesson, f"{check.id}.feedback.{choice}"))}]}


def comparison(lesson: Lesson, compare: Compare, asked: Mapping[str, Conversation], locked: Mapping[str, str], say: Say
               ) -> tuple[str, dict[str, Any]]:
    """(table of both cells as Markdown, what became of the predictions)."""
    runs = {run.id: run for run in lesson.of(Run)}
    before, after = (measured(runs[cell], asked[cell]) for cell in (compare.before, compare.after))
    if before is None or after is None:
        return "", {"items": [{"text": say("lessons.run_both")}]}
    shown = table(lesson, (runs[compare.before], runs[compare.after]), (before, after), say)
    if not (before.whole and after.whole):
        return shown, {"items": [{"text": say("lessons.not_whole")}]}
    if before.variant != after.variant:
        return shown, {"items": [{"text": say("lessons.two_models")}]}
    lines = []
    for verdict in verdicts(lesson, compare, locked, before, after):
        predicted, found = (option(lesson, verdict.predict, choice, say)
                            for choice in (verdict.predicted, verdict.measured))
        title = say(key(lesson, f"{verdict.predict.id}.ask"))
        said = say("lessons.held" if verdict.held else "lessons.did_not_hold", predicted=predicted, measured=found)
        lines.append({"text": f"{title} {said}", "kind": "purpose"})
    return shown, {"items": lines}


def table(lesson: Lesson, runs: tuple[Run, Run], values: tuple[Measured, Measured], say: Say) -> str:
    """Two cells as a Markdown table. Holds only our own words and measured numbers, nothing the model wrote."""
    rows = [
        [say("measured.what"), *(say(key(lesson, f"{run.id}.title")) for run in runs)],
        ["---", "---:", "---:"],
        [say("measured.tokens"), *(str(value.tokens) for value in values)],
        [say("measured.reasoning_tokens"), *(str(value.reasoning_tokens) for value in values)],
        [say("measured.seconds"), *(say("measured.seconds_value", n=f"{value.seconds:.2f}") for value in values)],
    ]
    if any(run.expects is not None for run in runs):
        answers = [_verdict(run, value, say) for run, value in zip(runs, values, strict=True)]
        rows.append([say("measured.answer"), *answers])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _verdict(run: Run, value: Measured, say: Say) -> str:
    if not value.whole:                   # what it would have said in the end is not known
        return say(f"facts.reason_{value.reason}")
    if value.right is None:
        return ""
    word = say("measured.answer_right" if value.right else "measured.answer_wrong")
    ended = "" if value.reason == "stop" else f", {say(f'facts.reason_{value.reason}')}"
    expected = "" if value.right else f" ({say('measured.expected', n=run.expects)})"
    return f"{word}{expected}{ended}"
