"""The list of our own addresses, to stand beside the page."""
from __future__ import annotations

from starlette.routing import BaseRoute, Route

from playground.api.context import ApiContext
from playground.api.health import health_route
from playground.api.openai import chat_route, models_route
from playground.api.state import metrics_route, ps_route


def api_routes(api: ApiContext) -> list[BaseRoute]:
    """For `demo.launch(app_kwargs={"routes": ...})`: Gradio's `auth` does not cover them, `api_key` does."""
    return [
        Route("/health", health_route(api), methods=["GET"]),
        Route("/metrics", metrics_route(api), methods=["GET"]),
        Route("/api/ps", ps_route(api), methods=["GET"]),
        Route("/v1/models", models_route(api), methods=["GET"]),
        Route("/v1/chat/completions", chat_route(api), methods=["POST"]),
    ]
