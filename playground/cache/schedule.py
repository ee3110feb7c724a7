"""Who gets which model when: pure decisions of the model cache. No threads, no clock, no I/O.

Every method takes the time and returns effects for the caller to carry out. Memory is `Ledger`'s part, devices are
`Space`'s.
"""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from playground.cache.journal import Journal
from playground.cache.ledger import Ledger
from playground.cache.placement import by_device
from playground.cache.schedule_state import (
    Abandon,
    Effect,
    Grant,
    Load,
    Refuse,
    Rules,
    Slot,
    Ticket,
    copied,
)
from playground.cache.space import Space
from playground.cache.turns import in_turn, step_back
from playground.errors import Busy, LoadFailed, OutOfMemory, PlaygroundError
from playground.types import Variant


@dataclass(slots=True)
class Schedule:
    """State and decisions. One thread at a time; the cache holds its lock around every call."""

    rules: Rules
    journal: Journal = field(default_factory=Journal)
    waiting: list[Ticket] = field(default_factory=list)     # oldest first
    granted: set[Ticket] = field(default_factory=set)
    failures: dict[str, tuple[float, PlaygroundError]] = field(default_factory=dict)
    ledger: Ledger = field(init=False)
    space: Space = field(init=False)
    _numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.rules, self.journal)
        self.space = Space(self.ledger)

    @property
    def stopped(self) -> bool:
        return self.ledger.stopped

    @property
    def slots(self) -> dict[str, Slot]:
        return self.ledger.slots

    # ------------------------------------------------------------ requests
    def arrive(self, variants: Sequence[Variant], now: float, *, caller: str = "", preload: bool = False
               ) -> tuple[Ticket, list[Effect]]:
        """A new ticket for all `variants` at once. Raises Busy, OutOfMemory (together they can never fit) or the error
        of a load that just failed."""
        each_once = sorted({variant.key: variant for variant in variants}.values(), key=lambda variant: variant.key)
        ticket = Ticket(next(self._numbers), tuple(each_once), now, caller, preload)
        if (error := self._refusal(ticket, now)) is not None:
            self.journal.add(now, "refused", ticket.name, error.code)
            raise error
        if not preload:
            self._note_arrival(ticket, now)
        self.waiting.append(ticket)
        return ticket, self.settle(now)

    def leave(self, ticket: Ticket, now: float, *, timed_out: bool = False) -> list[Effect]:
        """The ticket gave up. Its loads go on for others; without others they are told to stop."""
        if ticket not in self.waiting:    # granted, but a fault kept the news from it
            return self.release(ticket, now)
        self.waiting.remove(ticket)
        self.journal.add(now, "refused" if timed_out else "cancelled", ticket.name, Busy.code if timed_out else "")
        effects: list[Effect] = []
        for key in ticket.keys:
            slot = self.slots.get(key)
            if slot and slot.state == "loading" and not slot.preload and not slot.abandoned and not self._wanted(key):
                slot.abandoned = True
                effects.append(Abandon(key))
        return effects + self.settle(now)

    def release(self, ticket: Ticket, now: float) -> list[Effect]:
        """The lease ended. A second time nothing happens."""
        if ticket not in self.granted:
            return []
        self.granted.remove(ticket)
        for key in ticket.keys:
            slot, record = self.slots[key], self.ledger.records[key]
            slot.leases -= 1
            slot.last_used = now
            record.used(now)
            record.turn(now - ticket.granted_at)
        return self.settle(now)

    # ------------------------------------------------------------ the loader
    def load_began(self, key: str, now: float) -> None:
        """Its turn has come: what counts as the load's time begins here."""
        if key in self.slots:
            self.slots[key].since = now

    def loaded(self, key: str, memory_bytes: int, max_concurrency: int, now: float) -> list[Effect]:
        slot, record = self.slots[key], self.ledger.records[key]
        record.loads, record.load_s, record.bytes = record.loads + 1, now - slot.since, memory_bytes
        record.max_concurrency = max(1, max_concurrency)
        record.used(now)                  # who loads it means to use it
        slot.state, slot.since, slot.last_used, slot.last_granted = "ready", now, now, now
        slot.bytes, slot.max_concurrency = memory_bytes, record.max_concurrency
        self.failures.pop(key, None)
        self.journal.loaded(now, key, record.load_s, memory_bytes)
        return self.settle(now)

    def measured(self, kv_bytes: Mapping[str, int], now: float) -> list[Effect]:
        """Keys and values that models hold now, by key. Over the budget, past conversations go first, then idle models.
        """
        for key, size in kv_bytes.items():
            if key in self.slots:
                self.slots[key].kv_bytes = size
        return [*self.ledger.forget(), *self.settle(now)]

    def load_failed(self, key: str, error: PlaygroundError | None, now: float) -> list[Effect]:
        """error None: the load stopped because it was told to; whoever waits by now gets a new load.

        Out of memory although it should fit: every idle model leaves and the load is tried again, once.
        """
        slot = self.slots[key]
        if error is not None:
            again = self._retry(slot, error, now)
            self.journal.add(now, "load_failed", key, "retry" if again else error.code)
            if again:
                return again + self.settle(now)
        del self.slots[key]
        effects: list[Effect] = []
        if error is not None:
            self.ledger.unpin(key, now)
            self.failures[key] = (now + self.rules.cooldown_s, error)
            for ticket in [t for t in self.waiting if key in t.keys]:
                self.waiting.remove(ticket)
                effects.append(Refuse(ticket, copied(error)))
        return effects + self.settle(now)

    def closed(self, key: str, now: float, missing_bytes: int = 0) -> list[Effect]:
        """missing_bytes: did not come back to the process; below 0: more came back, so less is lost than thought."""
        if missing_bytes > 0:
            self.journal.add(now, "leak", key, size_bytes=missing_bytes)
        self.ledger.closed(self.slots[key], missing_bytes)
        return self.settle(now)

    def crashed(self, key: str, now: float) -> list[Effect]:
        """What became of a load or close got lost: everyone who waits is told, and nothing in use is touched."""
        if key in self.slots and self.slots[key].state != "ready":
            del self.slots[key]
            self.ledger.unpin(key, now)
        return self._refuse_all(LoadFailed("The model cache had a fault.", "Try again; the server's log has the "
                                           "details."), now)

    # ------------------------------------------------------------ wishes of the owner
    def pin(self, variant: Variant, now: float) -> list[Effect]:
        """Keep it in memory, loading it if need be. Raises OutOfMemory when all pins together exceed the budget, and
        what `arrive` raises; then nothing is pinned."""
        if variant.key in self.ledger.pins:
            return []
        self.space.check_pin(variant)
        effects: list[Effect] = []
        slot = self.slots.get(variant.key)
        if slot is not None and slot.state != "closing":
            slot.sealed_at = None         # the later wish counts
        if slot is None or slot.state != "ready":
            if self.space.several:        # known before its load gets a device, where it will stay
                self.ledger.pins[variant.key] = variant
            try:
                _, effects = self.arrive([variant], now, preload=True)
            except PlaygroundError:
                self.ledger.pins.pop(variant.key, None)
                raise
        self.ledger.pins[variant.key] = variant
        self.journal.add(now, "pinned", variant.key)
        return effects + self.settle(now)

    def unpin(self, key: str, now: float) -> list[Effect]:
        self.ledger.unpin(key, now)
        return self.settle(now)

    def seal(self, key: str, now: float) -> list[Effect]:
        """Unload asked: who waits already is served, who comes later waits for a new load. Ends a pin."""
        slot = self.slots[key]
        if slot.sealed_at is None:
            slot.sealed_at = next(self._numbers)
            self.journal.add(now, "unload_asked", key)
        self.ledger.unpin(key, now)
        return self.settle(now)

    def unseal(self, key: str, now: float) -> list[Effect]:
        """The unload was given up."""
        if key in self.slots:
            self.slots[key].sealed_at = None
        return self.settle(now)

    def make_room(self, spared: Collection[str], now: float) -> list[Effect]:
        """An answer of `spared` ran out of memory: every other idle model on their devices leaves, but the pinned."""
        devices = {self.slots[key].device for key in spared if key in self.slots}
        return [*self.ledger.close_idle(devices, spared, now), *self.settle(now)]

    def stop(self, now: float) -> list[Effect]:
        """Shut down: everyone who waits is refused, idle models close, busy ones when their last lease ends."""
        self.ledger.stopped = True
        effects: list[Effect] = [Abandon(key) for key, slot in self.slots.items() if slot.state == "loading"]
        return self._refuse_all(_stopping(), now) + effects + self.settle(now)

    # ------------------------------------------------------------ decisions
    def settle(self, now: float) -> list[Effect]:
        """Everything that can happen now: grants, closes, loads. Calling it again without news returns nothing."""
        effects: list[Effect] = []
        for ticket in list(self.waiting):
            if (shortage := self.space.shortage(ticket.variants)) is not None:      # a pin or a leak since it came
                self.waiting.remove(ticket)
                self.journal.add(now, "refused", ticket.name, shortage.code)
                effects.append(Refuse(ticket, shortage))
        starving = self._starving(now)
        effects += self._grants(starving, now)
        while starving is not None and starving not in self.waiting:      # served: what was held for it is free again
            starving = self._starving(now)
            effects += self._grants(starving, now)
        effects += self.ledger.close_unwanted({key for ticket in self.waiting for key in ticket.keys}, now)
        loads = self._start_loads(starving, now)
        effects += loads
        if any(self.ledger.missing(ticket.variants) for ticket in self.waiting):
            for slot in self.slots.values():
                slot.contested = slot.contested or slot.leases > 0
        if any(isinstance(each, Load) and each.variant.key in self.ledger.pins for each in loads):
            effects += self.settle(now)   # it will stay on that device, which may have been another's only one
        return effects

    def _grants(self, starving: Ticket | None, now: float) -> list[Effect]:
        held, effects = self._held_for(starving), list[Effect]()
        for ticket in in_turn(self.waiting):
            if self._admits(ticket, starving, held):
                self._grant(ticket, now)
                effects.append(Grant(ticket))
        return effects

    def _refusal(self, ticket: Ticket, now: float) -> PlaygroundError | None:
        """Why the ticket is not even queued."""
        if self.stopped:
            return _stopping()
        for key in ticket.keys:
            until, error = self.failures.get(key, (now, None))
            if error is not None and now < until:
                return copied(error)
        if (shortage := self.space.shortage(ticket.variants)) is not None:
            return shortage
        queued = sum(not each.preload for each in self.waiting)
        if not ticket.preload and queued >= self.rules.max_queue and not self._admits(ticket, None, ()):
            return Busy(f"{queued} requests are waiting already.", "Try again in a minute.", waiting=queued)
        return None

    def _note_arrival(self, ticket: Ticket, now: float) -> None:
        if all((slot := self.slots.get(key)) is not None and slot.state == "ready" for key in ticket.keys):
            for key in ticket.keys:
                self.ledger.records[key].hits += 1
            self.journal.add(now, "hit", ticket.name)
        elif any((slot := self.slots.get(key)) is not None and slot.state == "loading" or self._wanted(key)
                 for key in ticket.keys):
            self.journal.add(now, "coalesced", ticket.name)

    def _wanted(self, key: str) -> bool:
        return any(key in ticket.keys for ticket in self.waiting)

    def _admits(self, ticket: Ticket, starving: Ticket | None, held: Collection[str]) -> bool:
        for key in ticket.keys:
            slot = self.slots.get(key)
            if slot is None or slot.state != "ready":
                return False
            if slot.sealed_at is not None and ticket.number >= slot.sealed_at:
                return False
            if starving is not None and key in held and ticket.number > starving.number:
                return False
            if not ticket.preload and slot.leases >= slot.max_concurrency:
                return False
        return True

    def _grant(self, ticket: Ticket, now: float) -> None:
        self.waiting.remove(ticket)
        for key in ticket.keys:
            slot = self.slots[key]
            slot.last_granted = slot.last_used = now
            if not ticket.preload:
                slot.leases += 1
                slot.served = True
        if not ticket.preload:
            ticket.granted_at = now
            self.granted.add(ticket)
            self.journal.granted(now - ticket.since)
            step_back(ticket, self.waiting, next(self._numbers))

    def _starving(self, now: float) -> Ticket | None:
        """The oldest ticket that has waited too long for memory, or for several models to be free at once."""
        for ticket in self.waiting:
            patient = ticket.preload and not set(ticket.keys) & set(self.ledger.pins)
            overdue = now - ticket.since >= self.rules.max_bypass_s
            if overdue and not patient and (len(ticket.keys) > 1 or self.ledger.missing(ticket.variants)):
                return ticket
        return None

    def _held_for(self, ticket: Ticket | None) -> Collection[str]:
        """Models that take no newer work until `ticket` has what it waits for."""
        if ticket is None:
            return ()
        own = ticket.keys if len(ticket.keys) > 1 else ()
        return {*own, *self.space.draining(ticket.variants)}

    def _start_loads(self, starving: Ticket | None, now: float) -> list[Effect]:
        """Oldest first. A load that memory is being freed for keeps it; younger ones share what is left."""
        effects: list[Effect] = []
        free, closing = self.ledger.free(), self.ledger.closing()
        spared: set[str] = set()          # what older tickets wait for
        for ticket in self.waiting:
            missing = self.ledger.missing(ticket.variants)
            if missing:
                moved = self.space.moves(ticket.variants) or []
                needs = self.space.needs(ticket.variants, moved)
                at_once = not moved and len(needs) == len(missing)
                if at_once and (way := self.space.place(needs, free)) is not None:
                    for variant in missing:
                        effects.append(self.ledger.reserve(variant, way[variant.key], now, preload=ticket.preload))
                        free[way[variant.key]] -= needs[variant.key]
                elif (taken := self._make_way(ticket, moved, needs, free, closing, spared, ticket is starving, now)
                      ) is not None:
                    effects += taken
                elif ticket is starving:
                    break                 # nothing younger may take memory before it
            spared.update(ticket.keys)
        return effects

    def _make_way(self, ticket: Ticket, moved: Sequence[Slot], needs: Mapping[str, int], free: dict[str, int],
                  closing: dict[str, int], spared: Collection[str], overdue: bool, now: float) -> list[Effect] | None:
        """The closes that make room for `needs`, which `free` and `closing` then no longer offer to others. None when
        that is not possible now."""
        if not all(slot.idle and slot.key not in spared for slot in moved):
            return None
        coming = {device: free[device] + closing[device] for device in free}
        for slot in moved:
            coming[slot.device] += slot.held_bytes
        found = self.space.make_way(ticket.variants, needs, coming, now, spared=spared, overdue=overdue)
        if found is None:
            return None
        way, victims = found
        leaving = [*moved, *victims]
        for slot in leaving:
            closing[slot.device] += slot.held_bytes
        for device, size in by_device(needs, way).items():
            at_once = min(size, free[device])
            free[device] -= at_once
            closing[device] -= size - at_once
        return [self.ledger.close(slot, "memory", now) for slot in leaving]

    # ------------------------------------------------------------ small steps
    def _retry(self, slot: Slot, error: PlaygroundError, now: float) -> list[Effect]:
        """The effects of one more try after making room, or none when that is not to be."""
        if not isinstance(error, OutOfMemory) or slot.retried or slot.abandoned or self.stopped:
            return []
        closes = self.ledger.close_idle({slot.device}, (), now)
        if not closes:
            return []
        slot.retried, slot.since = True, now
        return [*closes, Load(slot.variant)]

    def _refuse_all(self, error: PlaygroundError, now: float) -> list[Effect]:
        refused, self.waiting = self.waiting, []
        for ticket in refused:
            self.journal.add(now, "refused", ticket.name, error.code)
        return [Refuse(ticket, copied(error)) for ticket in refused]


def _stopping() -> Busy:
    return Busy("The playground is shutting down.", "Start it again, then repeat the request.")
