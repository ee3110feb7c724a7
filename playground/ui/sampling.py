"""The settings beside a conversation: thinking, system prompt, sampling."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from playground.errors import InvalidRequest
from playground.prompts import load_presets
from playground.types import ModelSpec, SamplingParams
from playground.ui.context import UiContext
from playground.ui.words import Key

SLIDERS: dict[str, tuple[float, float, float]] = {     # minimum, maximum, step of the slider; guard has the real limits
    "temperature": (0, 2, 0.05),
    "top_p": (0.05, 1, 0.05),
    "top_k": (0, 100, 1),
    "min_p": (0, 0.5, 0.01),
    "repetition_penalty": (1, 1.5, 0.01),
    "max_tokens": (16, 0, 16),             # the maximum is what the app allows, `UiContext.max_tokens`
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The panel's components. `inputs` is what a handler receives, in the order of `read`."""

    thinking: gr.Radio
    preset: gr.Dropdown
    system: gr.Textbox
    sliders: dict[str, gr.Slider]
    seed: gr.Textbox
    reset: gr.Button
    folded: gr.Accordion

    @property
    def inputs(self) -> list[Any]:
        return [self.thinking, self.system, *self.sliders.values(), self.seed]


def build(ctx: UiContext) -> Settings:
    """Lay out the panel for the default model; `refresh` adapts it to another one."""
    model = ctx.playground.catalog.variant(ctx.default_variant).model
    start, words = recommended(model, "on", ctx.max_tokens), ctx.words
    thinking = words.add(gr.Radio, label=Key("settings.thinking"), info=Key("settings.thinking_info"), value="on",
                         choices=[(Key("settings.thinking_on"), "on"), (Key("settings.thinking_off"), "off")],
                         visible=model.thinking == "hybrid", elem_id="settings-thinking")
    presets = load_presets()
    with words.add(gr.Accordion, label=Key("settings.preset"), open=False):
        preset = words.add(gr.Dropdown, [*((p.title[ctx.language], p.id) for p in presets)], value="none",
                           show_label=False, label=Key("settings.preset"), container=False, elem_id="preset")
        system = words.add(gr.Textbox, "", label=Key("settings.system"), info=Key("settings.system_info"), lines=2,
                           placeholder=Key("settings.system_placeholder"), max_lines=8, elem_id="system")
    with words.add(gr.Accordion, label=Key("settings.sampling"), open=False, elem_id="sampling") as folded:
        sliders = {
            name: words.add(gr.Slider, low, high, getattr(start, name), step=step, label=Key(f"settings.{name}"),
                            info=Key(f"settings.{name}_info"), elem_id=f"sampling-{name}")
            for name, (low, high, step) in {**SLIDERS, "max_tokens": (16, ctx.max_tokens, 16)}.items()
        }
        # A Number cannot be empty: it would show, and send, 0.
        seed = words.add(gr.Textbox, "", label=Key("settings.seed"), info=Key("settings.seed_info"), max_lines=1,
                         elem_id="seed")
        reset = words.add(gr.Button, Key("settings.reset"), size="sm")
    return Settings(thinking, preset, system, sliders, seed, reset, folded)


def recommended(model: ModelSpec, thinking: str, max_tokens: int) -> SamplingParams:
    """The model's own recommendation for this way of answering, with at most `max_tokens` tokens."""
    thinks = model.thinking in ("always", "prefilled") or (model.thinking == "hybrid" and thinking == "on")
    wanted = model.thinking_sampling if thinks else model.sampling
    return replace(wanted, max_tokens=min(wanted.max_tokens, max_tokens))


def read(thinking: str, system: str, *values: Any) -> tuple[str, str, SamplingParams]:
    """(thinking, system prompt, sampling) as the panel's inputs say. Raises InvalidRequest out of bounds."""
    *numbers, seed = values
    given = dict(zip(SLIDERS, numbers, strict=True))
    missing = [name for name, value in given.items() if value is None]
    if missing:
        raise InvalidRequest(f"{missing[0]} is empty.", "Type a number or go back to the recommended values.")
    exact: dict[str, Any] = {name: int(value) if name in ("top_k", "max_tokens") else float(value)
                             for name, value in given.items()}
    return thinking, system or "", SamplingParams(**exact, seed=read_seed(seed))


def read_seed(text: str) -> int | None:
    """The seed that was typed; None when the box is empty."""
    if not text.strip():
        return None
    if not text.strip().isdecimal():
        raise InvalidRequest(f"seed must be a whole number, got {text.strip()[:20]!r}.",
                             "Type digits or leave it empty.")
    return int(text)


def changed(ctx: UiContext, model: ModelSpec, thinking: str, values: list[Any]) -> int:
    """How many values differ from the recommendation."""
    wanted = recommended(model, thinking, ctx.max_tokens)
    return sum(value is not None and abs(float(value) - getattr(wanted, name)) > 1e-9
               for name, value in zip(SLIDERS, values, strict=True))


def slider_values(params: SamplingParams) -> list[float]:
    """The values the sliders show for these parameters."""
    return [getattr(params, name) for name in SLIDERS]
