"""Every model in memory belongs here. Requests borrow one with `lease`; `schedule` decides who and when.

`playground.cache.loader` does the loading and closing on a thread of its own.
"""
from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from playground.cache.journal import Counters, Journal
from playground.cache.leaks import LeakMeter
from playground.cache.loader import Loader, Reports
from playground.cache.outlook import fitting, statuses, waiting
from playground.cache.prompters import Prompters
from playground.cache.schedule import Schedule
from playground.cache.schedule_state import Abandon, Close, Effect, Forget, Grant, Load, Refuse, Rules, gib
from playground.cache.seats import POLL_S, Seat
from playground.errors import Busy, Cancelled, LoadFailed, OutOfMemory, PlaygroundError, Unavailable
from playground.types import (
    CacheEvent,
    CancelToken,
    DeviceMemory,
    Engine,
    LoadedModel,
    ModelStatus,
    Prompter,
    Variant,
    Waiting,
)

OnWait = Callable[[Waiting], None]


class ModelCache:
    """Loads, shares and evicts models within `budgets`: bytes by device, or those of the CPU alone. Thread-safe.

    A lease is a reference: up to `max_concurrency` of a model at once, the others wait, round-robin between callers.
    `alternatives` names the other variants of a model, to say which would fit. `held` measures the bytes this process
    has for itself, to notice when a closed model's memory does not come back.
    """

    def __init__(
        self, engines: Mapping[str, Engine], budgets: Mapping[str, int] | int, *, max_wait_s: float = 120.0,
        max_queue: int = 64, keep_alive_s: float | None = None, max_bypass_s: float = 10.0, min_hot_s: float = 10.0,
        cooldown_s: float = 5.0, margin: float = 0.05, clock: Callable[[], float] = time.monotonic,
        held: Callable[[], int] | None = None, alternatives: Callable[[Variant], Sequence[Variant]] | None = None,
    ) -> None:
        rules = Rules(budgets, max_queue, max_bypass_s, cooldown_s, keep_alive_s, margin, min_hot_s)
        self._engines, self._clock, self._max_wait_s, self._alternatives = engines, clock, max_wait_s, alternatives
        self._schedule = Schedule(rules, Journal(time.time() - clock()))
        self._loader = Loader(
            lambda variant, progress, cancel: self._engine(variant).load(variant, progress, cancel),
            Reports(self._began, self._loaded, self._failed, self._closed, self._crashed, self._tick),
            LeakMeter(held, lambda: not self._schedule.granted),
        )
        self._prompters = Prompters(lambda model: engines[model.engine].prompter(model))
        self._changed = threading.Condition()               # guards the schedule and all that follows
        self._seats: dict[int, Seat] = {}
        self._models: dict[str, LoadedModel] = {}

    # ------------------------------------------------------------ borrow
    @contextmanager
    def lease(
        self, variant: Variant, cancel: CancelToken, on_wait: OnWait = lambda waiting: None, caller: str = ""
    ) -> Iterator[LoadedModel]:
        """The loaded model, for as long as the `with` lasts. `on_wait` is called at least every 0.2 s meanwhile.

        `caller` is who asks: where many wait for one model, callers take turns. Raises Cancelled within 0.1 s of the
        token, Busy (queue full, or no turn in max_wait_s; loading does not count), OutOfMemory before loading what
        cannot fit, or the error of the load.
        """
        with self.lease_many([variant], cancel, on_wait, caller) as models:
            yield models[0]

    @contextmanager
    def lease_many(
        self, variants: Sequence[Variant], cancel: CancelToken, on_wait: OnWait = lambda waiting: None, caller: str = ""
    ) -> Iterator[list[LoadedModel]]:
        """All these models at once, in the order asked, or none: a request never holds one while it waits for another.

        A variant named twice is one lease. The list is emptied at the end of the `with`. Raises as `lease` does, and
        OutOfMemory (needed, available) at once when they do not fit together: then ask for one after the other.
        """
        if cancel.cancelled:
            raise Cancelled("Stopped before it began.")
        seat = self._arrive(variants, caller)
        try:
            seat.wait(cancel, on_wait, lambda: self._outlook(seat), self._clock)
        except BaseException as error:
            self._give_up(seat, timed_out=isinstance(error, Busy))
            raise
        if seat.error is not None:
            raise seat.error
        models = [seat.models[variant.key] for variant in variants]
        seat.models.clear()
        try:
            yield models
        except OutOfMemory:               # the answer's own memory: the next one shall find room
            with self._changed:
                self._run(self._schedule.make_room(seat.ticket.keys, self._clock()))
            raise
        finally:
            models.clear()
            with self._changed:
                self._run(self._schedule.release(seat.ticket, self._clock()))

    # ------------------------------------------------------------ wishes of the owner
    def preload(self, variant: Variant) -> None:
        """Start loading without taking a lease; returns at once. Raises like `lease` does on arrival."""
        self._engine(variant)
        with self._changed:
            try:
                _, effects = self._schedule.arrive([variant], self._clock(), preload=True)
            except OutOfMemory as error:
                raise self._with_alternatives(error, variant) from None
            self._run(effects)

    def pin(self, variant: Variant) -> None:
        """Keep it in memory whatever others ask for, and load it if it is not there; returns at once.

        Raises OutOfMemory when it does not fit beside the other pinned models, and like `lease` does on arrival. A
        load that fails and an unload end the pin.
        """
        self._engine(variant)
        with self._changed:
            self._run(self._schedule.pin(variant, self._clock()))

    def unpin(self, key: str) -> bool:
        """Let it be evicted again. False when it was not pinned."""
        with self._changed:
            pinned = key in self._schedule.ledger.pins
            self._run(self._schedule.unpin(key, self._clock()))
        return pinned

    def unload(self, key: str, timeout_s: float | None = None) -> bool:
        """Close the model as soon as nobody uses it. False when it is not loaded or stays in use for `timeout_s`."""
        deadline = self._clock() + (self._max_wait_s if timeout_s is None else timeout_s)
        with self._changed:
            slot = self._schedule.slots.get(key)
            if slot is None:
                return False
            self._run(self._schedule.seal(key, self._clock()))
            while self._schedule.slots.get(key) is slot:
                if slot.sealed_at is None:                  # pinned, or given up by another: no longer wanted
                    return False
                if self._clock() >= deadline:
                    self._run(self._schedule.unseal(key, self._clock()))
                    return False
                self._changed.wait(POLL_S)
            return True

    def prompter(self, variant: Variant) -> Prompter:
        """The model's tokenizer and template, loaded once. May block while another model's files are being read."""
        self._engine(variant)
        return self._prompters.get(variant.model)

    def shutdown(self, timeout_s: float = 10.0) -> bool:
        """Refuse everyone who waits, close every idle model, end the loader. True when all of it was done in time."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._run(self._schedule.stop(self._clock()))
            clean = self._changed.wait_for(lambda: not self._schedule.slots, timeout_s)
        return self._loader.end(max(0.0, deadline - time.monotonic())) and clean

    # ------------------------------------------------------------ look: copies, nobody waits for a reader
    def status(self) -> tuple[ModelStatus, ...]:
        """What is loaded, loading or closing right now, by key."""
        with self._changed:
            return statuses(self._schedule, self._clock(), self._loader.progress)

    def events(self) -> tuple[CacheEvent, ...]:
        """The latest things that happened, oldest first."""
        with self._changed:
            return tuple(self._schedule.journal.events)

    def counters(self) -> Counters:
        """What happened since the start, for metrics."""
        with self._changed:
            counters = self._schedule.journal.counters(self._schedule.ledger.leaked_bytes)
        return replace(counters, stage_seconds=self._loader.stage_seconds())

    @property
    def queue_length(self) -> int:
        """Requests that wait for a turn or a load."""
        with self._changed:
            return sum(not ticket.preload for ticket in self._schedule.waiting)

    def devices(self) -> tuple[DeviceMemory, ...]:
        """The memory of each device, in order of preference."""
        with self._changed:
            ledger = self._schedule.ledger
            return tuple(DeviceMemory(ledger.used(device), budget, ledger.leaked[device], device)
                         for device, budget in ledger.rules.budgets.items())

    @property
    def used_bytes(self) -> int:
        """Reserved for loads, measured in memory, set aside for answers, and lost; on all devices together."""
        with self._changed:
            return self._schedule.ledger.used_bytes

    @property
    def budget_bytes(self) -> int:
        """Of all devices together."""
        return self._schedule.rules.budget_bytes

    # ------------------------------------------------------------ wait
    def _arrive(self, variants: Sequence[Variant], caller: str) -> Seat:
        for variant in variants:
            self._engine(variant)
        with self._changed:
            try:
                ticket, effects = self._schedule.arrive(variants, self._clock(), caller=caller)
            except OutOfMemory as error:
                raise (self._with_alternatives(error, variants[0]) if len(variants) == 1 else error) from None
            seat = self._seats[ticket.number] = Seat(ticket)
            self._run(effects)
        return seat

    def _outlook(self, seat: Seat) -> Waiting | None:
        """What it waits for, None when it waits no more. Raises Busy after too long a wait for a turn."""
        with self._changed:
            self._look()
            now = self._clock()
            if seat.done.is_set():
                return None
            return waiting(self._schedule, seat.ticket, now, self._loader.progress, self._max_wait_s)

    def _give_up(self, seat: Seat, *, timed_out: bool) -> None:
        """The request ends without its lease: leave the queue, or hand back what was granted meanwhile."""
        with self._changed:
            if not seat.done.is_set():
                del self._seats[seat.ticket.number]
                self._run(self._schedule.leave(seat.ticket, self._clock(), timed_out=timed_out))
            else:
                seat.models.clear()
                self._run(self._schedule.release(seat.ticket, self._clock()))

    # ------------------------------------------------------------ carry out
    def _run(self, effects: list[Effect]) -> None:
        """Carry out what the schedule decided. The caller holds the lock; nothing here blocks."""
        for effect in effects:
            match effect:
                case Load(variant):
                    self._loader.load(variant)
                case Close(key):
                    self._loader.close(key, self._models.pop(key))
                case Abandon(key):
                    self._loader.abandon(key)
                case Forget(key):
                    self._models[key].forget()
                case Grant(ticket) if not ticket.preload:
                    self._seats.pop(ticket.number).grant({key: self._models[key] for key in ticket.keys})
                case Refuse(ticket, error) if not ticket.preload:
                    self._seats.pop(ticket.number).refuse(error)
        self._changed.notify_all()

    def _began(self, key: str) -> None:
        with self._changed:
            self._schedule.load_began(key, self._clock())

    def _loaded(self, key: str, model: LoadedModel, memory_bytes: int, max_concurrency: int) -> None:
        with self._changed:
            self._models[key] = model
            self._run(self._schedule.loaded(key, memory_bytes, max_concurrency, self._clock()))

    def _failed(self, variant: Variant, error: PlaygroundError | None) -> None:
        if isinstance(error, OutOfMemory):
            error = self._with_alternatives(error, variant)
        with self._changed:
            self._run(self._schedule.load_failed(variant.key, error, self._clock()))

    def _closed(self, key: str, missing_bytes: int) -> None:
        with self._changed:
            self._run(self._schedule.closed(key, self._clock(), missing_bytes))

    def _crashed(self, key: str) -> None:
        """The last net: a fault while a report was taken in. Nobody may wait for what got lost with it."""
        with self._changed:
            self._run(self._schedule.crashed(key, self._clock()))
            lost = self._models.pop(key, None) if key not in self._schedule.slots else None
            for seat in list(self._seats.values()):         # granted by the report, but never told
                del self._seats[seat.ticket.number]
                seat.refuse(LoadFailed("The model cache had a fault.", "Try again."))
                self._run(self._schedule.release(seat.ticket, self._clock()))
        if lost is not None:
            lost.close()

    def _tick(self) -> None:
        """Time alone makes things possible: keep-alive runs out, a waiting load becomes overdue, answers grow."""
        with self._changed:
            self._look()

    def _look(self) -> None:
        """Measure what answers take, and do what has become possible. The caller holds the lock."""
        sizes = {key: model.kv_bytes for key, model in self._models.items()}
        self._run(self._schedule.measured(sizes, self._clock()))

    def _engine(self, variant: Variant) -> Engine:
        try:
            return self._engines[variant.model.engine]
        except KeyError:
            known = ", ".join(sorted(self._engines)) or "none"
            raise Unavailable(f"{variant.model.id} needs the engine {variant.model.engine!r}.",
                              f"Engines here: {known}.") from None

    def _with_alternatives(self, error: OutOfMemory, variant: Variant) -> OutOfMemory:
        """The same error, with the variants of this model that would fit."""
        others = self._alternatives(variant) if self._alternatives is not None else ()
        with self._changed:
            fits = fitting(self._schedule, variant, others)
        if not fits:
            return error
        names = ", ".join(f"{v.key} ({gib(v.weight_bytes)})" for v in fits)
        return OutOfMemory(str(error), f"These fit: {names}.", **error.params)
