"""Structured prompts: a few fields become chat messages.

One Markdown file each in forms/: a YAML head, then its text in English and in Indonesian.
"""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from playground.types import Message, Role

FOLDER = Path(__file__).parent / "forms"
LANGUAGES = ("en", "id")
TURN = re.compile(r"^== (system|user)\n", re.MULTILINE)
NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. `label` and `example` by language; `choices` (name to its label by language) limit it."""

    name: str
    label: dict[str, str]
    example: dict[str, str]
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    most: int = 1                         # choices that may be picked


@dataclass(frozen=True, slots=True)
class Form:
    """A structured prompt. `turns` by language: (role, text with {names} of fields)."""

    id: str
    title: dict[str, str]
    order: int
    fields: tuple[Field, ...]
    turns: dict[str, tuple[tuple[Role, str], ...]]

    def messages(self, language: str, values: Mapping[str, str]) -> tuple[Message, ...]:
        """Chat messages with the values in place. A line whose only fields are empty is left out.

        What people write is put in as it is: control tokens in it stay text when the prompt is rendered.
        """
        turns = self.turns.get(language) or self.turns["en"]
        return tuple(Message(role, _filled(text, values)) for role, text in turns)


def load_forms(folder: Path = FOLDER) -> tuple[Form, ...]:
    """All forms by their order. Raises ValueError naming the file that is not as it should be."""
    return tuple(sorted((_read(path) for path in folder.glob("*.md")), key=lambda form: form.order))


def _filled(text: str, values: Mapping[str, str]) -> str:
    lines = []
    for line in text.splitlines():
        names = NAME.findall(line)
        if not names or any(values.get(name, "").strip() for name in names):
            lines.append(NAME.sub(lambda match: values.get(match[1], "").strip(), line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _read(path: Path) -> Form:
    parts = re.split(r"^---\n", path.read_text("utf-8"), flags=re.MULTILINE)
    if len(parts) != 2 + len(LANGUAGES) or parts[0]:
        raise ValueError(f"{path.name}: a head between two lines of ---, the English text, ---, the Indonesian text")
    head = yaml.safe_load(parts[1])
    fields = tuple(_field(name, each) for name, each in head["fields"].items())
    turns = {language: _turns(text, path.name) for language, text in zip(LANGUAGES, parts[2:], strict=True)}
    known = {each.name for each in fields}
    for language, texts in turns.items():
        used = {name for _, text in texts for name in NAME.findall(text)}
        if used != known:
            raise ValueError(f"{path.name}: the text in {language} and the fields differ in {sorted(used ^ known)}")
    return Form(path.stem, dict(head["title"]), int(head["order"]), fields, turns)


def _field(name: str, head: Mapping[str, Any]) -> Field:
    example = head.get("example", "")
    choices = {key: {"en": key, "id": label} for key, label in head.get("choices", {}).items()}
    return Field(name, {language: head[language] for language in LANGUAGES},
                 dict(example) if isinstance(example, dict) else dict.fromkeys(LANGUAGES, example), choices,
                 int(head.get("most", 1)))


def _turns(text: str, where: str) -> tuple[tuple[Role, str], ...]:
    before, *rest = TURN.split(text)
    roles: Sequence[Any] = rest[0::2]
    if before.strip() or list(roles) != ["system", "user"]:
        raise ValueError(f"{where}: each text has a part '== system' and then a part '== user'")
    return tuple(zip(roles, (part.strip() for part in rest[1::2]), strict=True))
