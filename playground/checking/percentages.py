"""Short questions about percentages, as an expression to compute."""
from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = (r"(?:\$|rp\.?|€|£)?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
           r"(?:\s*(?:dollars?|euros?|usd|rupiah|dolar))?")
_RATE = r"(\d+(?:\.\d+)?)\s*(?:\\?%|percent|per cent|persen)"
_ASK = (r"(?:(?:please|can you|could you|hi|hello|tolong|ok)[,! ]+)*"
        r"(?:what is|whats|what's|find|calculate|compute|work out|how much is|how many are|evaluate|determine|take|"
        r"give me|berapa|berapakah|hitung|hitunglah|tentukan|cari|carilah)?\s*")
_END = r"(?:\s*(?:=|\?|\.|!|please|berapa|adalah|for me|now|ya))*"
_PERCENT_IN = rf"(?:{_ASK})?"
# pattern, expression of its numbers in order, whether the answer is a percentage, which number is the whole
_SHAPES: tuple[tuple[str, str, bool, int], ...] = (
    (rf"{_ASK}{_RATE} (?:of|dari) {_NUMBER}", "{0}/100*{1}", False, 1),
    (rf"{_PERCENT_IN}(?:what percent|what percentage|how many percent) of {_NUMBER} (?:is|are) {_NUMBER}",
     "{1}/{0}*100", True, 0),
    (rf"{_NUMBER} is (?:what percent|what percentage|how many percent) of {_NUMBER}", "{0}/{1}*100", True, 1),
    (rf"{_ASK}{_NUMBER} as a percentage of {_NUMBER}", "{0}/{1}*100", True, 1),
    (rf"(?:please )?express {_NUMBER} as a percentage of {_NUMBER}", "{0}/{1}*100", True, 1),
    (rf"{_ASK}(?:the )?(?:share|percentage) of {_NUMBER} in {_NUMBER}(?: in percent)?", "{0}/{1}*100", True, 1),
    (rf"{_ASK}{_NUMBER} (?:out of|of|dari) {_NUMBER} (?:in percent|dalam persen)", "{0}/{1}*100", True, 1),
    (rf"(?:berapa persen|persentase) {_NUMBER} dari {_NUMBER}", "{0}/{1}*100", True, 1),
    (rf"{_ASK}persentase {_NUMBER} dari {_NUMBER}", "{0}/{1}*100", True, 1),
    (rf"{_NUMBER} (?:adalah |itu )?berapa persen dari {_NUMBER}", "{0}/{1}*100", True, 1),
    (rf"(?:please )?(?:increase|raise) {_NUMBER} by {_RATE}", "{0}*(1+{1}/100)", False, 0),
    (rf"{_ASK}{_NUMBER} increased by {_RATE}", "{0}*(1+{1}/100)", False, 0),
    (rf"(?:tolong )?naikkan {_NUMBER} sebesar {_RATE}", "{0}*(1+{1}/100)", False, 0),
    (rf"(?:please )?(?:decrease|reduce|lower) {_NUMBER} by {_RATE}", "{0}*(1-{1}/100)", False, 0),
    (rf"{_ASK}{_NUMBER} decreased by {_RATE}", "{0}*(1-{1}/100)", False, 0),
    (rf"{_ASK}{_RATE} off {_NUMBER}", "{1}*(1-{0}/100)", False, 1),
    (rf"(?:tolong )?(?:turunkan|kurangi) {_NUMBER} sebesar {_RATE}", "{0}*(1-{1}/100)", False, 0),
)
_UNCLEAR = re.compile(r"\d\.\d{3}(?!\d)")                 # 1.500 is a thousand or one and a half
_INDONESIAN = re.compile(r"\b(?:dari|sebesar|persen|berapa|rp)\b")


@dataclass(frozen=True, slots=True)
class Percentage:
    """`expression` gives the answer; `percent`: in percent."""

    expression: str
    whole: str
    percent: bool


def percentage(text: str) -> Percentage | None:
    """What a question about a percentage computes, or None if it is not one of a few plain ones."""
    text = " ".join(text.lower().split())
    if _UNCLEAR.search(text) or (_INDONESIAN.search(text) and re.search(r"\d,\d", text)):
        return None
    for shape, expression, percent, whole in _SHAPES:
        if found := re.fullmatch(rf"{shape}{_END}", text):
            numbers = [number.replace(",", "") for number in found.groups()]
            return Percentage(expression.format(*numbers), numbers[whole], percent)
    return None
