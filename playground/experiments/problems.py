"""Problems of arithmetic with known results, none of which the pocket models were trained on."""
from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

KINDS = ("products", "sums", "differences", "three_terms")
WORDINGS = {"en": "What is {e}?", "id": "Berapa {e}?"}
HELD_OUT_THREE = 5                        # percent of the expressions with three numbers
NUMBER = re.compile(r"-?\d[\d.,]*")
CALCULATION = re.compile(r"\d+(?: ?[-+*×x·−] ?\d+){1,2}(?![\d.,]*[-+*×x·−/^])")
SIGNS = str.maketrans("×x·−", "***-")


@dataclass(frozen=True, slots=True)
class Problem:
    """A question and its result. `expression` is what is asked, without the words: "47*36"."""

    question: str
    expected: int
    expression: str


def problems(kind: str, count: int, language: str, seed: int) -> tuple[Problem, ...]:
    """`count` different problems of one of KINDS, the same for the same seed."""
    rng, made = random.Random(f"{kind} {seed}"), dict[str, Problem]()
    while len(made) < count:
        expression, expected = _MAKERS[kind](rng)
        shown = re.sub(r"([-+*])", r" \1 ", expression)
        made.setdefault(expression, Problem(WORDINGS[language].format(e=shown), expected, expression))
    return tuple(made.values())


def expected_of(question: str) -> int | None:
    """The result of the one calculation with two or three whole numbers in a question, None when there is no such."""
    found = CALCULATION.findall(question)
    if len(found) != 1 or NUMBER.search(question.replace(found[0], "", 1)):
        return None
    a, first, b, *rest = re.findall(r"\d+|[-+*]", found[0].translate(SIGNS))
    if not rest:
        rest = ["+", "0"]
    return _value(int(a), first, int(b), rest[0], int(rest[1]))


def is_right(problem: Problem, answer: str) -> bool:
    """Whether the last number of the answer is the result."""
    return last_number(answer) == str(problem.expected)


def says(expected: str, answer: str) -> bool:
    """Whether an answer says what a reader expects: a number is the answer's last one, words stand somewhere in it."""
    if NUMBER.fullmatch(expected.strip().replace("−", "-")):
        return last_number(answer) == last_number(expected)
    return " ".join(expected.casefold().split()) in " ".join(answer.casefold().split())


def last_number(text: str) -> str:
    """The last number in a text, without the marks between its thousands; "" when there is none."""
    found = NUMBER.findall(text.replace("−", "-").replace("{,}", ","))
    if not found:
        return ""
    last = found[-1].rstrip(".,")
    return re.sub(r"[.,]", "", last) if re.fullmatch(r"-?\d{1,3}([.,]\d{3})+", last) else last


def is_held_out(a: int, operator: str, b: int) -> bool:
    """The rule by which the pocket models' training leaves problems out: by the numbers, in either order."""
    low, high = sorted((a, b))
    digits = len(str(low)), len(str(high))
    if digits[1] == 1:
        return False
    share = 5 if digits[1] > 2 else 10 if digits[0] == 2 else 20
    return _percent(f"{low}{operator}{high}") < share


def _percent(key: str) -> int:
    return zlib.crc32(key.encode("utf-8")) % 100


def _two(operator: str, digits: int, result: Callable[[int, int], int]) -> Callable[[random.Random], tuple[str, int]]:
    def make(rng: random.Random) -> tuple[str, int]:
        while True:
            a, b = (rng.randint(10 ** (digits - 1), 10**digits - 1) for _ in range(2))
            if is_held_out(a, operator, b):
                return f"{a}{operator}{b}", result(a, b)

    return make


def _three(rng: random.Random) -> tuple[str, int]:
    """a + b * c, a - b + c and the like: products first, then from the left."""
    while True:
        a, b, c = (rng.randint(2, 99) for _ in range(3))
        first, second = rng.choice(("+-", "++", "-+", "+*", "-*", "*+", "*-"))
        if "*" in (first, second):
            c = c % 9 + 1 if second == "*" else c
            b = b % 9 + 1 if first == "*" else b
        expression = f"{a}{first}{b}{second}{c}"
        if _percent(expression) < HELD_OUT_THREE:
            return expression, _value(a, first, b, second, c)


def _value(a: int, first: str, b: int, second: str, c: int) -> int:
    apply: dict[str, Callable[[int, int], int]] = {
        "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y}
    return apply[first](a, apply[second](b, c)) if second == "*" else apply[second](apply[first](a, b), c)


_MAKERS: dict[str, Callable[[random.Random], tuple[str, int]]] = {
    "products": _two("*", 2, lambda a, b: a * b),
    "sums": _two("+", 3, lambda a, b: a + b),
    "differences": _two("-", 4, lambda a, b: a - b),
    "three_terms": _three,
}
