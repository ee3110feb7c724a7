"""How far a load is, and Stop in the middle of it."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import Any

from playground.errors import Cancelled
from playground.types import CancelToken, LoadProgress


@contextmanager
def watched_weights(stage: str, progress: LoadProgress, cancel: CancelToken) -> Iterator[None]:
    """Report the fraction of tensors read, and raise Cancelled between two of them. The caller holds LOAD_LOCK.

    It listens to the progress bar of transformers; a version without that hook just reports the stage.
    """
    from transformers.utils import logging

    set_hook = getattr(logging, "set_tqdm_hook", None)
    if set_hook is None:
        yield
        return

    def hook(make_bar: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if kwargs.get("desc") == "Loading weights" and args and isinstance(args[0], Sized):
            return _Bar(args[0], stage, progress, cancel)
        return make_bar(*args, **kwargs)

    previous = set_hook(hook)
    try:
        yield
    finally:
        set_hook(previous)


class _Bar:
    """Stands in for a tqdm bar around what it iterates over."""

    def __init__(self, items: Any, stage: str, progress: LoadProgress, cancel: CancelToken) -> None:
        self._items, self._stage, self._progress, self._cancel = items, stage, progress, cancel

    def __iter__(self) -> Iterator[Any]:
        for number, item in enumerate(self._items):
            if self._cancel.cancelled:
                raise Cancelled("The load was stopped.")
            self._progress(self._stage, number / len(self._items))
            yield item

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None                    # set_postfix, update, close: nothing to draw
