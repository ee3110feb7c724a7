"""Who gets which model when: pure decisions of the model cache. No threads, no clock, no I/O.

Every method takes the time and returns effects for the caller to carry out. Not covered: KV cache and activations;
the budget is the caller's business to set low enough.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from playground.cache.schedule_state import (
    Abandon,
    Close,
    Effect,
    Grant,
    Load,
    Refuse,
    Rules,
    Slot,
    Ticket,
    copied,
    gib,
)
from playground.errors import Busy, OutOfMemory, PlaygroundError
from playground.types import Variant


@dataclass(slots=True)
class Schedule:
    """State and decisions. One thread at a time; the cache holds its lock around every call."""

    rules: Rules
    slots: dict[str, Slot] = field(default_factory=dict)
    waiting: list[Ticket] = field(default_factory=list)     # oldest first
    failures: dict[str, tuple[float, PlaygroundError]] = field(default_factory=dict)
    stopped: bool = False
    _numbers: count[int] = field(default_factory=count)

    # ------------------------------------------------------------ what happens
    def arrive(self, variant: Variant, now: float, *, preload: bool = False) -> tuple[Ticket, list[Effect]]:
        """A new ticket. Raises Busy, OutOfMemory (it can never fit) or the error of a load that just failed."""
        if self.stopped:
            raise Busy("The playground is shutting down.", "Start it again, then repeat the request.")
        until, error = self.failures.get(variant.key, (now, None))
        if error is not None and now < until:
            raise copied(error)
        need = self.need(variant)
        if variant.key not in self.slots and need > self.rules.budget_bytes:
            raise OutOfMemory(
                f"{variant.key} needs {gib(need)}; this machine allows {gib(self.rules.budget_bytes)}.",
                "Pick a smaller variant or a smaller model.", needed=need, available=self.rules.budget_bytes,
            )
        ticket = Ticket(next(self._numbers), variant, now, preload)
        queued = sum(not t.preload for t in self.waiting)
        if not preload and queued >= self.rules.max_queue and not self._admits(ticket, None, ()):
            raise Busy(f"{queued} requests are waiting already.", "Try again in a minute.", waiting=queued)
        self.waiting.append(ticket)
        return ticket, self.settle(now)

    def leave(self, ticket: Ticket, now: float) -> list[Effect]:
        """The ticket gave up. The load goes on for others; without others it is told to stop."""
        self.waiting.remove(ticket)
        slot = self.slots.get(ticket.key)
        effects: list[Effect] = []
        if slot and slot.state == "loading" and not slot.preload and not slot.abandoned:
            if not any(t.key == ticket.key for t in self.waiting):
                slot.abandoned = True
                effects.append(Abandon(ticket.key))
        return effects + self.settle(now)

    def release(self, key: str, now: float) -> list[Effect]:
        slot = self.slots[key]
        if slot.leases < 1:
            raise RuntimeError(f"{key} was released more often than it was leased")
        slot.leases -= 1
        slot.last_used = now
        return self.settle(now)

    def loaded(self, key: str, memory_bytes: int, max_concurrency: int, now: float) -> list[Effect]:
        slot = self.slots[key]
        slot.state, slot.since, slot.last_used, slot.last_granted = "ready", now, now, now
        slot.bytes, slot.max_concurrency = memory_bytes, max(1, max_concurrency)
        self.failures.pop(key, None)
        return self.settle(now)

    def load_failed(self, key: str, error: PlaygroundError | None, now: float) -> list[Effect]:
        """error None: the load stopped because it was told to; whoever waits by now gets a new load."""
        del self.slots[key]
        effects: list[Effect] = []
        if error is not None:
            self.failures[key] = (now + self.rules.cooldown_s, error)
            effects = [Refuse(t, copied(error)) for t in self.waiting if t.key == key]
            self.waiting = [t for t in self.waiting if t.key != key]
        return effects + self.settle(now)

    def closed(self, key: str, now: float) -> list[Effect]:
        del self.slots[key]
        return self.settle(now)

    def seal(self, key: str, now: float) -> list[Effect]:
        """Unload asked: who waits already is served, who comes later waits for a new load."""
        slot = self.slots[key]
        if slot.sealed_at is None:
            slot.sealed_at = next(self._numbers)
        return self.settle(now)

    def unseal(self, key: str, now: float) -> list[Effect]:
        """The unload was given up."""
        if key in self.slots:
            self.slots[key].sealed_at = None
        return self.settle(now)

    def stop(self, now: float) -> list[Effect]:
        """Shut down: everyone who waits is refused, idle models close, busy ones when their last lease ends."""
        self.stopped = True
        error = Busy("The playground is shutting down.", "Start it again, then repeat the request.")
        effects: list[Effect] = [Refuse(t, copied(error)) for t in self.waiting]
        effects += [Abandon(key) for key, slot in self.slots.items() if slot.state == "loading"]
        self.waiting = []
        return effects + self.settle(now)

    def settle(self, now: float) -> list[Effect]:
        """Everything that can happen now: grants, closes, loads. Calling it again without news returns nothing."""
        effects: list[Effect] = []
        starving = self._starving(now)
        held = self._victims_of(starving)
        for ticket in list(self.waiting):
            if self._admits(ticket, starving, held):
                self._grant(ticket, now)
                effects.append(Grant(ticket))
        self._close_unwanted(now, effects)
        self._start_loads(starving, now, effects)
        return effects

    # ------------------------------------------------------------ what is known
    @property
    def used_bytes(self) -> int:
        """Reserved and measured bytes together."""
        return sum(slot.bytes for slot in self.slots.values())

    def need(self, variant: Variant) -> int:
        """Bytes reserved for a load: the prediction and a margin."""
        return variant.weight_bytes + int(variant.weight_bytes * self.rules.margin)

    def position(self, ticket: Ticket) -> int:
        """How many tickets stand before this one: for the same model, or like it for memory."""
        loads = ticket.key not in self.slots
        return sum(t.key == ticket.key or (loads and t.key not in self.slots)
                   for t in self.waiting if t.number < ticket.number)

    # ------------------------------------------------------------ decisions
    def _admits(self, ticket: Ticket, starving: Ticket | None, held: Sequence[str]) -> bool:
        slot = self.slots.get(ticket.key)
        if slot is None or slot.state != "ready":
            return False
        if slot.sealed_at is not None and ticket.number >= slot.sealed_at:
            return False
        if starving is not None and ticket.key in held and ticket.number > starving.number:
            return False
        return ticket.preload or slot.leases < slot.max_concurrency

    def _grant(self, ticket: Ticket, now: float) -> None:
        self.waiting.remove(ticket)
        slot = self.slots[ticket.key]
        slot.last_granted = slot.last_used = now
        slot.leases += 0 if ticket.preload else 1

    def _starving(self, now: float) -> Ticket | None:
        """The oldest ticket that has waited too long for memory."""
        for ticket in self.waiting:
            if ticket.key not in self.slots and not ticket.preload and now - ticket.since >= self.rules.max_bypass_s:
                return ticket
        return None

    def _victims_of(self, ticket: Ticket | None) -> Sequence[str]:
        """Models that take no newer work until `ticket` has its memory. By last grant, so that the choice stays."""
        if ticket is None:
            return ()
        missing = self.need(ticket.variant) - (self.rules.budget_bytes - self.used_bytes) - self._closing_bytes()
        ready = [slot for slot in self.slots.values() if slot.state == "ready"]
        return _enough(sorted(ready, key=lambda s: (s.leases > 0, s.last_granted)), missing)

    def _close_unwanted(self, now: float, effects: list[Effect]) -> None:
        """Idle models that were asked to go, or that nobody used for keep_alive_s."""
        keep = self.rules.keep_alive_s
        for key, slot in self.slots.items():
            if slot.state != "ready" or slot.leases:
                continue
            old = keep is not None and now - slot.last_used >= keep and not any(t.key == key for t in self.waiting)
            if old or self.stopped or slot.sealed_at is not None:
                self._close(slot, now, effects)
        over = self.used_bytes - self._closing_bytes() - self.rules.budget_bytes
        if over > 0:                      # a load turned out larger than predicted
            for key in _enough(self._idle(), over):
                self._close(self.slots[key], now, effects)

    def _start_loads(self, starving: Ticket | None, now: float, effects: list[Effect]) -> None:
        """Oldest first. A load that memory is being freed for keeps it; younger ones share what is left."""
        free = self.rules.budget_bytes - self.used_bytes
        coming = self._closing_bytes()
        for ticket in list(self.waiting):
            if ticket.key in self.slots:
                continue
            need = self.need(ticket.variant)
            if need <= free:
                self.slots[ticket.key] = Slot(ticket.variant, need, now, preload=ticket.preload)
                effects.append(Load(ticket.variant))
                free -= need
                continue
            victims = _enough(self._idle(), need - free - coming)
            if need <= free + coming + sum(self.slots[key].bytes for key in victims):
                for key in victims:
                    coming += self.slots[key].bytes
                    self._close(self.slots[key], now, effects)
                free, coming = 0, coming - (need - free)
            elif ticket is starving:
                return                    # nothing younger may take memory before it

    def _idle(self) -> list[Slot]:
        """Models nobody uses, least recently used first."""
        idle = [slot for slot in self.slots.values() if slot.state == "ready" and not slot.leases]
        return sorted(idle, key=lambda s: s.last_used)

    def _close(self, slot: Slot, now: float, effects: list[Effect]) -> None:
        slot.state, slot.since = "closing", now
        effects.append(Close(slot.variant.key))

    def _closing_bytes(self) -> int:
        return sum(slot.bytes for slot in self.slots.values() if slot.state == "closing")


def _enough(slots: Sequence[Slot], missing: int) -> list[str]:
    """The first slots that together free `missing` bytes; none when even all of them do not."""
    chosen: list[str] = []
    for slot in slots:
        if missing <= 0:
            break
        chosen.append(slot.variant.key)
        missing -= slot.bytes
    return chosen if missing <= 0 else []
