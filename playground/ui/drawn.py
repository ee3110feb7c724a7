"""Components drawn in the browser from data, so that no text is ever put into HTML (assets/playground.js)."""
from __future__ import annotations

from typing import Any

import gradio as gr

TEMPLATE = '<div class="draw {kind}"{role}></div>'


def drawn(kind: str, value: dict[str, Any] | None = None, *, live: bool = False, scrolls: bool = False,
          **props: Any) -> gr.HTML:
    """A component of one kind ("tokens", "facts", "meter") whose value is plain data.

    live: screen readers announce changes. scrolls: it may be wider than a phone, so the keyboard must reach it; its
    value then has a "label".
    """
    role = ' role="status" aria-live="polite"' if live else ' role="group" tabindex="0"' if scrolls else ""
    return gr.HTML(
        value=value or {},
        html_template=TEMPLATE.format(kind=kind, role=role),
        js_on_load=f"window.qwenPlayground.draw('{kind}', element, props, watch)",
        **props,
    )
