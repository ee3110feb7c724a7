"""How the settings are explained: on the command line and in docs/SETTINGS.md."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import Field
from typing import Any

PREFIX = "QWEN_PLAYGROUND_"
TABLE_HEAD = f"""# Settings

Made by `python -m playground.settings --table`; do not edit by hand.

Each setting can be given in four places; a later one wins: the default below, a profile in `spaces.yaml`
(`--profile NAME`), the environment (`{PREFIX}PORT=7861`), the command line (`--port 7861`).
`GRADIO_SERVER_NAME`, `GRADIO_SERVER_PORT` and `HF_HUB_OFFLINE` are understood too. Lists are separated by commas.
An unknown name or a value out of bounds stops the start and says what is wrong.
"""


def markdown_table(settings: Iterable[Field[Any]]) -> str:
    """The whole of docs/SETTINGS.md."""
    rows = [f"| `{each.name}` | {each.metadata['help']} | {each.metadata['unit'] or '–'} | {_default(each)} | "
            f"{_bounds(each) or '–'} |" for each in settings]
    titles = ["| Setting | What it does | Unit | Default | Allowed |", "|---|---|---|---|---|"]
    return "\n".join([TABLE_HEAD, *titles, *rows])


def help_text(each: Field[Any]) -> str:
    """What it does, its unit, its default and its bounds."""
    facts = [f"Unit: {each.metadata['unit']}."] if each.metadata["unit"] else []
    facts.append(f"Default: {_default(each)}.")
    if bounds := _bounds(each):
        facts.append(f"Allowed: {bounds}.")
    return " ".join([each.metadata["help"], *facts])


def _default(each: Field[Any]) -> str:
    if each.default in ("", ()):
        return "none"
    if each.type == "bool":
        return str(each.default).lower()
    return f"{each.default:g}" if each.type == "float" else str(each.default)


def _bounds(each: Field[Any]) -> str:
    if each.metadata["choices"]:
        return ", ".join(each.metadata["choices"])
    return "" if each.metadata["low"] is None else f"{each.metadata['low']} to {each.metadata['high']}"
