"""The pump: one terminal event whatever happens, heartbeats while nothing does, and Stop that always works."""
from __future__ import annotations

import threading

import pytest

from playground.errors import Busy, Cancelled
from playground.pump import Produce, pump, pump_lanes
from playground.types import CancelToken, Emit, Failed, Finished, PromptReady, RenderedPrompt, TextDelta, Usage, Waiting
from tests.tiny import request

pytestmark = pytest.mark.timeout(30)


def saying(*words: str) -> Produce:
    def produce(cancel: CancelToken, emit: Emit) -> None:
        for word in words:
            emit(TextDelta(word))
        emit(Finished("stop", Usage(answer_tokens=len(words))))

    return produce


def test_events_come_in_order_and_end_with_finished() -> None:
    assert list(pump(saying("a", "b"), CancelToken())) == [
        TextDelta("a"), TextDelta("b"), Finished("stop", Usage(answer_tokens=2))]


@pytest.mark.parametrize(("error", "code"), [
    (Busy("full", "wait", waiting=3), "busy"), (ZeroDivisionError("x"), "internal"),
])
def test_an_error_becomes_one_failed_event(error: Exception, code: str, caplog: pytest.LogCaptureFixture) -> None:
    def produce(cancel: CancelToken, emit: Emit) -> None:
        emit(TextDelta("a"))
        raise error

    *_, last = events = list(pump(produce, CancelToken()))
    assert len(events) == 2 and isinstance(last, Failed) and last.code == code
    if code == "busy":
        assert (last.message, last.hint, last.params) == ("full", "wait", {"waiting": 3})
    else:
        assert "x" != last.message and last.params["incident"] in caplog.text and "ZeroDivisionError" in caplog.text


def test_a_producer_that_forgets_its_last_event_fails() -> None:
    assert [type(e) for e in pump(lambda cancel, emit: None, CancelToken())] == [Failed]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_noticed() -> None:
    def produce(cancel: CancelToken, emit: Emit) -> None:
        raise SystemExit

    *_, last = pump(produce, CancelToken(), tick_s=0.01)
    assert isinstance(last, Failed) and last.code == "internal"


def test_cancelled_is_an_end_and_not_an_error() -> None:
    def produce(cancel: CancelToken, emit: Emit) -> None:
        cancel.wait(10)
        raise Cancelled("stopped")

    cancel = CancelToken()
    cancel.cancel()
    assert list(pump(produce, cancel)) == [Finished("cancelled")]


def test_silence_is_filled_with_the_phase_it_is_in() -> None:
    steps = [threading.Event() for _ in range(3)]

    def produce(cancel: CancelToken, emit: Emit) -> None:
        assert steps[0].wait(10)
        emit(PromptReady(RenderedPrompt("", ()), request()))
        assert steps[1].wait(10)
        emit(TextDelta("a"))
        assert steps[2].wait(10)
        emit(Finished("stop"))

    phases: list[str] = []
    for event in pump(produce, CancelToken(), tick_s=0.01):
        if isinstance(event, Waiting) and event.phase not in phases:
            phases.append(event.phase)
            steps[len(phases) - 1].set()
    assert phases == ["queued", "prefill", "decoding"]


def test_a_reader_that_leaves_stops_the_producer() -> None:
    ended = threading.Event()

    def produce(cancel: CancelToken, emit: Emit) -> None:
        emit(TextDelta("a"))
        if cancel.wait(10):
            ended.set()
        raise Cancelled("gone")

    events = pump(produce, CancelToken())
    next(events)
    events.close()
    assert ended.wait(10)


def test_leaving_does_not_wait_for_a_producer_that_cannot_be_interrupted() -> None:
    release, ended = threading.Event(), threading.Event()

    def produce(cancel: CancelToken, emit: Emit) -> None:
        release.wait(10)
        ended.set()

    events = pump(produce, CancelToken(), tick_s=0.01)
    next(events)
    events.close()
    assert not ended.is_set()
    release.set()
    assert ended.wait(10)


def test_a_slow_lane_does_not_delay_a_fast_one_and_a_broken_one_ends_alone() -> None:
    gate = threading.Event()

    def slow(cancel: CancelToken, emit: Emit) -> None:
        assert gate.wait(10)
        emit(Finished("stop"))

    def broken(cancel: CancelToken, emit: Emit) -> None:
        raise Busy("no")

    ends: list[tuple[str, str]] = []
    for lane, event in pump_lanes({"slow": slow, "fast": saying("a"), "broken": broken}, CancelToken(), tick_s=0.01):
        if isinstance(event, Finished | Failed):
            ends.append((lane, type(event).__name__))
            if len(ends) == 2:
                gate.set()
    assert sorted(ends[:2]) == [("broken", "Failed"), ("fast", "Finished")] and ends[2] == ("slow", "Finished")
