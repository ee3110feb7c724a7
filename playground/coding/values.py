"""Values that came out of the sandbox as JSON: read, compared and shown. They were written by code nobody trusts."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LONGEST_SHOWN = 300               # characters


@dataclass(frozen=True, slots=True)
class Other:
    """A value that is none of Python's plain ones, as text. Equal to nothing that a test can expect."""

    text: str


def decoded(value: Any) -> object:
    """The value behind what `plain` of driver.py wrote. Whatever cannot be read becomes an `Other`."""
    try:
        return _decoded(value)
    except (TypeError, ValueError, KeyError, RecursionError, OverflowError):
        return Other("a value that cannot be read")


def compare(value: object, expected: object, tolerance: float = 0.0) -> bool:
    """Whether a test holds. With a tolerance both must be numbers, and differ by less."""
    try:
        if not tolerance:
            return value == expected
        return isinstance(value, int | float) and isinstance(expected, int | float) and \
            abs(value - expected) < tolerance
    except (RecursionError, OverflowError):
        return False


def shown(value: object) -> str:
    """The value as Python writes it; a long one is cut, and its length is told."""
    try:
        text = value.text if isinstance(value, Other) else repr(value)
    except (ValueError, RecursionError):                   # too many digits, too deep
        return "a value that is too large to show"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(text)} characters)"


def _decoded(value: Any) -> object:
    if not isinstance(value, list):
        return Other("a value that cannot be read") if isinstance(value, dict) else value
    kind, content = value
    match kind:
        case "list":
            return [_decoded(each) for each in content]
        case "tuple":
            return tuple(_decoded(each) for each in content)
        case "set":
            return {_decoded(each) for each in content}
        case "dict":
            return {_decoded(key): _decoded(each) for key, each in content}
        case "bytes":
            return bytes.fromhex(content)
        case "complex":
            return complex(*content)
        case "other":
            return Other(str(content))
    raise ValueError(kind)
