"""What the thinking tab measured, as plots, tables and a file. Pure functions; no Gradio import."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from playground.experiments.budgets import Point, Progress
from playground.experiments.less_thinking import Cut, places, same, stable_from
from playground.experiments.problems import expected_of, says
from playground.ui.view import Say

Drawn = dict[str, Any]


def budget_name(budget: int | None, say: Say) -> str:
    """"off", "50" or "no limit"."""
    return say("thinking.no_limit") if budget is None else say("thinking.off") if budget == 0 else str(budget)


# ---------------------------------------------------------------- one thinking cut short
def less_drawn(cuts: Sequence[Cut], question: str, typed: str, say: Say) -> tuple[Drawn, Drawn]:
    """(plot, table) of the answers after each cut; the plot only when all of them are there.

    typed: the right answer, where the reader knows it; else it is the result of a plain calculation in the question.
    """
    if not cuts:
        return {}, {}
    right = _judge(question, typed)
    final = cuts[-1] if cuts[-1].whole else None
    columns = ["tokens", "answer", "same", *(["right"] if right else [])]
    rows = []
    for cut in cuts:
        row = [say("thinking.whole", n=cut.thoughts) if cut.whole else str(cut.thoughts),
               cut.text or say("chat.no_answer"),
               "" if final is None else say("thinking.yes" if same(cut.text, final.text) else "thinking.no")]
        rows.append([*row, *([say("thinking.right" if right(cut.text) else "thinking.wrong")] if right else [])])
    table = {"label": say("thinking.less_table"), "columns": [say(f"thinking.column_{name}") for name in columns],
             "rows": rows}
    if final is None or len(cuts) <= len(places(final.thoughts)):
        return {}, table
    points = [{"x": str(cut.thoughts), "y": float(right(cut.text) if right else same(cut.text, final.text))}
              for cut in cuts]
    plot = {"label": say("thinking.less_plot", n=stable_from(cuts)),
            "x": say("thinking.axis_tokens"), "points": points, "steps": True,
            "ticks": [[1, say("thinking.right" if right else "thinking.same")],
                      [0, say("thinking.wrong" if right else "thinking.other")]]}
    return plot, table


def _judge(question: str, typed: str) -> Callable[[str], bool] | None:
    """Whether an answer is right; None where nobody knows."""
    known = expected_of(question)
    expected = typed.strip() or ("" if known is None else str(known))
    return (lambda text: says(expected, text)) if expected else None


# ---------------------------------------------------------------- accuracy against the budget
def trial_drawn(progress: Progress, say: Say, *, ended: bool = True) -> tuple[Drawn, Drawn, Drawn]:
    """(progress bar, plot, table) of what is measured so far."""
    measured = [point for point in progress.points if point.count]
    points = [{"x": budget_name(point.budget, say), "y": point.share, "low": point.bounds[0], "high": point.bounds[1]}
              for point in measured]
    ticks = [[tick / 4, f"{tick * 25} %"] for tick in range(5)]
    plot = {"label": say("thinking.trial_plot"), "x": say("thinking.axis_budget"), "points": points,
            "ticks": ticks} if measured else {}
    columns = [say(f"thinking.column_{name}") for name in ("budget", "accuracy", "interval", "n", "thought", "closed")]
    table = {"label": say("thinking.trial_table"), "columns": columns,
             "rows": [_trial_row(point, say) for point in measured]} if measured else {}
    share = progress.done / progress.total if progress.total else 0.0
    return {"share": share, "items": _trial_items(progress, say, ended), "label": say("thinking.progress_label")
            }, plot, table


def _trial_items(progress: Progress, say: Say, ended: bool) -> list[str]:
    """How far it is, and how long it takes or what came out."""
    items = [say("thinking.progress", done=progress.done, total=progress.total)]
    if progress.done < progress.total and ended:
        return [*items, say("thinking.ended_early")]
    if progress.done < progress.total:
        return items if progress.eta_s is None else [*items, say("thinking.eta", seconds=f"{progress.eta_s:.0f}")]
    if len(progress.points) < 2:
        return items
    first, last = progress.points[0], progress.points[-1]
    return [*items, say("thinking.gain", first=budget_name(first.budget, say), last=budget_name(last.budget, say),
                        points=f"{100 * (last.share - first.share):+.1f}")]


def _trial_row(point: Point, say: Say) -> list[str]:
    low, high = point.bounds
    return [budget_name(point.budget, say), f"{point.share:.1%}", f"{low:.1%} – {high:.1%}",
            f"{point.right}/{point.count}", f"{point.thought / point.count:.0f}", str(point.closed)]


def trial_csv(progress: Progress, about: str) -> str:
    """What was measured as a file: a remark, a head, a line for each budget."""
    lines = ["# " + about.replace("\n", " "), "budget,right,n,share,low,high,mean_thinking_tokens,closed"]
    for point in progress.points:
        if point.count:
            low, high = point.bounds
            name = "none" if point.budget is None else str(point.budget)
            lines.append(f"{name},{point.right},{point.count},{point.share:.4f},{low:.4f},{high:.4f},"
                         f"{point.thought / point.count:.1f},{point.closed}")
    return "\n".join(lines) + "\n"
