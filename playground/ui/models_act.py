"""Load, unload, pin and unpin by hand: what each wish does, told while it happens. Plain functions; no Gradio import.

Nothing here keeps others waiting: a load is only watched, and an unload waits for running answers on its own thread.
"""
from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, Literal, Protocol

from playground.errors import PlaygroundError
from playground.types import CacheEvent, Failed, ModelStatus, Variant
from playground.ui.answer import problem_text
from playground.ui.models_view import state_text
from playground.ui.view import Say, size

Wish = Literal["load", "unload", "pin", "unpin"]
STEP_S = 0.25                             # between two looks
PATIENCE_S = 600.0                        # a load that takes longer goes on, but is no longer watched

Drawn = dict[str, Any]                    # what the "facts" drawer takes


class Cache(Protocol):
    """What is used of the model cache."""

    def preload(self, variant: Variant) -> None: ...
    def pin(self, variant: Variant) -> None: ...
    def unpin(self, key: str) -> bool: ...
    def unload(self, key: str, timeout_s: float | None = None) -> bool: ...
    def status(self) -> tuple[ModelStatus, ...]: ...
    def events(self) -> tuple[CacheEvent, ...]: ...


def act(cache: Cache, wish: Wish, variant: Variant, say: Say, has: Callable[[str], bool]) -> Iterator[Drawn]:
    """What to draw while the wish comes true, the last one with what came of it. Closing this stops the watching only.

    An error is drawn as the other tabs draw theirs.
    """
    does = {"load": _load, "unload": _unload, "pin": _pin, "unpin": _unpin}[wish]
    try:
        yield from does(cache, variant, say)
    except PlaygroundError as error:
        yield problem(error, say, has)


def problem(error: PlaygroundError, say: Say, has: Callable[[str], bool]) -> Drawn:
    """An error in the reader's language."""
    lines = problem_text(Failed.of(error), say, has)
    return {"kind": "problem", "title": say("error.title"), "items": [{"text": line} for line in lines if line]}


# ---------------------------------------------------------------- the four wishes
def _load(cache: Cache, variant: Variant, say: Say) -> Iterator[Drawn]:
    held = _find(cache, variant.key)
    if held is not None and held.state == "ready":
        yield _line(say("models.was_loaded", name=variant.key))
        return
    before = _newest(cache)
    cache.preload(variant)
    yield from _watch_load(cache, variant, before, say)


def _pin(cache: Cache, variant: Variant, say: Say) -> Iterator[Drawn]:
    held, before = _find(cache, variant.key), _newest(cache)
    if held is not None and held.pinned:
        yield _line(say("models.was_pinned", name=variant.key))
        return
    cache.pin(variant)
    if held is None or held.state != "ready":
        yield from _watch_load(cache, variant, before, say)
    if (held := _find(cache, variant.key)) is not None and held.pinned:
        yield _line(say("models.is_pinned", name=variant.key))


def _unpin(cache: Cache, variant: Variant, say: Say) -> Iterator[Drawn]:
    yield _line(say("models.is_unpinned" if cache.unpin(variant.key) else "models.was_not_pinned", name=variant.key))


def _unload(cache: Cache, variant: Variant, say: Say) -> Iterator[Drawn]:
    key, before, began = variant.key, _newest(cache), time.monotonic()
    held = _find(cache, key)
    if held is None:
        yield _line(say("models.was_not_loaded", name=key))
        return
    closed: list[bool] = []
    closing = threading.Thread(target=lambda: closed.append(cache.unload(key)), name=f"unload-{key}", daemon=True)
    closing.start()
    while True:
        closing.join(STEP_S)
        if not closing.is_alive():
            break
        yield _line(say("models.unloading", name=key), _waits_for(_find(cache, key), say),
                    say("models.since", n=f"{time.monotonic() - began:.0f}"))
    if not any(closed):
        yield _line(say("models.kept", name=key), say("models.kept_why"))
        return
    lost = sum(event.bytes for event in _since(cache, before) if event.kind == "leak" and event.key == key)
    told = [say("models.has_left", name=key), say("models.gave_back", bytes=size(max(0, held.memory_bytes - lost)))]
    yield _line(*told, *([say("models.leaked", bytes=size(lost))] if lost else []))


# ---------------------------------------------------------------- watching
def _watch_load(cache: Cache, variant: Variant, before: CacheEvent | None, say: Say) -> Iterator[Drawn]:
    """Until it is loaded. Raises the error of a load that failed."""
    key, began = variant.key, time.monotonic()
    while (waited := time.monotonic() - began) < PATIENCE_S:
        news = [event for event in _since(cache, before) if event.key == key]
        if loaded := next((event for event in news if event.kind == "loaded"), None):
            yield _line(say("models.is_loaded", name=key, bytes=size(loaded.bytes), n=f"{loaded.seconds:.1f}"))
            return
        if any(event.kind == "refused" or event.kind == "load_failed" and event.detail != "retry" for event in news):
            before = _newest(cache)
            cache.preload(variant)        # repeats the error of a load that has just failed
        held = _find(cache, key)
        loading = held is not None and held.state == "loading"
        yield _line(key, state_text(held, waited, say) if held and loading
                    else say("models.waits_for_room", n=f"{waited:.0f}"))
        time.sleep(STEP_S)
    yield _line(say("models.still_loading", name=key))


def _waits_for(held: ModelStatus | None, say: Say) -> str:
    if held is not None and held.refs:
        return say("models.waits_for_one") if held.refs == 1 else say("models.waits_for_answers", n=held.refs)
    return say("models.waits_for_load" if held is not None and held.state == "loading" else "models.closing")


def _find(cache: Cache, key: str) -> ModelStatus | None:
    return next((held for held in cache.status() if held.key == key), None)


def _newest(cache: Cache) -> CacheEvent | None:
    return next(reversed(cache.events()), None)


def _since(cache: Cache, before: CacheEvent | None) -> list[CacheEvent]:
    """What happened after `before`, the latest first."""
    return list(takewhile(lambda event: event is not before, reversed(cache.events())))


def _line(*texts: str) -> Drawn:
    return {"items": [{"text": text} for text in texts]}
