"""Both languages say everything: the same keys, the same values put in, and no English left after the switch."""
from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from playground.coding.requests import LANGUAGES as PROGRAMMING
from playground.compose import App, compose
from playground.discover import discover
from playground.engines._fake import FakeEngine
from playground.errors import UnknownName
from playground.paths import ROOT
from playground.settings import Settings
from playground.ui.build import build_ui
from playground.ui.words import Key, Words, load_strings
from tutorials import prose
from tutorials.tab import TAB as LESSONS

# names, and words that are the same in both languages
SAME = {"Qwen Playground", "English", "Bahasa Indonesia", "Model", "Top-p", "Top-k", "Min-p", "Seed", "Chat", "{text}",
        "{message}", "# Qwen Playground", "Indonesia", "Seed: {seed}", "CPU", "GPU {n}", "FizzBuzz"}
CONTROL = re.compile(r"<\|\w+\|>(user|assistant)?")
NUMBERS = re.compile(r"[\d\s.,·/%()–-]*( ?(B|kB|MB|GB|bit|bf16|fp16|fp32|int8|nf4-dq|nf4|fp4))*[\d\s.,·/%()–-]*")
SHOWN = ("label", "info", "placeholder")
VALUES = (gr.Button, gr.Markdown, gr.HTML)


# ---------------------------------------------------------------- the files
def test_both_languages_have_the_same_keys():
    texts = load_strings()
    assert set(texts) == {"en", "id"} and set(texts["en"]) == set(texts["id"])
    lessons = prose.texts()
    assert set(lessons["en"]) == set(lessons["id"])


def every_text() -> dict[str, tuple[str, str]]:
    """Key to (English, Indonesian), of the interface, of the tabs that bring their own, and of the lessons."""
    tabs = [tab.texts() for tab in discover("playground.ui.tabs", "TAB")]
    return {key: (texts["en"][key], texts["id"][key]) for texts in (load_strings(), *tabs, prose.texts()) if texts
            for key in texts["en"]}


def test_both_languages_put_the_same_values_in():
    def named(text: str) -> list[str]:
        return sorted(set(re.findall(r"\{(\w*)\}", text)))

    odd = {key: (en, other) for key, (en, other) in every_text().items() if named(en) != named(other)}
    assert not odd


def test_no_text_was_left_in_english():
    same = {key: en for key, (en, other) in every_text().items() if en == other and not same_everywhere(en)}
    assert not same


def same_everywhere(text: str) -> bool:
    return text in SAME or bool(NUMBERS.fullmatch(text) or CONTROL.fullmatch(text)) or not re.search(
        r"[a-zA-Z]{3}", re.sub(r"\{\w+\}", "", text))


# ---------------------------------------------------------------- Words
def test_an_unknown_key_names_the_nearest_one():
    with pytest.raises(UnknownName) as caught:
        Words().say("en", "chat.sent")
    assert caught.value.hint == "Did you mean 'chat.send'?"


def test_an_unknown_language_falls_back_to_english():
    assert Words().say("xx", "chat.send") == Words().say("en", "chat.send")


def test_a_component_shows_its_keys_in_either_language():
    words = Words()
    words.add(gr.Radio, label=Key("settings.thinking"), choices=[(Key("settings.thinking_on"), "on"), ("raw", "raw")])
    (update,) = words.updates("id")
    assert update["label"] == words.say("id", "settings.thinking")
    assert update["choices"] == [(words.say("id", "settings.thinking_on"), "on"), ("raw", "raw")]


@pytest.mark.parametrize("texts", [{"en": {"a.b": "x"}}, {"en": {"a.b": "x"}, "id": {"a.c": "y"}},
                                   {"en": {"chat.send": "x"}, "id": {"chat.send": "y"}}])
def test_a_tab_must_bring_its_texts_whole_and_under_new_keys(texts: dict[str, dict[str, str]]):
    with pytest.raises(ValueError):
        Words().extend(texts)


def test_every_key_that_the_code_names_exists():
    known = set(every_text())
    wanted = {key for folder in ("playground/ui", "tutorials") for file in (ROOT / folder).rglob("*.py")
              for key in re.findall(r'(?:say|Key)\((?:\w+, )?"([a-z_]+\.[a-z_0-9]+)"', file.read_text("utf-8"))}
    assert len(wanted) > 60 and wanted <= known, sorted(wanted - known)


# ---------------------------------------------------------------- the built page
class Page:
    """The built page without a browser: what each component shows, and events that change it."""

    def __init__(self, app: App) -> None:
        self.blocks = build_ui(app.ui, (LESSONS,))
        self.props: dict[int, dict[str, Any]] = {
            n: {name: getattr(block, name, None) for name in (*SHOWN, "value", "choices")}
            for n, block in self.blocks.blocks.items()}

    def fire(self, component: Any, event: str) -> None:
        """Run every handler of this event, as a browser would."""
        for handler in self.blocks.fns.values():
            if (component._id, event) in handler.targets and handler.fn is not None and not handler.types_generator:
                self._apply(handler, handler.fn(*self._given(handler)))

    def _given(self, handler: Any) -> list[Any]:
        values = [self.props[each._id]["value"] for each in handler.inputs]
        if "Request" in str(inspect.signature(handler.fn)):
            values.append(SimpleNamespace(query_params={"lang": "en"}, headers={}, session_hash="s", client=None))
        return values

    def _apply(self, handler: Any, result: Any) -> None:
        if isinstance(result, dict) and result.get("__type__") != "update" and all(hasattr(k, "_id") for k in result):
            pairs = list(result.items())
        else:
            pairs = list(zip(handler.outputs, result if len(handler.outputs) > 1 else [result], strict=True))
        for component, value in pairs:
            update = value if isinstance(value, dict) and value.get("__type__") == "update" else {"value": value}
            self.props[component._id] |= {name: each for name, each in update.items() if name != "__type__"}

    def texts(self) -> set[tuple[str, str]]:
        """(what shows it, text) of everything a reader can see."""
        found = set()
        for n, block in self.blocks.blocks.items():
            names = [*SHOWN, "choices", *(["value"] if isinstance(block, VALUES) else [])]
            for text in (text for name in names for text in _strings(self.props[n][name])):
                found.add((type(block).__name__ + " " + str(getattr(block, "elem_id", "") or n), text))
        return found


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in ("kind", "role", "type"):
                yield from _strings(each)
    elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        yield value[0]                    # a choice: only its label is shown
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)


@pytest.fixture
def app() -> Iterator[App]:
    made = compose(Settings(preload=False, memory_budget_gb=1.0), engines={"transformers": FakeEngine()})
    yield made
    made.cache.shutdown(5)


def switched(app: App) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """What the page shows in English, then after the reader picked Indonesian."""
    page, shared = Page(app), app.ui.shared
    page.fire(page.blocks, "load")
    page.props[shared.selected._id]["value"] = "models"     # the others are drawn whether or not they are looked at
    page.fire(shared.selected, "change")
    english = page.texts()
    picker = next(block for block in page.blocks.blocks.values() if getattr(block, "elem_id", "") == "pick-language")
    page.props[picker._id]["value"] = "id"
    page.fire(picker, "input")
    page.fire(shared.language, "change")
    page.fire(next(block for block in page.blocks.blocks.values() if isinstance(block, gr.Timer)), "tick")
    return english, page.texts()


def test_nothing_on_the_page_stays_english_after_the_switch(app: App):
    english, indonesian = switched(app)
    catalog = app.playground.catalog
    names = {model.name for model in catalog.models()} | {scheme.title for scheme in catalog.quantizations()}
    names |= {language.title for language in PROGRAMMING}
    names |= {variant.key for model in catalog.models() for variant in catalog.variants(model.id)}
    stayed = {(where, text) for where, text in english & indonesian if text not in names and not same_everywhere(text)}
    assert len(english) > 100
    assert not stayed, "\n".join(sorted(f"{where}: {text}" for where, text in stayed))


def test_every_key_of_the_page_resolves_in_both_languages(app: App):
    build_ui(app.ui, (LESSONS,))
    assert len(app.ui.words.updates("en")) == len(app.ui.words.updates("id")) == len(app.ui.words.components) > 30


def test_no_text_is_left_that_nothing_shows() -> None:
    source = "".join(path.read_text("utf-8") for folder in ("playground", "tutorials")
                     for path in (ROOT / folder).rglob("*.py"))
    made_up = tuple(re.findall(r'f"([a-z]+\.[a-z_]*)\{', source))       # say(f"bar.{fit}")
    lessons = prose.texts()["en"]
    unused = [key for key in every_text() if f'"{key}"' not in source and not key.startswith(made_up) and
              key not in lessons]
    assert unused == []
