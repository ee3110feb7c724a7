"""Who is next for a model that is full: round-robin between callers, each caller's own requests in order. Pure.

A ticket's `turn` is its place in the line. Whoever is served goes to the end of it with all their other requests, so
everybody who waited by then comes before them, and nobody who comes later does: newcomers cannot starve anyone.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from playground.cache.schedule_state import Ticket


def in_turn(tickets: Iterable[Ticket]) -> list[Ticket]:
    """The tickets (oldest first) in the order of their turns, if one after the other were served from now on."""
    rounds: Counter[tuple[tuple[str, ...], str]] = Counter()
    heads: dict[tuple[tuple[str, ...], str], int] = {}
    ranked = []
    for ticket in tickets:
        person = (ticket.keys, ticket.caller)
        ranked.append((rounds[person], heads.setdefault(person, ticket.turn), ticket.number, ticket))
        rounds[person] += 1
    return [ticket for _, _, _, ticket in sorted(ranked, key=lambda rank: rank[:3])]


def step_back(served: Ticket, others: Iterable[Ticket], end: int) -> None:
    """The caller of `served` goes to the `end` of the line for the same models."""
    for ticket in others:
        if ticket.caller == served.caller and not set(ticket.keys).isdisjoint(served.keys):
            ticket.turn = end
