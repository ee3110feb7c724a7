"""Reads colours, shapes, numbers and the like out of a sentence, in English or Indonesian."""
from __future__ import annotations

import re
from collections.abc import Mapping

from playground.pictures.scenes import TICKS
from playground.pictures.words import WORDS

Thing = tuple[str, str]                   # colour and kind, by their names in scenes.py
# Word in either language: the name in scenes.py, or for a place the English word.
COLOURS = {word: name for words in WORDS.values() for name, word in words.colours.items()}
KINDS = {word: name for words in WORDS.values() for table in (words.kinds, words.many) for name, word in table.items()}
PLACES = {word: english for words in WORDS.values()
          for row, row_en in zip(words.places, WORDS["en"].places, strict=True)
          for word, english in zip(row, row_en, strict=True)}
_NUMBERS = {word: number for words in (
    "zero one two three four five six seven eight nine ten",
    "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh",
) for number, word in enumerate(words.split())}
_ONE = {"a": 1, "an": 1, "sebuah": 1, "seekor": 1}
_YES_NO = {"yes": True, "ya": True, "iya": True, "ada": True, "benar": True, "no": False, "not": False, "none": False,
           "tidak": False, "bukan": False, "tak": False}
_NOTHING = ("nothing", "none", "no shape", "no other", "tidak ada", "kosong")
_SAME_PLACE = {"center": "middle", "centre": "middle", "upper": "top", "lower": "bottom", "di pusat": "tengah",
               "middle left": "left", "middle right": "right", "left middle": "left", "right middle": "right",
               "top middle": "top", "middle top": "top", "bottom middle": "bottom", "middle bottom": "bottom",
               "tengah kiri": "kiri", "kiri tengah": "kiri", "tengah kanan": "kanan", "kanan tengah": "kanan",
               "tengah atas": "atas", "atas tengah": "atas", "tengah bawah": "bawah", "bawah tengah": "bawah"}
_OUT_OF = re.compile(rf"(?:\bout of|/|\bdari(?: skala)?)\s?{TICKS}\b")


def plain(text: str) -> str:
    """The text in lower case without Markdown's marks, hyphens and repeated spaces."""
    return " ".join(re.sub(r"[*_`#|\"'-]+", " ", text.lower()).split())


def names(text: str, table: Mapping[str, str]) -> list[str]:
    """What is named in the text, in its order, each once; `table` says which word names what."""
    found = re.findall(rf"\b(?:{_any_of(table)})\b", text)
    return list(dict.fromkeys(table[word] for word in found))


def numbers(text: str) -> list[float]:
    """The numbers in the text, each once: in digits, or where there are none, in words."""
    found = re.findall(r"(?<![\w.])-?\d{1,9}(?:[.,]\d{1,3})?(?![\w%])", _OUT_OF.sub(" ", text))
    values = [float(number.replace(",", ".")) for number in found]
    values = values or [float(_NUMBERS[word]) for word in re.findall(rf"\b(?:{_any_of(_NUMBERS)})\b", text)]
    return list(dict.fromkeys(values))


def yes_no(text: str) -> bool | None:
    """What the first word of that kind says, None without one."""
    found = re.search(rf"\b(?:{_any_of(_YES_NO)})\b", text)
    return _YES_NO[found[0]] if found else None


def things(text: str) -> list[Thing]:
    """Coloured shapes in the order of the text; "two red circles" are two."""
    counts = {**_NUMBERS, **_ONE}
    count = rf"(?:\b(\d|{_any_of(counts)})\s)?"
    colour, kind = _any_of(COLOURS), _any_of(KINDS)
    pattern = rf"{count}\b(?:({colour})\s(?:coloured\s|colored\s)?({kind})|({kind})\s(?:berwarna\s)?({colour}))\b"
    found: list[Thing] = []
    for number, colour_en, kind_en, kind_id, colour_id in re.findall(pattern, text):
        thing = (COLOURS[colour_en or colour_id], KINDS[kind_en or kind_id])
        found += [thing] * (int(number) if number.isdecimal() else counts.get(number, 1))
    return found


def nothing(text: str) -> bool:
    """Whether the text says that there is none."""
    return any(word in text for word in _NOTHING)


def place(text: str) -> list[str]:
    """Parts of the picture that are named, as in words.py of English."""
    for word, same in _SAME_PLACE.items():
        text = re.sub(rf"\b{word}\b", same, text)
    return names(text, PLACES)


def bars(text: str) -> dict[str, float]:
    """Value of the bar of each colour: "red 3, blue: 7", also as a table or a list."""
    between = r"(?:\W|(?:bars?|batang|values?|nilai|nilainya|of|is|has|at|a|the|bernilai|adalah)\b){1,12}?"
    found = re.findall(rf"\b({_any_of(COLOURS)})\b{between}(\d{{1,6}}(?:[.,]\d{{1,3}})?)", text)
    return {COLOURS[colour]: float(value.replace(",", ".")) for colour, value in found}


def _any_of(words: Mapping[str, object]) -> str:
    """A pattern for any of the words; a longer one comes first, so that "merah muda" is not read as "merah"."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
