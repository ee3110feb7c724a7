"""One blocking event stream, read by the event loop without ever blocking it.

Each stream has its own reader thread: a shared pool would let many slow answers hold up everything else.
"""
from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator

from starlette.requests import Request

from playground.types import CancelToken, Event, Failed, Finished

log = logging.getLogger(__name__)


async def events(open_stream: Callable[[], Iterator[Event]], cancel: CancelToken) -> AsyncIterator[Event]:
    """The stream's events as they happen; ends after its Finished or Failed. Leaving early cancels the token."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[Event] = asyncio.Queue()  # bounded by max_tokens: one event a token

    def read() -> None:
        try:
            for event in open_stream():
                loop.call_soon_threadsafe(arrived.put_nowait, event)
        except RuntimeError:              # the loop is closed: the server went away
            cancel.cancel()
        except Exception:
            log.exception("a stream broke its promise to end with Finished or Failed")
            loop.call_soon_threadsafe(arrived.put_nowait, Failed("internal", "Something went wrong on our side."))

    threading.Thread(target=read, name="api reader", daemon=True).start()
    try:
        while True:
            event = await arrived.get()
            yield event
            if isinstance(event, Finished | Failed):
                return
    finally:
        cancel.cancel()


async def cancel_on_disconnect(request: Request, cancel: CancelToken) -> None:
    """Wait until the client goes away, then cancel. Run as a task, after the body was read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    cancel.cancel()
