"""Single decisions of the schedule, where their order matters."""
from __future__ import annotations

import pytest

from playground.cache.schedule import Schedule
from playground.cache.schedule_state import Close, Effect, Grant, Load, Rules
from tests.tiny import variant

pytestmark = pytest.mark.timeout(30)


def schedule(budget: int = 200, **rules: float) -> Schedule:
    return Schedule(Rules(budget, margin=0, **rules))  # type: ignore[arg-type]


def ready(plan: Schedule, name: str, size: int, now: float = 0.0, concurrency: int = 9) -> None:
    """A model in memory with one lease on it."""
    plan.arrive(variant(name, size), now)
    plan.loaded(f"{name}:fp32", size, concurrency, now)


def said(effects: list[Effect]) -> list[str]:
    names = []
    for effect in effects:
        match effect:
            case Load(what):
                names.append(f"load {what.model.id}")
            case Close(key):
                names.append(f"close {key.partition(':')[0]}")
            case Grant(ticket):
                names.append(f"grant {ticket.variant.model.id}")
    return names


def test_a_small_load_may_pass_a_big_one_that_cannot_start_yet_but_not_for_ever() -> None:
    plan = schedule(max_bypass_s=10)
    ready(plan, "busy", 150)
    assert said(plan.arrive(variant("big", 100), 0.0)[1]) == []
    assert said(plan.arrive(variant("small", 30), 1.0)[1]) == ["load small"]
    plan.settle(10.0)
    assert said(plan.arrive(variant("late", 20), 11.0)[1]) == [], "the big one is overdue"
    assert said(plan.release("busy:fp32", 12.0)) == ["close busy"]
    assert said(plan.closed("busy:fp32", 13.0)) == ["load big", "load late"]


def test_memory_that_is_being_freed_for_one_load_is_not_taken_by_a_younger_one() -> None:
    plan = schedule()
    ready(plan, "old", 150)
    plan.release("old:fp32", 1.0)
    assert said(plan.arrive(variant("big", 180), 2.0)[1]) == ["close old"]
    assert said(plan.arrive(variant("small", 50), 3.0)[1]) == []
    assert said(plan.closed("old:fp32", 4.0)) == ["load big"]


def test_the_model_that_must_drain_stays_the_same_one() -> None:
    plan = schedule(max_bypass_s=10)
    ready(plan, "first", 100, now=0.0)
    ready(plan, "second", 100, now=1.0)
    plan.arrive(variant("cold", 100), 2.0)
    plan.settle(12.0)
    for now in (13.0, 14.0):
        assert said(plan.arrive(variant("second", 100), now)[1]) == ["grant second"]
        assert said(plan.arrive(variant("first", 100), now)[1]) == []
    assert said(plan.release("first:fp32", 15.0)) == ["close first"]
    assert said(plan.closed("first:fp32", 16.0)) == ["load cold"]


def test_the_oldest_idle_models_go_first_and_no_more_than_needed() -> None:
    plan = schedule()
    for now, name in enumerate(("a", "b", "c")):
        ready(plan, name, 60, float(now))
    for now, name in ((10.0, "b"), (11.0, "a"), (12.0, "c")):
        plan.release(f"{name}:fp32", now)
    assert said(plan.arrive(variant("new", 130), 13.0)[1]) == ["close b", "close a"]


def test_a_load_that_turned_out_larger_sends_idle_models_away() -> None:
    plan = schedule()
    ready(plan, "idle", 90)
    plan.release("idle:fp32", 1.0)
    plan.arrive(variant("fat", 100), 2.0)
    assert said(plan.loaded("fat:fp32", 150, 4, 3.0)) == ["grant fat", "close idle"]


def test_releasing_twice_is_a_mistake_that_shows() -> None:
    plan = schedule()
    ready(plan, "a", 10)
    plan.release("a:fp32", 1.0)
    with pytest.raises(RuntimeError, match="more often"):
        plan.release("a:fp32", 2.0)
