"""Problems that are answered with a program, and the answer that follows once its output is known."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from scripts.pocket.data.mathematics.calculus import any_poly, asked, function_text
from scripts.pocket.data.mathematics.columns import plain
from scripts.pocket.data.mathematics.equations import quadratic_poly
from scripts.pocket.data.mathematics.growth import amount, rate_of, start_amount
from scripts.pocket.data.mathematics.polynomials import coefficient, derived, poly, show, typed, value
from scripts.pocket.data.mathematics.work import Work, variable
from scripts.pocket.data.sample import Language

TIMEOUT_S = 5.0


def program_output(code: str) -> str:
    """Return what the program prints, without its last line break; an error is raised with its text."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=TIMEOUT_S, env={}, check=False
    )
    if done.returncode:
        raise RuntimeError(f"The program failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout.strip()


def linear_program(rng: random.Random, language: Language) -> Work:
    """Return ax + b = cx + d (c may be zero), with numbers of up to three digits."""
    while True:
        v, largest = variable(rng), rng.choice((12, 12, 99, 400))
        a, b, d = (coefficient(rng, largest) for _ in range(3))
        c = coefficient(rng, 12) if rng.random() < 0.35 else 0
        if a != c:
            break
    text = f"{show((b, a), v)} = {show(poly((d, c)), v)}"
    code = f"from fractions import Fraction\na, b, c, d = {a}, {b}, {c}, {d}\nprint(Fraction(d - b, a - c))"
    gold = f"{v} = {Fraction(d - b, a - c)}"
    return Work("linear", "linear:" + text.replace(v, "x"), {"q": typed(rng, text), "v": v}, gold=gold, code=code)


def quadratic_program(rng: random.Random, language: Language) -> Work:
    """Return a quadratic equation with rational roots."""
    while True:
        p, v = quadratic_poly(rng), variable(rng)
        d = p[1] ** 2 - 4 * p[2] * p[0]
        roots = [] if d < 0 else rational_roots(p)
        if roots:
            break
    code = (
        f"from fractions import Fraction\nfrom math import isqrt\na, b, c = {p[2]}, {p[1]}, {p[0]}\n"
        "r = isqrt(b*b - 4*a*c)\n"
    )
    code += "print(*sorted({Fraction(-b - r, 2*a), Fraction(-b + r, 2*a)}))"  # a double root is printed once
    gold = ", ".join(f"{v} = {root}" for root in roots)
    shown = {"q": typed(rng, f"{show(p, v)} = 0"), "v": v}
    return Work("quadratic", f"poly:{show(p)}", shown, gold=gold, code=code)


def rational_roots(p: tuple[int, ...]) -> list[Fraction]:
    """Return the roots of a quadratic in ascending order, or nothing if they are not rational."""
    c, b, a = p
    d = b * b - 4 * a * c
    k = round(d**0.5)
    return sorted({Fraction(-b - k, 2 * a), Fraction(-b + k, 2 * a)}) if k * k == d else []


def percent_program(rng: random.Random, language: Language) -> Work:
    """Return a percentage of a number, or an increase or decrease by it."""
    rate, whole = rate_of(rng), amount(rng)
    kind, factor = rng.choice((("percent_of", rate), ("increase", 100 + rate), ("decrease", 100 - rate)))
    code = (
        f"whole, rate = {whole}, {rate}\n"
        + {
            "percent_of": "print(whole * rate / 100)",
            "increase": "print(whole * (100 + rate) / 100)",
            "decrease": "print(whole * (100 - rate) / 100)",
        }[kind]
    )
    gold = plain(Decimal(whole * factor) / 100)
    return Work(kind, f"percent:{rate},{whole}", {"r": str(rate), "a": str(whole)}, gold=gold, code=code)


def growth_program(rng: random.Random, language: Language) -> Work:
    """Return compound growth over up to twelve steps, or simple growth."""
    start, rate, steps = start_amount(rng), rng.randint(1, 30), rng.randint(2, 12)
    shown = {"a": str(start), "r": str(rate), "n": str(steps)}
    head = f"amount, rate, steps = {start}, {rate}, {steps}\n"
    if rng.random() < 0.3:
        key, code = f"simple:{start},{rate},{steps}", head + "print(amount * (100 + rate * steps) / 100)"
        return Work("simple", key, shown, gold=plain(Decimal(start * (100 + rate * steps)) / 100), code=code)
    code = head + "for step in range(steps):\n    amount = amount * (100 + rate) / 100\nprint(round(amount, 2))"
    now = float(start)
    for _ in range(steps):
        now = now * (100 + rate) / 100
    return Work("compound", f"growth:{start},{rate},{steps}", shown, gold=f"{round(now, 2):.12g}", code=code)


def slope_program(rng: random.Random, language: Language) -> Work:
    """Return the derivative of a polynomial at a point."""
    p, at, v = any_poly(rng), rng.randint(-9, 12), "x"
    while len(p) < 2:
        p = any_poly(rng)
    text, _ = function_text(rng, show(p, v), v)
    terms = ", ".join(f"({c}, {n})" for n, c in reversed(list(enumerate(p))) if c)
    code = f"terms = [{terms}]\nx = {at}\nprint(sum(c * n * x**(n - 1) for c, n in terms if n))"
    shown = {**asked(rng, text, show(p, v), v), "c": str(at)}
    return Work("slope", f"poly:{show(p)}", shown, gold=str(value(derived(p), at)), code=code)


def range_program(rng: random.Random, language: Language) -> Work:
    """Return the sum of whole numbers, or of their squares, from one number to another."""
    first, squares = rng.choice((1, 1, 1, rng.randint(2, 60))), rng.random() < 0.35
    last = first + rng.randint(5, 60 if squares else 990)
    each = "k**2" if squares else "k"
    total = sum(k**2 if squares else k for k in range(first, last + 1))
    kind = "range_squares" if squares else "range_sum"
    shown = {"a": str(first), "b": str(last)}
    code = f"print(sum({each} for k in range({first}, {last + 1})))"
    return Work(kind, f"{kind}:{first},{last}", shown, gold=str(total), code=code)


PROGRAMS: tuple[Callable[[random.Random, Language], Work], ...] = (
    linear_program, quadratic_program, percent_program, growth_program, slope_program, range_program,
)  # fmt: skip


def tool(rng: random.Random, language: Language) -> Work:
    """Return a problem to be answered with a program."""
    return rng.choice(PROGRAMS)(rng, language)


def printed(work: Work) -> str:
    """Return what the program of the work prints, worked out without running it."""
    numbers = " ".join(part.rpartition("= ")[2] for part in work.gold.split(", "))
    if work.kind in ("percent_of", "increase", "decrease", "compound", "simple"):
        return repr(float(numbers))
    return numbers
