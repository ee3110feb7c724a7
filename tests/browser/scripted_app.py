"""The real app with scripted models: `python -m tests.browser.scripted_app --port 7861`. Options are those of app.py.

"scripted" reads a lot, "small" reads 40 tokens, "plain" cannot think, "absent" was not downloaded.
"""
from __future__ import annotations

import sys
from dataclasses import replace

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from playground.catalog import Catalog
from playground.paths import ROOT
from playground.settings import load_settings
from playground.start.launch import quiet_environment, serve
from playground.start.quick_gradio import without_stubs
from playground.types import Architecture, ModelSpec, SamplingParams
from tests.browser.scripted_engine import ScriptedEngine

PURPOSE = {"en": "Says what a test tells it.", "id": "Berkata apa yang disuruh sebuah uji."}
TINY = Architecture("qwen3", 2, 64, 4, 2, 16, 128, 512)


def models() -> list[ModelSpec]:
    spec = ModelSpec(
        id="scripted", name="Scripted", family="scripted", repo="", revision="", license="apache-2.0", parameters=1000,
        active_parameters=1000, context_tokens=100_000, extended_context_tokens=100_000, modalities=("text",),
        thinking="hybrid", sampling=SamplingParams(max_tokens=2000),
        thinking_sampling=SamplingParams(temperature=0.6, top_p=0.95, max_tokens=2000), purpose=PURPOSE,
        architecture=TINY, engine="scripted", path=str(ROOT / "assets" / "models" / "pocket-qwen3"))
    return [spec, replace(spec, id="small", name="Small", context_tokens=40, extended_context_tokens=40),
            replace(spec, id="plain", name="Plain", thinking="none"),
            replace(spec, id="absent", name="Absent", path="", repo="nobody/absent", revision="0" * 40)]


def main() -> None:
    settings = load_settings([*sys.argv[1:], "--default-model", "scripted", "--requests-per-minute", "100000"])
    quiet_environment(settings.offline)
    without_stubs()
    from playground.compose import compose
    from playground.ui.build import build_ui, launch_options
    from tutorials.tab import TAB as LESSONS

    engine = ScriptedEngine()
    app = compose(settings, Catalog(models()), {"scripted": engine})

    async def leases(request: object) -> Response:
        return JSONResponse({model.key: model.refs for model in app.cache.status()})

    routes: list[BaseRoute] = [*app.routes, *engine.routes(), Route("/control/leases", leases)]
    serve(build_ui(app.ui, (LESSONS,)), routes, settings.host, settings.port, launch_options(), lambda: None)


if __name__ == "__main__":
    main()
