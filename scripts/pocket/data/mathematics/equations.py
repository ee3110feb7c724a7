"""Linear and quadratic equations, solved one rewritten line at a time."""

from __future__ import annotations

import random
from fractions import Fraction
from math import gcd, isqrt

from scripts.pocket.data.mathematics.columns import division, plus, small_product, small_sum, written_sum
from scripts.pocket.data.mathematics.polynomials import Poly, coefficient, poly, show, typed
from scripts.pocket.data.mathematics.work import WORDS, Work, signed, variable
from scripts.pocket.data.sample import Language


def divided(top: int, bottom: int) -> str:
    """Return top/bottom with its steps, for a positive bottom: "8/6 = 4/3"."""
    result = Fraction(top, bottom)
    text = f"{top}/{bottom}"
    return str(result) if bottom == 1 else text if str(result) == text else f"{text} = {result}"


def finish(a: int, b: int, v: str, language: Language) -> tuple[list[str], str]:
    """Return (lines, result) of the equation a*v = b."""
    words = WORDS[language]
    if a == 0:
        return [f"0 = {b}"], words["all"] if b == 0 else words["no solution"]
    lines = []
    if a < 0:
        a, b = -a, -b
        lines.append(f"{show((0, a), v)} = {b}")
    if a > 1:
        lines += [*division(b, a), f"{v} = {divided(b, a)}"]
    return lines, f"{v} = {Fraction(b, a)}"


def collect(left: Poly, right: Poly, v: str, language: Language) -> tuple[list[str], str]:
    """Return (lines, result): terms with the unknown to the left, numbers to the right."""
    (b, a), (d, c) = ((*side, 0, 0)[:2] for side in (left, right))
    lines, whole = [], a - c
    if c and a:
        move = f"{show((0, a), v)} {'-' if c > 0 else '+'} {show((0, abs(c)), v)}"
        numbers = f"{d} {'-' if b > 0 else '+'} {abs(b)}" if b and d else str(d - b)
        lines += [f"{move} = {numbers}", f"{v}: {plus(a, -c)}"]
    elif c:
        return collect(right, left, v, language)
    shown = show((0, whole), v) if whole else "0"
    if b and d:
        lines += [f"{shown} = {d} {'-' if b > 0 else '+'} {abs(b)}"] if not c else []
        lines += written_sum(d, -b)
    if c or b:
        lines.append(f"{shown} = {d - b}")
    rest, result = finish(whole, d - b, v, language)
    return [*lines, *(line for line in rest if line not in lines)], result


def solution(rng: random.Random) -> Fraction:
    """Return a whole number, or sometimes a fraction with a small denominator."""
    return Fraction(rng.randint(-12, 12), 1 if rng.random() < 0.72 else rng.randint(2, 9))


def bracket(rng: random.Random, v: str) -> tuple[str, Poly, list[str]]:
    """Return (text, polynomial, lines) of a side such as 3(x - 2)."""
    a, b = coefficient(rng, 9), coefficient(rng, 10)
    a = 2 if a == 1 else a
    inner = show((b, 1), v)
    return f"{signed_factor(a)}({inner})", (a * b, a), [f"{a}*{signed(b)} = {a * b}"]


def signed_factor(a: int) -> str:
    """Return a factor before a bracket: "", "-" or the number."""
    return {1: "", -1: "-"}.get(a, str(a))


def sides(rng: random.Random, v: str) -> tuple[str, Poly, Poly, list[str]]:
    """Return (equation, left, right, first lines) of a random linear equation."""
    kind, x = rng.random(), solution(rng)
    a, b = coefficient(rng) * (x.denominator if x.denominator < 4 else 1), coefficient(rng, 20)
    lines: list[str] = []
    left: Poly
    right: Poly
    if kind < 0.5:  # ax + b = c
        b = 0 if rng.random() < 0.08 else b
        a = a if (a * x).denominator == 1 else x.denominator
        left, right = (b, a), (int(a * x) + b,)
        text = f"{show(left, v)} = {show(right, v)}"
    elif kind < 0.8:  # ax + b = cx + d
        c = coefficient(rng, 9)
        whole = coefficient(rng, 8) * x.denominator if rng.random() > 0.04 else 0
        left, right = (b, c + whole), ((int(whole * x) if whole else coefficient(rng, 9)) + b, c)
        text = f"{show(left, v)} = {show(right, v)}"
    else:  # a(x + b) = c, or = cx + d
        inside, left, lines = bracket(rng, v)
        right = (left[0] + int(left[1] * round(x)),) if rng.random() < 0.7 else (coefficient(rng, 20),)
        if rng.random() < 0.2:
            right = (right[0], coefficient(rng, 9))
        text = f"{inside} = {show(poly(right), v)}"
        lines.append(f"{show(left, v)} = {show(poly(right), v)}")
    if rng.random() < 0.08:
        one, other = text.split(" = ")
        if 0.5 <= kind < 0.8:  # the unknown is on both sides: no reason to swap them first
            return f"{other} = {one}", poly(right), poly(left), lines
        return f"{other} = {one}", poly(left), poly(right), [text, *lines]
    return text, poly(left), poly(right), lines


def linear(rng: random.Random, language: Language) -> Work:
    """Return a linear equation in one unknown."""
    while True:
        v = variable(rng)
        text, left, right, lines = sides(rng, v)
        if len(left) > 1 and max(map(abs, (*left, *right))) < 190 and "= 0x" not in text:
            break
    more, result = collect(left, right, v, language)
    key = "linear:" + text.replace(v, "x")
    return Work("linear", key, {"q": typed(rng, text), "v": v}, (*lines, *more), result)


def root_text(p: int, k: int, m: int, q: int) -> str:
    """Return (p + k√m)/q in lowest terms, m without a square factor."""
    shared = gcd(gcd(p, k), q)
    p, k, q = p // shared, k // shared, q // shared
    size = "" if abs(k) == 1 else str(abs(k))
    if not p:
        return ("-" if k < 0 else "") + f"{size}√{m}" + (f"/{q}" if q > 1 else "")
    text = f"{p} {'-' if k < 0 else '+'} {size}√{m}"
    return f"({text})/{q}" if q > 1 else text


def square_part(d: int) -> tuple[int, int]:
    """Return (k, m) with d = k*k*m and m without a square factor."""
    k = max(i for i in range(1, isqrt(d) + 1) if d % (i * i) == 0)
    return k, d // (k * k)


def discriminant(a: int, b: int, c: int) -> list[str]:
    """Return the lines that work out the discriminant."""
    product = 4 * a * c
    start = f"D = b^2 - 4ac = {signed(b)}^2 - 4*{a}*{signed(c)}"
    if not product:
        return [f"{start} = {b * b}"]
    difference = f"{start} = {b * b} {'-' if product > 0 else '+'} {abs(product)}"
    if max(b * b, abs(product)) < 100 or not b:
        return [f"{difference} = {small_sum(b * b, -product)}"]
    return [difference, *written_sum(b * b, -product)[:-1], f"D = {b * b - product}"]


def square_lines(d: int) -> tuple[list[str], str]:
    """Return (lines, text of the square root of d): the squares around d, then its factors that are squares."""
    low = isqrt(d)
    if low * low == d:
        return [f"{low}*{low} = {d}"] if low > 1 else [], str(low)
    high = low + 1
    lines = [f"{low}*{low} = {low * low}, {high}*{high} = {high * high}, {low * low} < {d} < {high * high}"]
    k, m = square_part(d)
    if k == 1:
        return lines, f"√{d}"
    roots, rest, steps = list[int](), d, [str(d)]
    while rest > m:
        p = next(i for i in range(2, k + 1) if rest % (i * i) == 0)
        roots, rest = [*roots, p], rest // (p * p)
        steps.append("*".join(str(number) for number in (*(root * root for root in roots), rest)))
    lines.append(" = ".join(steps))
    return lines, f"{k}√{m}" if len(roots) == 1 else "*".join(map(str, roots)) + f"√{m} = {k}√{m}"


def surd_line(p: int, k: int, m: int, bottom: int, v: str) -> str:
    """Return the line of v = (p + k√m)/bottom, with the shared factor written out before it is cancelled."""
    size = f"{abs(k)}√{m}" if abs(k) > 1 else f"√{m}"
    sign, shared = "-" if k < 0 else "+", gcd(gcd(p, k), bottom)
    line, root = f"{v} = ({p} {sign} {size})/{bottom}", root_text(p, k, m, bottom)
    if shared > 1 and p:
        inner = root_text(p // shared, k // shared, m, 1)
        under = f"({shared}*{bottom // shared})" if bottom > shared else str(shared)
        line += f" = {shared}*({inner})/{under}"
    return line if line == f"{v} = {root}" else f"{line} = {root}"


def solve(p: Poly, v: str, language: Language) -> tuple[list[str], list[str]]:
    """Return (lines, roots as text, ascending) of a quadratic with a positive first coefficient."""
    c, b, a = p
    lines = [f"a = {a}, b = {b}, c = {c}"]
    for text, first, second in ((f"4*{a}*{abs(c)} = ", 4 * a, abs(c)), ("", abs(b), abs(b))):
        if max(first, second) > 12 and first * second:
            lines.append(f"{text}{first}*{second} = {small_product(first, second)}")
    lines += discriminant(a, b, c)
    d = b * b - 4 * a * c
    if d < 0:
        return [*lines, f"D < 0: {WORDS[language]['none']}"], []
    if d == 0:
        lines.append(f"D = 0: {WORDS[language]['double']}")
        return [*lines, *division(b, 2 * a), f"{v} = {divided(-b, 2 * a)}"], [str(Fraction(-b, 2 * a))]
    k, m = square_part(d)
    more, root = square_lines(d)
    lines += [*more, f"√D = √{d}" + (f" = {root}" if root != f"√{d}" else "")]
    if m == 1:
        lines += [line for size in (-k, k) for line in root_lines(-b, size, 2 * a, v)]
        return lines, [str(Fraction(-b - k, 2 * a)), str(Fraction(-b + k, 2 * a))]
    lines += [surd_line(-b, size, m, 2 * a, v) for size in (-k, k)]
    return lines, [root_text(-b, size, m, 2 * a) for size in (-k, k)]


def root_lines(p: int, k: int, bottom: int, v: str) -> list[str]:
    """Return the lines of v = (p + k)/bottom; the sum has a line of its own."""
    top = f"({p} {'-' if k < 0 else '+'} {abs(k)})" if p else str(k)
    shown = f"{v} = {top}/{bottom} = " if p else f"{v} = "
    return [*([plus(p, k)] if p else []), *division(p + k, bottom), shown + divided(p + k, bottom)]


def quadratic_poly(rng: random.Random) -> Poly:
    """Return a quadratic: rational roots mostly, else a double root, no real root or a square root."""
    while True:
        kind = rng.random()
        if kind < 0.76:
            p, r = rng.randint(-12, 12), rng.randint(-12, 12)
            q = 1 if rng.random() < 0.6 else rng.randint(2, 3)
            scale = 1 if q > 1 or rng.random() < 0.7 else rng.randint(2, 3)
            if kind < 0.1:
                r, q = p, 1
            found = tuple(scale * value for value in (p * r, -(p + q * r), q))
        else:
            found = (rng.randint(-20, 20), rng.randint(-12, 12), rng.choice((1, 1, 1, 2, 3)))
            if kind < 0.88 and found[1] ** 2 >= 4 * found[2] * found[0]:
                continue
        c, b, a = found
        if abs(b) <= 24 and abs(c) <= 99 and a <= 6 and b * b - 4 * a * c <= 900:
            return found


def arranged(rng: random.Random, p: Poly, v: str) -> tuple[str, list[str]]:
    """Return (equation as asked, first lines that bring it to the form ... = 0)."""
    c, b, a = p
    standard, style = f"{show(p, v)} = 0", rng.random()
    if style < 0.05:
        return f"{show((-c, -b, -a), v)} = 0", [standard]
    if style < 0.13 and c:
        return f"{show((0, b, a), v)} = {-c}", [standard]
    if style < 0.2 and (b or c):
        return f"{show((0, 0, a), v)} = {show(poly((-c, -b)), v)}", [standard]
    return standard, []


def quadratic(rng: random.Random, language: Language) -> Work:
    """Return a quadratic equation, solved by its discriminant."""
    v, p = variable(rng), quadratic_poly(rng)
    if v == "a":
        v = "x"  # `a` names the first coefficient here
    text, lines = arranged(rng, p, v)
    more, roots = solve(p, v, language)
    gold = ", ".join(f"{v} = {root}" for root in roots) or WORDS[language]["none"]
    return Work("quadratic", f"poly:{show(p)}", {"q": typed(rng, text), "v": v}, (*lines, *more), gold)
