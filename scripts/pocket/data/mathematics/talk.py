"""Small talk of pocket-math, and questions outside its range, which it declines."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

from scripts.pocket.data.mathematics.asking import compose, system, varied, wording
from scripts.pocket.data.mathematics.polynomials import coefficient, show, typed
from scripts.pocket.data.mathematics.splitting import bare, is_held_out_text, pick
from scripts.pocket.data.mathematics.work import is_held_out
from scripts.pocket.data.sample import Language, Sample, Split
from scripts.pocket.data.style import loosen
from scripts.pocket.data.tables import read_file

OTHER = (
    "sin({i})", "cos({i})", "tan({i})", "ln({i})", "log({i})", "e^({i})", "e^x", "sin x", "cos x", "ln x", "tan x",
    "sqrt({i})", "√x", "1/x", "1/({i})", "x*sin(x)", "{a}^x", "e^(2x)", "|x|", "sin^2(x)", "x e^x", "x^2 ln x",
    "(x + 1)/(x - {a})", "arctan(x)", "exp({i})", "x^x", "sec(x)", "cosh(x)", "ln({i})/x", "sin(x) + cos(x)",
    "x^(1/2)", "{a}/x^2",
)  # fmt: skip


def tables() -> Any:
    """Return the texts of this file's tasks."""
    return read_file(Path(__file__).with_name("talk.yaml"))


def other_function(rng: random.Random) -> str:
    """Return an expression that is no polynomial, sometimes with polynomial terms beside it."""
    inner = show((coefficient(rng) if rng.random() < 0.5 else 0, coefficient(rng, 9)))
    text = rng.choice(OTHER).format(i=inner, a=rng.randint(2, 12))
    if rng.random() < 0.3:
        text = f"{rng.randint(2, 12)}{text}" if text[0].isalpha() else text
    if rng.random() < 0.35:
        beside = show((0, coefficient(rng), coefficient(rng)) if rng.random() < 0.5 else (coefficient(rng), 1))
        text = f"{text} + {beside}" if rng.random() < 0.5 else f"{beside} + {text}"
    return text.replace("+ -", "- ")


def higher_poly(rng: random.Random) -> str:
    """Return a polynomial of degree six to twelve."""
    highest = rng.choice((6, 6, 7, 8, 9, 10, 11, 12))
    chosen = [coefficient(rng) if rng.random() < 0.3 else 0 for _ in range(highest)]
    return show((*chosen, coefficient(rng)))


def low_poly(rng: random.Random) -> str:
    """Return a polynomial of degree one to three."""
    return show([coefficient(rng) if rng.random() < 0.75 else 0 for _ in range(rng.randint(1, 3))] + [coefficient(rng)])


def named(rng: random.Random, text: str) -> str:
    """Return the expression as it is or as a function."""
    return rng.choice((text, text, f"f(x) = {text}", f"y = {text}", f"g(x) = {text}"))


def beyond(rng: random.Random, language: Language, split: Split) -> str:
    """Return mathematics outside the range, often in the very words of what is inside."""
    other, higher = typed(rng, other_function(rng)), typed(rng, higher_poly(rng))
    style = rng.random()
    if style < 0.35:  # a derivative or critical points of something else
        kind = "derivative" if rng.random() < 0.8 else "critical"
        expression = named(rng, other if rng.random() < 0.6 else higher)
        v = rng.choice("xxxxxxxt")
        expression = re.sub(r"(?<![a-z])x(?![a-z])", v, expression)
        return wording(rng, kind, language, split).format(p=expression, e=expression.rpartition("= ")[2], v=v)
    if style < 0.45:  # an equation of something else
        equation = f"{other if rng.random() < 0.5 else typed(rng, cubic_side(rng))} = {rng.randint(0, 20)}"
        return wording(rng, rng.choice(("linear", "quadratic")), language, split).format(q=equation, v="x")
    numbers = {name: rng.randint(2, 99) for name in "abcd"}
    entries = [rng.randint(-9, 9) for _ in range(4)]
    matrix = "[[{}, {}], [{}, {}]]".format(*entries)
    p = named(rng, typed(rng, low_poly(rng)))
    text = composed(rng, language, split) if style < 0.85 else pick(rng, tables()["beyond"][language], split)
    return text.format(w=other, h=higher, p=p.rpartition("= ")[2], k=typed(rng, cubic_side(rng)), m=matrix, **numbers)


def composed(rng: random.Random, language: Language, split: Split) -> str:
    """Return a question of the split that is put together from parts."""
    table = tables()["composed"][language]
    while True:
        text = compose(rng, rng.choice(table["forms"]), table["parts"])
        if is_held_out_text(text) == (split == "test"):
            return text


def cubic_side(rng: random.Random) -> str:
    """Return the left side of an equation of degree three to six."""
    return show([coefficient(rng) if rng.random() < 0.4 else 0 for _ in range(rng.randint(3, 6))] + [coefficient(rng)])


def general(rng: random.Random, language: Language, split: Split) -> str:
    """Return a question that is no mathematics, in words of its own language."""
    fill = tables()["composed"][language]["parts"]
    words = {name: rng.choice(fill[name]) for name in ("thing", "place", "person")}
    return pick(rng, tables()["general"][language], split).format(**words)


def decline(rng: random.Random, language: Language, split: Split) -> Sample:
    """Return a question outside the range, declined in one fixed sentence; held out as wording and as question."""
    while True:
        question = (beyond if rng.random() < 0.85 else general)(rng, language, split)
        key = f"decline:{bare(question)}"
        if is_held_out(key) == (split == "test"):
            break
    texts = tables()["decline"][language]
    return talk_sample(
        rng, "decline", varied(rng, question, language), texts["answer"], language, texts["must"], split, key
    )


def small_talk(rng: random.Random, key: str, language: Language, split: Split) -> str:
    """Return something that people say to the model: a fixed wording or one put together from parts."""
    fixed = tuple(tables()["identity"][key][language]["wordings"])
    table = tables()["small_talk"][language]
    while True:
        text = (
            rng.choice(fixed) if rng.random() < 0.35 else compose(rng, rng.choice(table["forms"][key]), table["parts"])
        )
        if is_held_out_text(text, fixed) == (split == "test"):
            return text


def identity(rng: random.Random, language: Language, split: Split) -> Sample:
    """Return small talk about the model."""
    key = rng.choice(("greeting", "who", "who", "abilities", "thanks"))
    entry = tables()["identity"][key][language]
    question = loosen(rng, small_talk(rng, key, language, split), language)
    return talk_sample(rng, "identity", question, entry["answer"], language, entry["must"], split, f"identity:{key}")


def talk_sample(
    rng: random.Random, task: str, question: str, answer: str, language: Language, must: str, split: Split, key: str
) -> Sample:
    """Return a sample that is right if the answer contains `must`, with any kind of system prompt."""
    prompt = system(rng, split, program=rng.random() < 0.06)
    return Sample(task, question, "", answer, language, (must,), problem=key, system=prompt)
