"""Who holds how much memory on which device, which models are pinned, and which idle ones leave. Pure: no tickets.

A model is charged its weights and what answering takes: one short conversation is set aside for it, more is measured.
"""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from playground.cache.eviction import SIBLING_SHARE, Candidate, cheapest
from playground.cache.journal import Journal, Reason
from playground.cache.records import Record
from playground.cache.schedule_state import Close, Forget, Load, Rules, Slot
from playground.types import Variant


@dataclass(slots=True)
class Ledger:
    """Sizes in bytes. `pins` may name variants that are not in memory yet."""

    rules: Rules
    journal: Journal
    slots: dict[str, Slot] = field(default_factory=dict)
    pins: dict[str, Variant] = field(default_factory=dict)
    records: defaultdict[str, Record] = field(default_factory=lambda: defaultdict(Record))
    leaked: Counter[str] = field(default_factory=Counter)   # by device: of closed models, did not come back
    stopped: bool = False                 # shutting down: every model leaves as soon as it is idle

    # ------------------------------------------------------------ how much
    @property
    def used_bytes(self) -> int:
        """Reserved for loads, measured in memory, set aside for answers, and lost; on all devices together."""
        return sum(self.used(device) for device in self.rules.budgets)

    @property
    def leaked_bytes(self) -> int:
        return self.leaked.total()

    def used(self, device: str) -> int:
        """The same on one device."""
        return self.leaked[device] + sum(slot.held_bytes for slot in self.slots.values() if slot.device == device)

    def free(self) -> dict[str, int]:
        """By device; below 0 where answers took more than there is."""
        return {device: budget - self.used(device) for device, budget in self.rules.budgets.items()}

    def closing(self) -> dict[str, int]:
        """By device: what models hold that are on their way out."""
        sizes = dict.fromkeys(self.rules.budgets, 0)
        for slot in self.slots.values():
            if slot.state == "closing":
                sizes[slot.device] += slot.held_bytes
        return sizes

    def coming(self) -> dict[str, int]:
        """By device: what is free once they are gone."""
        closing = self.closing()
        return {device: free + closing[device] for device, free in self.free().items()}

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

    def placed(self, variant: Variant) -> Slot | None:
        """Its slot, unless it is about to leave."""
        slot = self.slots.get(variant.key)
        return slot if slot is not None and slot.state != "closing" else None

    def missing(self, variants: Iterable[Variant]) -> list[Variant]:
        """Those that have no memory yet."""
        return [variant for variant in variants if variant.key not in self.slots]

    # ------------------------------------------------------------ come and go
    def reserve(self, variant: Variant, device: str, now: float, *, preload: bool) -> Load:
        """Memory is taken before the load begins. preload: load on although nobody waits."""
        variant = replace(variant, device=device)
        self.slots[variant.key] = Slot(variant, self.reserved(variant), now, now, preload=preload)
        self.journal.add(now, "load_started", variant.key)
        return Load(variant)

    def forget(self) -> list[Forget]:
        """Past conversations go before models do: of every model that holds more than was set aside for it.

        What they hold counts as gone until the next measurement; what is still there then is in use.
        """
        coming, forgets = self.coming(), []
        for slot in self.slots.values():
            if coming[slot.device] >= 0:
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

    def close_idle(self, devices: Collection[str], spared: Collection[str], now: float) -> list[Close]:
        """Every model on these devices that nobody uses or pinned leaves, but `spared`."""
        return [self.close(slot, "memory", now) for slot in self.idle()
                if slot.device in devices and slot.key not in spared]

    def closed(self, slot: Slot, missing_bytes: int) -> None:
        """missing_bytes: did not come back; below 0: more came back, so less is lost than thought."""
        del self.slots[slot.key]
        self.leaked[slot.device] = max(0, self.leaked[slot.device] + missing_bytes)

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
        may_leave = self.may_leave((), now, (), overdue=True)
        for device, room in self.coming().items():            # below 0: a load turned out larger than predicted
            closes += [self.close(slot, "memory", now) for slot in cheapest(may_leave[device], -room)]
        return closes

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

    def may_leave(self, variants: Sequence[Variant], now: float, spared: Collection[str], overdue: bool
                   ) -> dict[str, list[Candidate[Slot]]]:
        """By device: the idle models that may leave for `variants`. An overdue request may take the place of a model
        that is hot."""
        wanted = {variant.key for variant in variants}
        siblings = {variant.model.id for variant in variants}
        back = [self.records[variant.key].evicted_at for variant in self.missing(variants)]
        found: dict[str, list[Candidate[Slot]]] = {device: [] for device in self.rules.budgets}
        for slot in self.idle():
            if slot.key not in wanted and slot.key not in spared and (overdue or not self._hot(slot, back, now)):
                found[slot.device].append(
                    Candidate(slot, slot.held_bytes, self._cost(slot, siblings, now), slot.last_used))
        return found

    def _cost(self, slot: Slot, siblings: Collection[str], now: float) -> float:
        share = SIBLING_SHARE if slot.variant.model.id in siblings else 1.0
        return share * self.records[slot.key].reload_cost_s(now)

    def _hot(self, slot: Slot, evictions: Iterable[float], now: float) -> bool:
        """Whether the model keeps its place for now from one that was itself evicted shortly before it came.

        Only where people wait for both: somebody alone who goes to and fro is not made to wait.
        """
        hot_s = self.rules.min_hot_s
        return slot.contested and now - slot.since < hot_s and any(slot.reserved_at - at < hot_s for at in evictions)
