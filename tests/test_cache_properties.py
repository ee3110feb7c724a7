"""Whatever happens in whatever order: budget, leases, single loads, and nobody is forgotten."""
from __future__ import annotations

import random
import threading

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from playground.cache import ModelCache
from playground.cache.schedule import Schedule
from playground.cache.schedule_state import Abandon, Close, Effect, Grant, Load, Refuse, Rules, Ticket
from playground.engines._fake import FakeEngine, FakeModel
from playground.errors import LoadFailed, PlaygroundError
from playground.types import CancelToken, Variant
from tests.tiny import variant

pytestmark = pytest.mark.timeout(120)
SIZES = {"a": 40, "b": 60, "c": 100, "d": 10}
KEYS = [f"{name}:fp32" for name in SIZES]


def fake(key: str) -> Variant:
    name = key.partition(":")[0]
    return variant(name, SIZES[name], engine="fake")


class Life(RuleBasedStateMachine):
    """Drives the schedule by itself: the test plays the requests and the loader thread."""

    @initialize(budget=st.integers(100, 220), concurrency=st.integers(1, 3), keep=st.sampled_from([None, 0.0, 20.0]))
    def begin(self, budget: int, concurrency: int, keep: float | None) -> None:
        self.now, self.concurrency = 0.0, concurrency
        self.schedule = Schedule(Rules(budget, max_queue=6, max_bypass_s=10, cooldown_s=5, keep_alive_s=keep, margin=0))
        self.waiting: set[Ticket] = set()
        self.leases: list[str] = []
        self.loads: dict[str, bool] = {}                      # running, and whether it was told to stop
        self.closes: set[str] = set()

    def carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Load(what):
                    assert what.key not in self.loads, "two loads of one model"
                    assert what.key not in self.closes, "loaded before it was closed"
                    self.loads[what.key] = False
                case Abandon(key):
                    self.loads[key] = True
                case Close(key):
                    assert key not in self.leases, "closed while in use"
                    assert key not in self.closes and key not in self.loads
                    self.closes.add(key)
                case Grant(ticket):
                    self.waiting.remove(ticket)               # KeyError: a second outcome
                    assert ticket.key not in self.loads and ticket.key not in self.closes
                    if not ticket.preload:
                        self.leases.append(ticket.key)
                case Refuse(ticket, error):
                    assert isinstance(error, PlaygroundError)
                    self.waiting.remove(ticket)

    @rule(key=st.sampled_from(KEYS), preload=st.booleans())
    def arrive(self, key: str, preload: bool) -> None:
        try:
            ticket, effects = self.schedule.arrive(fake(key), self.now, preload=preload)
        except PlaygroundError:
            return
        self.waiting.add(ticket)
        self.carry_out(effects)

    @precondition(lambda self: any(not t.preload for t in self.waiting))
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(sorted((t for t in self.waiting if not t.preload), key=lambda t: t.number)))
        self.waiting.remove(ticket)
        self.carry_out(self.schedule.leave(ticket, self.now))

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.leases))
        self.leases.remove(key)
        self.carry_out(self.schedule.release(key, self.now))

    @precondition(lambda self: self.loads)
    @rule(data=st.data(), end=st.sampled_from(["ready", "ready", "failed"]))
    def load_ends(self, data: st.DataObject, end: str) -> None:
        key = data.draw(st.sampled_from(sorted(self.loads)))
        stopped = self.loads.pop(key)
        if end == "ready":
            self.carry_out(self.schedule.loaded(key, fake(key).weight_bytes - 1, self.concurrency, self.now))
        else:
            error = None if stopped else LoadFailed("no")
            self.carry_out(self.schedule.load_failed(key, error, self.now))

    @precondition(lambda self: self.closes)
    @rule(data=st.data())
    def close_ends(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.closes)))
        self.closes.remove(key)
        self.carry_out(self.schedule.closed(key, self.now))

    @rule(key=st.sampled_from(KEYS))
    def unload(self, key: str) -> None:
        if key in self.schedule.slots:
            self.carry_out(self.schedule.seal(key, self.now))

    @rule(seconds=st.sampled_from([1, 6, 11, 30]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        self.carry_out(self.schedule.settle(self.now))

    @invariant()
    def holds(self) -> None:
        slots = self.schedule.slots
        assert self.schedule.used_bytes <= self.schedule.rules.budget_bytes
        assert set(self.schedule.waiting) == self.waiting
        assert {key: slot.leases for key, slot in slots.items() if slot.leases} == \
            {key: self.leases.count(key) for key in self.leases}
        assert all(slot.leases <= self.concurrency for slot in slots.values())
        assert {k for k, s in slots.items() if s.state == "loading"} == set(self.loads)
        assert {k for k, s in slots.items() if s.state == "closing"} == self.closes
        assert self.schedule.settle(self.now) == [], "something was possible and was not done"

    def teardown(self) -> None:
        """Requests end and the loader works on: then everyone who waits must get a turn."""
        if not hasattr(self, "schedule"):
            return
        for _ in range(200):
            if not self.waiting:
                break
            self.now += 11
            self.carry_out(self.schedule.settle(self.now))
            for key in list(self.closes):
                self.closes.remove(key)
                self.carry_out(self.schedule.closed(key, self.now))
            for key in list(self.loads):
                del self.loads[key]
                self.carry_out(self.schedule.loaded(key, fake(key).weight_bytes, self.concurrency, self.now))
            for key in list(self.leases):
                self.leases.remove(key)
                self.carry_out(self.schedule.release(key, self.now))
        assert not self.waiting, "somebody waits for ever"
        self.carry_out(self.schedule.stop(self.now))
        while self.leases:
            self.carry_out(self.schedule.release(self.leases.pop(), self.now))
        assert set(self.schedule.slots) == self.closes | set(self.loads)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=300, stateful_step_count=30, deadline=None,
                             suppress_health_check=list(HealthCheck))


def test_threads_that_lease_cancel_and_fail_never_break_the_cache() -> None:
    engine = FakeEngine(max_concurrency=2)
    cache = ModelCache({"fake": engine}, 150, cooldown_s=0.01, max_bypass_s=0.05, margin=0)
    outcomes: list[str] = []
    broken: list[BaseException] = []

    def visitor(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(40):
            cancel = CancelToken()
            if dice.random() < 0.2:
                timer = threading.Timer(dice.random() * 0.01, cancel.cancel)
                timer.daemon = True
                timer.start()
            key = dice.choice(KEYS)
            if dice.random() < 0.02:
                engine.failures.setdefault(key, []).append(LoadFailed("dice"))
            try:
                with cache.lease(fake(key), cancel) as model:
                    assert isinstance(model, FakeModel) and not model.closed and model.variant.key == key
                    assert cache.used_bytes <= 150
                    threading.Event().wait(dice.random() * 0.003)
                    assert not model.closed
                outcomes.append("served")
            except PlaygroundError as error:
                outcomes.append(error.code)
            except BaseException as error:
                broken.append(error)

    threads = [threading.Thread(target=visitor, args=(seed,), daemon=True) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "somebody waits for ever"
    assert broken == [] and len(outcomes) == 8 * 40
    assert set(outcomes) <= {"served", "cancelled", "load_failed"} and outcomes.count("served") > 50
    assert cache.queue_length == 0 and all(status.refs == 0 for status in cache.status())
    assert cache.shutdown() and not engine.live and cache.used_bytes == 0
