"""System prompts to pick from: one Markdown file each, a YAML head with its title per language, then the text."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Preset:
    """One system prompt. `title` by language code; `text` may be empty (no system prompt)."""

    id: str
    title: dict[str, str]
    text: str
    order: int


def load_presets(folder: Path = FOLDER) -> tuple[Preset, ...]:
    """All presets by their order. Raises ValueError naming the file when a head is missing or incomplete."""
    return tuple(sorted((_read(path) for path in folder.glob("*.md")), key=lambda preset: preset.order))


def _read(path: Path) -> Preset:
    parts = path.read_text("utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise ValueError(f"{path.name}: must start with a YAML head between two lines of ---")
    head = yaml.safe_load(parts[1])
    missing = {"title", "order"} - set(head) or {"en", "id"} - set(head["title"])
    if missing:
        raise ValueError(f"{path.name}: the head lacks {', '.join(sorted(missing))}")
    return Preset(path.stem, dict(head["title"]), parts[2].strip(), int(head["order"]))
