"""What a model points at in its answer: boxes and points with their labels, in the model's own coordinates.

Three ways of writing are read: JSON with "bbox_2d" or "point_2d" (Qwen2.5-VL, Qwen3-VL, pocket-vl), also when the JSON
is broken or cut off by the limit of tokens; Qwen2-VL's <|box_start|>(x1,y1),(x2,y2)<|box_end|>, also without these
tokens, as answers are shown; and Qwen2.5-VL's <points x1="..." y1="..." alt="...">. Everything else finds nothing, and
so do numbers whose bracket never closes: the last of them may be cut.
"""
from __future__ import annotations

import json
import re
from dataclasses import dataclass

_NUMBER = r"-?\d{1,7}(?:\.\d{1,7})?"
_COMMA = r"\s{0,20},\s{0,20}"
_PAIR = rf"\(\s{{0,20}}({_NUMBER}){_COMMA}({_NUMBER})\s{{0,20}}\)"
_KEYED = re.compile(
    rf"""["']?\b(?:bbox_2d|bbox|box_2d|point_2d|point)["']?\s{{0,20}}[:=]\s{{0,20}}
    [\[(]\s{{0,20}}({_NUMBER}(?:{_COMMA}{_NUMBER}){{1,3}})\s{{0,20}}[\])}}]""", re.VERBOSE)
_LABEL = re.compile(r"""["']?\b(?:label|name|text_content)["']?\s{0,20}[:=]\s{0,20}
                    (?:"((?:[^"\\\n]|\\.){0,500})"|'((?:[^'\\\n]|\\.){0,500})')""", re.VERBOSE)
_LABELLED = r"(?:<\|object_ref_start\|>(?P<label>[^<\n]{0,500})<\|object_ref_end\|>\s{0,20})?"
# Without its tokens a single pair of numbers is mere text, such as a point of a curve.
_BOX = re.compile(rf"{_LABELLED}(?:<\|box_start\|>)?{_PAIR}{_COMMA}{_PAIR}")
_POINT = re.compile(rf"{_LABELLED}<\|point_start\|>{_PAIR}<\|point_end\|>")
_POINTS = re.compile(r"<points?\s([^<>]{1,5000})>")
_ATTRIBUTE = re.compile(r"""\b(x|y|alt)(\d{0,3})\s{0,5}=\s{0,5}["']([^"'<>]{0,500})["']""")
_WHOLE_NUMBER = re.compile(_NUMBER)
LABELS = ("label", "name", "text_content")
MAX_OBJECT_CHARS = 2000                   # of the object around a box


@dataclass(frozen=True, slots=True)
class Mark:
    """One box (left, top, right, bottom) or point (x, y), as the model counts. `label` is "" where it gave none."""

    label: str
    numbers: tuple[float, ...]


def marks(text: str) -> tuple[Mark, ...]:
    """What the answer points at, in its order; () for nothing. The first way of writing that finds something counts."""
    for read in (_json_marks, _points_marks, _tagged_marks):
        if found := tuple(read(text)):
            return found
    return ()


def _json_marks(text: str) -> list[Mark]:
    found = []
    keyed = [match for match in _KEYED.finditer(text) if match[1].count(",") in (1, 3)]
    ends = [0, *(match.end() for match in keyed)]
    starts = [*(match.start() for match in keyed[1:]), len(text)]
    for match, start, end in zip(keyed, ends, starts, strict=False):
        numbers = tuple(float(number) for number in match[1].split(","))
        label = _label_of_object(text, match)
        found.append(Mark(_label_near(text, match, start, end) if label is None else label, numbers))
    return found


def _label_of_object(text: str, match: re.Match[str]) -> str | None:
    """The label in the JSON object around the numbers, None where there is no whole object."""
    opens = text.rfind("{", max(0, match.start() - MAX_OBJECT_CHARS), match.start())
    if opens < 0:
        return None
    try:
        found, length = json.JSONDecoder().raw_decode(text[opens : opens + 2 * MAX_OBJECT_CHARS])
    except (ValueError, RecursionError):
        return None
    if opens + length < match.end():      # it was closed before
        return None
    return next((str(found[key]) for key in LABELS if key in found), "")


def _label_near(text: str, match: re.Match[str], start: int, end: int) -> str:
    """The label behind the numbers, or else before them, in what is no JSON: up to the next brace or numbers."""
    opens, closes = text.rfind("{", start, match.start()), text.find("}", match.end(), end)
    label = _LABEL.search(text[match.end() : closes if closes >= 0 else end])
    if label is None and (opens >= 0 or start == 0):
        label = _LABEL.search(text[max(opens, start) : match.start()])
    return _unescaped(label[1] if label[1] is not None else label[2]) if label else ""


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _tagged_marks(text: str) -> list[Mark]:
    matches = sorted([*_BOX.finditer(text), *_POINT.finditer(text)], key=lambda match: match.start())
    return [Mark((match["label"] or "").strip(), tuple(map(float, match.groups()[1:]))) for match in matches]


def _points_marks(text: str) -> list[Mark]:
    found = []
    for match in _POINTS.finditer(text):
        values = {name + number: value for name, number, value in _ATTRIBUTE.findall(match[1])}
        for number in (key[1:] for key in values if key.startswith("x")):
            pair = (values[f"x{number}"], values.get(f"y{number}", ""))
            if all(_WHOLE_NUMBER.fullmatch(value) for value in pair):
                found.append(Mark(values.get("alt", ""), (float(pair[0]), float(pair[1]))))
    return found
