"""Every text of the interface, per language, and which component shows which text.

Texts live in `strings/<language>.yaml`, one file per language with the same keys. `{name}` marks a value put in later.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
import yaml

from playground.errors import UnknownName
from playground.text.phrases import flat

FOLDER = Path(__file__).parent / "strings"
DEFAULT_LANGUAGE = "en"
C = TypeVar("C")


class Key(str):
    """The name of a text, where a component would take the text itself: `Key("chat.send")`."""


def load_strings(folder: Path = FOLDER) -> dict[str, dict[str, str]]:
    """Language code to (key to text). Raises ValueError when the languages do not have the same keys."""
    languages = {p.stem: flat(yaml.safe_load(p.read_text("utf-8"))) for p in sorted(folder.glob("*.yaml"))}
    expected = set(languages[DEFAULT_LANGUAGE])
    for language, texts in languages.items():
        if odd := expected ^ set(texts):
            raise ValueError(f"strings/{language}.yaml and strings/{DEFAULT_LANGUAGE}.yaml differ in {sorted(odd)}")
    return languages


class Words:
    """The texts, and the components of one page that show them."""

    def __init__(self, strings: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._strings = {language: dict(texts) for language, texts in (strings or load_strings()).items()}
        self._bound: list[tuple[Any, dict[str, Any]]] = []

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._strings)

    def say(self, language: str, key: str, **values: object) -> str:
        """The text of `key` with its values filled in. An unknown language falls back to English.

        Raises UnknownName for a key that does not exist; the hint names the nearest one.
        """
        texts = self._strings.get(language) or self._strings[DEFAULT_LANGUAGE]
        if key not in texts:
            near = get_close_matches(key, texts, 1)
            raise UnknownName(f"there is no text {key!r}.", f"Did you mean {near[0]!r}?" if near else "")
        return texts[key].format(**values) if values else texts[key]

    def has(self, key: str) -> bool:
        return key in self._strings[DEFAULT_LANGUAGE]

    def extend(self, strings: Mapping[str, Mapping[str, str]]) -> None:
        """Add a tab's own texts. Raises ValueError when a language or a key is missing, or a key is taken."""
        if not strings:
            return
        expected = set(strings.get(DEFAULT_LANGUAGE, ()))
        for language, texts in self._strings.items():
            if odd := expected ^ set(strings.get(language, ())):
                raise ValueError(f"the texts in {language!r} and {DEFAULT_LANGUAGE!r} differ in {sorted(odd)}")
            if taken := expected & set(texts):
                raise ValueError(f"these texts exist already: {sorted(taken)}")
        for language in self._strings:
            self._strings[language] |= strings[language]

    def add(self, component: Callable[..., C], *args: Any, **props: Any) -> C:
        """Make a component whose `Key` properties follow the language: `add(gr.Button, Key("chat.send"))`.

        A Key may also stand first in the (label, value) pairs of `choices`.
        """
        if args and isinstance(args[0], Key):
            props["value"], args = args[0], args[1:]
        keyed = {name: value for name, value in props.items() if _has_key(value)}
        made = component(*args, **{**props, **self._resolve(keyed, DEFAULT_LANGUAGE)})
        self._bound.append((made, keyed))
        return made

    @property
    def components(self) -> list[Any]:
        """The components that show a text, in the order of `updates`."""
        return [component for component, _ in self._bound]

    def updates(self, language: str) -> list[Any]:
        """One gr.update per bound component, in the order of `components`."""
        return [gr.update(**self._resolve(keyed, language)) for _, keyed in self._bound]

    def _resolve(self, keyed: Mapping[str, Any], language: str) -> dict[str, Any]:
        return {name: self._text(value, language) for name, value in keyed.items()}

    def _text(self, value: Any, language: str) -> Any:
        if isinstance(value, Key):
            return self.say(language, value)
        return [(self.say(language, label) if isinstance(label, Key) else label, choice) for label, choice in value]


def _has_key(value: Any) -> bool:
    if isinstance(value, Key):
        return True
    return isinstance(value, Sequence) and not isinstance(value, str) and any(
        isinstance(item, tuple) and isinstance(item[0], Key) for item in value)
