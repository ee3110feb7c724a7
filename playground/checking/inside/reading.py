"""The text of an answer as values that can be compared."""
from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.formula import Expr, expression
from playground.checking.inside.phrases import said
from playground.checking.inside.regions import joined, region
from playground.checking.inside.same import same, value
from playground.checking.inside.tokens import NotUnderstood, Style, Token, plain, split, tokens, written
from playground.checking.inside.units import without_unit
from playground.checking.inside.values import Equation, Group, Item, Region, Said, Value

_OR, _AND = {"or", "atau"}, {"and", "dan", "serta", "&"}
_COMPARED = {"<", ">", "<=", ">=", "!="}
_LABEL = re.compile(r"^\s*(?:(?:[A-Za-z]\s*'*\s*\(\s*[a-z]\s*\)|[A-Za-z]'+|d[a-z]/d[a-z]|frac\s*\{d[a-z]\}\s*\{d[a-z]\}"
                    r"|[A-Z]{1,2}(?=\s*=\s*\{))\s*[=~]|[A-Z][a-z]+:)\s*")
_BELONGS = re.compile(r"^\s*[a-z]\s*∈\s*(?=[{(\[∅R])")
_BUILDER = re.compile(r"^\{\s*[a-z]\s*(?:∈\s*R\s*)?[|:](.*)\}$")
_REAL = re.compile(r",?\s*[a-z]\s*∈\s*R\s*$")
_GROUPED, _POINTED = re.compile(r"(?<![\d.,])\d{1,3},\d{3}(?![\d,])"), re.compile(r"(?<![\d.,])\d{1,3}\.\d{3}(?![\d.])")


def readings(text: str) -> list[tuple[Style, list[Item]]]:
    """Every way to read the numbers of an answer, the usual one first. Raises NotUnderstood if there is none."""
    cleaned = _cleaned(text)
    found, why = list[tuple[Style, list[Item]]](), NotUnderstood(text)
    for style in _styles(cleaned):
        try:
            found.append((style, read(cleaned, style)))
        except NotUnderstood as error:
            why = error
    if not found:
        raise why
    return found


def read(cleaned: str, style: Style = "en") -> list[Item]:
    """The parts of an answer in the order they are written. Raises NotUnderstood."""
    word = said(cleaned)
    if word:
        return [Said(word, cleaned)]
    builder = _BUILDER.match(cleaned)
    cleaned = _REAL.sub("", builder[1] if builder else cleaned)
    found = tokens(cleaned, style)
    if len(found) > 1 and found[0].text == "{" and len(split(found, set())[0]) == 1 and _closes_at_end(found):
        found = found[1:-1]
    parts, between = split(found, {",", ";"} | _OR | _AND)
    parts, between = _without_empty(parts, between)
    items = [item for part in parts for item in _items(part)]
    if not items:
        raise NotUnderstood("nothing")
    if len(items) > 1 and all(isinstance(item, Region) for item in items):
        return [joined([item for item in items if isinstance(item, Region)], between, cleaned)]
    return items


def _without_empty(parts: list[list[Token]], between: list[str]) -> tuple[list[list[Token]], list[str]]:
    """"2, and 3" has an empty part between its marks; the mark that follows counts."""
    kept = [(part, mark) for part, mark in zip(parts, [*between, ""], strict=True) if part]
    return [part for part, _ in kept], [mark for _, mark in kept[:-1]]


def _closes_at_end(found: list[Token]) -> bool:
    depth = 0
    for at, token in enumerate(found):
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if depth == 0:
            return at == len(found) - 1
    return False


def _cleaned(text: str) -> str:
    text = text.strip()
    for left, right in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(left) and text.endswith(right) and len(text) > len(left + right):
            text = text[len(left):-len(right)].strip()
    text = plain(text).rstrip(". ") if not text.rstrip().endswith("...") else plain(text)
    text = _BELONGS.sub("", _LABEL.sub("", text, count=1)).strip()
    return re.sub(r"%\s*(?:of|dari)\s", "%*", text.removeprefix("~").removeprefix("=").strip())


def _styles(text: str) -> list[Style]:
    """A separator of three digits may be a decimal point in the other language."""
    if re.search(r"\d{1,3}(?:\.\d{3})+,\d|\d\.\d{3}\.\d{3}(?!\d)", text):
        return ["id"]
    if re.search(r"\d,\d{3}\.\d", text):
        return ["en"]
    if re.search(r"\bRp|\brupiah|IDR", text):
        return ["en"] if _GROUPED.search(text) else ["id"]
    styles: list[Style] = ["en"]
    if re.search(r"\d,\d", text) or _POINTED.search(text):
        styles.append("id")
    if _GROUPED.search(text):
        styles.append("list")
    return styles


def is_ambiguous(text: str) -> bool:
    """Whether a mark between groups of three digits may mean two things."""
    return bool(_GROUPED.search(text) or _POINTED.search(text))


# ---------------------------------------------------------------- one part
def _items(found: list[Token]) -> list[Item]:
    shown = written(found).strip()
    word = said(shown)
    if word:
        return [Said(word, shown)]
    texts = {token.text for token in found}
    if "∪" in texts or texts & _COMPARED:
        return [_checked_region(found, shown)]
    sides, _ = split(found, {"=", "~"})
    if len(sides) > 1:
        return _equation(sides, shown)
    group = _group(found, shown)
    if group:
        return [group]
    return [*_values(found, shown)]


def _checked_region(found: list[Token], shown: str) -> Region:
    parts, _ = split(found, {"∪"})
    if len(parts) == 1:
        return region(found, shown)
    pieces = []
    for part in parts:
        group = _group(part, shown)
        if group is None:
            raise NotUnderstood(shown)
        pieces.append(interval(group))
    return Region(sp.Union(*pieces), shown)


def interval(group: Group) -> sp.Set:
    """The interval with the ends and the brackets of a group. Raises NotUnderstood for other groups."""
    if len(group.parts) != 2:
        raise NotUnderstood(group.shown)
    left, right = (part.expression for part in group.parts)
    if not (left.is_extended_real and right.is_extended_real):
        raise NotUnderstood(group.shown)
    return sp.Interval(left, right, group.brackets[0] == "(", group.brackets[1] == ")")


def _group(found: list[Token], shown: str) -> Group | None:
    if len(found) < 3 or found[0].text not in ("(", "[") or not _closes_or_mixes(found):
        return None
    parts, _ = split(found[1:-1], {",", ";"})
    if len(parts) < 2:
        return None
    values = tuple(value for part in parts for value in _values(part, written(part)))
    return Group(values, found[0].text + found[-1].text, shown)


def _closes_or_mixes(found: list[Token]) -> bool:
    return found[-1].text in (")", "]") and _closes_at_end(found)


def _equation(sides: list[list[Token]], shown: str) -> list[Item]:
    """`x = 3`, `3 = x` and `x = 6/2 = 3` are values of x; other equations stay equations."""
    if len(sides) == 2 and len(sides[1]) == 1 and sides[1][0].kind == "letters" and sides[0][:1] and \
            sides[0][0].kind != "letters":
        sides = [sides[1], sides[0]]
    first = sides[0]
    if len(first) == 1 and first[0].kind == "letters" and first[0].text not in ("e", "i", "pi"):
        name = first[0].text.partition("_")[0]
        results = [_values(side, written(side).strip()) for side in sides[1:]]
        for before, after in zip(results, results[1:], strict=False):
            if len(before) != len(after) or not all(_near(a, b) for a, b in zip(before, after, strict=True)):
                raise NotUnderstood(shown)
        if len(name) <= 2 and sp.Symbol(name) not in results[-1][0].expression.free_symbols:
            return [replace(value, name=name, shown=shown) for value in results[-1]]
    if len(sides) != 2:
        raise NotUnderstood(shown)
    return [Equation(expression(sides[0]), expression(sides[1]), shown)]


def _near(a: Value, b: Value) -> bool:
    """Equal, or one is the other rounded."""
    if same(a.expression, b.expression):
        return True
    left, right = value(a.expression), value(b.expression)
    digits = b.decimals if a.decimals is None else a.decimals
    return left is not None and right is not None and digits is not None and \
        bool(abs(left - right) <= sp.Rational(51, 100) / 10 ** digits)


def _values(found: list[Token], shown: str) -> list[Value]:
    """One value, or two where there is a ±."""
    signs = [at for at, token in enumerate(found) if token.text == "±"]
    results = list[Value]()
    for chosen in product("+-", repeat=min(len(signs), 1)):
        one = [Token("op", chosen[0], token.spaced) if token.text == "±" else token for token in found]
        results.append(_value(one, shown))
    return results


def _value(found: list[Token], shown: str) -> Value:
    if found and found[-1].text == "...":
        found = found[:-1]
    number, unit, ten = without_unit(found)
    percent = bool(number) and number[-1].text in ("%", "percent", "persen")
    bare = number[:-1] if percent else number
    if unit or percent or ten:
        result: Expr = expression(bare)
        if result.free_symbols:                        # 5x m is a product
            return Value(expression(found), shown)
        return Value(result * 10 ** ten, shown, "", _decimals(bare) if not ten else None, unit, percent)
    return Value(expression(found), shown, "", _decimals(found))


def _decimals(found: list[Token]) -> int | None:
    """The digits behind the point of a number that is written as one, with or without a sign."""
    literal = found[1:] if found and found[0].text in ("-", "+") else found
    if len(literal) == 1 and literal[0].kind == "number" and "." in literal[0].text:
        return len(literal[0].text.partition(".")[2])
    return None
