"""Which idle models leave so that another one fits: the set whose reloads would cost least. Pure."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

EXACT = 12
"""Up to this many candidates every set is looked at; above, the cheapest per byte go first."""
SIBLING_SHARE = 0.1
"""Who asks for another variant of a model rarely returns to this one soon, so it counts this much."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Candidate(Generic[T]):
    """Something that can leave: its bytes, what its return would cost, and when it was last used."""

    what: T
    bytes: int
    cost: float
    last_used: float


def cheapest(candidates: Sequence[Candidate[T]], missing_bytes: int) -> list[T]:
    """The set with the lowest total cost that frees `missing_bytes`; empty when all together do not, or none need go.

    Ties: fewer bytes, then least recently used.
    """
    if missing_bytes <= 0 or sum(each.bytes for each in candidates) < missing_bytes:
        return []
    ranked = sorted(candidates, key=lambda each: (each.cost / max(1, each.bytes), each.last_used))
    chosen = _exact(ranked, missing_bytes) if len(ranked) <= EXACT else _greedy(ranked, missing_bytes)
    return [each.what for each in chosen]


def _exact(ranked: Sequence[Candidate[T]], missing_bytes: int) -> list[Candidate[T]]:
    """Depth first; a branch that already costs more than the best set is cut."""
    best: list[Candidate[T]] = []
    best_cost = (float("inf"), 0)

    def visit(index: int, chosen: list[Candidate[T]], cost: float, freed: int) -> None:
        nonlocal best, best_cost
        if (cost, freed) >= best_cost:
            return
        if freed >= missing_bytes:
            best, best_cost = list(chosen), (cost, freed)
        elif index < len(ranked):
            this = ranked[index]
            visit(index + 1, [*chosen, this], cost + this.cost, freed + this.bytes)
            visit(index + 1, chosen, cost, freed)

    visit(0, [], 0.0, 0)
    return best


def _greedy(ranked: Sequence[Candidate[T]], missing_bytes: int) -> list[Candidate[T]]:
    """The cheapest per byte until it is enough, without those that turn out not to be needed."""
    chosen: list[Candidate[T]] = []
    for each in ranked:
        if missing_bytes <= 0:
            break
        chosen.append(each)
        missing_bytes -= each.bytes
    for each in sorted(chosen, key=lambda each: -each.cost):
        if missing_bytes + each.bytes <= 0:
            chosen.remove(each)
            missing_bytes += each.bytes
    return chosen
