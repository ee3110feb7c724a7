"""Whatever happens in whatever order: budget, leases, single loads, and nobody is forgotten."""
from __future__ import annotations

import contextlib
import random
import threading
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from playground.cache import ModelCache
from playground.cache.outlook import eta_s, position
from playground.cache.schedule import Schedule
from playground.cache.schedule_state import Abandon, Close, Effect, Forget, Grant, Load, Refuse, Rules, Ticket
from playground.engines._fake import FakeEngine, FakeModel
from playground.errors import LoadFailed, OutOfMemory, PlaygroundError
from playground.types import CancelToken, Variant
from tests.tiny import variant

pytestmark = pytest.mark.timeout(120)
SIZES = {"a": 40, "b": 60, "c": 100, "d": 10}
WORKING = {"a": 5, "d": 2}                # set aside for answers
KEYS = [f"{name}:fp32" for name in SIZES]


def fake(key: str) -> Variant:
    name = key.partition(":")[0]
    return replace(variant(name, SIZES[name], engine="fake"), working_bytes=WORKING.get(name, 0))


class Life(RuleBasedStateMachine):
    """Drives the schedule by itself: the test plays the requests and the loader thread.

    A load that hangs is one that does not end while all else goes on; teardown lets it end.
    """

    budgets = st.integers(100, 220).map(lambda size: {"cpu": size})

    @initialize(data=st.data(), concurrency=st.integers(1, 3), keep=st.sampled_from([None, 0.0, 20.0]),
                hot=st.sampled_from([0, 10]))
    def begin(self, data: st.DataObject, concurrency: int, keep: float | None, hot: float) -> None:
        self.now, self.concurrency = 0.0, concurrency
        self.plan = Schedule(Rules(data.draw(self.budgets), max_queue=6, max_bypass_s=10, cooldown_s=5,
                                   keep_alive_s=keep, margin=0, min_hot_s=hot))
        self.waiting: set[Ticket] = set()
        self.leases: list[Ticket] = []
        self.jobs: list[Load | Close] = []                    # the loader's line: only the first one can end
        self.stopped: set[str] = set()                        # loads that were told to stop

    @property
    def loads(self) -> set[str]:
        return {job.variant.key for job in self.jobs if isinstance(job, Load)}

    @property
    def closes(self) -> set[str]:
        return {job.key for job in self.jobs if isinstance(job, Close)}

    def in_use(self) -> Counter[str]:
        return Counter(key for ticket in self.leases for key in ticket.keys)

    def carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Load(what):
                    assert what.key not in self.loads, "I3, I4: two loads of one model"
                    assert what.key not in self.closes, "loaded before it was closed"
                    assert what.device == self.plan.slots[what.key].device in self.plan.rules.budgets
                    self.jobs.append(effect)
                    self.stopped.discard(what.key)
                case Abandon(key):
                    assert key in self.loads
                    self.stopped.add(key)
                case Close(key):
                    assert key not in self.in_use(), "I2: closed while in use"
                    assert key not in self.plan.ledger.pins or self.plan.stopped, "I9: a pinned model left"
                    assert key not in self.closes and key not in self.loads
                    self.jobs.append(effect)
                case Forget(key):
                    assert key not in self.closes and key not in self.loads
                case Grant(ticket):
                    self.waiting.remove(ticket)               # I5; KeyError: a second outcome
                    assert not set(ticket.keys) & (self.loads | self.closes)
                    mine = [t for t in self.waiting if t.caller == ticket.caller and t.keys == ticket.keys]
                    assert ticket.preload or all(t.number > ticket.number or t.preload for t in mine), "not in order"
                    if not ticket.preload:
                        self.leases.append(ticket)
                case Refuse(ticket, error):
                    assert isinstance(error, PlaygroundError)
                    self.waiting.remove(ticket)

    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=3), preload=st.booleans(),
          caller=st.sampled_from(["", "ann", "bob"]))
    def arrive(self, keys: list[str], preload: bool, caller: str) -> None:
        preload = preload and len(keys) == 1
        try:
            ticket, effects = self.plan.arrive([fake(key) for key in keys], self.now, caller=caller, preload=preload)
        except PlaygroundError:
            return
        self.waiting.add(ticket)
        self.carry_out(effects)

    @precondition(lambda self: any(not t.preload for t in self.waiting))
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(sorted((t for t in self.waiting if not t.preload), key=lambda t: t.number)))
        self.waiting.remove(ticket)
        self.carry_out(self.plan.leave(ticket, self.now))

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), twice=st.booleans(), ran_out=st.booleans())
    def release(self, data: st.DataObject, twice: bool, ran_out: bool) -> None:
        ticket = data.draw(st.sampled_from(self.leases))
        if ran_out:
            self.carry_out(self.plan.make_room(ticket.keys, self.now))
        self.leases.remove(ticket)
        self.carry_out(self.plan.release(ticket, self.now))
        if twice:
            assert self.plan.release(ticket, self.now) == []

    @precondition(lambda self: self.jobs)
    @rule(end=st.sampled_from(["well", "well", "well", "failed", "out of memory", "crashed"]))
    def job_ends(self, end: str) -> None:
        job = self.jobs.pop(0)
        key = job.variant.key if isinstance(job, Load) else job.key
        if end == "crashed":
            self.carry_out(self.plan.crashed(key, self.now))
            assert not self.waiting, "somebody waits for what got lost"
            self.carry_out(self.plan.settle(self.now))
        elif isinstance(job, Close):
            self.carry_out(self.plan.closed(key, self.now))
        elif end == "well":
            self.carry_out(self.plan.loaded(key, fake(key).weight_bytes - 1, self.concurrency, self.now))
        elif end == "out of memory":
            self.carry_out(self.plan.load_failed(key, OutOfMemory("no"), self.now))
        else:
            self.carry_out(self.plan.load_failed(key, None if key in self.stopped else LoadFailed("no"), self.now))

    @precondition(lambda self: self.loads)
    @rule()
    def load_begins(self) -> None:
        self.plan.load_began(sorted(self.loads)[0], self.now)

    @rule(sizes=st.dictionaries(st.sampled_from(KEYS), st.integers(0, 80)))
    def answers_take_memory(self, sizes: dict[str, int]) -> None:
        self.carry_out(self.plan.measured(sizes, self.now))

    @rule(key=st.sampled_from(KEYS))
    def unload(self, key: str) -> None:
        if key in self.plan.slots:
            self.carry_out(self.plan.seal(key, self.now))

    @rule(key=st.sampled_from(KEYS))
    def unload_is_given_up(self, key: str) -> None:
        self.carry_out(self.plan.unseal(key, self.now))

    @rule(key=st.sampled_from(KEYS))
    def pin(self, key: str) -> None:
        before = set(self.plan.waiting)
        try:
            effects = self.plan.pin(fake(key), self.now)
        except PlaygroundError:
            return
        self.waiting |= set(self.plan.waiting) - before
        self.waiting |= {effect.ticket for effect in effects if isinstance(effect, Grant) and effect.ticket.preload}
        self.carry_out(effects)

    @rule(key=st.sampled_from(KEYS))
    def unpin(self, key: str) -> None:
        self.carry_out(self.plan.unpin(key, self.now))

    @rule(seconds=st.sampled_from([1, 6, 11, 30]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        self.carry_out(self.plan.settle(self.now))

    @precondition(lambda self: self.now > 60)
    @rule()
    def shut_down(self) -> None:
        self.carry_out(self.plan.stop(self.now))
        assert not self.waiting, "I18: everyone who waits is told"

    @invariant()
    def holds(self) -> None:
        slots, ledger, in_use = self.plan.slots, self.plan.ledger, self.in_use()
        for device, budget in ledger.rules.budgets.items():
            here = [slot for slot in slots.values() if slot.device == device]
            assert ledger.leaked[device] + sum(slot.reserved_bytes for slot in here) <= budget, "I1"
            staying = sum(slot.held_bytes for slot in here if slot.state != "closing")
            idle = sum(slot.held_bytes for slot in here if slot.idle and slot.key not in ledger.pins)
            over = ledger.leaked[device] + staying - budget
            assert over <= 0 or idle < over, "answers take what idle models hold"
        assert self.pins_fit(), "I9"
        assert set(self.plan.waiting) == self.waiting, "I5"
        assert {key: slot.leases for key, slot in slots.items() if slot.leases} == dict(in_use), "I6"
        assert all(slot.leases <= self.concurrency for slot in slots.values())
        assert all(slots[key].state == "ready" for key in in_use), "I2"
        assert {k for k, s in slots.items() if s.state == "loading"} == self.loads
        assert {k for k, s in slots.items() if s.state == "closing"} == self.closes
        assert self.plan.settle(self.now) == [], "something was possible and was not done"
        for ticket in self.plan.waiting:
            assert 0 <= position(self.plan, ticket) < len(self.plan.waiting)
            assert (eta_s(self.plan, ticket, self.now) or 0.0) >= 0.0

    def pins_fit(self) -> bool:
        """Whether there is a device for each pinned model, those in memory staying where they are."""
        ledger, pins = self.plan.ledger, list(self.plan.ledger.pins.values())
        for way in product(ledger.rules.budgets, repeat=len(pins)):
            sizes = Counter[str]()
            for pinned, device in zip(pins, way, strict=True):
                slot = ledger.placed(pinned)
                sizes[device if slot is None else slot.device] += ledger.held(pinned)
            if all(sizes[device] <= budget for device, budget in ledger.rules.budgets.items()):
                return True
        return False

    def teardown(self) -> None:
        """Requests end and the loader works on: then everyone who waits must get a turn (I5, I8, I19)."""
        if not hasattr(self, "plan"):
            return
        for _ in range(200):
            if not self.waiting:
                break
            self.now += 11
            self.carry_out(self.plan.measured(dict.fromkeys(KEYS, 0), self.now))
            while self.jobs:
                match self.jobs.pop(0):
                    case Close(key):
                        self.carry_out(self.plan.closed(key, self.now))
                    case Load(what):
                        self.carry_out(self.plan.loaded(what.key, what.weight_bytes, self.concurrency, self.now))
            for ticket in list(self.leases):
                self.leases.remove(ticket)
                self.carry_out(self.plan.release(ticket, self.now))
        assert not self.waiting, "somebody waits for ever"
        self.carry_out(self.plan.stop(self.now))
        while self.leases:
            self.carry_out(self.plan.release(self.leases.pop(), self.now))
        assert set(self.plan.slots) == self.closes | self.loads


class LifeOnTwo(Life):
    """The same with two devices of different sizes: a model that is large fits on one of them alone."""

    budgets = st.fixed_dictionaries({"cuda:0": st.integers(60, 130), "cuda:1": st.integers(40, 90)})


TestLife, TestLifeOnTwo = Life.TestCase, LifeOnTwo.TestCase
TestLife.settings = TestLifeOnTwo.settings = settings(
    max_examples=1500, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))


def test_the_same_events_give_the_same_decisions() -> None:
    """I13: no clock, no hash order, no threads in them."""
    def run() -> list[str]:
        dice, plan, said = random.Random(5), Schedule(Rules(150, margin=0)), []
        loader: list[Load | Close] = []
        for step in range(400):
            now = float(step)
            effects: list[Effect] = []
            if dice.random() < 0.6:
                with contextlib.suppress(PlaygroundError):
                    effects = plan.arrive([fake(dice.choice(KEYS))], now, caller=dice.choice("xyz"))[1]
            elif loader:
                job = loader.pop(0)
                effects = (plan.closed(job.key, now) if isinstance(job, Close)
                           else plan.loaded(job.variant.key, job.variant.weight_bytes, 2, now))
            elif plan.granted:
                effects = plan.release(min(plan.granted, key=lambda ticket: ticket.number), now)
            for effect in effects:
                if isinstance(effect, Load | Close):
                    loader.append(effect)
                said.append(f"{step} {type(effect).__name__} {getattr(effect, 'key', '')}")
        return said

    assert run() == run()


def test_threads_that_lease_cancel_and_fail_never_break_the_cache() -> None:
    engine = FakeEngine(max_concurrency=2)
    cache = ModelCache({"fake": engine}, 150, cooldown_s=0.01, max_bypass_s=0.05, min_hot_s=0.02, margin=0)
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
            keys = dice.sample(KEYS[:2] + KEYS[3:], dice.choice([1, 1, 1, 2]))
            if dice.random() < 0.04:
                wrong = dice.choice([LoadFailed("dice"), OutOfMemory("dice"), SystemExit(3)])
                engine.failures.setdefault(keys[0], []).append(wrong)
            if dice.random() < 0.05:
                with contextlib.suppress(PlaygroundError):
                    cache.pin(fake("d:fp32")) if dice.random() < 0.5 else cache.unpin("d:fp32")
            try:
                with cache.lease_many([fake(key) for key in keys], cancel, caller=f"{seed % 3}") as models:
                    for key, model in zip(keys, models, strict=True):
                        assert isinstance(model, FakeModel) and not model.closed and model.variant.key == key
                    assert cache.used_bytes <= 150
                    threading.Event().wait(dice.random() * 0.003)
                    assert not any(model.closed for model in models)  # type: ignore[attr-defined]
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
    assert set(outcomes) <= {"served", "cancelled", "load_failed", "out_of_memory"} and outcomes.count("served") > 50
    assert cache.queue_length == 0 and all(status.refs == 0 for status in cache.status())
    assert cache.shutdown() and not engine.live and cache.used_bytes == 0
