"""Expressions to simplify: like terms, brackets with a factor, and products of two brackets."""

from __future__ import annotations

import random
from collections.abc import Sequence

from scripts.pocket.data.mathematics.columns import plus
from scripts.pocket.data.mathematics.polynomials import Poly, coefficient, joined, poly, product, show, term, typed
from scripts.pocket.data.mathematics.work import WORDS, Work, signed, variable
from scripts.pocket.data.sample import Language

Terms = Sequence[tuple[int, int]]  # (coefficient, power)


def gather(terms: Terms, v: str, language: Language) -> tuple[list[str], Poly]:
    """Return (the terms grouped by power, then a line for each power, and the collected polynomial)."""
    grouped = sorted(terms, key=lambda item: -item[1])
    lines, result = [sum_text(grouped, v)], [0] * (grouped[0][1] + 1)
    for n in reversed(range(len(result))):
        found = [c for c, power in grouped if power == n]
        if not found:
            continue
        total, steps = found[0], list[str]()
        for c in found[1:]:
            steps.append(plus(total, c))
            total += c
        result[n] = total
        lines.append(f"{term(1, n, v) if n else WORDS[language]['numbers']}: " + (", ".join(steps) or str(total)))
    return lines, poly(result)


def sum_text(terms: Terms, v: str) -> str:
    """Return the terms as one sum in their order."""
    return joined(term(c, n, v) for c, n in terms if c)


def like_terms(rng: random.Random, v: str, language: Language) -> tuple[str, list[str], Poly]:
    """Return (expression, lines, result) of a sum of three to six terms."""
    powers = rng.choice(((1, 0), (1, 0), (2, 1, 0), (2, 1), (1,), (2,), (3, 2, 1)))
    while True:
        terms = [(coefficient(rng, 15), rng.choice(powers)) for _ in range(rng.randint(2 if powers[1:] else 3, 6))]
        used = [n for _, n in terms]
        if len(set(used)) < len(used) and max(used):
            break
    lines, result = gather(terms, v, language)
    text = sum_text(terms, v)
    # The terms as they stand come first, for they may have been typed in other ways; then grouped by power.
    return text, [text, *lines] if lines[0] != text else lines, result


def factor_text(a: int, first: bool) -> str:
    """Return a factor before a bracket: "3", "-", " + 2" or " - "."""
    size = "" if abs(a) == 1 else str(abs(a))
    if first:
        return f"-{size}" if a < 0 else size
    return f" - {size}" if a < 0 else f" + {size}"


def brackets(rng: random.Random, v: str, language: Language) -> tuple[str, list[str], Poly]:
    """Return (expression, lines, result) of one or two factors before brackets, maybe with a term more."""
    text, lines, terms = "", [], []
    for i in range(rng.choice((1, 1, 2, 2, 2))):
        a, b, c = coefficient(rng, 9), coefficient(rng, 9), coefficient(rng, 10)
        a = 2 if a == 1 and i == 0 else a
        inner = show((c, b), v)
        text += f"{factor_text(a, i == 0)}({inner})"
        terms += [(a * b, 1), (a * c, 0)]
        if abs(a) > 1:
            lines.append(f"{a}*{signed(b)} = {a * b}, {a}*{signed(c)} = {a * c}")
        lines.append(f"{factor_text(a, True)}({inner}) = {show((a * c, a * b), v)}")
    if rng.random() < 0.3:
        c, n = coefficient(rng, 12), rng.randint(0, 1)
        text, terms = joined([text, term(c, n, v)]), [*terms, (c, n)]
    more, result = gather(terms, v, language)
    if len(terms) == 2:
        return text, lines, result
    if more[0] != sum_text(terms, v):
        lines.append(sum_text(terms, v))
    return text, [*lines, *more], result


def two_brackets(rng: random.Random, v: str, language: Language) -> tuple[str, list[str], Poly]:
    """Return (expression, lines, result) of a product or a square of two brackets."""
    a, c = (1 if rng.random() < 0.6 else rng.randint(2, 5) for _ in range(2))
    b, d = coefficient(rng, 12), coefficient(rng, 12)
    first, second = (b, a), (d, c)
    text, lines = f"({show(first, v)})({show(second, v)})", []
    if rng.random() < 0.2:
        second, text = first, f"({show(first, v)})^2"
        lines.append(f"({show(first, v)})({show(first, v)})")
    terms = [(x * y, n + m) for n, x in reversed(list(enumerate(first))) for m, y in reversed(list(enumerate(second)))]
    for n, x in reversed(list(enumerate(first))):
        for m, y in reversed(list(enumerate(second))):
            right = f"({term(y, m, v)})" if y < 0 else term(y, m, v)
            lines.append(f"{term(x, n, v)}*{right} = {term(x * y, n + m, v)}")
    more, _ = gather(terms, v, language)
    return text, [*lines, *more], product(first, second)


def simplify(rng: random.Random, language: Language) -> Work:
    """Return an expression to simplify or to expand."""
    v, kind = variable(rng), rng.random()
    maker = like_terms if kind < 0.4 else brackets if kind < 0.7 else two_brackets
    text, lines, result = maker(rng, v, language)
    wording = "like_terms" if kind < 0.4 else "expand"
    key = f"poly:{show(result)}" if kind >= 0.7 else f"expression:{text.replace(v, 'x')}"
    return Work(wording, key, {"e": typed(rng, text), "v": v}, tuple(lines), show(result, v))
