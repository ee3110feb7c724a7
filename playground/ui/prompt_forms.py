"""Structured prompts beside a conversation: fill in a few fields, and they become the system prompt and the message."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from playground.prompts.forms import Field, Form, load_forms
from playground.ui.context import UiContext
from playground.ui.words import Key

TEXTS = 3                                 # text fields that a form may have, beside one with choices
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}


@dataclass(frozen=True, slots=True)
class Forms:
    """The panel's components."""

    which: gr.Dropdown
    texts: tuple[gr.Textbox, ...]
    choice: gr.Dropdown
    use: gr.Button
    reset: gr.Button

    @property
    def fields(self) -> list[Any]:
        return [*self.texts, self.choice]


def build(ctx: UiContext) -> Forms:
    """Lay out the panel with the first form in it."""
    words, language = ctx.words, ctx.language
    form = load_forms()[0]
    with words.add(gr.Accordion, label=Key("forms.title"), open=False, elem_id="forms"):
        which = words.add(gr.Dropdown, _choices(language), value=form.id, label=Key("forms.which"),
                          info=Key("forms.which_info"), filterable=False, elem_id="forms-which")
        fields = shown(form, language)
        texts = tuple(gr.Textbox(lines=2, max_lines=6, interactive=True, elem_id=f"forms-text-{n}", **fields[n])
                      for n in range(TEXTS))
        choice = gr.Dropdown(multiselect=True, interactive=True, elem_id="forms-choice", **fields[TEXTS])
        with gr.Row():
            use = words.add(gr.Button, Key("forms.use"), size="sm", min_width=120, elem_id="forms-use")
            reset = words.add(gr.Button, Key("forms.reset"), size="sm", min_width=80, elem_id="forms-reset")
    return Forms(which, texts, choice, use, reset)


def wire(ctx: UiContext, forms: Forms, system: gr.Textbox, message: gr.Textbox) -> None:
    """Picking a form shows its fields; its button fills the system prompt and the message, which stay editable."""
    language = ctx.shared.language

    def on_show(form_id: str, lang: str) -> list[Any]:
        return [gr.update(**props) for props in shown(form_of(form_id), lang)]

    def on_language(form_id: str, lang: str) -> list[Any]:
        return [gr.update(choices=_choices(lang)), *on_show(form_id, lang)]

    def on_use(form_id: str, lang: str, *values: Any) -> tuple[str, str]:
        return filled(form_of(form_id), lang, *values)

    for event in (forms.which.input, forms.reset.click):
        event(on_show, [forms.which, language], forms.fields, **QUIET)
    language.change(on_language, [forms.which, language], [forms.which, *forms.fields], **QUIET)
    forms.use.click(on_use, [forms.which, language, *forms.fields], [system, message], **QUIET)


def form_of(form_id: str) -> Form:
    """The form with this id."""
    return next(form for form in load_forms() if form.id == form_id)


def filled(form: Form, language: str, *values: Any) -> tuple[str, str]:
    """(system prompt, message) from the panel's values."""
    *texts, picked = values
    free, limited = _split(form)
    given = {field.name: text or "" for field, text in zip(free, texts, strict=False)}
    if limited is not None:
        given[limited.name] = ", ".join(limited.choices[name][language] for name in picked or () if name in
                                        limited.choices)
    system, message = form.messages(language, given)
    return system.text, message.text


def shown(form: Form, language: str) -> list[dict[str, Any]]:
    """Properties of the text fields and of the one with choices; those that the form does not have are hidden."""
    free, limited = _split(form)
    props: list[dict[str, Any]] = [
        {"label": each.label[language], "value": each.example.get(language, ""), "visible": True} for each in free]
    props += [{"label": "", "value": "", "visible": False}] * (TEXTS - len(free))
    if limited is None:
        return [*props, {"label": "", "choices": [], "value": [], "visible": False}]
    names = [(label[language], name) for name, label in limited.choices.items()]
    return [*props, {"label": limited.label[language], "choices": names, "visible": True,
                     "max_choices": limited.most, "value": limited.example["en"].split(", ")}]


def _split(form: Form) -> tuple[list[Field], Field | None]:
    return ([each for each in form.fields if not each.choices], next((f for f in form.fields if f.choices), None))


def _choices(language: str) -> list[tuple[str, str]]:
    return [(form.title[language], form.id) for form in load_forms()]
