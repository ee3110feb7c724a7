"""Derivatives and critical points of polynomials."""

from __future__ import annotations

import random
from math import gcd, isqrt

from scripts.pocket.data.mathematics.columns import division, small_product, small_sum
from scripts.pocket.data.mathematics.equations import divided, solve
from scripts.pocket.data.mathematics.polynomials import Poly, coefficient, derived, joined, poly, show, term, typed
from scripts.pocket.data.mathematics.work import WORDS, Work, signed
from scripts.pocket.data.sample import Language

FUNCTION_NAMES = "fffffffffggghhpqrsFGP"
COURSE_FUNCTION = (3, -5, 2, 1)  # the function that the course text differentiates
COURSE_SHARE = 0.01


def any_poly(rng: random.Random, degree: int = 5) -> Poly:
    """Return a polynomial of degree at most `degree`, some of its terms missing."""
    highest = rng.choice((0, 1, 2, 2, 3, 3, 3, 4, 4, 5)[: 2 * degree])
    largest = 20 if rng.random() < 0.12 else 12
    keep = rng.choice((0.5, 0.75, 1))
    return tuple(coefficient(rng, largest) if n == highest or rng.random() < keep else 0 for n in range(highest + 1))


def power_rule(c: int, n: int, v: str) -> str:
    """Return the line that derives one term: "(2x^3)' = 2*3x^2 = 6x^2"."""
    left, result = f"({term(c, n, v)})'", term(c * n, n - 1, v) if n else "0"
    if n < 2 or abs(c) == 1:
        return f"{left} = {result}"
    middle = f"{c}*{term(n, n - 1, v)}"
    return f"{left} = {middle} = {result}"


def function_text(rng: random.Random, shown: str, v: str) -> tuple[str, str]:
    """Return (the function as asked, the name of its derivative)."""
    style = rng.random()
    if style < 0.55:
        name = rng.choice(FUNCTION_NAMES.replace(v, ""))
        return f"{name}({v}) = {shown}", f"{name}'({v})"
    if style < 0.75 and v != "y":
        return f"y = {shown}", "y'"
    if style < 0.83:
        name = rng.choice("sshvVAPz".replace(v, ""))
        return f"{name} = {shown}", f"{name}'"
    return shown, ""


def derivative(rng: random.Random, language: Language, shuffled: float = 0.12) -> Work:
    """Return a derivative by the power rule, term by term; a share of them is asked with its terms in any order.

    The terms of the result stand in the order of the question.
    """
    p, v = any_poly(rng), rng.choice("xxxxxxxxxxttnuzabmkw")
    if rng.random() < COURSE_SHARE:
        p, v = COURSE_FUNCTION, "x"
    terms = [(c, n) for n, c in reversed(list(enumerate(p))) if c]
    if rng.random() < shuffled:
        rng.shuffle(terms)
    shown = joined(term(c, n, v) for c, n in terms)
    result = joined(term(c * n, n - 1, v) for c, n in terms if n)
    text, _ = function_text(rng, shown, v)
    lines = [WORDS[language]["rule"], *(power_rule(c, n, v) for c, n in terms)]
    return Work("derivative", f"poly:{show(p)}", asked(rng, text, shown, v), tuple(lines), result)


def asked(rng: random.Random, text: str, shown: str, v: str) -> dict[str, str]:
    """Return what fills a wording: the function {p} and the bare expression {e}, typed alike."""
    both = typed(rng, f"{text} @ {shown}".replace("@", "@@"))
    function, expression = (part.strip() for part in both.split("@@"))
    return {"p": function, "e": expression, "v": v}


def cubic(rng: random.Random) -> Poly:
    """Return a cubic, mostly with whole critical points."""
    while True:
        p, q = rng.randint(-7, 7), rng.randint(-7, 7)
        kind = rng.random()
        if kind < 0.08:
            q = p
        k = rng.choice((3, 3, 3, 6, 6, -3, -6))
        slope = (k * p * q, -k * (p + q), k)
        if kind > 0.8:  # square roots or no critical point
            slope = (rng.randint(-12, 12), 2 * rng.randint(-5, 5), 3)
        if slope[1] % 2 or slope[2] % 3 or max(map(abs, slope)) > 150:
            continue
        d = slope[1] ** 2 - 4 * slope[0] * slope[2]
        if kind > 0.8 and d >= 0 and isqrt(d) ** 2 == d:
            continue  # might have a fraction as its critical point
        return (rng.randint(-12, 12), slope[0], slope[1] // 2, slope[2] // 3)


def parabola(rng: random.Random) -> Poly:
    """Return a quadratic with a whole critical point."""
    a, x = rng.choice((1, 1, 2, 3, 4, 5, -1, -2, -3)), rng.randint(-9, 9)
    return (rng.randint(-20, 20), -2 * a * x, a)


def sloped(p: Poly, v: str) -> str:
    """Return the derivative with the products written out: "3x^2 - 6*2x + 9 = 3x^2 - 12x + 9"."""
    result = show(derived(p), v)
    parts = []
    for n, c in reversed(list(enumerate(p))):
        if c and n:
            plain = n == 1 or abs(c) == 1
            parts.append(term(c * n, n - 1, v) if plain else f"{c}*{term(n, n - 1, v)}")
    written = joined(parts)
    return result if written == result else f"{written} = {result}"


def reduced(slope: Poly) -> tuple[Poly, int]:
    """Return (polynomial, factor) with a positive first coefficient and a shared factor taken out."""
    shared = gcd(*slope) * (1 if slope[-1] > 0 else -1)
    return tuple(c // shared for c in slope), shared


def curvature(second: Poly, x: str, name: str, v: str, language: Language) -> tuple[str, str]:
    """Return (line, kind of point) from the second derivative at a whole number x."""
    words = WORDS[language]
    b, a = (*second, 0)[:2]
    at = int(x)
    total = a * at + b
    steps = []
    if a:
        steps.append(f"{a}*{signed(at)}" + (f" {'-' if b < 0 else '+'} {abs(b)}" if b else ""))
        product = small_product(a, at)
        if b:
            steps += [f"{product.rpartition(' = ')[2]} {'-' if b < 0 else '+'} {abs(b)}", small_sum(a * at, b)]
        else:
            steps.append(str(a * at))
    else:
        steps.append(str(b))
    kind = words["minimum" if total > 0 else "maximum" if total < 0 else "neither"]
    sign = "> 0" if total > 0 else "< 0" if total < 0 else ""
    return f"{name}''({x}) = " + " = ".join(steps) + (f" {sign}" if sign else "") + f": {kind}", kind


def surd_curvature(roots: list[str], factor: int, name: str, lines: list[str], language: Language) -> list[str]:
    """Return two lines: the slope changes its sign at both roots, so its size there is not needed."""
    words = WORDS[language]
    root = next(line for line in lines if line.startswith("√D")).rpartition(" = ")[2]
    size = root if abs(factor) == 1 else f"{abs(factor)}*{root}"
    first, second = ("-", "") if factor > 0 else ("", "-")
    kinds = [words["maximum" if sign else "minimum"] for sign in (first, second)]
    return [
        f"{name}''({x}) = {sign}{size} {'<' if sign else '>'} 0: {kind}"
        for x, sign, kind in zip(roots, (first, second), kinds, strict=True)
    ]


def critical(rng: random.Random, language: Language) -> Work:
    """Return the critical points of a cubic or a quadratic, with their kind."""
    p = poly(cubic(rng) if rng.random() < 0.72 else parabola(rng))
    v = rng.choice("xxxxxxxtz")
    if rng.random() < COURSE_SHARE:
        p, v = COURSE_FUNCTION, "x"
    shown = show(p, v)
    text, name = function_text(rng, shown, v)
    lines, roots, kinds = critical_lines(p, v, name.removesuffix(f"({v})").removesuffix("'") or "f", language)
    words = WORDS[language]
    gold = ", ".join(f"{v} = {root}" for root in roots) or words["no points"]
    must = tuple(f"{kind} {words['at']} {v} = {root}" for root, kind in zip(roots, kinds, strict=True))
    if must:
        lines.append(", ".join(must))
    slope = derived(p)
    inner = (f"poly:{show(slope)}", f"poly:{show(reduced(slope)[0])}") if len(slope) > 2 else ()
    key = f"poly:{show(p)}"
    return Work("critical", key, asked(rng, text, shown, v), tuple(lines), gold, must, inner=inner)


def critical_lines(p: Poly, v: str, name: str, language: Language) -> tuple[list[str], list[str], list[str]]:
    """Return (lines, points, kinds) of a polynomial of degree two or three."""
    slope = derived(p)
    lines = [f"{name}'({v}) = {sloped(p, v)}", f"{show(slope, v)} = 0"]
    second = derived(slope)
    if len(slope) == 2:
        b, a = slope
        if b:
            lines.append(f"{show((0, a), v)} = {-b}")
        lines += [*division(b, abs(a)), f"{v} = {divided(-b if a > 0 else b, abs(a))}"]
        roots, factor = [str(-b // a)], 1
    else:
        equation, factor = reduced(slope)
        if factor != 1:
            lines.append(f"{show(equation, v)} = 0")
        more, roots = solve(equation, v, language)
        lines += more
    if not roots:
        return lines, [], []
    lines.append(f"{name}''({v}) = {show(second, v)}")
    if "√" in roots[0]:
        lines += surd_curvature(roots, factor, name, lines, language)
        kinds = [line.rpartition(": ")[2] for line in lines[-2:]]
    else:
        tests = [curvature(second, root, name, v, language) for root in roots]
        lines += [line for line, _ in tests]
        kinds = [kind for _, kind in tests]
    return lines, roots, kinds
