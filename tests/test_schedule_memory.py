"""Decisions about memory: what is evicted for whom, pins, keep-alive, running out, and two models that alternate."""
from __future__ import annotations

import heapq
from dataclasses import replace
from itertools import combinations, count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.cache.eviction import Candidate, cheapest
from playground.cache.leaks import LeakMeter
from playground.cache.outlook import eta_s, fitting, statuses
from playground.cache.placement import fits, ways
from playground.cache.schedule import Schedule
from playground.cache.schedule_state import Close, Effect, Grant, Load, Rules, Ticket
from playground.errors import LoadFailed, OutOfMemory
from playground.types import Variant
from tests.test_schedule import idle, ready, said, schedule
from tests.tiny import variant

pytestmark = pytest.mark.timeout(60)


# ---------------------------------------------------------------- what answers take
def with_answers(name: str, weights: int, working: int) -> Variant:
    return replace(variant(name, weights), working_bytes=working)


def test_a_model_is_charged_its_weights_and_what_is_set_aside_for_answers() -> None:
    plan = schedule(budget=100)
    assert said(plan.arrive([with_answers("one", 60, 30)], 0.0)[1]) == ["load one"]
    assert plan.ledger.used_bytes == 90
    plan.loaded("one:fp32", 58, 1, 1.0)
    assert plan.ledger.used_bytes == 88
    with pytest.raises(OutOfMemory, match="needs 110 bytes"):
        plan.arrive([with_answers("two", 70, 40)], 2.0)


def test_answers_that_grow_beyond_it_are_counted_and_push_out_what_is_idle() -> None:
    plan = schedule(budget=200)
    idle(plan, "idle", 90)
    plan.arrive([with_answers("busy", 60, 20)], 40.0)
    plan.loaded("busy:fp32", 60, 1, 41.0)
    assert said(plan.measured({"busy:fp32": 50}, 42.0)) == [] and plan.ledger.used_bytes == 200
    assert said(plan.measured({"busy:fp32": 51}, 43.0)) == ["forget busy"]      # past conversations go first
    assert said(plan.measured({"busy:fp32": 51}, 44.0)) == ["close idle"]       # but it was all in use
    plan.closed("idle:fp32", 45.0)
    assert plan.ledger.used_bytes == 111


def test_past_conversations_go_before_an_idle_model_does() -> None:
    plan = schedule(budget=200)
    idle(plan, "idle", 90)
    idle(plan, "talkative", 60)
    assert said(plan.measured({"talkative:fp32": 60}, 50.0)) == ["forget talkative"]
    assert said(plan.measured({"talkative:fp32": 0}, 51.0)) == []
    assert {slot.state for slot in plan.slots.values()} == {"ready"}


# ---------------------------------------------------------------- eviction
def test_what_is_cheap_to_load_again_leaves_before_what_is_dear() -> None:
    plan = schedule()
    idle(plan, "dear", 100, 30.0, load_s=20.0)
    idle(plan, "cheap", 100, 40.0, load_s=2.0)                # used later, yet worth less
    assert said(plan.arrive([variant("new", 100)], 50.0)[1]) == ["close cheap"]


def test_what_is_used_often_stays_before_what_was_used_once() -> None:
    plan = schedule()
    idle(plan, "often", 100, 30.0, load_s=2.0, uses=5)
    idle(plan, "once", 100, 40.0, load_s=2.0)
    assert said(plan.arrive([variant("new", 100)], 50.0)[1]) == ["close once"]


def test_the_set_with_the_least_value_leaves_and_not_simply_the_oldest_first() -> None:
    plan = schedule(budget=300)
    idle(plan, "small", 60, 10.0, load_s=5.0)
    idle(plan, "other", 60, 11.0, load_s=5.0)
    idle(plan, "large", 120, 12.0, load_s=6.0)                # one load of 6 s against two of 5 s
    assert said(plan.arrive([variant("new", 180)], 20.0)[1]) == ["close large"]


def test_another_variant_of_the_same_model_leaves_first() -> None:
    plan = schedule()
    idle(plan, "wanted", 100, 40.0, load_s=5.0, uses=3, quantization="nf4")
    idle(plan, "other", 100, 30.0, load_s=5.0)
    assert said(plan.arrive([variant("wanted", 100, "int8")], 50.0)[1]) == ["close wanted"]


def test_nothing_leaves_when_all_that_may_go_is_not_enough() -> None:
    """I11"""
    plan = schedule(budget=300)
    ready(plan, "busy", 150)
    idle(plan, "idle", 100)
    assert said(plan.arrive([variant("big", 200)], 50.0)[1]) == []
    assert plan.slots["idle:fp32"].state == "ready"


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=9), st.integers(0, 40))
def test_no_set_of_candidates_is_cheaper_than_the_chosen_one(sizes: list[tuple[int, int]], missing: int) -> None:
    candidates = [Candidate(n, size, float(cost), 0.0) for n, (size, cost) in enumerate(sizes)]
    chosen = cheapest(candidates, missing)
    enough = [sum(c.cost for c in some) for r in range(len(candidates) + 1) for some in combinations(candidates, r)
              if sum(c.bytes for c in some) >= missing]
    if missing <= 0 or not enough:
        assert chosen == []
    else:
        assert sum(candidates[n].bytes for n in chosen) >= missing
        assert sum(candidates[n].cost for n in chosen) == min(enough)


def test_many_candidates_are_chosen_greedily_and_none_for_nothing() -> None:
    candidates = [Candidate(n, 10 + n, 1.0, float(n)) for n in range(40)]
    chosen = cheapest(candidates, 100)
    freed = sum(candidates[n].bytes for n in chosen)
    assert freed >= 100 and all(freed - candidates[n].bytes < 100 for n in chosen)


# ---------------------------------------------------------------- pins
def test_a_pinned_model_is_never_evicted_nor_idles_out() -> None:
    """I9"""
    plan = schedule(budget=200, keep_alive_s=5)
    idle(plan, "kept", 100)
    plan.pin(variant("kept", 100), 1.0)
    assert said(plan.settle(100.0)) == []
    with pytest.raises(OutOfMemory, match="pinned") as caught:
        plan.arrive([variant("big", 150)], 100.0)
    assert caught.value.params == {"needed": 150, "available": 100}
    plan.unpin("kept:fp32", 101.0)
    assert plan.slots["kept:fp32"].state == "closing"         # its keep-alive had run out long ago


def test_pins_beyond_the_budget_are_refused_when_pinned() -> None:
    """I9"""
    plan = schedule(budget=200)
    assert said(plan.pin(variant("a", 120), 0.0)) == ["load a"]           # counts although it is not in memory yet
    with pytest.raises(OutOfMemory, match="beside the pinned") as caught:
        plan.pin(variant("b", 90), 1.0)
    assert caught.value.params == {"needed": 90, "available": 80} and "b:fp32" not in plan.ledger.pins


def test_who_waits_for_memory_that_gets_pinned_is_told() -> None:
    """I5"""
    plan = schedule(budget=200)
    ready(plan, "a", 150)
    plan.arrive([variant("b", 100)], 1.0)
    assert said(plan.pin(variant("a", 150), 2.0)) == ["refuse b: out_of_memory"] and plan.waiting == []


def test_a_pin_ends_with_an_unload_and_with_a_load_that_failed() -> None:
    plan = schedule(budget=200)
    idle(plan, "a", 100)
    plan.pin(variant("a", 100), 1.0)
    assert said(plan.seal("a:fp32", 2.0)) == ["close a"] and plan.ledger.pins == {}
    plan.pin(variant("b", 100), 3.0)
    plan.load_failed("b:fp32", LoadFailed("no"), 4.0)
    assert plan.ledger.pins == {}


# ---------------------------------------------------------------- keep-alive
@pytest.mark.parametrize(("keep", "gone_at"), [(60.0, 160.0), (0.0, 100.0), (-1.0, None), (None, None)])
def test_keep_alive_counts_from_the_last_release(keep: float | None, gone_at: float | None) -> None:
    """I10: 0 unloads on release, None and -1 never"""
    plan = schedule(keep_alive_s=keep)  # type: ignore[arg-type]
    ticket = ready(plan, "a", 100, now=0.0)
    assert said(plan.settle(99.0)) == []                      # in use longer than keep_alive
    at_once = said(plan.release(ticket, 100.0))
    if gone_at is None:
        assert at_once == [] and said(plan.settle(1e9)) == []
    elif gone_at == 100.0:
        assert at_once == ["close a"]
    else:
        assert at_once == [] and said(plan.settle(gone_at - 1)) == [] and said(plan.settle(gone_at)) == ["close a"]


def test_a_preloaded_model_waits_for_its_first_request_even_without_keep_alive() -> None:
    """I10"""
    plan = schedule(keep_alive_s=0)
    plan.arrive([variant("a", 100)], 0.0, preload=True)
    plan.loaded("a:fp32", 100, 1, 1.0)
    assert said(plan.settle(1000.0)) == []
    ticket, effects = plan.arrive([variant("a", 100)], 1000.0)
    assert said(effects) == ["grant a"] and said(plan.release(ticket, 1001.0)) == ["close a"]


def test_the_status_says_when_a_model_expires_and_what_is_known_of_it() -> None:
    plan = schedule(keep_alive_s=60)
    idle(plan, "a", 100, 10.0, load_s=3.0, uses=2)
    (status,) = statuses(plan, 30.0, lambda key: ("", None))
    assert (status.expires_in_s, status.idle_s, status.pinned) == (40.0, 20.0, False)
    assert (status.loads, status.hits, status.load_s) == (1, 1, 3.0)
    plan.pin(variant("a", 100), 31.0)
    (status,) = statuses(plan, 31.0, lambda key: ("", None))
    assert status.pinned and status.expires_in_s is None


# ---------------------------------------------------------------- out of memory
def test_a_load_that_runs_out_of_memory_is_tried_once_more_with_all_idle_models_gone() -> None:
    plan = schedule(budget=400)
    idle(plan, "idle", 50)
    idle(plan, "pinned", 50)
    plan.pin(variant("pinned", 50), 1.0)
    busy = ready(plan, "busy", 50)
    plan.arrive([variant("a", 100)], 2.0)
    assert said(plan.load_failed("a:fp32", OutOfMemory("no"), 3.0)) == ["close idle", "load a"]
    plan.closed("idle:fp32", 4.0)
    plan.release(busy, 4.0)                                   # could leave too, but one more try is all there is
    assert said(plan.load_failed("a:fp32", OutOfMemory("again"), 5.0)) == ["refuse a: out_of_memory"]
    assert "a:fp32" not in plan.slots


def test_out_of_memory_with_nothing_to_send_away_fails_at_once() -> None:
    plan = schedule()
    plan.arrive([variant("a", 100)], 2.0)
    assert said(plan.load_failed("a:fp32", OutOfMemory("no"), 3.0)) == ["refuse a: out_of_memory"]


def test_a_load_that_failed_otherwise_is_not_tried_again_and_leaves_the_ledger_as_it_was() -> None:
    """I12"""
    plan = schedule()
    idle(plan, "idle", 50)
    before = plan.ledger.used_bytes
    plan.arrive([variant("a", 100)], 2.0)
    assert said(plan.load_failed("a:fp32", LoadFailed("no"), 3.0)) == ["refuse a: load_failed"]
    assert plan.ledger.used_bytes == before and set(plan.slots) == {"idle:fp32"}


def test_a_model_that_was_larger_than_predicted_is_charged_so_the_next_time() -> None:
    """I1"""
    plan = schedule(budget=200)
    plan.release(ready(plan, "fat", 100), 0.0)
    plan.slots["fat:fp32"].bytes = plan.ledger.records["fat:fp32"].bytes = 250
    plan.seal("fat:fp32", 1.0)
    plan.closed("fat:fp32", 2.0)
    with pytest.raises(OutOfMemory):
        plan.arrive([variant("fat", 100)], 3.0)


# ---------------------------------------------------------------- leaks
MIB = 2**20


@pytest.mark.parametrize(("size", "freed", "missing"), [
    (100 * MIB, 100 * MIB, 0), (100 * MIB, 80 * MIB, 0), (100 * MIB, 70 * MIB, 30 * MIB), (60 * MIB, 0, 0),
    (100 * MIB, 130 * MIB, -30 * MIB),
])
def test_a_leak_is_more_than_a_quarter_of_a_model_that_is_large_enough(size: int, freed: int, missing: int) -> None:
    held = [1000 * MIB]
    meter = LeakMeter(lambda: held[0], lambda: True)
    before = meter.read()
    held[0] += size
    meter.opened("a", before, 100 * MIB)
    before = meter.read()
    held[0] -= freed
    assert meter.closed("a", before) == missing


def test_nothing_is_called_a_leak_while_somebody_generates_or_when_the_weights_were_mapped() -> None:
    held, quiet = [0], [True]
    meter = LeakMeter(lambda: held[0], lambda: quiet[0])
    meter.opened("mapped", meter.read(), 500 * MIB)           # the load took no private memory
    assert meter.closed("mapped", meter.read()) == 0
    before, held[0] = meter.read(), 100 * MIB
    meter.opened("a", before, 100 * MIB)
    quiet[0] = False
    assert meter.closed("a", meter.read()) == 0


def test_what_leaked_counts_as_used_until_it_comes_back() -> None:
    """I1"""
    plan = schedule(budget=200)
    idle(plan, "a", 100)
    plan.seal("a:fp32", 1.0)
    plan.closed("a:fp32", 2.0, 80)
    assert plan.ledger.used_bytes == 80 and plan.journal.counters(80).leaked_bytes == 80
    assert [(e.kind, e.bytes) for e in plan.journal.events][-1] == ("leak", 80)
    with pytest.raises(OutOfMemory, match="lost"):
        plan.arrive([variant("big", 150)], 3.0)
    idle(plan, "b", 100)
    plan.seal("b:fp32", 4.0)
    plan.closed("b:fp32", 5.0, -90)
    assert plan.ledger.used_bytes == 0


# ---------------------------------------------------------------- several devices
TWO = {"cuda:0": 100, "cuda:1": 60}


def several(budgets: dict[str, int] | None = None, **rules: float) -> Schedule:
    return Schedule(Rules(budgets or TWO, margin=0, **rules))  # type: ignore[arg-type]


def where(plan: Schedule) -> dict[str, str]:
    """Name to device of every model that does not leave."""
    return {slot.variant.model.id: slot.device for slot in plan.slots.values() if slot.state != "closing"}


def test_a_number_is_the_budget_of_the_cpu_and_a_budget_must_be_somebodys() -> None:
    assert Rules(200).budgets == {"cpu": 200} and Rules(TWO).budget_bytes == 160
    with pytest.raises(ValueError, match="no device"):
        Rules({})


def test_the_device_is_not_part_of_a_variants_identity() -> None:
    there = replace(variant("a"), device="cuda:1")
    assert there.key == "a:fp32" and there == variant("a")


def test_a_model_goes_to_the_fullest_device_that_has_room_so_that_a_large_one_still_fits() -> None:
    plan = several()
    (load,) = plan.arrive([variant("small", 30)], 0.0)[1]
    assert isinstance(load, Load) and load.variant.device == "cuda:1"
    plan.arrive([variant("large", 90)], 1.0)
    plan.arrive([variant("other", 30)], 2.0)
    assert where(plan) == {"small": "cuda:1", "large": "cuda:0", "other": "cuda:1"}
    assert [plan.ledger.used(device) for device in TWO] == [90, 60] and plan.ledger.used_bytes == 150


def test_among_equal_devices_the_first_is_taken() -> None:
    plan = several({"cuda:0": 100, "cuda:1": 100})
    plan.arrive([variant("a", 50)], 0.0)
    assert where(plan) == {"a": "cuda:0"}


def test_only_models_of_the_device_that_helps_leave() -> None:
    plan = several()
    idle(plan, "cheap", 50, 10.0, load_s=1.0)                 # on cuda:1, where the new one has no room at all
    idle(plan, "dear", 90, 20.0, load_s=30.0)
    assert where(plan) == {"cheap": "cuda:1", "dear": "cuda:0"}
    assert said(plan.arrive([variant("new", 80)], 30.0)[1]) == ["close dear"]
    (load,) = plan.closed("dear:fp32", 31.0)
    assert isinstance(load, Load) and load.variant.device == "cuda:0"


def test_the_device_whose_models_cost_least_makes_room() -> None:
    plan = several()
    idle(plan, "dear", 90, 10.0, load_s=30.0)
    idle(plan, "cheap", 50, 20.0, load_s=2.0)
    assert said(plan.arrive([variant("new", 55)], 30.0)[1]) == ["close cheap"]


def test_nobody_leaves_where_a_model_is_on_its_way_out_already() -> None:
    plan = several()
    idle(plan, "one", 90, 10.0)
    idle(plan, "two", 50, 20.0)
    plan.seal("one:fp32", 30.0)
    assert said(plan.arrive([variant("new", 55)], 31.0)[1]) == []
    assert said(plan.arrive([variant("late", 40)], 32.0)[1]) == []        # what comes free there is enough for both
    assert said(plan.closed("one:fp32", 33.0)) == ["load new", "load late"]
    assert where(plan) == {"new": "cuda:0", "late": "cuda:0", "two": "cuda:1"}


def test_a_pair_is_placed_on_two_devices_at_once_the_largest_first() -> None:
    plan = several()
    assert said(plan.arrive([variant("a", 60), variant("b", 100)], 0.0)[1]) == ["load a", "load b"]
    assert where(plan) == {"a": "cuda:1", "b": "cuda:0"}


def test_a_pair_that_does_not_fit_yet_takes_no_memory_of_either_device() -> None:
    plan = several()
    busy = ready(plan, "busy", 90)
    assert said(plan.arrive([variant("a", 60), variant("b", 100)], 1.0)[1]) == []
    assert said(plan.release(busy, 2.0)) == ["close busy"]
    assert said(plan.closed("busy:fp32", 3.0)) == ["load a", "load b"]


def test_a_model_of_a_pair_changes_its_device_when_the_other_fits_nowhere_else() -> None:
    plan = several()
    blocker = ready(plan, "blocker", 60)
    idle(plan, "a", 40, 1.0)
    plan.release(blocker, 2.0)
    assert where(plan) == {"blocker": "cuda:1", "a": "cuda:0"}
    ticket, effects = plan.arrive([variant("a", 40), variant("b", 80)], 3.0)
    assert said(effects) == ["close a", "close blocker"]
    plan.closed("a:fp32", 4.0)
    assert said(plan.closed("blocker:fp32", 5.0)) == ["load a", "load b"]
    assert where(plan) == {"a": "cuda:1", "b": "cuda:0"}
    plan.loaded("a:fp32", 40, 9, 6.0)
    assert said(plan.loaded("b:fp32", 80, 9, 7.0)) == ["grant a+b"] and ticket in plan.granted


def test_a_model_that_fits_on_no_device_is_refused_although_all_together_have_the_bytes() -> None:
    plan = several()
    with pytest.raises(OutOfMemory) as caught:
        plan.arrive([variant("big", 120)], 0.0)
    assert str(caught.value) == ("big:fp32 needs 120 bytes; this machine allows 100 bytes on cuda:0 and 60 bytes on "
                                 "cuda:1.")
    assert caught.value.params == {"needed": 120, "available": 100}
    with pytest.raises(OutOfMemory, match="together") as caught:
        plan.arrive([variant("a", 70), variant("b", 70)], 1.0)
    assert caught.value.params == {"needed": 140, "available": 160}


def test_what_leaked_is_missing_on_the_device_where_it_leaked() -> None:
    plan = several()
    idle(plan, "a", 80)
    plan.seal("a:fp32", 1.0)
    plan.closed("a:fp32", 2.0, 50)
    assert plan.ledger.leaked == {"cuda:0": 50} and [plan.ledger.used(device) for device in TWO] == [50, 0]
    idle(plan, "other", 55, 2.0)
    plan.seal("other:fp32", 2.0)
    plan.closed("other:fp32", 2.0, 30)
    assert [plan.ledger.used(device) for device in TWO] == [50, 30] and plan.ledger.leaked_bytes == 80
    idle(plan, "third", 20, 2.0)
    plan.seal("third:fp32", 2.0)
    plan.closed("third:fp32", 2.0, -40)                       # more came back there than was missing
    assert [plan.ledger.used(device) for device in TWO] == [50, 0]
    assert fitting(plan, variant("a", 999), [variant("b", 60), variant("c", 61)]) == [variant("b", 60)]
    with pytest.raises(OutOfMemory, match="on cuda:0, of which 50 bytes are pinned or lost and 60 bytes on cuda:1"):
        plan.arrive([variant("b", 80)], 3.0)
    plan.arrive([variant("c", 60)], 4.0)
    assert where(plan) == {"c": "cuda:1"}


def test_pins_count_where_they_are_and_must_all_find_a_device() -> None:
    plan = several()
    plan.pin(variant("a", 90), 0.0)
    with pytest.raises(OutOfMemory, match="beside the pinned") as caught:
        plan.pin(variant("b", 70), 1.0)                       # 160 of bytes in all, 60 on the other device
    assert caught.value.params == {"needed": 70, "available": 60}
    plan.pin(variant("c", 60), 2.0)
    assert where(plan) == {"a": "cuda:0", "c": "cuda:1"}


def test_a_pinned_model_is_not_put_where_another_one_must_go() -> None:
    plan = several()
    first, second = ready(plan, "x", 100), ready(plan, "y", 60)
    plan.pin(variant("small", 50), 1.0)
    plan.pin(variant("large", 90), 2.0)
    assert said(plan.release(first, 3.0)) == ["close x"]      # for the large one: the small one must not take this
    assert said(plan.closed("x:fp32", 4.0)) == ["load large"]
    assert said(plan.release(second, 5.0)) == ["close y"]
    assert said(plan.closed("y:fp32", 6.0)) == ["load small"]


def test_a_model_that_is_being_pinned_takes_no_place_that_another_pinned_one_needs() -> None:
    plan = several()
    plan.arrive([variant("b", 60), variant("d", 12)], 0.0)
    plan.pin(variant("large", 100), 1.0)
    assert said(plan.pin(variant("small", 45), 2.0)) == []    # there is room on cuda:0 now, but only the large one's
    assert where(plan) == {"b": "cuda:1", "d": "cuda:0"}


def test_who_waits_for_the_device_that_a_pinned_model_got_is_told_at_once() -> None:
    plan = several()
    plan.arrive([variant("b", 60), variant("d", 12)], 0.0)
    plan.pin(variant("large", 100), 1.0)
    plan.pin(variant("small", 45), 2.0)
    assert said(plan.unpin("large:fp32", 3.0)) == ["load small", "refuse large: out_of_memory"]


def test_answers_over_the_budget_of_one_device_leave_the_other_alone() -> None:
    plan = several()
    idle(plan, "there", 55, 1.0)
    idle(plan, "here", 50, 2.0)
    ready(plan, "busy", 50, 3.0)
    assert where(plan) == {"there": "cuda:1", "here": "cuda:0", "busy": "cuda:0"}
    assert said(plan.measured({"busy:fp32": 10, "there:fp32": 5}, 4.0)) == ["forget busy"]
    assert said(plan.measured({"busy:fp32": 10, "there:fp32": 5}, 5.0)) == ["close here"]


def test_a_load_that_ran_out_of_memory_makes_room_on_its_own_device_and_stays_there() -> None:
    plan = several()
    idle(plan, "there", 50, 1.0)
    idle(plan, "here", 20, 2.0)
    assert where(plan) == {"there": "cuda:1", "here": "cuda:0"}
    plan.arrive([variant("new", 80)], 3.0)
    effects = plan.load_failed("new:fp32", OutOfMemory("no"), 4.0)
    assert said(effects) == ["close here", "load new"]
    assert isinstance(effects[1], Load) and effects[1].variant.device == "cuda:0"


def test_an_answer_that_ran_out_of_memory_makes_room_on_its_own_device() -> None:
    plan = several()
    idle(plan, "there", 50, 1.0)
    idle(plan, "here", 20, 2.0)
    busy = ready(plan, "busy", 60, 3.0)
    assert said(plan.make_room(busy.keys, 4.0)) == ["close here"]


@pytest.mark.parametrize("held", ["one", "two"])
def test_only_the_device_that_is_cleared_for_an_overdue_load_takes_no_newer_work(held: str) -> None:
    sizes = {"one": 90, "two": 55}
    goes_on = next(name for name in sizes if name != held)
    plan = several(max_bypass_s=10)
    for name, size in sizes.items():
        ready(plan, name, size, now=0.0 if name == held else 1.0)          # the one that was asked last goes on
    plan.arrive([variant("cold", 50)], 2.0)
    plan.settle(12.0)
    for now in (13.0, 14.0):
        assert said(plan.arrive([variant(goes_on, sizes[goes_on])], now)[1]) == [f"grant {goes_on}"]
        assert said(plan.arrive([variant(held, sizes[held])], now)[1]) == []


def test_the_status_names_the_device_and_the_estimate_counts_the_memory_of_one() -> None:
    plan = several()
    idle(plan, "one", 90, 1.0, load_s=1.0)
    ready(plan, "two", 55, 2.0)
    plan.ledger.records["cold:fp32"].load_s = 4.0
    assert [each.device for each in statuses(plan, 3.0, lambda key: ("", None))] == ["cuda:0", "cuda:1"]
    ticket, effects = plan.arrive([variant("cold", 95)], 3.0)
    assert said(effects) == ["close one"] and eta_s(plan, ticket, 3.0) == 4.0


@given(st.lists(st.integers(0, 9), max_size=5), st.lists(st.integers(0, 12), min_size=1, max_size=3))
def test_there_is_a_way_exactly_where_things_fit(sizes: list[int], rooms: list[int]) -> None:
    needs, devices = {str(n): size for n, size in enumerate(sizes)}, {f"cuda:{n}": room for n, room in enumerate(rooms)}
    found = list(ways(needs, devices))
    assert bool(found) == fits(sizes, rooms)
    for way in found:
        assert way.keys() == needs.keys()
        for device, room in devices.items():
            assert sum(needs[name] for name, chosen in way.items() if chosen == device) <= room
    assert len({tuple(sorted(way.items())) for way in found}) == len(found)


# ---------------------------------------------------------------- two models, room for one
class Playback:
    """Requests at given times, loads that take LOAD_S one after the other, turns of TURN_S: all on a fake clock."""

    LOAD_S, TURN_S = 3.0, 0.5

    def __init__(self, plan: Schedule) -> None:
        self.plan, self.now, self.loads = plan, 0.0, 0
        self.loader_free_at = 0.0
        self.agenda: list[tuple[float, int, str, object]] = []
        self.waits: dict[Ticket, float] = {}
        self.numbers = count()

    def at(self, when: float, what: str, about: object) -> None:
        heapq.heappush(self.agenda, (when, next(self.numbers), what, about))

    def carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Load(what):
                    self.loads += 1
                    self.loader_free_at = max(self.now, self.loader_free_at) + self.LOAD_S
                    self.at(self.loader_free_at, "loaded", what)
                case Close(key):
                    self.at(max(self.now, self.loader_free_at), "closed", key)
                case Grant(ticket):
                    self.waits[ticket] = self.now - ticket.since
                    self.at(self.now + self.TURN_S, "release", ticket)

    def play(self, arrivals: list[tuple[float, str]]) -> None:
        for when, name in arrivals:
            self.at(when, "arrive", name)
        for tick in range(4 * int(arrivals[-1][0] + 60)):
            self.at(tick / 4, "settle", None)
        while self.agenda:
            self.now, _, what, about = heapq.heappop(self.agenda)
            match what:
                case "arrive":
                    self.carry_out(self.plan.arrive([variant(str(about), 100)], self.now)[1])
                case "loaded":
                    self.carry_out(self.plan.loaded(about.key, 100, 4, self.now))  # type: ignore[attr-defined]
                case "closed":
                    self.carry_out(self.plan.closed(str(about), self.now))
                case "release":
                    self.carry_out(self.plan.release(about, self.now))  # type: ignore[arg-type]
                case "settle":
                    self.carry_out(self.plan.settle(self.now))


@pytest.mark.parametrize("gap_s", [0.0, 0.1, 0.25, 0.5, 1.0])
def test_a_b_a_b_twenty_times_with_room_for_one_makes_few_loads(gap_s: float) -> None:
    """I8: and the longest wait is max_bypass_s, the turns that are running, and a load."""
    plan = schedule(budget=100, max_bypass_s=10, min_hot_s=10)
    trace = Playback(plan)
    trace.play([(n * gap_s, "ab"[n % 2]) for n in range(20)])
    assert len(trace.waits) == 20 and trace.loads <= 4
    assert max(trace.waits.values()) <= 10 + Playback.TURN_S + Playback.LOAD_S + 0.25     # 0.25: the clock's grain


def test_somebody_alone_who_goes_to_and_fro_does_not_wait_for_a_hot_model() -> None:
    plan = schedule(budget=100, min_hot_s=10)
    trace = Playback(plan)
    trace.play([(n * 5.0, "ab"[n % 2]) for n in range(6)])
    assert trace.loads == 6 and set(trace.waits.values()) == {Playback.LOAD_S}


def test_constant_use_of_one_model_cannot_starve_another() -> None:
    """I8"""
    plan = schedule(budget=100, max_bypass_s=10)
    trace = Playback(plan)
    trace.play(sorted([(n * 0.4, "hot") for n in range(100)] + [(5.0, "cold")]))
    (cold,) = [wait for ticket, wait in trace.waits.items() if ticket.keys == ("cold:fp32",)]
    assert len(trace.waits) == 101 and cold <= 10 + Playback.TURN_S + Playback.LOAD_S + 0.25
