"""GET /health: is it up, what is loaded. Answers within milliseconds whatever the models do."""
from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from playground.api.context import ApiContext

log = logging.getLogger(__name__)
PATIENCE_S = 0.03                         # how long a lock of the cache may delay the answer


def health_route(api: ApiContext) -> Callable[[Request], Awaitable[Response]]:
    """The route. While the cache does not answer in time, the last known state is told with "stale": true."""
    known: dict[str, Any] = {"status": "ok", "models": [], "queue_length": 0}
    only_one = anyio.CapacityLimiter(1)   # waiting threads must not pile up behind a held lock

    def look() -> dict[str, Any]:
        models = [{"key": s.key, "state": s.state, "memory_bytes": s.memory_bytes} for s in api.states()]
        loading = any(model["state"] == "loading" for model in models)
        return {"status": "loading" if loading else "ok", "models": models, "queue_length": api.queue_length()}

    async def health(request: Request) -> Response:
        stale = True
        with anyio.move_on_after(PATIENCE_S):
            try:
                known.update(await anyio.to_thread.run_sync(look, abandon_on_cancel=True, limiter=only_one))
                stale = False
            except Exception:             # a broken count must not look like a dead server
                log.exception("the cache could not tell its state")
        uptime_s = round(api.clock() - api.started, 3)
        return JSONResponse({**known, "version": api.version, "uptime_s": uptime_s, "stale": stale},
                            headers={"cache-control": "no-store"})

    return health
