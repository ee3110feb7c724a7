"""A vote as the page shows it: its bars and letters, and the answers they stand for. No Gradio."""
from __future__ import annotations

from typing import Any

from playground.solving.votes import Tally
from playground.text.math_marks import mark_math
from playground.ui.math_state import Solution
from playground.ui.view import Say


def letter(group: int | None) -> str:
    """The name of a group: A to Z, then A1, A2, ...; a dash for answers without a box."""
    if group is None:
        return "–"
    return chr(ord("A") + group) if group < 26 else f"A{group - 25}"


def ballot_names(solution: Solution, say: Say) -> list[tuple[str, int]]:
    """(name, number) of each answer that was counted."""
    ballots = solution.tally.ballots if solution.tally else ()
    return [(say("math.sample_n", n=n + 1, group=letter(ballot)), n) for n, ballot in enumerate(ballots)]


def counted(solution: Solution, say: Say, *, by_text: bool) -> dict[str, Any]:
    """What the drawing takes. by_text: answers could not be compared by what they mean."""
    tally = solution.tally
    if tally is None:
        return {}
    return {
        "title": say("math.vote_title"), "k": tally.k,
        "label": say("math.vote_order", order=", ".join(letter(ballot) for ballot in tally.ballots)),
        "ballots": [[letter(ballot), -1 if ballot is None else ballot] for ballot in tally.ballots],
        "groups": [{"name": letter(group), "group": -1 if group is None else group,
                    "share": tally.count(group) / tally.k,
                    "text": say("math.vote_share", n=tally.count(group), k=tally.k)} for group in _shown(tally)],
        "note": _note(solution, tally, say, by_text),
    }


def groups(solution: Solution, say: Say) -> str:
    """The letters and the answers they stand for, formulas marked."""
    tally = solution.tally
    return "" if tally is None else "\u2003".join(_group(tally, group, say) for group in _shown(tally))


def _shown(tally: Tally) -> list[int | None]:
    return [*tally.order, *([None] if tally.count(None) else [])]


def _group(tally: Tally, group: int | None, say: Say) -> str:
    if group is None:
        return f"**{letter(group)}** " + say("math.vote_none")
    # as a box is drawn: words stay words, a percent sign is none of LaTeX's
    boxed = mark_math(rf"\boxed{{{tally.answers[group]}}}")
    begin, end, command = boxed.find(r"\boxed{"), boxed.rfind("}"), len(r"\boxed{")
    return f"**{letter(group)}** {boxed[:begin]}{boxed[begin + command:end]}{boxed[end + 1:]}"


def _note(solution: Solution, tally: Tally, say: Say, by_text: bool) -> str:
    notes = [say("math.vote_by_text")] if by_text else []
    if solution.end and tally.ballots and not tally.answers:
        notes.append(say("math.vote_nobody"))
    elif solution.end and tally.level:
        most = tally.count(tally.leader)
        notes.append(say("math.vote_level", n=sum(tally.count(group) == most for group in tally.order)))
    return " ".join(notes)
