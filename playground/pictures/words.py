"""Names of colours, shapes and places in English and Indonesian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playground.pictures.scenes import Shape

Language = Literal["en", "id"]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. `places` are the nine parts of a picture, row by row."""

    language: Language
    colours: dict[str, str]
    kinds: dict[str, str]
    many: dict[str, str]
    places: tuple[tuple[str, str, str], ...]
    sides: dict[str, str]
    yes: str
    no: str
    nothing: str
    conjunction: str

    def thing(self, shape: Shape) -> str:
        """For example "red circle"."""
        colour, kind = self.colours[shape.colour], self.kinds[shape.kind]
        return f"{colour} {kind}" if self.language == "en" else f"{kind} {colour}"

    def a(self, shape: Shape) -> str:
        """For example "a red circle"."""
        if self.language == "id":
            return self.thing(shape)
        return f"{'an' if shape.colour == 'orange' else 'a'} {self.thing(shape)}"

    def the(self, shape: Shape) -> str:
        """For example "the red circle"."""
        return f"the {self.thing(shape)}" if self.language == "en" else self.thing(shape)

    def coloured_shapes(self, colour: str) -> str:
        """For example "red shapes"."""
        return f"{self.colours[colour]} shapes" if self.language == "en" else f"bentuk {self.colours[colour]}"

    def chart(self, bars: int) -> str:
        """For example "a bar chart with 3 bars"."""
        return f"a bar chart with {bars} bars" if self.language == "en" else f"grafik batang dengan {bars} batang"

    def join(self, parts: list[str]) -> str:
        """For example "a, b and c"."""
        if len(parts) == 1:
            return parts[0]
        return f"{', '.join(parts[:-1])} {self.conjunction} {parts[-1]}"


ENGLISH_KINDS = {name: name for name in ("circle", "square", "triangle", "star", "cross")}
INDONESIAN_KINDS = {
    "circle": "lingkaran", "square": "persegi", "triangle": "segitiga", "star": "bintang", "cross": "palang",
}
WORDS: dict[Language, Words] = {
    "en": Words(
        language="en",
        colours={c: c for c in "red orange yellow green blue purple pink brown black".split()},
        kinds=ENGLISH_KINDS,
        many={kind: kind + ("es" if kind == "cross" else "s") for kind in ENGLISH_KINDS},
        places=(("top left", "top", "top right"), ("left", "middle", "right"),
                ("bottom left", "bottom", "bottom right")),
        sides={"left": "left of", "right": "right of", "above": "above", "below": "below"},
        yes="yes", no="no", nothing="nothing", conjunction="and",
    ),
    "id": Words(
        language="id",
        colours={
            "red": "merah", "orange": "oranye", "yellow": "kuning", "green": "hijau", "blue": "biru", "purple": "ungu",
            "pink": "merah muda", "brown": "cokelat", "black": "hitam",
        },
        kinds=INDONESIAN_KINDS,
        many=INDONESIAN_KINDS,
        places=(("kiri atas", "atas", "kanan atas"), ("kiri", "tengah", "kanan"),
                ("kiri bawah", "bawah", "kanan bawah")),
        sides={"left": "di kiri", "right": "di kanan", "above": "di atas", "below": "di bawah"},
        yes="ya", no="tidak", nothing="tidak ada", conjunction="dan",
    ),
}
