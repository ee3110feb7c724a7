"""Units and currencies behind and before a number, in English and Indonesian."""
from __future__ import annotations

import re

import sympy as sp  # type: ignore[import-untyped]

from playground.checking.inside.tokens import Token, written
from playground.checking.inside.values import Unit

# kind: names and their size, in the first of them
_TABLE: dict[str, dict[str, str]] = {
    "length": {"m meter meters metre metres": "1", "km kilometer kilometers kilometre kilometres": "1000",
               "cm centimeter centimeters centimetre": "1/100", "mm millimeter millimeters": "1/1000"},
    "weight": {"g gram grams": "1", "kg kilogram kilograms": "1000", "mg milligram": "1/1000"},
    "time": {"s sec second seconds detik": "1", "min minute minutes menit": "60", "h hr hour hours jam": "3600",
             "day days hari": "86400"},
    "year": {"year years tahun": "1", "month months bulan": "1/12"},
    "volume": {"l L liter liters litre litres": "1", "ml mL milliliter": "1/1000"},
    "angle": {"° degree degrees derajat": "1"},
    "dollar": {"$ USD dollar dollars dolar": "1", "cent cents sen": "1/100"},
    "rupiah": {"Rp rp IDR rupiah": "1"},
    "euro": {"€ EUR euro euros": "1"},
    "pound": {"£ GBP": "1"},
}
_UNITS = {name: (kind, sp.Rational(size)) for kind, names in _TABLE.items() for all_names, size in names.items()
          for name in all_names.split()}
_MANY = {"thousand": 3, "ribu": 3, "million": 6, "juta": 6, "billion": 9, "miliar": 9, "milyar": 9, "triliun": 12}
_CURRENCIES = {"$", "€", "£", "Rp", "rp", "USD", "IDR", "EUR"}
_LONGEST = 8                      # tokens in a unit: m/s^{-2}
_SHAPE = re.compile(r"([^\d^/]+)(?:\^\(?\{?([23])\)?\}?)?(?:(?:/|per)([^\d^/]+)(?:\^\(?\{?([23])\)?\}?)?)?")


def without_unit(found: list[Token]) -> tuple[list[Token], Unit | None, int]:
    """(tokens of the number, its unit, the power of ten of a word such as million)."""
    unit, number = None, found
    if found and found[0].text in _CURRENCIES:
        unit = _unit([found[0]])
        number = found[2:] if found[1:] and found[1].text == "." else found[1:]
    for at in range(max(1, len(number) - _LONGEST), len(number)):
        measured = _unit(number[at:])
        if measured and (number[at].spaced or len(number[at].text) > 1 or number[at].text in "°$€£"):
            number, unit = number[:at], unit or measured
            break
    else:
        at = next((place for place, token in enumerate(number) if _is_noun(token)), 0)
        if at and not unit and all(token.kind == "letters" for token in number[at:]):
            noun = written(number[at:]).strip()
            number, unit = number[:at], Unit(f"noun {noun.lower()}", sp.Integer(1), noun)
    ten = _MANY.get(number[-1].text.lower(), 0) if number else 0
    return (number[:-1] if ten else number), unit, ten


def _unit(found: list[Token]) -> Unit | None:
    """The unit that all of the tokens are, such as km/h or m^2."""
    match = _SHAPE.fullmatch("".join(token.text for token in found))
    if not match or match[1] not in _UNITS or (match[3] and match[3] not in _UNITS):
        return None
    (kind, size), power = _UNITS[match[1]], int(match[2] or 1)
    kind, size = kind + (f"^{power}" if power > 1 else ""), size ** power
    if match[3]:
        (below, part), power = _UNITS[match[3]], int(match[4] or 1)
        kind, size = f"{kind}/{below}" + (f"^{power}" if power > 1 else ""), size / part ** power
    return Unit(kind, size, written(found).strip())


def _is_noun(token: Token) -> bool:
    return token.kind == "letters" and len(token.text) > 3 and token.text.lower() not in _MANY
