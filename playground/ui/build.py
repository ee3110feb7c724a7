"""All tabs on one page, under one bar."""
from __future__ import annotations

import gradio as gr

from playground.discover import discover
from playground.ui import bar
from playground.ui.context import Tab, UiContext
from playground.ui.theme import launch_options
from playground.ui.words import Key

__all__ = ["build_ui", "launch_options"]


def build_ui(ctx: UiContext, more_tabs: tuple[Tab, ...] = ()) -> gr.Blocks:
    """The page. `more_tabs` come from packages that the interface may not import, such as the lessons."""
    tabs = sorted([*discover("playground.ui.tabs", "TAB"), *more_tabs], key=lambda tab: tab.order)
    with gr.Blocks(title=ctx.words.say(ctx.language, "app.title"), fill_width=True, analytics_enabled=False) as page:
        ctx.shared.opened = page.load
        ctx.shared.selected = gr.State(tabs[0].id)
        built = bar.build(ctx)
        with gr.Tabs() as row:
            for tab in tabs:
                ctx.words.extend(tab.texts())
                with ctx.words.add(gr.Tab, label=Key(tab.title), id=tab.id):
                    tab.build(ctx)
        bar.wire(ctx, page, built)

        def on_select(event: gr.SelectData) -> str:
            return tabs[event.index].id

        row.select(on_select, None, ctx.shared.selected, api_visibility="private", show_progress="hidden")

        def on_close(request: gr.Request) -> None:
            ctx.stop_all(request.session_hash or "")

        page.unload(on_close)
    return page
