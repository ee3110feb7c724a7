"""How the page looks: theme, style sheet and script, all served from this machine."""
from __future__ import annotations

from typing import Any

import gradio as gr

from playground.paths import ROOT

ASSETS = ROOT / "assets"


def launch_options() -> dict[str, Any]:
    """Keyword arguments for Blocks.launch that concern the looks.

    The style sheet goes into `head`, not `css`: Gradio scopes `css` to inside its own container, so rules for the
    container and the page would have no effect.
    """
    style = (ASSETS / "playground.css").read_text("utf-8")
    script = (ASSETS / "playground.js").read_text("utf-8")
    about = '<meta name="description" content="Try, take apart and learn the Qwen models.">'
    head = f"{about}<style>{style}</style><script>{script}</script>"
    return {"theme": _theme(), "head": head, "footer_links": []}


def _theme() -> gr.themes.Base:
    def fonts(*names: str) -> list[gr.themes.Font]:
        return [gr.themes.Font(name) for name in names]

    return gr.themes.Base(
        primary_hue="violet", neutral_hue="slate", radius_size="lg", spacing_size="md", text_size="md",
        font=fonts("Inter", "Noto Sans", "system-ui", "sans-serif"),
        font_mono=fonts("JetBrains Mono", "ui-monospace", "monospace"),
    ).set(
        body_background_fill="*neutral_50", body_background_fill_dark="*neutral_950",
        block_border_width="1px", block_shadow="none",
        block_label_text_color="*neutral_600", block_label_text_color_dark="*neutral_300",
        block_info_text_color="*neutral_600", block_info_text_color_dark="*neutral_300",
        body_text_color_subdued="*neutral_600", body_text_color_subdued_dark="*neutral_300",
        input_placeholder_color="*neutral_500", input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="*primary_600", button_primary_background_fill_hover="*primary_700",
        button_primary_text_color="white",
    )
