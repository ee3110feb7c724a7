"""What a waiting request and a reader are told: place in the line, estimated wait, state of each model. Pure."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from playground.cache.placement import fits
from playground.cache.schedule import Schedule
from playground.cache.schedule_state import Slot, Ticket
from playground.cache.turns import in_turn
from playground.errors import Busy
from playground.types import ModelStatus, Variant, Waiting

Progress = Callable[[str], tuple[str, float | None]]
"""key -> (stage, fraction) of a load."""


def statuses(plan: Schedule, now: float, progress: Progress) -> tuple[ModelStatus, ...]:
    """Every model in memory, by key."""
    queued = Counter(key for ticket in plan.waiting if not ticket.preload for key in ticket.keys)
    return tuple(_status(plan, slot, now, queued[key], progress(key)) for key, slot in sorted(plan.slots.items()))


def _status(plan: Schedule, slot: Slot, now: float, waiting: int, progress: tuple[str, float | None]) -> ModelStatus:
    record, pinned, limit = plan.ledger.records[slot.key], slot.key in plan.ledger.pins, plan.rules.idle_limit_s
    idle_s = now - slot.last_used if slot.idle else 0.0
    expires_in_s = None if pinned or limit is None else max(0.0, limit - idle_s)
    return ModelStatus(
        slot.key, slot.state, slot.leases, waiting, slot.variant.weight_bytes,
        0 if slot.state == "loading" else slot.bytes, *progress, idle_s, pinned, expires_in_s, record.loads,
        record.hits, record.load_s, slot.variant.working_bytes, slot.kv_bytes, slot.device)


def waiting(plan: Schedule, ticket: Ticket, now: float, progress: Progress, max_wait_s: float) -> Waiting:
    """What the ticket waits for. Raises Busy after max_wait_s without a turn; a running load may take longer."""
    elapsed_s = now - ticket.since
    if ticket not in plan.waiting:        # decided, but a fault kept the news from it; the loader is about to tell
        return Waiting("queued", elapsed_s)
    eta = eta_s(plan, ticket, now)
    slots = [plan.slots[key] for key in ticket.keys if key in plan.slots]
    for slot in slots:
        if slot.state == "loading":
            stage, fraction = progress(slot.key)
            return Waiting("loading", elapsed_s, fraction=fraction, stage=stage, eta_s=eta)
    if now - max([ticket.since, *(slot.since for slot in slots)]) >= max_wait_s:
        raise Busy(f"No turn for {ticket.name} in {max_wait_s:.0f} s.", "Try again, or pick a smaller model.",
                   waited_s=elapsed_s)
    return Waiting("queued", elapsed_s, position=position(plan, ticket), eta_s=eta)


def fitting(plan: Schedule, smaller_than: Variant, others: Sequence[Variant]) -> list[Variant]:
    """Those of `others` that are smaller and could be loaded here."""
    return [each for each in others if each.weight_bytes < smaller_than.weight_bytes
            and plan.ledger.need(each) <= max(plan.space.available({each.key}).values())]


def position(plan: Schedule, ticket: Ticket) -> int:
    """How many tickets come before this one: for the same models in turn, or older ones that wait for memory too."""
    needs_memory = bool(plan.ledger.missing(ticket.variants))
    before, own = 0, set(ticket.keys)
    line = in_turn(plan.waiting)
    mine = line.index(ticket)
    for place, other in enumerate(line):
        if not own.isdisjoint(other.keys):
            before += place < mine
        elif needs_memory and other.number < ticket.number:
            before += bool(plan.ledger.missing(other.variants))
    return before


def eta_s(plan: Schedule, ticket: Ticket, now: float) -> float | None:
    """Estimated seconds until the lease, from measured loads and turns; None while one of them is not known.

    An estimate: it assumes that loads and turns take as long as before, and that nobody leaves.
    """
    parts = [_load_left(plan, key, now) for key in _loads_before(plan, ticket)]
    parts += [_turn_left(plan, key, ticket) for key in ticket.keys]
    if plan.ledger.missing(ticket.variants):
        parts.append(_memory_left(plan, ticket))
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _loads_before(plan: Schedule, ticket: Ticket) -> list[str]:
    """Loads that end before the ticket has its models, its own included: the loader does one after the other."""
    own = [key for key in ticket.keys if _absent(plan, key)]
    if not own:
        return []
    running = [key for key, slot in plan.slots.items() if slot.state == "loading"]
    if set(own) <= set(running):                              # they are in the loader's line already
        return running[:1 + max(map(running.index, own))]
    older = [key for t in plan.waiting if t.number < ticket.number for key in t.keys if _absent(plan, key)]
    return list(dict.fromkeys([*running, *older, *own]))


def _absent(plan: Schedule, key: str) -> bool:
    slot = plan.slots.get(key)
    return slot is None or slot.state != "ready"


def _load_left(plan: Schedule, key: str, now: float) -> float | None:
    load_s, slot = plan.ledger.records[key].load_s, plan.slots.get(key)
    if load_s is None or slot is None or slot.state != "loading":
        return load_s
    return max(0.0, load_s - (now - slot.since))


def _turn_left(plan: Schedule, key: str, ticket: Ticket) -> float | None:
    """Until one of the turns on this model ends that come before: 0 where there is a free one."""
    record, slot = plan.ledger.records[key], plan.slots.get(key)
    line = in_turn(plan.waiting)
    ahead = sum(key in other.keys and not other.preload for other in line[:line.index(ticket)])
    ahead += slot.leases if slot is not None else 0
    if ahead < record.max_concurrency:
        return 0.0
    return None if record.turn_s is None else record.turn_s * (ahead // record.max_concurrency)


def _memory_left(plan: Schedule, ticket: Ticket) -> float | None:
    """Until models in use give up the memory that is missing: the longest of their mean turns."""
    room = plan.ledger.coming()
    for slot in plan.ledger.idle():
        if slot.key not in ticket.keys:
            room[slot.device] += slot.held_bytes
    needs = [plan.ledger.need(variant) for variant in plan.ledger.missing(ticket.variants)]
    if fits(needs, room.values()):
        return 0.0
    turns = [plan.ledger.records[key].turn_s for key, slot in plan.slots.items() if slot.leases]
    known = [turn for turn in turns if turn is not None]
    return max(known, default=0.0) if len(known) == len(turns) else None
