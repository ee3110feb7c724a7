"""Random inputs of the kinds that the code family takes."""

from __future__ import annotations

import random
from typing import Any

POOL = (
    "apple", "Banana", "kiwi", "pear", "level", "radar", "ABC", "NASA", "sun", "moon", "a", "go", "123", "42", "Orange",
    "idea", "umbrella", "egg", "tree", "stone", "river", "noon", "data", "code", "Python", "zebra", "ok", "eel", "fox",
)  # fmt: skip
PHRASES = ("the cat sat on the mat", "Hello World", "a man a plan", "one two two three", "Data Science is fun", "x",
           "never odd or even", "room 101 is on floor 3", "call 555 2024", "to be or not to be",
           "HTML and CSS", "good code is short code")  # fmt: skip


def ints(rng: random.Random, low: int = -12, high: int = 25, least: int = 0, most: int = 8, hint: int = 0) -> list[int]:
    """Return a list of numbers, often with multiples of and values near the hint."""
    values = [rng.randint(low, high) for _ in range(rng.randint(least, most))]
    if hint:
        values += [hint + rng.randint(-1, 1), hint * rng.randint(-2, 4)][: rng.randint(0, 2)]
        rng.shuffle(values)
    return values


def word(rng: random.Random) -> str:
    """Return a word, now and then one of few letters so that letters repeat."""
    if rng.random() < 0.7:
        return rng.choice(POOL)
    return "".join(rng.choice("abcd") for _ in range(rng.randint(1, 7)))


def words(rng: random.Random, hint: str = "") -> list[str]:
    """Return a list of words; some start or end with the hint, or contain it."""
    found = [word(rng) for _ in range(rng.randint(0, 6))]
    for form in ("{h}{w}", "{w}{h}", "{w}{h}{w}"):
        if hint.isalpha() and rng.random() < 0.5:
            found.append(form.format(h=hint, w=rng.choice(("a", "to", "run", "e"))))
    if hint.isdigit():  # words about as long as the number says
        found += ["sunflowers"[: max(1, int(hint) + rng.randint(-1, 2))] for _ in range(rng.randint(0, 2))]
    rng.shuffle(found)
    return found


def matrix(rng: random.Random, rows: int, columns: int) -> list[list[int]]:
    """Return a matrix as a list of rows."""
    return [[rng.randint(-5, 9) for _ in range(columns)] for _ in range(rows)]


def draw(kind: str, rng: random.Random) -> Any:
    """Return a random input of the kind; what follows a slash is a hint (a number or a letter)."""
    kind, _, hint = kind.partition("/")
    if kind == "ints":
        return ints(rng, hint=int(hint or 0))
    if kind == "words":
        return words(rng, hint)
    return DRAWS[kind](rng)


def _pairs(rng: random.Random) -> list[tuple[str, int]]:
    return [(key, rng.randint(0, 9)) for key in rng.sample(POOL, rng.randint(1, 4))]


def _settings(rng: random.Random) -> str:
    return ",".join(f"{key}={value}" for key, value in _pairs(rng))


DRAWS = {
    "ints1": lambda rng: ints(rng, least=1),
    "ints2": lambda rng: rng.sample(range(-9, 30), rng.randint(2, 7)),
    "some": lambda rng: [rng.randint(1, 6) for _ in range(rng.randint(0, 9))],
    "some1": lambda rng: [rng.randint(1, 6) for _ in range(rng.randint(1, 9))],
    "distinct": lambda rng: rng.sample(range(12), rng.randint(0, 7)),
    "sorted": lambda rng: sorted(rng.sample(range(20), rng.randint(0, 8))),
    "three": lambda rng: [rng.randint(-3, 9) for _ in range(3)],
    "nat": lambda rng: rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20)),
    "pos": lambda rng: rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 17, 20, 24, 28, 30, 36, 49)),
    "big": lambda rng: rng.choice((0, 7, 10, 29, 121, 128, 255, 1221, 4096, 50505, 98765)),
    "int": lambda rng: rng.randint(-30, 30),
    "small": lambda rng: rng.randint(1, 4),
    "digit": lambda rng: rng.randint(1, 6),
    "index": lambda rng: rng.randint(0, 3),
    "year": lambda rng: rng.choice((1900, 1999, 2000, 2004, 2016, 2023, 2024, 2100, 2400)),
    "degrees": lambda rng: rng.choice((-40, -10, 0, 5, 20, 32, 37, 50, 86, 100, 212)),
    "side": lambda rng: rng.randint(3, 5),
    "roman": lambda rng: rng.choice((1, 3, 4, 6, 9, 14, 19, 40, 44, 58, 90, 99, 400, 944, 1994, 2024)),
    "binary": lambda rng: bin(rng.randint(0, 60))[2:],
    "hex": lambda rng: hex(rng.randint(0, 400))[2:],
    "word": word,
    "mirror": lambda rng: (lambda w: rng.choice((w, w[::-1], w + w[::-1], w + w[-2::-1])))(word(rng)),
    "text": lambda rng: rng.choice(PHRASES) if rng.random() < 0.6 else " ".join(words(rng)),
    "text1": lambda rng: rng.choice(PHRASES),
    "words1": lambda rng: words(rng) or ["apple"],
    "letter": lambda rng: rng.choice("aeotn"),
    "width": lambda rng: rng.randint(3, 9),
    "shift": lambda rng: rng.randint(1, 5),
    "lower": lambda rng: "".join(rng.choice("abcxyz") for _ in range(rng.randint(0, 7))),
    "brackets": lambda rng: "".join(rng.choice("()") for _ in range(rng.randint(0, 6))) or "(())",
    "matrix": lambda rng: matrix(rng, rng.randint(1, 3), rng.randint(1, 3)),
    "square": lambda rng: (lambda n: matrix(rng, n, n))(rng.randint(1, 3)),
    "matrix22": lambda rng: matrix(rng, 2, 2),
    "nested": lambda rng: [ints(rng, 0, 9, 0, 3) for _ in range(rng.randint(0, 4))],
    "mapping": lambda rng: dict(_pairs(rng)),
    "distinct_mapping": lambda rng: dict(zip(rng.sample(POOL, 3), rng.sample(range(9), 3), strict=True)),
    "keys": lambda rng: rng.sample(POOL, 3),
    "settings": _settings,
    "pair_list": _pairs,
}  # fmt: skip
