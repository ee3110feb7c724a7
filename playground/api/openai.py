"""GET /v1/models and POST /v1/chat/completions, as OpenAI's clients speak them. Generates through Playground.stream."""
from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from playground.api.answers import Answer, sse
from playground.api.bridge import cancel_on_disconnect, events
from playground.api.context import ApiContext, Route, guarded, read_json
from playground.api.errors import ApiError, from_failed
from playground.api.parse import Asked, parse
from playground.api.stop import StopTexts
from playground.types import CancelToken, Event, Failed, Finished, ReasoningDelta, TextDelta, Waiting

STATUS_PATIENCE_S = 2.0                   # a stream begins at the latest then; earlier failures get their own status
COMMENT_EVERY_S = 1.0                     # keeps connections open while a model loads


class EventStream(StreamingResponse):
    """Server-sent events that cancel their generation however the connection ends."""

    def __init__(self, content: AsyncIterator[bytes], cancel: CancelToken) -> None:
        super().__init__(content, media_type="text/event-stream",
                         headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
        self._cancel = cancel

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._cancel.cancel()


def models_route(api: ApiContext) -> Route:
    """Every model that needs no download, first by its id, then each `id:variant`."""
    async def models(request: Request) -> Response:
        usable = await anyio.to_thread.run_sync(api.usable)
        names = dict.fromkeys(name for variant in usable for name in (variant.model.id, variant.key))
        created = int(time.time() - (api.clock() - api.started))
        data = [{"id": name, "object": "model", "created": created, "owned_by": "qwen"} for name in names]
        return JSONResponse({"object": "list", "data": data})

    return guarded(api, models)


def chat_route(api: ApiContext) -> Route:
    """One answer, plain or streamed."""
    async def chat(request: Request) -> Response:
        body = await read_json(request, api.limits.max_body_bytes)
        asked = await anyio.to_thread.run_sync(parse, body, api.variant_of, api.limits.max_tokens_per_answer,
                                              api.picture_of)
        answer = Answer(f"chatcmpl-{uuid.uuid4().hex}", int(time.time()), asked.model, asked.request.variant)
        cancel, caller = CancelToken(), api.caller_of(request)
        stream = events(lambda: api.stream(asked.request, caller, cancel), cancel)
        watch = asyncio.create_task(cancel_on_disconnect(request, cancel))
        try:
            if not asked.stream:
                return JSONResponse(await _whole(stream, asked, answer, cancel))
            first = await _until_it_runs(stream)
        finally:
            watch.cancel()                # from here on the streamed response watches for itself
        return EventStream(_chunks(first, stream, asked, answer, cancel), cancel)

    return guarded(api, chat)


async def _until_it_runs(stream: AsyncIterator[Event]) -> Event:
    """The first event that is news, or a Waiting once the caller waited long enough for a status line.

    Raises ApiError when the request fails first.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + STATUS_PATIENCE_S
    async for event in stream:
        if isinstance(event, Failed):
            raise from_failed(event)
        if not isinstance(event, Waiting) or loop.time() >= until:
            return event
    raise ApiError(500, "The answer ended before it began.", "server_error", code="internal")


async def _whole(stream: AsyncIterator[Event], asked: Asked, answer: Answer, cancel: CancelToken) -> dict[str, object]:
    stop, text, reasoning = StopTexts(asked.stops), "", ""
    async for event in stream:
        match event:
            case ReasoningDelta(piece):
                reasoning += piece
            case TextDelta(piece):
                text += stop.feed(piece)
                if stop.hit:
                    cancel.cancel()       # its Finished still comes, with the counts
            case Finished():
                _must_have_ended(event, stop)
                return answer.whole(text + stop.flush(), reasoning, event, stopped=stop.hit)
            case Failed():
                raise from_failed(event)
    raise ApiError(500, "The answer has no end.", "server_error", code="internal")


async def _chunks(first: Event, stream: AsyncIterator[Event], asked: Asked, answer: Answer,
                  cancel: CancelToken) -> AsyncIterator[bytes]:
    stop, loop = StopTexts(asked.stops), asyncio.get_running_loop()
    commented = loop.time()
    yield sse(answer.delta(role="assistant", content=""))
    async for event in _chain(first, stream):
        match event:
            case Waiting(phase, elapsed_s) if loop.time() - commented >= COMMENT_EVERY_S:
                commented = loop.time()
                yield f": {phase} {elapsed_s:.0f} s\n\n".encode()
            case ReasoningDelta(piece) if piece and not stop.hit:
                yield sse(answer.delta(reasoning_content=piece))
            case TextDelta(piece):
                if shown := stop.feed(piece):
                    yield sse(answer.delta(content=shown))
                if stop.hit:
                    cancel.cancel()
            case Finished() | Failed():
                for part in _ending(event, stop, asked, answer):
                    yield part
    yield b"data: [DONE]\n\n"


def _ending(event: Finished | Failed, stop: StopTexts, asked: Asked, answer: Answer) -> list[bytes]:
    try:
        if isinstance(event, Failed):
            raise from_failed(event)
        _must_have_ended(event, stop)
    except ApiError as error:             # the status line is gone; OpenAI's clients raise APIError on this
        return [sse(error.body())]
    held = stop.flush()
    parts = [answer.delta(content=held)] if held else []
    parts.append(answer.last(event, stopped=stop.hit))
    if asked.include_usage:
        parts.append(answer.usage(event))
    return [sse(part) for part in parts]


def _must_have_ended(event: Finished, stop: StopTexts) -> None:
    """An answer that somebody else stopped must not look like a finished one."""
    if event.reason == "cancelled" and not stop.hit:
        raise ApiError(503, "The answer was stopped before its end.", "server_error", code="cancelled", retry=True)


async def _chain(first: Event, rest: AsyncIterator[Event]) -> AsyncIterator[Event]:
    yield first
    if not isinstance(first, Finished | Failed):
        async for event in rest:
            yield event
