"""The one thread that loads and closes models, so that no request waits inside another's load."""
from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from playground.cache.journal import Total
from playground.cache.leaks import LeakMeter
from playground.errors import Cancelled, LoadFailed, PlaygroundError
from playground.types import CancelToken, LoadedModel, LoadProgress, Variant

log = logging.getLogger(__name__)

LoadModel = Callable[[Variant, LoadProgress, CancelToken], LoadedModel]
_TICK_S = 0.2


@dataclass(frozen=True, slots=True)
class Reports:
    """What the loader tells its owner, from its own thread. Each load that began ends in loaded, failed or crashed.

    loaded: (key, model, memory_bytes, max_concurrency). failed: None instead of an error when the load stopped because
    it was told to. closed: (key, bytes that did not come back). crashed: another report about this key raised.
    tick comes while the loader is idle.
    """

    began: Callable[[str], None]
    loaded: Callable[[str, LoadedModel, int, int], None]
    failed: Callable[[Variant, PlaygroundError | None], None]
    closed: Callable[[str, int], None]
    crashed: Callable[[str], None]
    tick: Callable[[], None]


class Stages:
    """How long each stage of one load took. A stage lasts until the next begins; one may come again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds: dict[str, float] = {}
        self._clock, self._now, self._since = clock, "", clock()

    def enter(self, stage: str) -> None:
        if stage != self._now:
            self.ended()
            self._now = stage

    def ended(self) -> dict[str, float]:
        """Seconds by stage."""
        before, self._since = self._since, self._clock()
        if self._now:
            self._seconds[self._now] = self._seconds.get(self._now, 0.0) + self._since - before
        return self._seconds


class Loader:
    """Does its jobs one after the other. Every method returns at once and may be called from any thread."""

    def __init__(self, load: LoadModel, reports: Reports, meter: LeakMeter) -> None:
        self._load_model, self._reports, self._meter = load, reports, meter
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._running: dict[str, CancelToken] = {}
        self._progress: dict[str, tuple[str, float | None]] = {}
        self._stages: dict[tuple[str, str], Total] = {}       # of loads that ended well
        self._lock = threading.Lock()     # guards the stages and the two below
        self._thread: threading.Thread | None = None
        self._ending = False

    def load(self, variant: Variant) -> None:
        """Load it in turn. One load per key at a time."""
        token = self._running[variant.key] = CancelToken()
        self._hand_over(lambda: self._load(variant, token))

    def abandon(self, key: str) -> None:
        """Tell the load to stop; it may end all the same."""
        if (token := self._running.get(key)) is not None:
            token.cancel()

    def close(self, key: str, model: LoadedModel) -> None:
        """Close it in turn. The caller must not keep a reference."""
        holder = [model]                  # emptied before the report: then the memory is really free
        self._hand_over(lambda: self._close(key, holder))

    def progress(self, key: str) -> tuple[str, float | None]:
        """(stage, fraction) of a running load."""
        return self._progress.get(key, ("", None))

    def stage_seconds(self) -> dict[tuple[str, str], Total]:
        """By key and stage, of the loads that ended well."""
        with self._lock:
            return dict(self._stages)

    def end(self, timeout_s: float) -> bool:
        """End the thread after the jobs it has, waiting at most `timeout_s`. False when it still runs.

        A job that comes later (a lease that ended after the shutdown) is done all the same.
        """
        with self._lock:
            self._ending, thread = True, self._thread
            self._jobs.put(None)
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def _hand_over(self, job: Callable[[], None]) -> None:
        with self._lock:
            self._jobs.put(job)
            if self._ending:
                self._jobs.put(None)
            if self._thread is None or not self._thread.is_alive():
                # daemon: Ctrl-C must end the process although a load cannot be interrupted
                self._thread = threading.Thread(target=self._work, name="model loader", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            try:
                if not self._next():
                    return
            except BaseException:         # whatever it was: those who wait need a thread that goes on
                log.exception("the model loader had a fault and goes on")

    def _next(self) -> bool:
        """Do one job, or tick. False when it was told to end."""
        try:
            job = self._jobs.get(timeout=_TICK_S)
        except queue.Empty:
            self._reports.tick()
            return True
        if job is not None:
            job()
            return True
        with self._lock:                  # a job may have come behind the order to end
            if self._jobs.empty():
                self._thread = None
                return False
        return True

    def _load(self, variant: Variant, token: CancelToken) -> None:
        key, stages = variant.key, Stages()

        def progress(stage: str, fraction: float | None) -> None:
            stages.enter(stage)
            self._progress[key] = (stage, fraction)

        model: LoadedModel | None = None
        failure: PlaygroundError | None = None
        memory_bytes = max_concurrency = 0
        try:
            if token.cancelled:
                raise Cancelled("Nobody waits for this load any more.")
            self._reports.began(key)
            before = self._meter.read()
            model = self._load_model(variant, progress, token)
            memory_bytes, max_concurrency = model.memory_bytes, model.max_concurrency
            self._meter.opened(key, before, memory_bytes)
        except BaseException as error:    # the thread must live on; the reader gets what they can act on
            failure = _failure(variant, error, told_to_stop=token.cancelled)
            if model is not None:         # it loaded, but cannot say how large it is
                _close_quietly(key, [model])
                model = None
        self._running.pop(key, None)
        self._progress.pop(key, None)
        if model is None:
            self._report(key, lambda: self._reports.failed(variant, failure))
        else:
            with self._lock:
                for stage, seconds in stages.ended().items():
                    self._stages[key, stage] = self._stages.get((key, stage), Total()).plus(seconds)
            loaded = model
            self._report(key, lambda: self._reports.loaded(key, loaded, memory_bytes, max_concurrency))

    def _close(self, key: str, holder: list[LoadedModel]) -> None:
        missing = 0
        try:
            before = self._meter.read()
            _close_quietly(key, holder)
            missing = self._meter.closed(key, before)
        finally:                          # also when measuring failed: the memory counts as taken until the report
            self._report(key, lambda: self._reports.closed(key, missing))

    def _report(self, key: str, tell: Callable[[], None]) -> None:
        try:
            tell()
        except BaseException:
            log.exception("the cache could not take in what became of %s", key)
            self._reports.crashed(key)


def _failure(variant: Variant, error: BaseException, *, told_to_stop: bool) -> PlaygroundError | None:
    if isinstance(error, Cancelled) and told_to_stop:
        return None
    if isinstance(error, PlaygroundError) and not isinstance(error, Cancelled):
        return error
    log.error("loading %s failed", variant.key, exc_info=error)
    return LoadFailed(f"{variant.key} could not be loaded.", "The server's log has the details.")


def _close_quietly(key: str, holder: list[LoadedModel]) -> None:
    """Close and forget the model. A close that fails is the log's business: its memory is measured all the same."""
    try:
        holder[0].close()
    except BaseException:
        log.exception("closing %s failed", key)
    holder.clear()
