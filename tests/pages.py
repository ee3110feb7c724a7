"""One tab's components on a page of their own, for tests that call its handlers without a browser."""
from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import gradio as gr

from playground.compose import App
from playground.ui import bar
from playground.ui.context import UiContext

Parts = TypeVar("Parts")


def laid_out(app: App, lay_out: Callable[[UiContext], Parts]) -> Parts:
    """What `lay_out` makes, under the bar that every tab stands under."""
    with gr.Blocks() as page:
        app.ui.shared.opened = page.load
        bar.build(app.ui)
        return lay_out(app.ui)
