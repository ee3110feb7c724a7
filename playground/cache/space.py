"""Where models go: whether there is room, on which device, who leaves for it, who stops taking work. Pure.

A model is whole on one device, and only models of that device can make room for it.
"""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from playground.cache.eviction import cheapest
from playground.cache.ledger import Ledger
from playground.cache.placement import by_device, fits, ways
from playground.cache.schedule_state import NEVER, Slot, gib
from playground.errors import OutOfMemory
from playground.types import Variant


@dataclass(frozen=True, slots=True)
class Space:
    """Decides and changes nothing; `ledger` knows who holds what. Sizes in bytes."""

    ledger: Ledger

    @property
    def several(self) -> bool:
        """Whether there is a choice of devices."""
        return len(self.ledger.rules.budgets) > 1

    # ------------------------------------------------------------ is there room at all
    def shortage(self, variants: Sequence[Variant]) -> OutOfMemory | None:
        """The error for what could not be in memory together even if everything went that may go."""
        if not self.ledger.missing(variants) or self.moves(variants, beside_pins=True) is not None:
            return None
        keys = [variant.key for variant in variants]
        needed, available, together = sum(map(self.ledger.held, variants)), self.available(keys), len(keys) > 1
        hint = ("Run them one after the other, or pick smaller variants." if together
                else "Pick a smaller variant or a smaller model.")
        return OutOfMemory(f"{' + '.join(keys)} needs {gib(needed)}{' together' if together else ''}; "
                           f"{self._allowed(available)}.", hint, needed=needed,
                           available=sum(available.values()) if together else max(available.values()))

    def check_pin(self, variant: Variant) -> None:
        """Raises OutOfMemory when it does not fit beside the models that are pinned."""
        if self.moves([variant], beside_pins=True) != []:
            need, available = self.ledger.held(variant), max(self.available({variant.key}).values())
            raise OutOfMemory(
                f"{variant.key} needs {gib(need)}; beside the pinned models there are {gib(available)}.",
                "Unpin another model first, or pick a smaller variant.", needed=need, available=available)

    def available(self, keys: Collection[str]) -> dict[str, int]:
        """By device: what a model with one of these keys can have when everything else is gone that may go.

        Pinned models that are not in memory yet are thought to be on the other devices, as far as they fit there.
        """
        found = {}
        for device in self.ledger.rules.budgets:
            rooms = self._rooms(keys)
            for size in sorted(map(self._size, self._pins_to_come(keys)), reverse=True):
                others = [other for other, room in rooms.items() if other != device and room >= size]
                rooms[min(others, key=rooms.__getitem__, default=device)] -= size
            found[device] = max(0, rooms[device])
        return found

    def _allowed(self, available: Mapping[str, int]) -> str:
        parts = []
        for device, budget in self.ledger.rules.budgets.items():
            lost = budget - available[device]
            where = f" on {device}" if self.several else ""
            parts.append(gib(budget) + where + (f", of which {gib(lost)} are pinned or lost" if lost else ""))
        return "this machine allows " + " and ".join(parts)

    # ------------------------------------------------------------ where to, and who leaves for it
    def needs(self, variants: Sequence[Variant], moved: Sequence[Slot] = ()) -> dict[str, int]:
        """By key: bytes of those that get a place: who has none, and of several also who changes it."""
        leaving = {slot.key for slot in moved}
        if len(variants) > 1 and self.several:      # who is on the way out comes back with the others
            leaving |= {variant.key for variant in variants if self.ledger.placed(variant) is None}
        return {variant.key: self.ledger.need(variant) for variant in variants
                if variant.key not in self.ledger.slots or variant.key in leaving}

    def moves(self, variants: Sequence[Variant], *, beside_pins: bool = False) -> list[Slot] | None:
        """Those of `variants` that must change their device so that all have a place once everything else is gone that
        may go: the fewest. None when they never fit together.

        beside_pins: also beside pinned models that are not in memory yet.
        """
        keys = {variant.key for variant in variants}
        placed = [slot for variant in variants if (slot := self.ledger.placed(variant)) is not None]
        may_move = [slot for slot in placed if slot.key not in self.ledger.pins] if self.several else []
        others = [self._size(pinned) for pinned in self._pins_to_come(keys)] if beside_pins else []
        for moved in (some for number in range(len(may_move) + 1) for some in combinations(may_move, number)):
            rooms = self._rooms(keys)
            staying = {slot.key: slot.device for slot in placed if slot not in moved}
            for slot in placed:
                rooms[slot.device] -= slot.reserved_bytes if slot.key in staying else 0
            sizes = others + [self._size(each) for each in variants if each.key not in staying]
            # below 0: pins and leaks have become more since it was loaded
            if fits(sizes, rooms.values()) and all(rooms[device] >= 0 for device in staying.values()):
                return list(moved)
        return None

    def place(self, needs: Mapping[str, int], free: Mapping[str, int]) -> dict[str, str] | None:
        """Key to device, with what is free; None when not all fit."""
        return next((way for way in ways(needs, free) if self._leaves_room_for_pins(needs, way)), None)

    def make_way(self, variants: Sequence[Variant], needs: Mapping[str, int], coming: Mapping[str, int], now: float, *,
                 spared: Collection[str], overdue: bool) -> tuple[dict[str, str], list[Slot]] | None:
        """(key to device, the models that leave for that) where losing them costs least; None when they cannot free
        enough. `coming`: what is free once the models have gone that are going."""
        may_leave = self.ledger.may_leave(variants, now, spared, overdue)
        costs = {each.what.key: each.cost for several in may_leave.values() for each in several}
        most = {device: room + sum(each.bytes for each in may_leave[device]) for device, room in coming.items()}
        best: tuple[dict[str, str], list[Slot]] | None = None
        best_rank = (float("inf"), 0)
        for way in ways(needs, most):
            if not self._leaves_room_for_pins(needs, way):
                continue
            leaving = [slot for device, size in by_device(needs, way).items()
                       for slot in cheapest(may_leave[device], size - coming[device])]
            rank = (sum(costs[slot.key] for slot in leaving), sum(slot.held_bytes for slot in leaving))
            if rank < best_rank:
                best, best_rank = (way, leaving), rank
        return best

    def draining(self, variants: Sequence[Variant]) -> list[str]:
        """The models that take no newer work until `variants` have their memory; empty when all do not suffice.

        By last grant, which does not move while they are held: so the choice stays the same, on one device and between
        devices.
        """
        wanted, moved, coming = {variant.key for variant in variants}, self.moves(variants) or [], self.ledger.coming()
        for slot in moved:
            coming[slot.device] += slot.held_bytes
        ready: dict[str, list[Slot]] = {device: [] for device in coming}
        for slot in sorted(self.ledger.slots.values(), key=lambda slot: (slot.leases > 0, slot.last_granted)):
            if slot.state == "ready" and slot.key not in wanted and slot.key not in self.ledger.pins:
                ready[slot.device].append(slot)
        needs = self.needs(variants, moved)
        most = {device: room + sum(slot.held_bytes for slot in ready[device]) for device, room in coming.items()}
        chosen: list[Slot] = []
        chosen_rank = float("inf")
        for way in ways(needs, most):
            # with nothing to place: what answers took beyond the budget
            sizes = by_device(needs, way) or dict.fromkeys(coming, 0)
            these = [slot for device, size in sizes.items() for slot in _enough(ready[device], size - coming[device])]
            rank = max((slot.last_granted for slot in these), default=NEVER)
            if rank < chosen_rank:
                chosen, chosen_rank = these, rank
        return [slot.key for slot in chosen]

    # ------------------------------------------------------------ small steps
    def _rooms(self, but: Collection[str] = ()) -> dict[str, int]:
        """By device: what is left beside leaks and pinned models, which stay where they are; not counting `but`."""
        rooms = {device: budget - self.ledger.leaked[device] for device, budget in self.ledger.rules.budgets.items()}
        for key, variant in self.ledger.pins.items():
            if key not in but and (slot := self.ledger.placed(variant)) is not None:
                rooms[slot.device] -= slot.reserved_bytes
        return rooms

    def _pins_to_come(self, but: Collection[str] = ()) -> list[Variant]:
        return [variant for key, variant in self.ledger.pins.items()
                if key not in but and self.ledger.placed(variant) is None]

    def _size(self, variant: Variant) -> int:
        """Of one that gets a place. Who is on the way out of the only device comes back to what it still has there."""
        return self.ledger.need(variant) if self.several else self.ledger.held(variant)

    def _leaves_room_for_pins(self, needs: Mapping[str, int], way: Mapping[str, str]) -> bool:
        """A pinned model does not leave again, so the others that come later must find a place beside it."""
        pinned = [key for key in way if key in self.ledger.pins]
        if not pinned or not self.several:
            return True
        rooms = self._rooms(pinned)
        for key in pinned:
            rooms[way[key]] -= needs[key]
        return fits(map(self._size, self._pins_to_come(pinned)), rooms.values())


def _enough(slots: Sequence[Slot], missing_bytes: int) -> list[Slot]:
    """The first ones that hold `missing_bytes` together; empty when all do not."""
    chosen: list[Slot] = []
    for slot in slots:
        if missing_bytes <= 0:
            break
        chosen.append(slot)
        missing_bytes -= slot.held_bytes
    return chosen if missing_bytes <= 0 else []
