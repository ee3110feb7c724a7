"""The one thread that loads and closes models, so that no request waits inside another's load."""
from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from playground.errors import Cancelled, LoadFailed, PlaygroundError
from playground.types import CancelToken, LoadedModel, LoadProgress, Variant

log = logging.getLogger(__name__)

LoadModel = Callable[[Variant, LoadProgress, CancelToken], LoadedModel]
_TICK_S = 0.2


@dataclass(frozen=True, slots=True)
class Reports:
    """What the loader tells its owner, from its own thread.

    failed gets None instead of an error when the load stopped because it was told to. tick comes while it is idle.
    """

    loaded: Callable[[Variant, LoadedModel], None]
    failed: Callable[[Variant, PlaygroundError | None], None]
    closed: Callable[[str], None]
    tick: Callable[[], None]


class Loader:
    """Does its jobs one after the other. Every method returns at once and may be called from any thread."""

    def __init__(self, load: LoadModel, reports: Reports) -> None:
        self._load_model, self._reports = load, reports
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._running: dict[str, CancelToken] = {}
        self._progress: dict[str, tuple[str, float | None]] = {}
        self._thread: threading.Thread | None = None

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

    def end(self, timeout_s: float) -> None:
        """End the thread after the jobs it has, waiting at most `timeout_s`."""
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _hand_over(self, job: Callable[[], None]) -> None:
        if self._thread is None:
            # daemon: Ctrl-C must end the process although a load cannot be interrupted
            self._thread = threading.Thread(target=self._work, name="model loader", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=_TICK_S)
            except queue.Empty:
                self._reports.tick()
                continue
            if job is None:
                return
            job()
            del job

    def _load(self, variant: Variant, token: CancelToken) -> None:
        def progress(stage: str, fraction: float | None) -> None:
            self._progress[variant.key] = (stage, fraction)

        model: LoadedModel | None = None
        failure: PlaygroundError | None = None
        try:
            if token.cancelled:
                raise Cancelled("Nobody waits for this load any more.")
            model = self._load_model(variant, progress, token)
        except Cancelled:
            pass
        except PlaygroundError as error:
            failure = error
        except Exception:                 # the thread must live on; the reader gets what they can act on
            log.exception("loading %s failed", variant.key)
            failure = LoadFailed(f"{variant.key} could not be loaded.", "The server's log has the details.")
        self._running.pop(variant.key, None)
        self._progress.pop(variant.key, None)
        if model is None:
            self._reports.failed(variant, failure)
        else:
            self._reports.loaded(variant, model)

    def _close(self, key: str, holder: list[LoadedModel]) -> None:
        try:
            holder[0].close()
        except Exception:
            log.exception("closing %s failed", key)
        holder.clear()
        self._reports.closed(key)
