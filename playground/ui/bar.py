"""The bar above the tabs: which model, in which variant, in which language, and how full the memory is."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.errors import PlaygroundError
from playground.ui import model_card
from playground.ui.context import UiContext
from playground.ui.drawn import drawn
from playground.ui.view import Say, size
from playground.ui.words import DEFAULT_LANGUAGE, Key

LANGUAGES = [("English", "en"), ("Indonesia", "id")]
TICK_S = 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar's components."""

    model: gr.Dropdown
    quantization: gr.Dropdown
    language: gr.Dropdown
    remembered: gr.BrowserState
    memory: gr.HTML
    card: gr.HTML
    absent: gr.Column
    progress: gr.HTML
    download: gr.Button
    cancel: gr.Button
    timer: gr.Timer

    @property
    def panel(self) -> list[Any]:
        """What depends on the picked model."""
        return [self.card, self.absent, self.progress, self.download, self.cancel]


def build(ctx: UiContext) -> Bar:
    """Lay out the bar and put what every tab reads into `ctx.shared`."""
    words, variant = ctx.words, ctx.playground.catalog.variant(ctx.default_variant)
    ctx.shared.variant = gr.State(variant.key)
    ctx.shared.language = gr.State(ctx.language)
    say = partial(words.say, ctx.language)
    with gr.Row(elem_id="bar", equal_height=False):
        with gr.Column(scale=3, min_width=220, elem_id="brand"):
            gr.Markdown("# Qwen Playground")
            words.add(gr.Markdown, Key("app.tagline"))
        model = words.add(gr.Dropdown, model_card.choices(ctx, say), value=variant.model.id, label=Key("bar.model"),
                          scale=4, min_width=260, elem_id="pick-model")
        quantization = words.add(gr.Dropdown, model_card.schemes(ctx, variant.model.id), value=variant.quantization,
                                 label=Key("bar.variant"), scale=2, min_width=160, elem_id="pick-variant")
        language = words.add(gr.Dropdown, LANGUAGES, value=ctx.language, label=Key("app.language"), scale=1,
                             min_width=156, elem_id="pick-language", filterable=False)
        with gr.Column(scale=2, min_width=240, elem_id="memory"):
            memory = drawn("meter", memory_meter(ctx, say))
    card = drawn("facts", model_card.card(ctx, variant, say), elem_id="model-card", scrolls=True)
    with gr.Column(visible=False, elem_id="download") as absent:
        progress = drawn("meter", live=True)
        with gr.Row():
            download = gr.Button("", variant="primary", size="sm", scale=0, min_width=200)
            cancel = words.add(gr.Button, Key("download.cancel"), size="sm", scale=0, min_width=160)
    remembered = gr.BrowserState("", storage_key="qwen-playground-language", secret="qwen-playground")
    return Bar(model, quantization, language, remembered, memory, card, absent, progress, download, cancel,
               gr.Timer(TICK_S))


def wire(ctx: UiContext, page: gr.Blocks, bar: Bar) -> None:
    """Wire the bar; after the tabs are built, because the language reaches into all of them."""
    shared, quiet = ctx.shared, {"api_visibility": "private", "show_progress": "hidden"}

    def on_model(model_id: str, lang: str) -> tuple[Any, ...]:
        default = ctx.playground.catalog.variant(model_id)
        scheme = gr.update(choices=model_card.schemes(ctx, model_id), value=default.quantization)
        return scheme, default.key, *_panel(ctx, default.key, lang)

    def on_scheme(model_id: str, scheme: str, lang: str) -> tuple[Any, ...]:
        key = f"{model_id}:{scheme}"
        return key, *_panel(ctx, key, lang)

    def on_variant(key: str, lang: str) -> tuple[Any, ...]:
        variant = ctx.playground.catalog.variant(key)
        scheme = gr.update(choices=model_card.schemes(ctx, variant.model.id), value=variant.quantization)
        return gr.update(value=variant.model.id), scheme, *_panel(ctx, key, lang)

    def on_language(lang: str, variant: str) -> tuple[Any, ...]:
        say = partial(ctx.words.say, lang)
        names = gr.update(choices=model_card.choices(ctx, say), label=say("bar.model"))
        return lang, lang, names, memory_meter(ctx, say), *_panel(ctx, variant, lang), *_labels(ctx, lang, bar.model)

    def on_open(remembered: str, variant: str, request: gr.Request) -> tuple[Any, ...]:
        lang = first_language(ctx, remembered, request)
        _, _, *rest = on_language(lang, variant)
        return gr.update(value=lang), lang, *rest

    def on_tick(variant: str, lang: str) -> tuple[Any, ...]:
        return memory_meter(ctx, partial(ctx.words.say, lang)), *_panel(ctx, variant, lang)

    def on_download(variant: str, lang: str) -> tuple[Any, ...]:
        problem = _problem(lambda: ctx.downloads.start(ctx.playground.catalog.variant(variant).model))
        return _panel(ctx, variant, lang, problem)

    def on_cancel(variant: str, lang: str) -> tuple[Any, ...]:
        if download := ctx.downloads.running(ctx.playground.catalog.variant(variant).model):
            download.cancel()
        return _panel(ctx, variant, lang)

    labelled = [c for c in ctx.words.components if c is not bar.model]
    bar.model.input(on_model, [bar.model, shared.language], [bar.quantization, shared.variant, *bar.panel], **quiet)
    bar.quantization.input(on_scheme, [bar.model, bar.quantization, shared.language], [shared.variant, *bar.panel],
                           **quiet)
    # also when a tab picked a model
    shared.variant.change(on_variant, [shared.variant, shared.language], [bar.model, bar.quantization, *bar.panel],
                          **quiet)
    bar.language.input(on_language, [bar.language, shared.variant],
                       [shared.language, bar.remembered, bar.model, bar.memory, *bar.panel, *labelled], **quiet)
    # also when the address or an earlier visit chose the language
    bar.language.change(None, bar.language, None, js="(lang) => { document.documentElement.lang = lang; }")
    page.load(on_open, [bar.remembered, shared.variant],
              [bar.language, shared.language, bar.model, bar.memory, *bar.panel, *labelled], **quiet)
    bar.timer.tick(on_tick, [shared.variant, shared.language], [bar.memory, *bar.panel], **quiet)
    bar.download.click(on_download, [shared.variant, shared.language], bar.panel, **quiet)
    bar.cancel.click(on_cancel, [shared.variant, shared.language], bar.panel, **quiet)


def _labels(ctx: UiContext, lang: str, but: Any) -> list[Any]:
    updates = zip(ctx.words.components, ctx.words.updates(lang), strict=True)
    return [update for component, update in updates if component is not but]


def _problem(act: Callable[[], object]) -> PlaygroundError | None:
    try:
        act()
    except PlaygroundError as error:
        return error
    return None


def _panel(ctx: UiContext, key: str, lang: str, problem: PlaygroundError | None = None) -> tuple[Any, ...]:
    """(card, download panel, its progress, download button, cancel button) for one variant."""
    say, variant = partial(ctx.words.say, lang), ctx.playground.catalog.variant(key)
    shown = model_card.download(ctx, variant.model, say)
    if problem is not None:
        shown.progress["items"] = [str(problem), problem.hint]
    return (model_card.card(ctx, variant, say), gr.update(visible=shown.absent), shown.progress,
            gr.update(value=shown.start, visible=bool(shown.start)), gr.update(visible=shown.running))


def first_language(ctx: UiContext, remembered: str, request: gr.Request) -> str:
    """`?lang=id` in the address, else what this browser chose before, else what the browser asks for."""
    known = ctx.words.languages
    for wish in (request.query_params.get("lang"), remembered):
        if wish in known:
            return str(wish)
    accepted = (request.headers.get("accept-language") or "").split(",")
    wishes = [part.split(";")[0].strip()[:2] for part in accepted]
    return next((wish for wish in wishes if wish in known), ctx.language or DEFAULT_LANGUAGE)


def memory_meter(ctx: UiContext, say: Say) -> dict[str, Any]:
    """What to draw: how much of the budget is used, and what is ready, loading or waiting."""
    cache = ctx.playground.cache
    status = cache.status()
    ready = sum(model.state == "ready" for model in status)
    words = {0: say("bar.ready_none"), 1: say("bar.ready_one")}.get(ready, say("bar.ready_many", n=ready))
    loading = [say("bar.loading", name=model.key, stage=say(f"stage.{model.stage or 'queued'}"))
               for model in status if model.state == "loading"]
    items = [say("bar.memory", used=size(cache.used_bytes), budget=size(cache.budget_bytes)),
             *(loading or [words])]
    if cache.queue_length:
        items.append(say("bar.queue", n=cache.queue_length))
    return {"items": items, "share": cache.used_bytes / max(1, cache.budget_bytes)}
