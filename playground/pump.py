"""The only request threads in the house: run blocking producers, stay stoppable."""
from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from playground.errors import Cancelled, PlaygroundError
from playground.types import CancelToken, Emit, Event, Failed, Finished, Phase, PromptReady, Waiting

log = logging.getLogger(__name__)

Produce = Callable[[CancelToken, Emit], None]
"""Runs one request to its end on its own thread, emitting events; the last one is Finished."""


def pump(produce: Produce, cancel: CancelToken, *, tick_s: float = 0.2) -> Iterator[Event]:
    """One producer's events, with a `Waiting` whenever it is silent for `tick_s` seconds.

    Ends with exactly one `Finished` or `Failed`. When the reader goes away (Stop, closed tab) the token is set; the
    producer releases what it holds when *it* ends, never the reader.
    """
    for _, event in pump_lanes({"": produce}, cancel, tick_s=tick_s):
        yield event


def pump_lanes(
    producers: Mapping[str, Produce], cancel: CancelToken, *, tick_s: float = 0.2
) -> Iterator[tuple[str, Event]]:
    """(lane, event) in the order things happen: a slow lane never delays a fast one, a broken lane ends alone."""
    happened: queue.SimpleQueue[tuple[str, Event]] = queue.SimpleQueue()
    started = time.monotonic()
    workers = {lane: _start(lane, produce, cancel, happened) for lane, produce in producers.items()}
    phases: dict[str, Phase] = dict.fromkeys(producers, "queued")
    try:
        while phases:
            try:
                lane, event = happened.get(timeout=tick_s)
            except queue.Empty:
                for lane, phase in list(phases.items()):
                    if workers[lane].is_alive() or not happened.empty():
                        yield lane, Waiting(phase, time.monotonic() - started)
                    else:
                        del phases[lane]
                        yield lane, Failed("internal", "The generation thread died without a last event.")
                continue
            if isinstance(event, Finished | Failed):
                phases.pop(lane, None)
            else:
                phases[lane] = _phase_after(event)
            yield lane, event
    finally:
        cancel.cancel()


T = TypeVar("T")
Tell = Callable[[T], None]


def work(do: Callable[[CancelToken, Tell[T]], None], cancel: CancelToken, *, tick_s: float = 0.2) -> Iterator[T | None]:
    """What a long piece of work tells, as it tells it, and None whenever it is silent for `tick_s` seconds.

    `do(cancel, tell)` runs on a thread of its own. Raises what it raised, if that is a PlaygroundError; anything else
    is logged and raised as one. When the reader goes away the token is set, and `do` ends when it looks at it.
    """
    told: queue.SimpleQueue[tuple[T] | PlaygroundError | None] = queue.SimpleQueue()

    def run() -> None:
        error: PlaygroundError | None = None
        try:
            do(cancel, lambda news: told.put((news,)))
        except PlaygroundError as raised:
            error = raised
        except Exception:
            failed = _incident("work")
            error = PlaygroundError(failed.message, failed.hint, **failed.params)
        told.put(error)

    threading.Thread(target=run, name="work", daemon=True).start()
    try:
        while True:
            try:
                news = told.get(timeout=tick_s)
            except queue.Empty:
                yield None
                continue
            if news is None:
                return
            if isinstance(news, PlaygroundError):
                raise news
            yield news[0]
    finally:
        cancel.cancel()


def _start(
    lane: str, produce: Produce, cancel: CancelToken, happened: queue.SimpleQueue[tuple[str, Event]]
) -> threading.Thread:
    # daemon: Ctrl-C must end the process although a load or a forward pass cannot be interrupted
    def emit(event: Event) -> None:
        happened.put((lane, event))

    worker = threading.Thread(target=_run, args=(produce, cancel, emit), name=f"generation {lane}", daemon=True)
    worker.start()
    return worker


def _phase_after(event: Event) -> Phase:
    if isinstance(event, Waiting):
        return event.phase
    return "prefill" if isinstance(event, PromptReady) else "decoding"


def _run(produce: Produce, cancel: CancelToken, emit: Emit) -> None:
    """Run `produce` and turn every way it can end into one terminal event. With `work` the only catch-all."""
    ended = False

    def watched(event: Event) -> None:
        nonlocal ended
        ended = ended or isinstance(event, Finished | Failed)
        emit(event)

    try:
        produce(cancel, watched)
        if not ended:
            raise RuntimeError("the producer returned without Finished or Failed")
    except Cancelled:
        emit(Finished("cancelled"))
    except PlaygroundError as error:
        emit(Failed.of(error))
    except Exception:
        emit(_incident("generation"))


def _incident(what: str) -> Failed:
    """The failure that people are told; the traceback goes to the log. Called while the exception is handled."""
    incident = uuid.uuid4().hex[:8]
    log.exception("%s failed, incident %s", what, incident)
    return Failed("internal", f"Something went wrong on our side (incident {incident}).",
                  "Try again; the server's log has the details.", {"incident": incident})
