"""A door through which all requests of one problem count as one for the rate limit."""
from __future__ import annotations

from collections.abc import Iterator

from playground.errors import PlaygroundError
from playground.service import Playground, Stream
from playground.types import CancelToken, Event, Failed, GenerationRequest


class Series:
    """For one problem of one caller. The first request is the one that is counted."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self._stream: Stream | None = None

    def stream(self, request: GenerationRequest, caller: str, cancel: CancelToken) -> Iterator[Event]:
        """Events for one request; a refusal of the whole series is its only event."""
        try:
            self._stream = self._stream or self._playground.series(caller, request)
        except PlaygroundError as error:
            yield Failed.of(error)
            return
        yield from self._stream(request, cancel)

    def encode(self, variant: str, text: str) -> tuple[int, ...]:
        """The text's token ids."""
        return self._playground.encode(variant, text)
