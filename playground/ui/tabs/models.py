"""Models: what is in memory, what happened, what would fit; the owner may load, unload and pin."""
from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from playground.ui import model_card, models_view, would_fit
from playground.ui.context import Tab, UiContext
from playground.ui.drawn import drawn
from playground.ui.models_act import Wish, act
from playground.ui.view import Say
from playground.ui.words import Key

TICK_S = 1.0
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
WISHES: tuple[Wish, ...] = ("load", "unload", "pin", "unpin")

Painted = dict[Any, Any]                  # component to its new value or gr.update


@dataclass(frozen=True, slots=True)
class Parts:
    """The tab's components."""

    timer: gr.Timer
    memory: gr.HTML
    loaded: gr.HTML
    variant: gr.Dropdown                  # the one that the buttons are about
    buttons: dict[Wish, gr.Button]
    why: gr.HTML                          # why the buttons are off
    result: gr.HTML
    events: gr.HTML
    context: gr.Dropdown
    shown: gr.Dropdown
    fits: gr.HTML

    @property
    def watched(self) -> list[Any]:
        """What changes by itself."""
        return [self.memory, self.loaded, self.events]


def build(ctx: UiContext) -> None:
    """Lay out the tab and wire its events. Called once, inside the tab."""
    parts = lay_out(ctx)
    _wire_watch(ctx, parts)
    _wire_wishes(ctx, parts)
    _wire_fits(ctx, parts)


def lay_out(ctx: UiContext) -> Parts:
    words = ctx.words
    with gr.Row(equal_height=False, elem_classes="work models"):
        with gr.Column(scale=7, min_width=320):
            words.add(gr.Markdown, Key("models.memory_title"))
            memory = drawn("meter", elem_id="models-memory")
            words.add(gr.Markdown, Key("models.loaded_title"))
            loaded = drawn("table", scrolls=True, elem_id="models-loaded")
        with gr.Column(scale=3, min_width=280, elem_id="models-act"):
            words.add(gr.Markdown, Key("models.act_title"))
            variant = words.add(gr.Dropdown, [], label=Key("models.variant"), info=Key("models.variant_info"),
                                interactive=True, elem_id="models-variant")
            buttons: dict[Wish, gr.Button] = {}
            for wish in WISHES:
                with gr.Row(elem_classes="wish", equal_height=False):
                    buttons[wish] = words.add(gr.Button, Key(f"models.act_{wish}"), size="sm", min_width=96, scale=0,
                                              interactive=False, elem_id=f"models-{wish}")
                    words.add(gr.Markdown, Key(f"models.act_{wish}_info"))
            why = drawn("facts", elem_id="models-why")
            result = drawn("facts", live=True, elem_id="models-result")
    with gr.Column(elem_classes="models"):
        words.add(gr.Markdown, Key("models.events_title"))
        events = drawn("table", scrolls=True, elem_id="models-events")
        words.add(gr.Markdown, Key("models.fit_title"))
        words.add(gr.Markdown, Key("models.fit_info"), elem_classes="quiet")
        with gr.Row(elem_id="models-filter"):
            context = words.add(gr.Dropdown, choices=[(f"{tokens // 1024}k", tokens) for tokens in would_fit.CONTEXTS],
                                value=would_fit.CONTEXTS[1], label=Key("models.context"),
                                info=Key("models.context_info"), filterable=False, elem_id="models-context")
            shown = words.add(gr.Dropdown, choices=[(Key(f"models.shown_{each}"), each) for each in would_fit.SHOWN],
                              value=would_fit.SHOWN[0], label=Key("models.shown"), info=Key("models.shown_info"),
                              filterable=False, elem_id="models-shown")
        fits = drawn("table", scrolls=True, elem_id="models-fits")
    return Parts(gr.Timer(TICK_S, active=False), memory, loaded, variant, buttons, why, result, events, context, shown,
                 fits)


# ---------------------------------------------------------------- wiring: closures that unwrap, nothing else
def _wire_watch(ctx: UiContext, parts: Parts) -> None:
    """Everything follows the cache once a second, while a reader looks at this tab."""
    shared = ctx.shared
    looked_at = [shared.language, shared.variant, parts.context, parts.shown]
    drawn_all = [*parts.watched, parts.why, parts.result, parts.fits]

    def on_tab(selected: str, language: str, variant: str, context: int, shown: str, request: gr.Request) -> Painted:
        return show(ctx, parts, selected == TAB.id, request, language, variant, context, shown)

    def on_language(selected: str, language: str, variant: str, context: int, shown: str, request: gr.Request
                    ) -> Painted:
        return repaint(ctx, parts, selected == TAB.id, request, language, context, shown)

    def on_tick(language: str) -> Painted:
        return watch(ctx, parts, partial(ctx.words.say, language))

    def on_variant(selected: str, variant: str) -> Any:
        return _choices(ctx, variant) if selected == TAB.id else gr.skip()

    shared.selected.change(on_tab, [shared.selected, *looked_at],
                           [parts.timer, parts.variant, *parts.buttons.values(), *drawn_all], **QUIET)
    shared.language.change(on_language, [shared.selected, *looked_at],
                           drawn_all, **QUIET)
    shared.variant.change(on_variant, [shared.selected, shared.variant], parts.variant, **QUIET)
    parts.timer.tick(on_tick, shared.language, parts.watched, trigger_mode="once", **QUIET)


def _wire_wishes(ctx: UiContext, parts: Parts) -> None:
    def on(wish: Wish) -> Any:
        def on_click(request: gr.Request, key: str | None, language: str) -> Iterator[Painted]:
            yield from grant(ctx, parts, request, wish, key, language)

        return on_click

    for wish, button in parts.buttons.items():
        button.click(on(wish), [parts.variant, ctx.shared.language], [parts.result, *parts.watched], **QUIET)


def _wire_fits(ctx: UiContext, parts: Parts) -> None:
    def on_filter(context: int, shown: str, language: str) -> dict[str, Any]:
        return fits(ctx, context, shown, partial(ctx.words.say, language))

    gr.on([parts.context.input, parts.shown.input], on_filter, [parts.context, parts.shown, ctx.shared.language],
          parts.fits, **QUIET)


# ---------------------------------------------------------------- what the handlers do
def show(ctx: UiContext, parts: Parts, looked_at: bool, request: gr.Request, language: str, variant: str,
         context: int, shown: str) -> Painted:
    """The tab came into view, or left it: then only the timer stops."""
    if not looked_at:
        return {parts.timer: gr.update(active=False)}
    may = ctx.may_control(request)
    return {parts.timer: gr.update(active=True), parts.variant: _choices(ctx, variant),
            **{button: gr.update(interactive=may) for button in parts.buttons.values()},
            **repaint(ctx, parts, True, request, language, context, shown)}


def repaint(ctx: UiContext, parts: Parts, looked_at: bool, request: gr.Request, language: str, context: int, shown: str
            ) -> Painted:
    """Everything drawn, in the reader's language. Out of sight nothing is drawn: `show` comes first."""
    if not looked_at:
        return {parts.result: {}}
    say = partial(ctx.words.say, language)
    return {parts.result: {}, parts.why: {} if ctx.may_control(request) else why_not(ctx, say),
            parts.fits: fits(ctx, context, shown, say), **watch(ctx, parts, say)}


def watch(ctx: UiContext, parts: Parts, say: Say) -> Painted:
    """The memory, what is in it and what happened, as they are now."""
    cache, events, models = ctx.playground.cache, ctx.playground.cache.events(), ctx.playground.cache.status()
    began = models_view.load_began(events)
    return {parts.memory: models_view.memory_meters(cache.devices(), models, ctx.machine(), say),
            parts.loaded: models_view.in_memory(models, began, time.time(), say),
            parts.events: models_view.happened(events, say)}


def grant(ctx: UiContext, parts: Parts, request: gr.Request, wish: Wish, key: str | None, language: str
          ) -> Iterator[Painted]:
    """Do what the button says, if this caller may, and tell what comes of it."""
    say = partial(ctx.words.say, language)
    if not ctx.may_control(request):      # a disabled button stops nobody who writes requests by hand
        yield {parts.result: {"kind": "problem", "title": say("error.title"), "items": why_not(ctx, say)["items"]}}
        return
    if not key:
        yield {parts.result: {"items": [{"text": say("models.choose_first")}]}}
        return
    for told in act(ctx.playground.cache, wish, ctx.playground.catalog.variant(key), say, ctx.words.has):
        yield {parts.result: told, **watch(ctx, parts, say)}


def why_not(ctx: UiContext, say: Say) -> dict[str, Any]:
    """One sentence: who may act here."""
    return {"items": [{"text": say(f"models.only_{ctx.model_control}")}]}


def fits(ctx: UiContext, context: int, shown: str, say: Say) -> dict[str, Any]:
    """The table of what would fit this machine."""
    catalog = ctx.playground.catalog
    models, schemes = catalog.models(), catalog.quantizations()
    usable = {scheme.id for scheme in schemes if not scheme.unavailable()}
    loadable = {model.id: [v.quantization for v in catalog.variants(model.id) if v.quantization in usable]
                for model in models}
    found = would_fit.lines(models, schemes, loadable, context, model_card.available_bytes(ctx))
    here = [model.id for model in models if _is_here(ctx, model.id)] if shown == "here" else ()
    kept = would_fit.chosen(found, shown, here)
    where = {line.model.id: model_card.where(ctx, line.model, say) for line in kept}
    return would_fit.table(kept, schemes, where, context, say)


def _choices(ctx: UiContext, variant: str) -> Any:
    """Every variant that needs no download; the one picked above is chosen, where it is among them."""
    keys = [f"{model.id}:{scheme}" for model in ctx.playground.catalog.models() if _is_here(ctx, model.id)
            for _, scheme in model_card.schemes(ctx, model.id)]
    chosen = {"value": variant} if variant in keys else {}
    return gr.update(choices=keys, **chosen)


def _is_here(ctx: UiContext, model_id: str) -> bool:
    return ctx.downloads.is_here(ctx.playground.catalog.model(model_id))


TAB = Tab("models", "models.tab", build, order=95)
