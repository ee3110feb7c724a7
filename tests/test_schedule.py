"""Single decisions of the schedule, where their order matters."""
from __future__ import annotations

import pytest

from playground.cache.outlook import eta_s, position, waiting
from playground.cache.schedule import Schedule
from playground.cache.schedule_state import Abandon, Close, Effect, Forget, Grant, Load, Refuse, Rules, Ticket
from playground.cache.turns import in_turn
from playground.errors import OutOfMemory
from playground.types import Waiting
from tests.tiny import variant

pytestmark = pytest.mark.timeout(30)


def schedule(budget: int = 200, **rules: float) -> Schedule:
    return Schedule(Rules(budget, margin=0, **rules))  # type: ignore[arg-type]


def ready(plan: Schedule, name: str, size: int, now: float = 0.0, concurrency: int = 9, caller: str = "") -> Ticket:
    """A model in memory with one lease on it."""
    ticket, _ = plan.arrive([variant(name, size)], now, caller=caller)
    plan.loaded(f"{name}:fp32", size, concurrency, now)
    return ticket


def idle(plan: Schedule, name: str, size: int, now: float = 0.0, *, load_s: float = 0.0, uses: int = 1,
         quantization: str = "fp32") -> None:
    """A model in memory that took `load_s` to load and had `uses` leases, the last at `now`."""
    what = variant(name, size, quantization)
    ticket, _ = plan.arrive([what], now - load_s)
    plan.loaded(what.key, size, 9, now)
    plan.release(ticket, now)
    for _ in range(uses - 1):
        ticket, _ = plan.arrive([what], now)
        plan.release(ticket, now)


def said(effects: list[Effect]) -> list[str]:
    names = []
    for effect in effects:
        match effect:
            case Load(what):
                names.append(f"load {what.model.id}")
            case Close(key):
                names.append(f"close {key.partition(':')[0]}")
            case Grant(ticket):
                names.append("grant " + "+".join(each.model.id for each in ticket.variants))
            case Refuse(ticket, error):
                names.append(f"refuse {ticket.variants[0].model.id}: {error.code}")
            case Forget(key):
                names.append(f"forget {key.partition(':')[0]}")
            case Abandon(key):
                names.append(f"abandon {key.partition(':')[0]}")
    return names


def test_a_small_load_may_pass_a_big_one_that_cannot_start_yet_but_not_for_ever() -> None:
    plan = schedule(max_bypass_s=10)
    busy = ready(plan, "busy", 150)
    assert said(plan.arrive([variant("big", 100)], 0.0)[1]) == []
    assert said(plan.arrive([variant("small", 30)], 1.0)[1]) == ["load small"]
    plan.settle(10.0)
    assert said(plan.arrive([variant("late", 20)], 11.0)[1]) == [], "the big one is overdue"
    assert said(plan.release(busy, 12.0)) == ["close busy"]
    assert said(plan.closed("busy:fp32", 13.0)) == ["load big", "load late"]


def test_memory_that_is_being_freed_for_one_load_is_not_taken_by_a_younger_one() -> None:
    plan = schedule()
    plan.release(ready(plan, "old", 150), 1.0)
    assert said(plan.arrive([variant("big", 180)], 2.0)[1]) == ["close old"]
    assert said(plan.arrive([variant("small", 50)], 3.0)[1]) == []
    assert said(plan.closed("old:fp32", 4.0)) == ["load big"]


def test_the_model_that_must_drain_stays_the_same_one() -> None:
    plan = schedule(max_bypass_s=10)
    first = ready(plan, "first", 100, now=0.0)
    ready(plan, "second", 100, now=1.0)
    plan.arrive([variant("cold", 100)], 2.0)
    plan.settle(12.0)
    for now in (13.0, 14.0):
        assert said(plan.arrive([variant("second", 100)], now)[1]) == ["grant second"]
        assert said(plan.arrive([variant("first", 100)], now)[1]) == []
    assert said(plan.release(first, 15.0)) == ["close first"]
    assert said(plan.closed("first:fp32", 16.0)) == ["load cold"]


def test_the_oldest_idle_models_go_first_and_no_more_than_needed() -> None:
    plan = schedule()
    tickets = {name: ready(plan, name, 60, float(now)) for now, name in enumerate(("a", "b", "c"))}
    for now, name in ((10.0, "b"), (11.0, "a"), (12.0, "c")):
        plan.release(tickets[name], now)
    assert said(plan.arrive([variant("new", 130)], 13.0)[1]) == ["close b", "close a"]


def test_a_load_that_turned_out_larger_sends_idle_models_away() -> None:
    plan = schedule()
    plan.release(ready(plan, "idle", 90), 1.0)
    plan.arrive([variant("fat", 100)], 2.0)
    assert said(plan.loaded("fat:fp32", 150, 4, 3.0)) == ["grant fat", "close idle"]


# ---------------------------------------------------------------- leases
def test_releasing_a_lease_twice_counts_once() -> None:
    """I6"""
    plan = schedule()
    first = ready(plan, "a", 10)
    second, _ = plan.arrive([variant("a", 10)], 0.5)
    plan.release(first, 1.0)
    assert plan.release(first, 2.0) == [] and plan.slots["a:fp32"].leases == 1
    plan.release(second, 3.0)
    assert plan.release(second, 3.0) == [] and plan.slots["a:fp32"].leases == 0


def test_a_model_that_was_asked_for_while_it_closes_is_loaded_again() -> None:
    """I5: no wake-up is lost"""
    plan = schedule(budget=100)
    idle(plan, "a", 100)
    assert said(plan.seal("a:fp32", 1.0)) == ["close a"]
    assert said(plan.arrive([variant("a", 100)], 2.0)[1]) == []
    assert said(plan.closed("a:fp32", 3.0)) == ["load a"]


def test_a_waiter_cancelled_in_the_queue_never_triggers_a_load() -> None:
    """I7"""
    plan = schedule(budget=100)
    busy = ready(plan, "a", 100)
    waiter, _ = plan.arrive([variant("b", 100)], 1.0)
    assert plan.leave(waiter, 2.0) == []
    assert said(plan.release(busy, 3.0)) == [] and plan.slots["a:fp32"].state == "ready"


def test_a_load_goes_on_until_the_last_of_its_waiters_left() -> None:
    """I7"""
    plan = schedule()
    first, _ = plan.arrive([variant("a", 10)], 0.0)
    second, effects = plan.arrive([variant("a", 10)], 0.0)
    assert effects == [] and plan.leave(first, 1.0) == []
    assert said(plan.leave(second, 1.0)) == ["abandon a"]


# ---------------------------------------------------------------- turns
def served(plan: Schedule, running: Ticket, names: dict[Ticket, str]) -> list[str]:
    """Who gets the one turn after the other when each ends at once."""
    order = []
    while True:
        grants = [effect.ticket for effect in plan.release(running, 1.0) if isinstance(effect, Grant)]
        if not grants:
            return order
        (running,) = grants
        order.append(names[running])


def test_five_requests_of_one_person_do_not_go_first() -> None:
    plan, a = schedule(), variant("a", 10)
    running = ready(plan, "a", 10, concurrency=1, caller="ann")
    names = {plan.arrive([a], 0.0, caller=who)[0]: f"{who}{n}"
             for who, n in [("ann", 2), ("ann", 3), ("ann", 4), ("ann", 5), ("bob", 1), ("bob", 2), ("cid", 1)]}
    line = in_turn(plan.waiting)
    assert [names[ticket] for ticket in line] == ["ann2", "bob1", "cid1", "ann3", "bob2", "ann4", "ann5"]
    assert [position(plan, ticket) for ticket in line] == list(range(7))
    assert served(plan, running, names) == ["ann2", "bob1", "cid1", "ann3", "bob2", "ann4", "ann5"]


def test_newcomers_do_not_starve_somebody_who_was_served_before() -> None:
    """I8"""
    plan, a = schedule(), variant("a", 10)
    running = ready(plan, "a", 10, concurrency=1, caller="ann")
    names = {plan.arrive([a], 0.0, caller=who)[0]: who for who in ("ann", "new0", "new1")}
    order = []
    for n in range(2, 6):                                     # one newcomer for each turn that ends
        names[plan.arrive([a], 1.0, caller=f"new{n}")[0]] = f"new{n}"
        if n == 3:
            names[plan.arrive([a], 1.0, caller="ann")[0]] = "ann again"
        (running,) = [e.ticket for e in plan.release(running, 1.0) if isinstance(e, Grant)]
        order.append(names[running])
    assert order + served(plan, running, names) == ["ann", "new0", "new1", "new2", "new3", "ann again", "new4", "new5"]


# ---------------------------------------------------------------- several models at once
def test_several_models_are_granted_together_or_not_at_all() -> None:
    """I19"""
    plan = schedule()
    busy = ready(plan, "b", 50, concurrency=1)
    both, effects = plan.arrive([variant("b", 50), variant("a", 60)], 1.0)
    assert said(effects) == ["load a"] and both.keys == ("a:fp32", "b:fp32")
    assert said(plan.loaded("a:fp32", 60, 1, 2.0)) == [] and plan.slots["a:fp32"].leases == 0
    assert said(plan.release(busy, 3.0)) == ["grant a+b"]
    plan.release(both, 4.0)
    assert {slot.leases for slot in plan.slots.values()} == {0}


def test_models_that_do_not_fit_together_are_refused_at_once_with_both_sizes() -> None:
    plan = schedule(budget=100)
    with pytest.raises(OutOfMemory, match="together") as caught:
        plan.arrive([variant("a", 60), variant("b", 50)], 0.0)
    assert caught.value.params == {"needed": 110, "available": 100} and "one after the other" in caught.value.hint


def test_pairs_that_cross_do_not_wait_for_each_other_for_ever() -> None:
    """I19: two pairs, each with one half in memory and room for two models"""
    plan = schedule(budget=100, min_hot_s=0)
    a, b, c, d = (variant(name, 50) for name in "abcd")
    idle(plan, "a", 50)
    idle(plan, "d", 50)
    first, effects = plan.arrive([b, a], 1.0)
    assert said(effects) == ["close d"]
    second, effects = plan.arrive([c, d], 1.0)
    assert said(effects) == []
    assert said(plan.closed("d:fp32", 2.0)) == ["load b"]
    assert said(plan.loaded("b:fp32", 50, 1, 3.0)) == ["grant a+b"]
    assert said(plan.release(first, 4.0)) == ["close a", "close b"]
    plan.closed("a:fp32", 5.0)
    assert said(plan.closed("b:fp32", 5.0)) == ["load c", "load d"]
    plan.loaded("c:fp32", 50, 1, 6.0)
    assert said(plan.loaded("d:fp32", 50, 1, 7.0)) == ["grant c+d"] and second in plan.granted


def test_singles_cannot_starve_a_request_for_two_models() -> None:
    """I8"""
    plan = schedule(max_bypass_s=10)
    a, b = ready(plan, "a", 50, concurrency=1), ready(plan, "b", 50, concurrency=1)
    both, _ = plan.arrive([variant("a", 50), variant("b", 50)], 1.0)
    early, _ = plan.arrive([variant("a", 50)], 2.0)
    assert said(plan.release(a, 3.0)) == ["grant a"]          # may pass, for now
    plan.arrive([variant("a", 50)], 4.0)
    plan.settle(11.0)
    assert said(plan.release(early, 12.0)) == []              # overdue: a is kept for the pair
    assert said(plan.release(b, 13.0)) == ["grant a+b"]
    assert said(plan.release(both, 14.0)) == ["grant a"]


# ---------------------------------------------------------------- estimates
def test_the_estimated_wait_comes_from_measured_loads_and_turns() -> None:
    plan = schedule(budget=100)
    first, _ = plan.arrive([variant("a", 100)], 0.0)
    assert eta_s(plan, first, 0.0) is None                    # never loaded
    plan.load_began("a:fp32", 1.0)
    plan.loaded("a:fp32", 100, 1, 5.0)                        # 4 s, without the wait for the loader
    second, _ = plan.arrive([variant("a", 100)], 5.0)
    assert eta_s(plan, second, 5.0) is None                   # no turn has ended
    plan.release(first, 15.0)                                 # a turn of 10 s
    third, _ = plan.arrive([variant("a", 100)], 15.0)
    fourth, _ = plan.arrive([variant("a", 100)], 15.0)
    assert (eta_s(plan, third, 15.0), eta_s(plan, fourth, 15.0)) == (10.0, 20.0)
    for ticket in (third, fourth):
        plan.leave(ticket, 16.0)
    plan.release(second, 16.0)
    plan.seal("a:fp32", 16.0)
    plan.closed("a:fp32", 17.0)
    again, _ = plan.arrive([variant("a", 100)], 17.0)
    plan.load_began("a:fp32", 17.0)
    assert eta_s(plan, again, 18.5) == 2.5 and eta_s(plan, again, 30.0) == 0.0


def test_a_request_that_never_heard_of_its_grant_can_ask_and_leave() -> None:
    """I5, I6: between a fault while the news was told and the loader's report of it."""
    plan = schedule()
    ticket, _ = plan.arrive([variant("a")], 0)
    assert said(plan.loaded("a:fp32", 100, 1, 1)) == ["grant a"]
    assert waiting(plan, ticket, 2, lambda key: ("", None), 60) == Waiting("queued", 2)
    plan.leave(ticket, 2)
    assert plan.slots["a:fp32"].leases == 0 and not plan.granted
