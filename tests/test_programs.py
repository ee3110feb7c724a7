"""Whose program runs when: a few at a time, callers in turn, and nobody waits for ever."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from playground.errors import Busy, Cancelled, PlaygroundError, Unavailable
from playground.guard import programs as programs_file
from playground.guard.programs import Programs
from playground.pump import work
from playground.types import CancelToken

pytestmark = pytest.mark.timeout(60)
WAIT_S = 20


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Programs]:
    monkeypatch.setattr(programs_file, "probe", lambda: "")
    yield Programs(2)


class Holding:
    """A caller whose program runs until the test lets it end."""

    def __init__(self, programs: Programs, caller: str, pool: ThreadPoolExecutor, order: list[str]) -> None:
        self.cancel, self.runs, self.release = CancelToken(), threading.Event(), threading.Event()

        def hold() -> None:
            with programs.turn(caller, self.cancel):
                order.append(caller)
                self.runs.set()
                assert self.release.wait(WAIT_S)

        self.done = pool.submit(hold)

    def end(self) -> None:
        self.release.set()
        self.done.result(WAIT_S)


def waiting(programs: Programs, count: int) -> None:
    """Returns when so many wait."""
    while len(programs._waiting) != count:
        threading.Event().wait(0.005)


def test_two_callers_run_at_once_and_a_third_waits_for_the_first_to_end(programs: Programs):
    order: list[str] = []
    with ThreadPoolExecutor() as pool:
        ann, bob = (Holding(programs, name, pool, order) for name in ("ann", "bob"))
        assert ann.runs.wait(WAIT_S) and bob.runs.wait(WAIT_S)
        cleo = Holding(programs, "cleo", pool, order)
        waiting(programs, 1)
        assert not cleo.runs.is_set()
        ann.end()
        assert cleo.runs.wait(WAIT_S)
        bob.end()
        cleo.end()


def test_a_second_program_of_one_caller_lets_others_pass(programs: Programs):
    order: list[str] = []
    with ThreadPoolExecutor() as pool:
        first = Holding(programs, "ann", pool, order)
        assert first.runs.wait(WAIT_S)
        second = Holding(programs, "ann", pool, order)
        waiting(programs, 1)
        other = Holding(programs, "bob", pool, order)
        assert other.runs.wait(WAIT_S) and not second.runs.is_set()
        first.end()
        assert second.runs.wait(WAIT_S)
        assert order == ["ann", "bob", "ann"]
        other.end()
        second.end()


def test_who_stops_while_waiting_leaves_the_line(programs: Programs):
    order: list[str] = []
    with ThreadPoolExecutor() as pool:
        first = Holding(programs, "ann", pool, order)
        assert first.runs.wait(WAIT_S)
        second = Holding(programs, "ann", pool, order)
        waiting(programs, 1)
        second.cancel.cancel()
        with pytest.raises(Cancelled):
            second.done.result(WAIT_S)
        assert not programs._waiting
        first.end()
    assert not programs._running


def test_a_full_line_is_told(programs: Programs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(programs_file, "MOST_WAITING", 0)
    with pytest.raises(Busy), programs.turn("ann", None):
        pass


def test_a_program_that_breaks_gives_its_place_back(programs: Programs):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), programs.turn("ann", None):
            raise ZeroDivisionError


def test_where_nothing_can_be_isolated_nothing_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(programs_file, "probe", lambda: "No namespaces here.")
    with pytest.raises(Unavailable, match="No namespaces here"):
        Programs(2).sandbox("ann").run("print(1)")


def test_programs_that_are_turned_off_say_so():
    assert "programs_at_once" in Programs(0).unavailable()


def test_a_program_of_a_visitor_runs_where_the_machine_can_isolate_it():
    programs = Programs(1)
    if programs.unavailable():
        pytest.skip(programs.unavailable())
    assert programs.sandbox("ann").run("print(6 * 7)").stdout == "42\n"


# ---------------------------------------------------------------- long pieces of work
def test_work_tells_its_news_in_order_and_nothing_when_it_is_silent():
    go = threading.Event()

    def do(cancel: CancelToken, tell: Any) -> None:
        tell("a")
        go.wait(WAIT_S)
        tell("b")

    news = work(do, CancelToken(), tick_s=0.01)
    assert next(news) == "a" and next(news) is None
    go.set()
    assert [each for each in news if each] == ["b"]


def test_an_error_of_the_work_is_raised_where_it_is_read():
    def refuse(cancel: CancelToken, tell: Any) -> None:
        raise Busy("Too many.", "Wait.")

    def break_down(cancel: CancelToken, tell: Any) -> None:
        raise KeyError("secret")

    with pytest.raises(Busy):
        list(work(refuse, CancelToken()))
    with pytest.raises(PlaygroundError, match="incident") as caught:
        list(work(break_down, CancelToken()))
    assert "secret" not in str(caught.value)


def test_a_reader_who_goes_away_stops_the_work():
    ended = threading.Event()

    def do(cancel: CancelToken, tell: Any) -> None:
        tell(1)
        if cancel.wait(WAIT_S):
            ended.set()

    news = work(do, CancelToken())
    next(news)
    news.close()  # type: ignore[attr-defined]
    assert ended.wait(WAIT_S)
