"""The model cache with the scripted engine: who gets a model, who waits, what is closed and when."""
from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from playground.cache import ModelCache
from playground.cache.loader import Stages
from playground.cache.schedule import Schedule
from playground.engines._fake import FakeEngine, FakeModel, Gate
from playground.errors import Busy, Cancelled, LoadFailed, OutOfMemory, PlaygroundError, Unavailable
from playground.types import CancelToken, Variant, Waiting
from tests.tiny import variant

pytestmark = pytest.mark.timeout(60)


def fake(name: str, size: int = 100) -> Variant:
    return variant(name, size, engine="fake")


A, B, C = fake("a"), fake("b"), fake("c")


class Caller(threading.Thread):
    """Takes one lease on its own thread and holds it until told to let go."""

    def __init__(self, cache: ModelCache, what: Variant) -> None:
        super().__init__(daemon=True)
        self.cache, self.what, self.cancel = cache, what, CancelToken()
        self.waits: list[Waiting] = []
        self.model: object = None
        self.error: Exception | None = None
        self.decided, self.let_go = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        try:
            with self.cache.lease(self.what, self.cancel, self.waits.append) as self.model:
                self.decided.set()
                assert self.let_go.wait(30)
        except PlaygroundError as error:
            self.error = error
        finally:
            self.decided.set()

    def outcome(self) -> object:
        assert self.decided.wait(10), "the request was forgotten"
        return self.error or self.model

    def end(self) -> None:
        self.let_go.set()
        self.join(10)
        assert not self.is_alive()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.002)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def make(engine: FakeEngine) -> Iterator[Callable[..., ModelCache]]:
    made: list[ModelCache] = []

    def build(budget: int = 210, **kwargs: object) -> ModelCache:
        made.append(ModelCache({"fake": engine}, budget, **kwargs))  # type: ignore[arg-type]
        return made[-1]

    yield build
    for gate in engine.gates.values():
        gate.open()
    for cache in made:
        cache.shutdown()


def states(cache: ModelCache) -> dict[str, str]:
    return {status.key: status.state for status in cache.status()}


def test_a_lease_loads_once_and_the_next_one_shares(make, engine) -> None:
    cache = make()
    with cache.lease(A, CancelToken()) as first, cache.lease(A, CancelToken()) as second:
        assert first is second
        assert cache.status()[0].refs == 2
    assert engine.loads == ["a:fp32"] and cache.status()[0].refs == 0 and engine.closes == []


def test_many_waiters_make_one_load(make, engine) -> None:
    """I4"""
    engine.max_concurrency = 16
    gate = engine.gates["a:fp32"] = Gate()
    cache = make()
    callers = [Caller(cache, A) for _ in range(16)]
    until(lambda: cache.queue_length == 16)
    gate.open()
    assert len({id(caller.outcome()) for caller in callers}) == 1
    assert engine.loads == ["a:fp32"]
    for caller in callers:
        caller.end()


def test_a_failed_load_is_shared_and_not_repeated_until_it_cooled_down(make, engine) -> None:
    """I4: one try, n identical errors. I12: nothing is left of it"""
    now = [0.0]
    gate = engine.gates["a:fp32"] = Gate()
    engine.failures["a:fp32"] = [LoadFailed("cut off", "copy it again", size=3)]
    cache = make(clock=lambda: now[0], cooldown_s=5.0)
    callers = [Caller(cache, A) for _ in range(5)]
    until(lambda: cache.queue_length == 5)
    gate.open()
    errors = [caller.outcome() for caller in callers]
    assert {str(e) for e in errors} == {"cut off"} and len({id(e) for e in errors}) == 5
    assert errors[0].hint == "copy it again" and errors[0].params == {"size": 3}
    with pytest.raises(LoadFailed, match="cut off"), cache.lease(A, CancelToken()):
        pass
    assert engine.loads == ["a:fp32"] and cache.used_bytes == 0
    now[0] = 6.0
    with cache.lease(A, CancelToken()):
        assert engine.loads == ["a:fp32", "a:fp32"]


def test_an_unexpected_error_is_logged_and_reported_without_details(make, engine, caplog) -> None:
    engine.failures["a:fp32"] = [ZeroDivisionError("secret path")]
    with pytest.raises(LoadFailed) as caught, make().lease(A, CancelToken()):
        pass
    assert "secret" not in str(caught.value) + caught.value.hint and "secret path" in caplog.text


def test_the_least_recently_used_idle_model_makes_room(make, engine) -> None:
    cache = make()
    for each in (A, B, A, C):
        with cache.lease(each, CancelToken()):
            assert cache.used_bytes <= cache.budget_bytes
    assert engine.closes == ["b:fp32"] and set(states(cache)) == {"a:fp32", "c:fp32"}


def test_the_old_model_is_closed_before_the_new_one_is_read(make, engine) -> None:
    """I1: reserved before the load"""
    cache = make(budget=105)
    with cache.lease(A, CancelToken()) as old:
        waiting = Caller(cache, B)
        until(lambda: cache.queue_length == 1)
        assert engine.loads == ["a:fp32"] and not old.closed
    model = waiting.outcome()
    assert isinstance(model, FakeModel) and old.closed and engine.closes == ["a:fp32"]
    waiting.end()


def test_nothing_is_evicted_that_does_not_help(make, engine) -> None:
    """I11"""
    cache = make(budget=315)
    with cache.lease(A, CancelToken()):
        with cache.lease(B, CancelToken()):
            pass
        big = Caller(cache, fake("big", 290))                 # needs A's memory too, so B may stay
        until(lambda: cache.queue_length == 1)
        assert engine.closes == []
    big.outcome()
    big.end()
    assert sorted(engine.closes) == ["a:fp32", "b:fp32"]


def test_what_can_never_fit_is_refused_before_loading_and_names_what_fits(make, engine) -> None:
    small, tiny = (variant("big", size, q, engine="fake") for q, size in (("int8", 190), ("nf4", 50)))
    cache = make(alternatives=lambda v: [v, small, tiny])
    with pytest.raises(OutOfMemory) as caught, cache.lease(fake("big", 1000), CancelToken()):
        pass
    assert caught.value.params == {"needed": 1050, "available": 210}
    assert caught.value.hint == "These fit: big:int8 (190 bytes), big:nf4 (50 bytes)." and engine.loads == []


def test_the_reservation_becomes_the_measured_size(make, engine) -> None:
    """I1"""
    engine.measured["a:fp32"] = 30
    gate = engine.gates["a:fp32"] = Gate()
    cache = make()
    cache.preload(A)
    assert gate.reached.wait(10) and cache.used_bytes == 105
    status = cache.status()[0]
    assert (status.state, status.stage, status.fraction, status.memory_bytes) == ("loading", "weights", 0.5, 0)
    gate.open()
    until(lambda: states(cache) == {"a:fp32": "ready"})
    assert cache.used_bytes == 30 and cache.status()[0].memory_bytes == 30


def test_past_conversations_go_when_they_take_more_than_the_budget_has(make, engine) -> None:
    cache = make(budget=150)
    with cache.lease(A, CancelToken()) as model:
        model.kv_bytes = 50
        cache._tick()                     # what the loader does five times a second
        assert (model.forgot, cache.used_bytes, cache.status()[0].kv_bytes) == (0, 150, 50)
        model.kv_bytes = 51
        cache._tick()
        assert model.forgot == 1 and model.kv_bytes == 0
        cache._tick()
        assert cache.used_bytes == 100


def test_more_requests_than_max_concurrency_wait_first_come_first_served(make, engine) -> None:
    engine.max_concurrency = 1
    cache = make()
    callers = [Caller(cache, A)]
    callers[0].outcome()
    for place in range(3):
        callers.append(Caller(cache, A))
        until(lambda n=place: cache.queue_length == n + 1)
    until(lambda: all(caller.waits for caller in callers[1:]))
    assert [caller.waits[0].position for caller in callers[1:]] == [0, 1, 2]
    for index, caller in enumerate(callers):
        caller.outcome()
        assert not any(later.decided.is_set() for later in callers[index + 1:])
        caller.end()


def test_a_cancelled_waiter_leaves_at_once_and_the_load_goes_on_for_the_other(make, engine) -> None:
    """I7"""
    gate = engine.gates["a:fp32"] = Gate()
    cache = make()
    first, second = Caller(cache, A), Caller(cache, A)
    until(lambda: cache.queue_length == 2)
    first.cancel.cancel()
    assert isinstance(first.outcome(), Cancelled)       # although the load goes on: its gate is shut
    gate.open()
    assert second.outcome() is not None and engine.loads == ["a:fp32"]
    second.end()


def test_the_last_waiter_to_leave_stops_the_load_and_a_newcomer_gets_a_new_one(make, engine) -> None:
    """I7"""
    gate = engine.gates["a:fp32"] = Gate()
    cache = make()
    first = Caller(cache, A)
    assert gate.reached.wait(10)
    first.cancel.cancel()
    assert isinstance(first.outcome(), Cancelled)
    until(lambda: not cache.status())
    gate.open()
    with cache.lease(A, CancelToken()):
        assert engine.loads == ["a:fp32", "a:fp32"]


def test_a_preload_goes_on_when_the_waiters_leave(make, engine) -> None:
    gate = engine.gates["a:fp32"] = Gate()
    cache = make()
    cache.preload(A)
    caller = Caller(cache, A)
    until(lambda: cache.queue_length == 1)
    caller.cancel.cancel()
    caller.outcome()
    gate.open()
    until(lambda: states(cache) == {"a:fp32": "ready"})
    assert engine.loads == ["a:fp32"] and cache.status()[0].refs == 0


def test_waiting_says_what_it_waits_for(make, engine) -> None:
    gate = engine.gates["a:fp32"] = Gate()
    caller = Caller(make(), A)
    assert gate.reached.wait(10)
    until(lambda: any(w.stage == "weights" for w in caller.waits))
    assert caller.waits[-1].phase == "loading" and caller.waits[-1].fraction == 0.5
    gate.open()
    caller.outcome()
    caller.end()


def test_a_full_queue_refuses(make, engine) -> None:
    engine.max_concurrency = 1
    cache = make(max_queue=1)
    with cache.lease(A, CancelToken()):
        waiting = Caller(cache, A)
        until(lambda: cache.queue_length == 1)
        with pytest.raises(Busy), cache.lease(A, CancelToken()):
            pass
    waiting.outcome()
    waiting.end()


def test_waiting_too_long_for_a_turn_ends_in_busy_but_loading_does_not_count(make, engine) -> None:
    now = [0.0]
    engine.max_concurrency = 1
    gate = engine.gates["a:fp32"] = Gate()
    cache = make(clock=lambda: now[0], max_wait_s=100)
    first = Caller(cache, A)
    assert gate.reached.wait(10)
    now[0] = 1000.0
    until(lambda: bool(first.waits) and first.waits[-1].elapsed_s == 1000)
    gate.open()
    assert isinstance(first.outcome(), FakeModel)
    second = Caller(cache, A)
    until(lambda: cache.queue_length == 1)
    now[0] = 1101.0
    assert isinstance(second.outcome(), Busy)
    first.end()
    assert cache.queue_length == 0


def test_a_hot_model_cannot_starve_one_that_waits_for_memory(make, engine) -> None:
    """I8"""
    now = [0.0]
    cache = make(budget=105, clock=lambda: now[0], max_bypass_s=10)
    hot = Caller(cache, A)
    hot.outcome()
    cold = Caller(cache, B)
    until(lambda: cache.queue_length == 1)
    overlapping = Caller(cache, A)                            # within the bound it may pass
    assert isinstance(overlapping.outcome(), FakeModel)
    hot.end()
    now[0] = 11.0
    late = Caller(cache, A)
    until(lambda: cache.queue_length == 2)
    overlapping.end()
    assert cold.outcome().variant.key == "b:fp32" and not late.decided.is_set()
    cold.end()
    now[0] = 22.0                                             # the late one is overdue in its turn
    assert late.outcome().variant.key == "a:fp32"
    late.end()
    assert engine.loads == ["a:fp32", "b:fp32", "a:fp32"]


def test_unload_waits_until_the_model_is_idle(make, engine) -> None:
    """I2, and I5: who asks meanwhile gets a new load"""
    cache = make()
    caller = Caller(cache, A)
    model = caller.outcome()
    assert cache.unload("a:fp32", timeout_s=0.0) is False and not model.closed
    done: list[bool] = []
    unloading = threading.Thread(target=lambda: done.append(cache.unload("a:fp32")), daemon=True)
    unloading.start()
    until(lambda: cache._schedule.slots["a:fp32"].sealed_at is not None)
    newcomer = Caller(cache, A)
    until(lambda: cache.queue_length == 1)
    assert not model.closed
    caller.end()
    unloading.join(10)
    assert done == [True] and model.closed
    assert newcomer.outcome() is not model
    newcomer.end()
    assert cache.unload("nothing:fp32") is False


def test_idle_models_leave_after_keep_alive(make, engine) -> None:
    """I10"""
    now = [0.0]
    cache = make(clock=lambda: now[0], keep_alive_s=60)
    with cache.lease(A, CancelToken()):
        now[0] = 100.0
    now[0] = 159.0
    time.sleep(0.5)
    assert states(cache) == {"a:fp32": "ready"}               # counted from the release, not from the start
    now[0] = 161.0
    until(lambda: engine.closes == ["a:fp32"])


def test_shutdown_refuses_waiters_and_closes_everything(make, engine) -> None:
    """I18"""
    engine.max_concurrency = 1
    cache = make()
    holder = Caller(cache, A)
    model = holder.outcome()
    waiter = Caller(cache, A)
    until(lambda: cache.queue_length == 1)
    ended: list[bool] = []
    stopping = threading.Thread(target=lambda: ended.append(cache.shutdown()), daemon=True)
    stopping.start()
    assert isinstance(waiter.outcome(), Busy) and not model.closed
    holder.end()
    stopping.join(10)
    assert ended == [True] and model.closed
    assert cache._loader._thread is None
    with pytest.raises(Busy), cache.lease(A, CancelToken()):
        pass


def test_an_error_in_on_wait_gives_the_ticket_back(make, engine) -> None:
    engine.gates["a:fp32"] = Gate()
    cache = make()

    def broken(waiting: Waiting) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), cache.lease(A, CancelToken(), broken):
        pass
    until(lambda: not cache.status())
    assert cache.queue_length == 0


def test_a_broken_close_does_not_stop_the_loader(make, engine, monkeypatch) -> None:
    def broken(self: FakeModel) -> None:
        raise OSError("no")

    cache = make(budget=105)
    monkeypatch.setattr(FakeModel, "close", broken)
    for each in (A, B):
        with cache.lease(each, CancelToken()):
            pass
    assert set(states(cache)) == {"b:fp32"}


def test_a_prompter_is_made_once_without_loading_the_weights(make, engine) -> None:
    cache = make()
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(cache.prompter(A))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(set(map(id, found))) == 1 and engine.prompters == 1 and engine.loads == []


def test_an_unknown_engine_is_named(make) -> None:
    with pytest.raises(Unavailable, match="transformers"), make().lease(variant("x"), CancelToken()):
        pass


# ---------------------------------------------------------------- several at once, callers
def test_several_models_are_leased_together_in_the_order_asked(make, engine) -> None:
    """I19"""
    cache = make()
    with cache.lease_many([B, A], CancelToken()) as models:
        assert [model.variant.key for model in models] == ["b:fp32", "a:fp32"]
        assert [status.refs for status in cache.status()] == [1, 1]
    assert models == [] and [status.refs for status in cache.status()] == [0, 0]


def test_models_that_do_not_fit_together_are_refused_before_any_is_loaded(make, engine) -> None:
    with pytest.raises(OutOfMemory) as caught, make().lease_many([A, B, C], CancelToken()):
        pass
    assert caught.value.params == {"needed": 315, "available": 210} and engine.loads == []


def test_callers_take_turns_on_a_full_model(make, engine) -> None:
    engine.max_concurrency = 1
    cache = make()
    order: list[str] = []

    def ask(name: str) -> None:
        with cache.lease(A, CancelToken(), caller=name[:3]):
            order.append(name)

    threads = []
    with cache.lease(A, CancelToken(), caller="ann"):
        for place, name in enumerate(["ann2", "ann3", "ann4", "bob1", "bob2"]):
            threads.append(threading.Thread(target=ask, args=(name,), daemon=True))
            threads[-1].start()
            until(lambda n=place: cache.queue_length == n + 1)
    for thread in threads:
        thread.join(10)
    assert order == ["ann2", "bob1", "ann3", "bob2", "ann4"]


# ---------------------------------------------------------------- leases end, whatever happens
def test_a_lease_that_is_forgotten_is_given_back_when_it_is_collected(make, engine) -> None:
    """I6: only code that does not use `with` can forget one."""
    cache = make()
    forgotten = cache.lease(A, CancelToken())
    forgotten.__enter__()
    assert cache.status()[0].refs == 1
    del forgotten
    gc.collect()
    assert cache.status()[0].refs == 0


def test_an_error_inside_a_lease_gives_it_back(make, engine) -> None:
    cache = make()
    with pytest.raises(ZeroDivisionError), cache.lease(A, CancelToken()):
        raise ZeroDivisionError
    assert cache.status()[0].refs == 0


def test_an_answer_that_runs_out_of_memory_sends_idle_models_away(make, engine) -> None:
    cache = make()
    with cache.lease(B, CancelToken()):
        pass
    with pytest.raises(OutOfMemory), cache.lease(A, CancelToken()):
        raise OutOfMemory("while answering")
    until(lambda: set(states(cache)) == {"a:fp32"})


# ---------------------------------------------------------------- pins
def test_a_pin_loads_the_model_and_keeps_it(make, engine) -> None:
    """I9"""
    cache = make()
    cache.pin(A)
    until(lambda: states(cache) == {"a:fp32": "ready"})
    for each in (B, C):
        with cache.lease(each, CancelToken()):
            pass
    assert engine.closes == ["b:fp32"] and cache.status()[0].pinned
    with pytest.raises(OutOfMemory):
        cache.pin(fake("big", 150))
    assert cache.unpin("a:fp32") is True and cache.unpin("a:fp32") is False


# ---------------------------------------------------------------- the loader survives
@pytest.mark.parametrize("fault", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_a_crash_of_the_loading_thread_is_an_error_for_the_waiter_and_the_next_load_works(make, engine, fault) -> None:
    """I5"""
    engine.failures["a:fp32"] = [fault]
    cache = make()
    assert isinstance(Caller(cache, A).outcome(), LoadFailed)
    with cache.lease(B, CancelToken()):
        pass


def test_a_model_that_cannot_say_how_large_it_is_is_closed_and_reported(make, engine, monkeypatch) -> None:
    def broken(self: FakeModel) -> int:
        raise ZeroDivisionError

    cache = make()
    monkeypatch.setattr(FakeModel, "max_concurrency", property(broken, lambda self, value: None), raising=False)
    assert isinstance(Caller(cache, A).outcome(), LoadFailed)
    assert engine.closes == ["a:fp32"] and cache.used_bytes == 0


@pytest.mark.parametrize("report", ["loaded", "load_failed", "load_began"])
def test_a_fault_while_a_report_is_taken_in_leaves_nobody_waiting(make, engine, monkeypatch, report) -> None:
    """I5"""
    if report == "load_failed":
        engine.failures["a:fp32"] = [LoadFailed("first fault")]
    cache = make(cooldown_s=0.0)
    genuine, faults = getattr(Schedule, report), [ZeroDivisionError("second fault")]

    def broken(self: Schedule, *args: object) -> object:
        if faults:
            raise faults.pop()
        return genuine(self, *args)

    monkeypatch.setattr(Schedule, report, broken)
    assert isinstance(Caller(cache, A).outcome(), LoadFailed)
    caller = Caller(cache, A)
    assert isinstance(caller.outcome(), FakeModel)
    caller.end()


def test_a_fault_after_the_grant_was_decided_is_told_and_gives_the_turn_back(make, engine, monkeypatch) -> None:
    """I5, I6"""
    cache = make()
    genuine, faults = cache._run, [ZeroDivisionError("lost effects")]

    def broken(effects: list[object]) -> None:
        if faults and any(type(effect).__name__ == "Grant" for effect in effects):
            raise faults.pop()
        genuine(effects)

    monkeypatch.setattr(cache, "_run", broken)
    assert isinstance(Caller(cache, A).outcome(), LoadFailed)
    assert cache.status()[0].refs == 0 and cache.queue_length == 0
    caller = Caller(cache, A)
    assert isinstance(caller.outcome(), FakeModel)
    caller.end()


def test_a_fault_of_the_loader_while_it_is_idle_does_not_end_it(make, engine, monkeypatch) -> None:
    """I5"""
    cache = make(keep_alive_s=1e9)
    with cache.lease(A, CancelToken()):
        pass
    happened, genuine = threading.Event(), Schedule.settle

    def broken(self: Schedule, now: float) -> object:
        if threading.current_thread().name == "model loader" and not happened.is_set():
            happened.set()
            raise SystemExit(3)
        return genuine(self, now)

    monkeypatch.setattr(Schedule, "settle", broken)
    assert happened.wait(10)
    thread = cache._loader._thread
    with cache.lease(B, CancelToken()):
        assert cache._loader._thread is thread, "it went on"


def test_a_load_that_hangs_keeps_nobody_from_leaving_or_from_shutting_down(make, engine) -> None:
    """I18"""
    gate = engine.gates["a:fp32"] = Gate()
    engine.deaf = True
    cache = make()
    first, second = Caller(cache, A), Caller(cache, A)
    assert gate.reached.wait(10)
    first.cancel.cancel()
    assert isinstance(first.outcome(), Cancelled)
    assert cache.shutdown(timeout_s=0.05) is False
    assert isinstance(second.outcome(), Busy)
    gate.open()                                               # it ends after all: its model must not stay
    until(lambda: not cache.status() and engine.closes == ["a:fp32"])
    until(lambda: cache._loader._thread is None)


def test_a_load_that_stops_by_itself_is_a_failure_and_not_tried_for_ever(make, engine) -> None:
    engine.failures["a:fp32"] = [Cancelled("nobody told it to")]
    assert isinstance(Caller(make(), A).outcome(), LoadFailed) and engine.loads == ["a:fp32"]


# ---------------------------------------------------------------- memory that does not come back
def test_memory_that_does_not_come_back_is_reported_and_counted(make, engine) -> None:
    """I1"""
    size = 100 * 2**20
    held = {"bytes": 0, "stays": size // 2}
    engine.on_load = lambda model: held.update(bytes=held["bytes"] + size)
    engine.on_close = lambda model: held.update(bytes=held["bytes"] - size + held["stays"])
    cache = make(budget=4 * size, held=lambda: held["bytes"])
    cache.preload(fake("big", size))
    until(lambda: states(cache) == {"big:fp32": "ready"})
    assert cache.unload("big:fp32")
    assert cache.used_bytes == cache.counters().leaked_bytes == size // 2
    assert [(event.kind, event.bytes) for event in cache.events()][-1] == ("leak", size // 2)


# ---------------------------------------------------------------- what readers see
def test_events_and_counters_tell_what_happened(make, engine) -> None:
    cache = make(budget=105)
    gate = engine.gates["a:fp32"] = Gate()
    callers = [Caller(cache, A) for _ in range(3)]
    until(lambda: cache.queue_length == 3)
    gate.open()
    for caller in callers:
        caller.outcome()
        caller.end()
    for each in (A, B):
        with cache.lease(each, CancelToken()):
            pass
    with pytest.raises(OutOfMemory), cache.lease(fake("big", 999), CancelToken()):
        pass
    cache.unload("b:fp32")
    kinds = [(event.kind, event.key[0], event.detail) for event in cache.events()]
    assert sorted(kinds[:3]) == [("coalesced", "a", ""), ("coalesced", "a", ""), ("load_started", "a", "")]
    assert kinds[3:] == [
        ("loaded", "a", ""), ("hit", "a", ""), ("evicted", "a", "memory"), ("load_started", "b", ""),
        ("loaded", "b", ""), ("refused", "b", "out_of_memory"), ("unload_asked", "b", ""), ("evicted", "b", "asked")]
    assert abs(cache.events()[-1].time_s - time.time()) < 60
    counters = cache.counters()
    assert (counters.hits, counters.coalesced, counters.loads, counters.load_failures) == (1, 2, 2, 0)
    assert (counters.refused, counters.cancelled, counters.leaked_bytes) == (1, 0, 0)
    assert counters.evictions == {"memory": 1, "idle": 0, "asked": 1, "shutdown": 0}
    assert counters.waits.count == 5 and {k: t.count for k, t in counters.load_seconds.items()} == {
        "a:fp32": 1, "b:fp32": 1}


def test_the_event_log_is_bounded(make, engine) -> None:
    cache = make()
    for _ in range(250):
        with cache.lease(A, CancelToken()):
            pass
    assert len(cache.events()) == 200 and cache.counters().hits == 249


def test_a_reader_that_keeps_what_it_was_given_sees_it_unchanged(make, engine) -> None:
    """I17: readers get copies, so a slow one holds nobody up."""
    cache = make()
    before = cache.counters(), cache.events(), cache.status()
    with cache.lease(A, CancelToken()):
        pass
    assert before[0].load_seconds == {} and before[0].evictions["memory"] == 0 and before[1:] == ((), ())


def test_progress_of_a_load_reaches_who_comes_late(make, engine) -> None:
    """I17"""
    gate = engine.gates["a:fp32"] = Gate()
    cache = make()
    early = Caller(cache, A)
    assert gate.reached.wait(10)
    late = Caller(cache, A)
    until(lambda: bool(late.waits))
    assert (late.waits[0].phase, late.waits[0].fraction) == ("loading", 0.5)
    gate.open()
    for caller in (early, late):
        caller.outcome()
        caller.end()


# ---------------------------------------------------------------- stages of a load
def test_a_stage_lasts_until_the_next_begins_and_may_come_again() -> None:
    times = iter([0.0, 1.0, 3.0, 6.0, 10.0, 15.0])
    stages = Stages(lambda: next(times))  # at 0
    for stage in ("libraries", "weights", "weights", "warm-up", "weights"):       # at 1, 3, without a look, 6, 10
        stages.enter(stage)
    assert stages.ended() == {"libraries": 2.0, "weights": 3.0 + 5.0, "warm-up": 4.0}


def test_stages_of_a_load_that_fails_are_not_counted(make, engine) -> None:
    cache = make()
    engine.failures["a:fp32"] = [LoadFailed("no")]
    with pytest.raises(LoadFailed), cache.lease(A, CancelToken()):
        pass
    assert cache.counters().stage_seconds == {}
