"""Every model in memory belongs here. Requests borrow one with `lease`; `schedule` decides who and when.

`playground.cache.loader` does the loading and closing on a thread of its own.
"""
from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from playground.cache.loader import Loader, Reports
from playground.cache.prompters import Prompters
from playground.cache.schedule import Schedule
from playground.cache.schedule_state import Abandon, Close, Effect, Grant, Load, Refuse, Rules, SlotState, Ticket, gib
from playground.errors import Busy, Cancelled, OutOfMemory, PlaygroundError, Unavailable
from playground.types import CancelToken, Engine, LoadedModel, Prompter, Variant, Waiting

POLL_S = 0.05
"""How often a waiting request looks at its cancel token."""
TELL_S = 0.2
"""How often a waiting request says what it waits for."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One variant the cache holds or loads. Sizes in bytes: predicted from the config, measured after the load."""

    key: str
    state: SlotState
    refs: int
    waiting: int
    predicted_bytes: int
    memory_bytes: int                     # 0 until it is loaded
    stage: str
    fraction: float | None
    idle_s: float                         # since the last release, 0 while in use


class _Seat:
    """Where one waiting request hears what became of its ticket."""

    __slots__ = ("done", "error", "model")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.model: LoadedModel | None = None
        self.error: PlaygroundError | None = None


class ModelCache:
    """Loads, shares and evicts models within `budget_bytes`. Thread-safe.

    A lease is a reference: up to `max_concurrency` of a model at once, the others wait first come, first served.
    `alternatives` names the other variants of a model, to say which would fit.
    """

    def __init__(
        self, engines: Mapping[str, Engine], budget_bytes: int, *, max_wait_s: float = 120.0, max_queue: int = 64,
        keep_alive_s: float | None = None, max_bypass_s: float = 10.0, cooldown_s: float = 5.0, margin: float = 0.05,
        clock: Callable[[], float] = time.monotonic, alternatives: Callable[[Variant], Sequence[Variant]] | None = None,
    ) -> None:
        rules = Rules(budget_bytes, max_queue, max_bypass_s, cooldown_s, keep_alive_s, margin)
        self._engines, self._clock, self._max_wait_s, self._alternatives = engines, clock, max_wait_s, alternatives
        self._schedule = Schedule(rules)
        self._loader = Loader(
            lambda variant, progress, cancel: self._engine(variant).load(variant, progress, cancel),
            Reports(self._loaded, self._failed, self._closed, self._tick),
        )
        self._prompters = Prompters(lambda model: engines[model.engine].prompter(model))
        self._changed = threading.Condition()               # guards the schedule and all that follows
        self._seats: dict[int, _Seat] = {}
        self._models: dict[str, LoadedModel] = {}

    # ------------------------------------------------------------ borrow
    @contextmanager
    def lease(
        self, variant: Variant, cancel: CancelToken, on_wait: Callable[[Waiting], None] = lambda waiting: None
    ) -> Iterator[LoadedModel]:
        """The loaded model, for as long as the `with` lasts. `on_wait` is called at least every 0.2 s meanwhile.

        Raises Cancelled within 0.1 s of the token, Busy (queue full, or no turn in max_wait_s; loading does not
        count), OutOfMemory before loading what cannot fit, or the error of the load.
        """
        if cancel.cancelled:
            raise Cancelled("Stopped before it began.")
        ticket, seat = self._arrive(variant)
        try:
            self._wait(ticket, seat, cancel, on_wait)
        except BaseException:
            self._give_up(ticket, seat)
            raise
        if seat.error is not None:
            raise seat.error
        model, seat.model = seat.model, None
        assert model is not None, "a ticket is granted with its model"
        try:
            yield model
        finally:
            del model
            with self._changed:
                self._run(self._schedule.release(variant.key, self._clock()))

    def preload(self, variant: Variant) -> None:
        """Start loading without taking a lease; returns at once. Raises like `lease` does on arrival."""
        self._arrive(variant, preload=True)

    def unload(self, key: str, timeout_s: float | None = None) -> bool:
        """Close the model as soon as nobody uses it. False when it is not loaded or stays in use for `timeout_s`."""
        deadline = self._clock() + (self._max_wait_s if timeout_s is None else timeout_s)
        with self._changed:
            slot = self._schedule.slots.get(key)
            if slot is None:
                return False
            self._run(self._schedule.seal(key, self._clock()))
            while self._schedule.slots.get(key) is slot:
                if self._clock() >= deadline:
                    self._run(self._schedule.unseal(key, self._clock()))
                    return False
                self._changed.wait(POLL_S)
            return True

    def prompter(self, variant: Variant) -> Prompter:
        """The model's tokenizer and template, loaded once. May block while another model's files are being read."""
        self._engine(variant)
        return self._prompters.get(variant.model)

    # ------------------------------------------------------------ look
    def status(self) -> tuple[ModelStatus, ...]:
        """What is loaded, loading or closing right now, by key."""
        with self._changed:
            now, waiting = self._clock(), [t.key for t in self._schedule.waiting if not t.preload]
            return tuple(
                ModelStatus(
                    key, slot.state, slot.leases, waiting.count(key), slot.variant.weight_bytes,
                    0 if slot.state == "loading" else slot.bytes, *self._loader.progress(key),
                    idle_s=0.0 if slot.leases or slot.state != "ready" else now - slot.last_used,
                )
                for key, slot in sorted(self._schedule.slots.items())
            )

    @property
    def queue_length(self) -> int:
        """Requests that wait for a turn or a load."""
        with self._changed:
            return sum(not ticket.preload for ticket in self._schedule.waiting)

    @property
    def used_bytes(self) -> int:
        """Reserved for loads and measured in memory."""
        with self._changed:
            return self._schedule.used_bytes

    @property
    def budget_bytes(self) -> int:
        return self._schedule.rules.budget_bytes

    def shutdown(self, timeout_s: float = 10.0) -> bool:
        """Refuse everyone who waits, close every idle model, end the loader. True when all of it was done in time."""
        with self._changed:
            self._run(self._schedule.stop(self._clock()))
            self._changed.wait_for(lambda: not self._schedule.slots, timeout_s)
            clean = not self._schedule.slots
        self._loader.end(timeout_s)
        return clean

    # ------------------------------------------------------------ wait
    def _arrive(self, variant: Variant, *, preload: bool = False) -> tuple[Ticket, _Seat]:
        self._engine(variant)
        seat = _Seat()
        with self._changed:
            try:
                ticket, effects = self._schedule.arrive(variant, self._clock(), preload=preload)
            except OutOfMemory as error:
                raise self._with_alternatives(error, variant) from None
            self._seats[ticket.number] = seat
            self._run(effects)
        return ticket, seat

    def _wait(self, ticket: Ticket, seat: _Seat, cancel: CancelToken, on_wait: Callable[[Waiting], None]) -> None:
        told = None
        while not seat.done.is_set():
            if cancel.cancelled:
                raise Cancelled("Stopped while waiting.")
            now = self._clock()
            if told is None or now - told >= TELL_S:
                told = now
                on_wait(self._outlook(ticket, now))
            seat.done.wait(POLL_S)
        if cancel.cancelled:
            raise Cancelled("Stopped while waiting.")

    def _outlook(self, ticket: Ticket, now: float) -> Waiting:
        """What this ticket waits for. Raises Busy after too long a wait for a turn; a running load may take longer."""
        with self._changed:
            self._run(self._schedule.settle(now))           # time alone may have made something possible
            slot = self._schedule.slots.get(ticket.key)
            if slot is not None and slot.state == "loading":
                stage, fraction = self._loader.progress(ticket.key)
                return Waiting("loading", now - ticket.since, fraction=fraction, stage=stage)
            position = self._schedule.position(ticket)
            since = max(ticket.since, slot.since) if slot is not None else ticket.since
        if now - since >= self._max_wait_s:
            raise Busy(f"No turn for {ticket.key} in {self._max_wait_s:.0f} s.", "Try again, or pick a smaller model.",
                       waited_s=now - ticket.since)
        return Waiting("queued", now - ticket.since, position=position)

    def _give_up(self, ticket: Ticket, seat: _Seat) -> None:
        """The request ends without its lease: leave the queue, or hand back what was granted meanwhile."""
        with self._changed:
            if not seat.done.is_set():
                del self._seats[ticket.number]
                self._run(self._schedule.leave(ticket, self._clock()))
            elif seat.model is not None:
                seat.model = None
                self._run(self._schedule.release(ticket.key, self._clock()))

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
                case Grant(ticket):
                    seat = self._seats.pop(ticket.number)
                    seat.model = None if ticket.preload else self._models[ticket.key]
                    seat.done.set()
                case Refuse(ticket, error):
                    seat = self._seats.pop(ticket.number)
                    seat.error = error
                    seat.done.set()
        self._changed.notify_all()

    def _loaded(self, variant: Variant, model: LoadedModel) -> None:
        with self._changed:
            self._models[variant.key] = model
            self._run(self._schedule.loaded(variant.key, model.memory_bytes, model.max_concurrency, self._clock()))

    def _failed(self, variant: Variant, error: PlaygroundError | None) -> None:
        if isinstance(error, OutOfMemory):
            error = self._with_alternatives(error, variant)
        with self._changed:
            self._run(self._schedule.load_failed(variant.key, error, self._clock()))

    def _closed(self, key: str) -> None:
        with self._changed:
            self._run(self._schedule.closed(key, self._clock()))

    def _tick(self) -> None:
        """Time alone makes things possible: keep-alive runs out, a waiting load becomes overdue."""
        with self._changed:
            self._run(self._schedule.settle(self._clock()))

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
        fits = [v for v in others if v.key != variant.key and self._schedule.need(v) <= self.budget_bytes
                and v.weight_bytes < variant.weight_bytes]
        if not fits:
            return error
        names = ", ".join(f"{v.key} ({gib(v.weight_bytes)})" for v in fits)
        return OutOfMemory(str(error), f"These fit: {names}.", **error.params)
