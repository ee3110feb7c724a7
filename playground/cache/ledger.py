"""Who holds how much memory, which models are pinned, and which idle ones leave. Pure: no tickets, no threads.

A model is charged its weights and what answering takes: one short conversation is set aside for it, more is measured.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from playground.cache.eviction import SIBLING_SHARE, Candidate, cheapest
from playground.cache.journal import Journal, Reason
from playground.cache.records import Record
from playground.cache.schedule_state import Close, Forget, Load, Rules, Slot, gib
from playground.errors import OutOfMemory
from playground.types import Variant


@dataclass(slots=True)
class Ledger:
    """Sizes in bytes. `pins` may name variants that are not in memory yet."""

    rules: Rules
    journal: Journal
    slots: dict[str, Slot] = field(default_factory=dict)
    pins: dict[str, Variant] = field(default_factory=dict)
    records: defaultdict[str, Record] = field(default_factory=lambda: defaultdict(Record))
    leaked_bytes: int = 0                 # of closed models, did not come back
    stopped: bool = False                 # shutting down: every model leaves as soon as it is idle

    # ------------------------------------------------------------ how much
    @property
    def used_bytes(self) -> int:
        """Reserved for loads, measured in memory, set aside for answers, and lost."""
        return self.leaked_bytes + sum(slot.held_bytes for slot in self.slots.values())

    @property
    def free_bytes(self) -> int:
        return self.rules.budget_bytes - self.used_bytes

    @property
    def closing_bytes(self) -> int:
        return sum(slot.held_bytes for slot in self.slots.values() if slot.state == "closing")

    def need(self, variant: Variant) -> int:
        """Bytes a load must find: its weights and what is set aside for answers."""
        return self.reserved(variant) + variant.working_bytes

    def reserved(self, variant: Variant) -> int:
        """For the weights until they are measured: the prediction, or what they really took last time, and a margin."""
        size = max(variant.weight_bytes, self.records[variant.key].bytes)
        return size + int(size * self.rules.margin)

    def held(self, variant: Variant) -> int:
        """Bytes it holds whatever is answered, or would reserve."""
        slot = self.slots.get(variant.key)
        return slot.reserved_bytes if slot is not None else self.need(variant)

    def missing(self, variants: Iterable[Variant]) -> list[Variant]:
        """Those that have no memory yet."""
        return [variant for variant in variants if variant.key not in self.slots]

    def available(self, keys: Collection[str]) -> int:
        """What models with these keys can have when everything else is gone that may go."""
        pinned = sum(self.held(variant) for key, variant in self.pins.items() if key not in keys)
        return max(0, self.rules.budget_bytes - self.leaked_bytes - pinned)

    def shortage(self, variants: Sequence[Variant]) -> OutOfMemory | None:
        """The error for what could not be in memory together even if everything went that may go."""
        if not self.missing(variants):
            return None
        keys = [variant.key for variant in variants]
        needed, available = sum(map(self.held, variants)), self.available(keys)
        if needed <= available:
            return None
        together, hint = "", "Pick a smaller variant or a smaller model."
        if len(keys) > 1:
            together, hint = " together", "Run them one after the other, or pick smaller variants."
        allowed = f"this machine allows {gib(self.rules.budget_bytes)}"
        if available < self.rules.budget_bytes:
            allowed += f", of which {gib(self.rules.budget_bytes - available)} are pinned or lost"
        return OutOfMemory(f"{' + '.join(keys)} needs {gib(needed)}{together}; {allowed}.", hint,
                           needed=needed, available=available)

    # ------------------------------------------------------------ come and go
    def reserve(self, variant: Variant, now: float, *, preload: bool) -> Load:
        """Memory is taken before the load begins. preload: load on although nobody waits."""
        self.slots[variant.key] = Slot(variant, self.reserved(variant), now, now, preload=preload)
        self.journal.add(now, "load_started", variant.key)
        return Load(variant)

    def forget(self) -> list[Forget]:
        """Past conversations go before models do: of every model that holds more than was set aside for it.

        What they hold counts as gone until the next measurement; what is still there then is in use.
        """
        over, forgets = self.free_bytes + self.closing_bytes < 0, []
        for slot in self.slots.values():
            if not over:
                slot.forgetting = False
            elif slot.state == "ready" and not slot.forgetting and slot.kv_bytes > slot.variant.working_bytes:
                slot.forgetting, slot.kv_bytes = True, 0
                forgets.append(Forget(slot.key))
        return forgets

    def close(self, slot: Slot, reason: Reason, now: float) -> Close:
        slot.state, slot.since = "closing", now
        if reason == "memory":
            self.records[slot.key].evicted_at = now
        self.journal.evicted(now, slot.key, reason, slot.bytes)
        return Close(slot.key)

    def close_idle(self, spared: Collection[str], now: float) -> list[Close]:
        """Every model that nobody uses or pinned leaves, but `spared`."""
        return [self.close(slot, "memory", now) for slot in self.idle() if slot.key not in spared]

    def close_unwanted(self, wanted: Collection[str], now: float) -> list[Close]:
        """Idle models that were asked to go, that nobody used for keep_alive_s or waits for, or that are too much."""
        closes, limit = [], self.rules.idle_limit_s
        for key, slot in self.slots.items():
            if not slot.idle:
                continue
            # with a limit of 0 a preloaded model still waits for its first request
            old = limit is not None and now - slot.last_used >= limit and (slot.served or limit > 0)
            if self.stopped or slot.sealed_at is not None:
                closes.append(self.close(slot, "shutdown" if self.stopped else "asked", now))
            elif old and key not in self.pins and key not in wanted:
                closes.append(self.close(slot, "idle", now))
        over = -self.free_bytes - self.closing_bytes          # a load turned out larger than predicted
        return closes + [self.close(slot, "memory", now) for slot in self.victims((), over, now, overdue=True)]

    def check_pin(self, variant: Variant) -> None:
        """Raises OutOfMemory when it does not fit beside the models that are pinned."""
        need, available = self.held(variant), self.available({variant.key})
        if need > available:
            raise OutOfMemory(
                f"{variant.key} needs {gib(need)}; beside the pinned models there are {gib(available)}.",
                "Unpin another model first, or pick a smaller variant.", needed=need, available=available)

    def unpin(self, key: str, now: float) -> bool:
        """False when it was not pinned."""
        if self.pins.pop(key, None) is None:
            return False
        self.journal.add(now, "unpinned", key)
        return True

    # ------------------------------------------------------------ who may go
    def idle(self) -> list[Slot]:
        """Models that nobody uses or pinned, least recently used first."""
        found = [slot for slot in self.slots.values() if slot.idle and slot.key not in self.pins]
        return sorted(found, key=lambda slot: slot.last_used)

    def victims(self, variants: Sequence[Variant], missing_bytes: int, now: float, *, spared: Collection[str] = (),
                overdue: bool = False) -> list[Slot]:
        """The idle models that leave for `variants`; empty when they cannot free enough. An overdue request may take
        the place of a model that is hot."""
        wanted = {variant.key for variant in variants}
        siblings = {variant.model.id for variant in variants}
        back = [self.records[variant.key].evicted_at for variant in self.missing(variants)]
        return cheapest([
            Candidate(slot, slot.held_bytes, self._cost(slot, siblings, now), slot.last_used) for slot in self.idle()
            if slot.key not in wanted and slot.key not in spared and (overdue or not self._hot(slot, back, now))
        ], missing_bytes)

    def draining(self, variants: Sequence[Variant], missing_bytes: int) -> list[str]:
        """The models that take no newer work until `variants` have their memory; empty when all do not suffice.

        By last grant, which does not move while they are held: so the choice stays the same.
        """
        wanted = {variant.key for variant in variants}
        ready = [slot for slot in self.slots.values()
                 if slot.state == "ready" and slot.key not in wanted and slot.key not in self.pins]
        chosen: list[str] = []
        for slot in sorted(ready, key=lambda slot: (slot.leases > 0, slot.last_granted)):
            if missing_bytes <= 0:
                break
            chosen.append(slot.key)
            missing_bytes -= slot.held_bytes
        return chosen if missing_bytes <= 0 else []

    def _cost(self, slot: Slot, siblings: Collection[str], now: float) -> float:
        share = SIBLING_SHARE if slot.variant.model.id in siblings else 1.0
        return share * self.records[slot.key].reload_cost_s(now)

    def _hot(self, slot: Slot, evictions: Iterable[float], now: float) -> bool:
        """Whether the model keeps its place for now from one that was itself evicted shortly before it came.

        Only where people wait for both: somebody alone who goes to and fro is not made to wait.
        """
        hot_s = self.rules.min_hot_s
        return slot.contested and now - slot.since < hot_s and any(slot.reserved_at - at < hot_s for at in evictions)
