"""Percentages and growth, with every longer sum and product written digit by digit."""

from __future__ import annotations

import random
from decimal import Decimal

from scripts.pocket.data.mathematics.columns import (
    cents,
    column_difference,
    column_sum,
    compared,
    multiples,
    places,
    plain,
    times,
)
from scripts.pocket.data.mathematics.work import WORDS, Work
from scripts.pocket.data.sample import Language

MOST_LETTERS = 400  # of the steps of compound growth
FRIENDLY = (10, 10, 20, 25, 50, 5, 15, 30, 40, 12, 8, 75, 60, 2, 3, 4, 6, 7, 9, 80, 90, 35)


def part_lines(rate: int, whole: Decimal, language: Language) -> tuple[list[str], Decimal]:
    """Return (lines, rate % of whole): one percent first, then times the rate."""
    if rate == 100:
        return [f"100% {WORDS[language]['of']} {plain(whole)} = {plain(whole)}"], whole
    one = whole / 100
    lines = [f"1% {WORDS[language]['of']} {plain(whole)} = {plain(one)}"]
    if rate == 1:
        return lines, one
    more, result = times(one, rate)
    return [*lines, *more], result


def rate_of(rng: random.Random) -> int:
    """Return a percentage below 100, mostly a usual one."""
    return rng.choice(FRIENDLY) if rng.random() < 0.6 else rng.randint(1, 99)


def amount(rng: random.Random) -> int:
    """Return a number of two to four digits, often a round one."""
    style = rng.random()
    if style < 0.3:
        return rng.randint(1, 99) * 10
    if style < 0.5:
        return rng.randint(2, 99) * 100
    if style < 0.6:
        return rng.randint(1000, 9999)
    return rng.randint(10, 999)


def percent(rng: random.Random, language: Language) -> Work:
    """Return a percentage of a number, an increase or decrease, or a share in percent."""
    kind = rng.choices(("percent_of", "increase", "decrease", "what_percent"), (40, 20, 20, 20))[0]
    if kind == "what_percent":
        return share(rng, language)
    while True:
        rate, whole = 100 if kind != "decrease" and rng.random() < 0.01 else rate_of(rng), amount(rng)
        if kind == "percent_of" or whole < 1000 or not whole % 100 or rate < 10:
            break
    lines, part = part_lines(rate, Decimal(whole), language)
    shown = {"r": str(rate), "a": str(whole)}
    if kind == "percent_of":
        lines.insert(0, f"{rate}% {WORDS[language]['of']} {whole}")
        return Work(kind, f"percent:{rate},{whole}", shown, tuple(lines), plain(part))
    lines.insert(0, f"{whole} {'+' if kind == 'increase' else '-'} {rate}%")
    work = column_sum if kind == "increase" else column_difference
    text, result = work(Decimal(whole), part)
    return Work(kind, f"percent:{rate},{whole}", shown, (*lines, text), plain(result))


def share(rng: random.Random, language: Language) -> Work:
    """Return "a is what percent of b": tens of percent first, then ones, counted up to the part."""
    while True:
        whole, rate = rng.choice((rng.randint(2, 99) * 10, rng.randint(4, 250) * 4, rng.randint(2, 40) * 25)), 0
        rate = rng.choice(FRIENDLY) if rng.random() < 0.5 else rng.randint(1, 99)
        if whole * rate % 100 == 0:
            break
    part = whole * rate // 100
    lines = [f"{part} {WORDS[language]['of']} {whole}"]
    rest, ones = Decimal(part), rate % 10
    text, tens = multiples(10, Decimal(whole) / 10, rest)
    lines.append(text)
    if tens and ones:
        text, rest = column_difference(rest, Decimal(whole) / 10 * tens)
        lines.append(text)
    if ones:
        lines.append(multiples(1, Decimal(whole) / 100, rest)[0])
    if tens and ones:
        lines.append(f"{tens}0 + {ones} = {rate}")
    shown = {"a": str(part), "b": str(whole)}
    return Work("what_percent", f"percent:{rate},{whole}", shown, tuple(lines), f"{rate}\\%")


def growth(rng: random.Random, language: Language) -> Work:
    """Return compound or simple growth, decline, or whether a goal is reached."""
    kind = rng.random()
    if kind < 0.55:
        return compound(rng, language, down=kind > 0.38)
    return simple(rng, language) if kind < 0.75 else goal(rng, language)


def start_amount(rng: random.Random) -> int:
    """Return a number of up to five digits to grow, mostly a round one."""
    style = rng.random()
    if style < 0.12:
        return rng.randint(11, 999)
    if style < 0.18:
        return rng.randint(1, 90) * 1000
    return rng.choice((rng.randint(1, 9) * 1000, rng.randint(1, 99) * 100, rng.randint(1, 99) * 10))


def quantities(start: int, rate: int, steps: int, language: Language, down: bool = False) -> str:
    """Return the first line, which copies the numbers from the question: "start 200, up 15%, 2 times"."""
    words = WORDS[language]
    return f"{words['start']} {start}, {words['down' if down else 'up']} {rate}%, {steps} {words['times']}"


def growth_rate(rng: random.Random, steps: int, down: bool) -> int:
    """Return a percentage up to 100 (below 100 for a decline); longer growth has round ones more often."""
    if rng.random() < 0.35:
        return rng.randint(1, 99 if down else 100)
    return rng.choice((10, 20, 5, 50, 10, 15, 20, 30, 40, 25, 1, 2, 3, 4, 6, 8) if steps > 2 else FRIENDLY)


def compound(rng: random.Random, language: Language, down: bool) -> Work:
    """Return growth or decline by a percentage of the current amount, one to four times."""
    while True:
        steps = rng.choice((1, 2, 2, 2, 2, 3, 3, 4))
        rate, start = growth_rate(rng, steps, down), start_amount(rng)
        exact = Decimal(start) * (Decimal(100 - rate if down else 100 + rate) / 100) ** steps
        if steps > 2 and places(exact) > 2:
            continue  # keeps more than two steps short
        lines, now = grown(start, rate, steps, language, down)
        if now == cents(exact) and sum(map(len, lines)) < MOST_LETTERS:  # rounding on the way changes nothing
            break
    shown = {"r": str(rate), "a": str(start), "n": str(steps)}
    once, kind = f"percent:{rate},{start}", "decay" if down else "compound"
    key = once if steps == 1 else f"{'decay' if down else 'growth'}:{start},{rate},{steps}"
    lines.insert(0, quantities(start, rate, steps, language, down))
    return Work(kind, key, shown, tuple(lines), plain(now), inner=(once,))


def grown(start: int, rate: int, steps: int, language: Language, down: bool) -> tuple[list[str], Decimal]:
    """Return (lines, amount) after each step of growth or decline, rounded to two decimals each time."""
    words, lines, now = WORDS[language], list[str](), Decimal(start)
    for step in range(1, steps + 1):
        more, part = part_lines(rate, now, language)
        if places(part) > 2:
            part = cents(part)
            more.append(f"{words['rounded']} {plain(part)}")
        text, now = (column_difference if down else column_sum)(now, part)
        head = f"{words['year']} {step}: "
        lines += [head + more[0], *more[1:], text]
    return lines, now


def simple(rng: random.Random, language: Language) -> Work:
    """Return simple interest: the same part of the first amount each time."""
    start, steps = start_amount(rng), rng.randint(2, 9)
    rate = rng.choice(FRIENDLY[:20]) if rng.random() < 0.6 else rng.randint(1, 30)
    lines, part = part_lines(rate, Decimal(start), language)
    more, interest = times(part, steps)
    text, now = column_sum(Decimal(start), interest)
    shown = {"r": str(rate), "a": str(start), "n": str(steps)}
    key, inner = f"simple:{start},{rate},{steps}", (f"percent:{rate},{start}",)
    first = f"{WORDS[language]['simple']}: {quantities(start, rate, steps, language)}"
    return Work("simple", key, shown, (first, *lines, *more, text), plain(now), inner=inner)


def power(rate: Decimal, steps: int) -> tuple[str, Decimal]:
    """Return (text, value rounded to three decimals) of (1 + rate %) to the power of the steps."""
    factor = 1 + rate / 100
    value = (factor**steps).quantize(Decimal("0.001"))
    return f"{plain(factor)}^{steps} {'=' if value == factor**steps else '≈'} {plain(value)}", value


def needed_rate(ratio: Decimal, steps: int) -> Decimal:
    """Return the rate in percent, to one decimal, that multiplies by `ratio` in the steps."""
    return Decimal(str(round((float(ratio) ** (1 / steps) - 1) * 100, 1)))


def between(ratio: Decimal, steps: int) -> tuple[int, Decimal]:
    """Return (whole rate just below the needed one, how far the ratio is on the way to the next, from 0 to 1)."""
    low = max(r for r in range(1, 41) if (1 + Decimal(r) / 100) ** steps < ratio)
    below, above = power(Decimal(low), steps)[1], power(Decimal(low + 1), steps)[1]
    return low, (ratio - below) / (above - below)


def needed_lines(start: int, target: int, steps: int, language: Language) -> list[str]:
    """Return the lines that find the needed rate: the powers on both sides of the ratio, then a tenth between them."""
    ratio = Decimal(target) / start
    low, way = between(ratio, steps)
    (first, below), (second, above) = power(Decimal(low), steps), power(Decimal(low + 1), steps)
    up, part = column_difference(above, below), column_difference(ratio, below)
    tenth = way.quantize(Decimal("0.1"))
    return [
        f"{WORDS[language]['needed']}: {target}/{start} = {plain(ratio)}", f"{first} < {plain(ratio)}",
        f"{second} > {plain(ratio)}", part[0], up[0], f"{plain(part[1])}/{plain(up[1])} ≈ {plain(tenth)}",
        f"{low}+{plain(tenth)} = {plain(low + tenth)}",
    ]  # fmt: skip


def is_clear(ratio: Decimal, steps: int) -> bool:
    """Return whether the tenth of a percent can be seen without exact division, and none of the powers is the ratio."""
    low, way = between(ratio, steps)
    rest = way * 10 % 1
    near = way.quantize(Decimal("0.1"))
    return 0 < way < 1 and abs(rest - Decimal("0.5")) > Decimal("0.12") and needed_rate(ratio, steps) == low + near


def goal(rng: random.Random, language: Language) -> Work:
    """Return whether growth at a rate reaches a goal in some years and, if not, the rate that would."""
    words = WORDS[language]
    while True:
        start, steps = rng.choice((1, 2, 2, 4, 5, 10, 20, 50)), rng.randint(2, 5)
        rate = rng.choice((5, 8, 10, 12, 15, 15, 20, 25, 30, rng.randint(2, 35)))
        target, first = rng.randint(start + 1, 4 * start + 1), rng.randint(2015, 2026)
        if rng.random() < 0.01:
            start, rate, steps, target, first = 2, 15, 5, 5, 2020
        text, factor = power(Decimal(rate), steps)
        reached, ratio = factor * start, Decimal(target) / start
        if not Decimal("1.03") ** steps < ratio < Decimal("1.4") ** steps or not is_clear(ratio, steps):
            continue
        exact = start * (1 + Decimal(rate) / 100) ** steps
        apart = abs(needed_rate(ratio, steps) - rate) > 1
        if apart and abs(exact - target) > start / Decimal(400):  # not so near that the rounding decides
            break
    lines = [
        f"{words['start']} {start}, {words['up']} {rate}%, {first}, {words['goal']} {target}, {first + steps}",
        f"{first + steps} - {first} = {steps}", text,
    ]  # fmt: skip
    if start > 1:
        lines += times(factor, start)[0]
    yes = reached > target
    lines.append(compared(Decimal(target), reached))
    lines.append(f"{plain(reached)} {'>' if yes else '<'} {target}: {words['yes' if yes else 'no']}")
    gold = words["yes"]
    if not yes:
        lines += needed_lines(start, target, steps, language)
        gold = f"{words['no']}, {plain(needed_rate(ratio, steps))}\\%"
    shown = {"a": str(start), "r": str(rate), "b": str(target), "y": str(first), "z": str(first + steps),
             "n": str(steps)}  # fmt: skip
    return Work("goal", f"goal:{start},{rate},{steps},{target}", shown, tuple(lines), gold)
