"""Percentages and growth, with every longer sum and product written digit by digit."""

from __future__ import annotations

import random
from decimal import Decimal

from scripts.pocket.data.mathematics.columns import cents, column_difference, column_sum, places, plain, times
from scripts.pocket.data.mathematics.work import WORDS, Work
from scripts.pocket.data.sample import Language

FRIENDLY = (10, 10, 20, 25, 50, 5, 15, 30, 40, 12, 8, 75, 60, 2, 3, 4, 6, 7, 9, 80, 90, 35)


def part_lines(rate: int, whole: Decimal, language: Language) -> tuple[list[str], Decimal]:
    """Return (lines, rate % of whole): one percent first, then times the rate."""
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
        return share(rng)
    while True:
        rate, whole = rate_of(rng), amount(rng)
        if kind == "percent_of" or whole < 1000 or not whole % 100 or rate < 10:
            break
    lines, part = part_lines(rate, Decimal(whole), language)
    shown = {"r": str(rate), "a": str(whole)}
    if kind == "percent_of":
        return Work(kind, f"percent:{rate},{whole}", shown, tuple(lines), plain(part))
    work = column_sum if kind == "increase" else column_difference
    text, result = work(Decimal(whole), part)
    return Work(kind, f"percent:{rate},{whole}", shown, (*lines, text), plain(result))


def share(rng: random.Random) -> Work:
    """Return "a is what percent of b": tens of percent first, then ones."""
    while True:
        whole, rate = rng.choice((rng.randint(2, 99) * 10, rng.randint(4, 250) * 4, rng.randint(2, 40) * 25)), 0
        rate = rng.choice(FRIENDLY) if rng.random() < 0.5 else rng.randint(1, 99)
        if whole * rate % 100 == 0:
            break
    part, lines = whole * rate // 100, []
    rest, (tens, ones) = Decimal(part), divmod(rate, 10)
    if tens:
        ten = Decimal(whole) / 10
        lines.append(f"10% = {plain(ten)}")
        more, taken = times(ten, tens)
        lines += [f"{tens}0%: {line}" for line in more] if tens > 1 else []
        text, rest = column_difference(rest, taken)
        lines.append(text)
    if ones:
        one = Decimal(whole) / 100
        lines.append(f"1% = {plain(one)}")
        more, _ = times(one, ones)
        lines += [f"{ones}%: {line}" for line in more] if ones > 1 else []
    if tens and ones:
        lines.append(f"{tens}0 + {ones} = {rate}")
    shown = {"a": str(part), "b": str(whole)}
    return Work("what_percent", f"percent:{rate},{whole}", shown, tuple(lines), f"{rate}\\%")


def growth(rng: random.Random, language: Language) -> Work:
    """Return compound or simple growth, or whether a goal is reached."""
    kind = rng.random()
    return compound(rng, language) if kind < 0.5 else simple(rng, language) if kind < 0.75 else goal(rng, language)


def start_amount(rng: random.Random) -> int:
    """Return a round number of up to four digits to grow."""
    return rng.choice((rng.randint(1, 9) * 1000, rng.randint(1, 99) * 100, rng.randint(1, 99) * 10))


def compound(rng: random.Random, language: Language) -> Work:
    """Return growth by a percentage of the current amount, one to three times."""
    while True:
        steps = rng.choice((1, 2, 2, 2, 3, 3))
        rate = rng.choice((10, 20, 5, 50, 10, 20, 30, 40, 1, 2, 3, 4, 6, 8) if steps > 2 else FRIENDLY)
        start = start_amount(rng)
        exact = Decimal(start) * (Decimal(100 + rate) / 100) ** steps
        if steps > 2 and start % (100 if rate % 10 == 0 else 1000):
            continue  # keeps three steps short
        lines, now = grown(start, rate, steps, language)
        if now == cents(exact) and sum(map(len, lines)) < 520:  # rounding on the way changes nothing
            break
    shown = {"r": str(rate), "a": str(start), "n": str(steps)}
    once = f"percent:{rate},{start}"
    key = once if steps == 1 else f"growth:{start},{rate},{steps}"
    return Work("compound", key, shown, tuple(lines), plain(now), inner=(once,))


def grown(start: int, rate: int, steps: int, language: Language) -> tuple[list[str], Decimal]:
    """Return (lines, amount) after each step of compound growth, rounded to two decimals each time."""
    words, lines, now = WORDS[language], list[str](), Decimal(start)
    for step in range(1, steps + 1):
        more, part = part_lines(rate, now, language)
        if places(part) > 2:
            part = cents(part)
            more.append(f"{words['rounded']} {plain(part)}")
        text, now = column_sum(now, part)
        head = f"{words['year']} {step}: "
        lines += [head + more[0], *more[1:], text]
    return lines, now


def simple(rng: random.Random, language: Language) -> Work:
    """Return simple interest: the same part of the first amount each time."""
    start, rate, steps = start_amount(rng), rng.choice(FRIENDLY[:20]), rng.randint(2, 5)
    lines, part = part_lines(rate, Decimal(start), language)
    more, interest = times(part, steps)
    text, now = column_sum(Decimal(start), interest)
    shown = {"r": str(rate), "a": str(start), "n": str(steps)}
    key, inner = f"simple:{start},{rate},{steps}", (f"percent:{rate},{start}",)
    return Work("simple", key, shown, (*lines, *more, text), plain(now), inner=inner)


def power(rate: Decimal, steps: int) -> tuple[str, Decimal]:
    """Return (text, value rounded to four decimals) of (1 + rate %) to the power of the steps."""
    factor = 1 + rate / 100
    value = (factor**steps).quantize(Decimal("0.0001"))
    return f"{plain(factor)}^{steps} {'=' if value == factor**steps else '≈'} {plain(value)}", value


def needed_rate(ratio: Decimal, steps: int) -> Decimal:
    """Return the rate in percent, to one decimal, that multiplies by `ratio` in the steps."""
    return Decimal(str(round((float(ratio) ** (1 / steps) - 1) * 100, 1)))


def goal(rng: random.Random, language: Language) -> Work:
    """Return whether growth at a rate reaches a goal in some years and, if not, the rate that would."""
    words = WORDS[language]
    while True:
        start, steps = rng.choice((1, 2, 4, 5, 10)), rng.randint(2, 5)
        rate = rng.choice((5, 8, 10, 12, 15, 15, 20, 25, 30))
        target, first = rng.randint(start + 1, 4 * start + 1), rng.randint(2015, 2026)
        if rng.random() < 0.01:
            start, rate, steps, target, first = 2, 15, 5, 5, 2020
        text, factor = power(Decimal(rate), steps)
        reached, ratio = factor * start, Decimal(target) / start
        needed = needed_rate(ratio, steps)
        exact = start * (1 + Decimal(rate) / 100) ** steps
        whole = [r for r in range(1, 41) if power(Decimal(r), steps)[1] == ratio]
        if whole:
            continue  # the needed rate is (nearly) a whole number: nothing to bracket
        if cents(reached) == cents(exact) and cents(exact) != target and abs(needed - rate) > 1 and 1 < needed < 40:
            break
    lines = [f"{first + steps} - {first} = {steps}", text]
    if start > 1:
        lines += times(factor, start)[0]
    yes = reached > target
    lines.append(f"{plain(cents(reached))} {'>' if yes else '<'} {target}: {words['yes' if yes else 'no']}")
    gold = words["yes"]
    if not yes:
        lines.append(f"{words['needed']}: {target}/{start} = {plain(ratio)}")
        low = max(r for r in range(1, 41) if (1 + Decimal(r) / 100) ** steps < ratio)
        for rate_tried, sign in ((Decimal(low), "<"), (Decimal(low + 1), ">")):
            lines.append(f"{power(rate_tried, steps)[0]} {sign} {plain(ratio)}")
        lines.append(power(needed, steps)[0])
        gold = f"{words['no']}, {plain(needed)}\\%"
    shown = {"a": str(start), "r": str(rate), "b": str(target), "y": str(first), "z": str(first + steps),
             "n": str(steps)}  # fmt: skip
    return Work("goal", f"goal:{start},{rate},{steps},{target}", shown, tuple(lines), gold)
