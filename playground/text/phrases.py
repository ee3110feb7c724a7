"""Texts of a YAML file by dotted name: {"chat": {"send": "Send"}} as {"chat.send": "Send"}. Pure."""
from __future__ import annotations

from collections.abc import Mapping


def flat(tree: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Dotted name to text. Raises ValueError for a value that is no text, such as YAML's yes, no and 12."""
    found: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        elif not isinstance(value, str) or not value.strip():
            raise ValueError(f"{prefix}{name} must be a text, got {value!r}; put it into quotes")
        else:
            found[f"{prefix}{name}"] = value.strip()
    return found
