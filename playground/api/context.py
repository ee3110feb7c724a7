"""All that the routes are given, and the checks each /v1 call passes first."""
from __future__ import annotations

import asyncio
import hmac
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from playground.api.errors import ApiError, from_error
from playground.errors import PlaygroundError
from playground.guard.caller import CallerOf
from playground.guard.validate import Limits
from playground.pictures.decode import from_data_url
from playground.types import CancelToken, Event, GenerationRequest, Picture, Variant

Route = Callable[[Request], Awaitable[Response]]
BODY_TIMEOUT_S = 30.0
BIG_BODY_BYTES = 64 * 1024                # parsing more than this on the event loop would be felt by others


@dataclass(frozen=True, slots=True)
class ModelState:
    """One model in memory, as /health tells it. state: "loading", "ready" or another word of the cache."""

    key: str
    state: str
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class ApiContext:
    """One per app. The callables may touch locks and disks, so routes call them in threads."""

    stream: Callable[[GenerationRequest, str, CancelToken], Iterator[Event]]  # Playground.stream, the one door
    variant_of: Callable[[str], Variant]  # "qwen3-0.6b" or "qwen3-0.6b:nf4-dq"; raises UnknownName
    usable: Callable[[], Sequence[Variant]]  # what needs no download, every variant of a model in a row
    states: Callable[[], Sequence[ModelState]]
    queue_length: Callable[[], int]
    metrics: Callable[[], bytes]          # in Prometheus' text format
    ps: Callable[[], dict[str, Any]]      # what is in memory
    limits: Limits
    caller_of: CallerOf
    api_key: str = field(default="", repr=False)
    version: str = ""
    started: float = field(default_factory=time.monotonic)
    clock: Callable[[], float] = time.monotonic
    _reading: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(2), repr=False)

    def picture_of(self, url: str) -> Picture:
        """The picture in a data: URL. Two are read at a time: one may take hundreds of MB. Raises InvalidRequest."""
        with self._reading:
            return from_data_url(url)

    def authorise(self, request: Request) -> None:
        """Nothing, or ApiError 401 when a key is set and the call does not bring it."""
        if not self.api_key:
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self.api_key.encode()):
            raise ApiError(401, "This server needs an API key: Authorization: Bearer <key>.", code="invalid_api_key")


def guarded(api: ApiContext, route: Route) -> Route:
    """The route behind the API key, with errors in OpenAI's shape."""
    async def checked(request: Request) -> Response:
        try:
            api.authorise(request)
            return await route(request)
        except ApiError as error:
            return error.response()
        except PlaygroundError as error:
            return from_error(error).response()

    return checked


async def read_json(request: Request, max_bytes: int) -> Any:
    """The body. Raises ApiError: 415 for another type, 413 when too long, 408 when too slow, 400 for bad JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":        # also keeps pages of other sites from posting here unasked
        raise ApiError(415, "Send the header Content-Type: application/json.", code="unsupported_media_type")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_long(max_bytes)
    try:
        body = await asyncio.wait_for(_read(request, max_bytes), BODY_TIMEOUT_S)
    except asyncio.TimeoutError:
        raise ApiError(408, f"The body did not arrive within {BODY_TIMEOUT_S:.0f} s.", code="timeout") from None
    try:
        return await anyio.to_thread.run_sync(json.loads, body) if len(body) > BIG_BODY_BYTES else json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(400, "The body is not valid JSON.", code="invalid_json") from None


async def _read(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise _too_long(max_bytes)
    return bytes(body)


def _too_long(max_bytes: int) -> ApiError:
    return ApiError(413, f"The body is too long; at most {max_bytes} bytes are allowed here.", code="body_too_long")
