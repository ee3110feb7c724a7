"""What a tab is given. Tabs reach nothing else."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from playground.downloads import Downloads
from playground.guard.programs import Programs
from playground.monitor.machine import Machine
from playground.service import Playground
from playground.types import CancelToken
from playground.ui.words import Words


@dataclass(slots=True)
class Shared:
    """The components of the bar that every tab reads. Filled in by the bar before any tab is built."""

    variant: Any = None                   # State: the picked variant's key, "qwen3-0.6b:nf4-dq"
    language: Any = None                  # State: "en" or "id"
    opened: Any = None                    # the event "a browser opened the page"
    selected: Any = None                  # State: id of the tab that the reader looks at


@dataclass(slots=True)
class UiContext:
    """One per app. `running` is the only mutable state of the interface that is not the browser's."""

    playground: Playground
    downloads: Downloads
    machine: Callable[[], Machine]
    caller: Callable[[gr.Request], str]   # who limits apply to
    default_variant: str
    max_tokens: int = 8192                # the most that one answer may have
    model_control: str = "nobody"         # who may load and unload by hand: "everyone", "local" or "nobody"
    may_control: Callable[[gr.Request], bool] = lambda request: False   # whether this one may
    words: Words = field(default_factory=Words)
    language: str = "en"
    programs: Programs = field(default_factory=Programs)
    shared: Shared = field(default_factory=Shared)
    _running: dict[tuple[str, str], CancelToken] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, session: str, tab: str) -> CancelToken:
        """A fresh token for this session's tab; an earlier run of the same tab is stopped."""
        token = CancelToken()
        with self._lock:
            earlier = self._running.get((session, tab))
            self._running[session, tab] = token
        if earlier:
            earlier.cancel()
        return token

    @contextmanager
    def running(self, session: str, tab: str) -> Iterator[CancelToken]:
        """A run of this session's tab, from `start` to its end, however that comes; its token is set then."""
        token = self.start(session, tab)
        try:
            yield token
        finally:
            token.cancel()
            self.finish(session, tab, token)

    def stop(self, session: str, tab: str) -> None:
        """Stop this session's run of one tab, if there is one."""
        with self._lock:
            token = self._running.pop((session, tab), None)
        if token:
            token.cancel()

    def stop_all(self, session: str) -> None:
        """Stop everything a session runs: its page was closed."""
        with self._lock:
            tokens = [self._running.pop(key) for key in list(self._running) if key[0] == session]
        for token in tokens:
            token.cancel()

    def finish(self, session: str, tab: str, token: CancelToken) -> None:
        """Forget a run that ended, unless a newer one took its place."""
        with self._lock:
            if self._running.get((session, tab)) is token:
                del self._running[session, tab]


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab is data: where it stands, the key of its title, and a function that lays it out and wires it.

    `texts` gives the texts that only this tab needs: language code to (key to text). Read when the page is built.
    """

    id: str
    title: str                            # key of its text: "chat.tab"
    build: Callable[[UiContext], None]
    order: int
    texts: Callable[[], Mapping[str, Mapping[str, str]]] = dict
