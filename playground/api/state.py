"""GET /metrics for Prometheus and GET /api/ps: what the model cache holds and did."""
from __future__ import annotations

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from playground.api.context import ApiContext, Route, guarded

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_route(api: ApiContext) -> Route:
    """Prometheus' text format."""
    async def metrics(request: Request) -> Response:
        return Response(await anyio.to_thread.run_sync(api.metrics), media_type=METRICS_TYPE)

    return guarded(api, metrics)


def ps_route(api: ApiContext) -> Route:
    """Every model in memory, as JSON. Sizes in bytes, times in seconds."""
    async def ps(request: Request) -> Response:
        return JSONResponse(await anyio.to_thread.run_sync(api.ps), headers={"cache-control": "no-store"})

    return guarded(api, ps)
