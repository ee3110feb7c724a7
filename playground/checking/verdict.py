"""What became of a check: verified, wrong, or could not be checked, and why. The interface finds the words."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["verified", "wrong", "unchecked"]

# Every reason, and the names of the values that its sentence may use.
REASONS: dict[str, tuple[str, ...]] = {
    # verified
    "same": (), "same_text": (), "rounded": (), "unit_ignored": (), "percent_ignored": (), "derivative": ("part",),
    "substituted": (), "critical": (), "no_solutions": (), "all_numbers": (), "computed": (), "equal": (),
    # wrong
    "different": ("value",), "different_unit": ("found", "expected"), "different_name": ("found", "expected"),
    "missing": ("value", "found", "expected"), "extra": ("value", "found", "expected"), "not_solved": (),
    "undefined": (), "not_a_solution": ("value",), "incomplete": ("value",), "has_solutions": (),
    "not_all_numbers": (), "not_equal": ("part",),
    # unchecked
    "no_box": (), "no_expected": (), "not_understood": ("part",), "expected_not_understood": ("part",),
    "ambiguous_number": (), "cannot_compare": (), "not_proven": (), "unknown_units": ("found", "expected"),
    "not_simplest": (), "cannot_check": ("error",), "timeout": (), "memory": (), "no_isolation": ("why",),
    "stopped": (), "failed": ("why",),
    # of steps alone
    "not_checked": (), "arithmetic": ("part",), "identity": (), "same_solutions": (), "is_solution": (),
    "other_solutions": ("part",), "function": ("part",), "answer": (),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A key of REASONS, and the values for its sentence."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in REASONS:
            raise ValueError(f"{self.code!r} is no reason; see REASONS.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`expected` is the right answer where it is known, `found` the text in the box; empty where there is none."""

    outcome: Outcome
    reason: Reason
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a solution, counted from 1. Unchecked is the rule: wrong is only what can be shown to be wrong."""

    number: int
    text: str
    outcome: Outcome
    reason: Reason
    expected: str = ""            # what would have been right, where that is known


@dataclass(frozen=True, slots=True)
class Examination:
    """All that is known about an answer: against what was expected, by itself, and line by line."""

    verdict: Verdict
    by_itself: Verdict
    steps: tuple[Step, ...]

    @property
    def first_wrong(self) -> Step | None:
        """The first step that is shown to be wrong."""
        return next((step for step in self.steps if step.outcome == "wrong"), None)
