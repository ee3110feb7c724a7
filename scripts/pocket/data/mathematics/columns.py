"""Written sums and products of longer numbers, one digit a step, short enough to be shown as an answer."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from scripts.pocket.data.traces import digit_products


def plain(number: Decimal) -> str:
    """Return the number without trailing zeros behind the point: "52.5", "300"."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def cents(number: Decimal) -> Decimal:
    """Return the number rounded to two decimals, halves up."""
    return number.quantize(Decimal("0.01"), ROUND_HALF_UP)


def places(number: Decimal) -> int:
    """Return how many digits stand behind the point once trailing zeros are gone."""
    return len(plain(number).partition(".")[2])


def pointed(digits: str, decimals: int) -> str:
    """Return digits with a point before the last `decimals` of them, if that many are there."""
    return digits if not decimals or len(digits) <= decimals else f"{digits[:-decimals]}.{digits[-decimals:]}"


def padded(a: Decimal, b: Decimal) -> tuple[str, str, int]:
    """Return both numbers as digits of equal width without the point, and the digits behind it."""
    decimals = max(places(a), places(b))
    top, bottom = (str(int(number.scaleb(decimals))) for number in (a, b))
    width = max(len(top), len(bottom))
    return top.zfill(width), bottom.zfill(width), decimals


def column_sum(a: Decimal, b: Decimal) -> tuple[str, Decimal]:
    """Return (working on one line, a + b): ones first, the partial result rewritten at each step."""
    top, bottom, decimals = padded(a, b)
    carry, result, parts = 0, "", []
    for i in reversed(range(len(top))):
        total = int(top[i]) + int(bottom[i]) + carry
        step = f"{top[i]}+{bottom[i]}" + ("+1" if carry else "") + f"={total}"
        carry, last = total // 10, i == 0
        result = (str(total) if last else str(total % 10)) + result
        parts.append(f"{step}, {pointed(result, decimals)}" + (" carry 1" if carry and not last else ""))
    return f"{pointed(top, decimals)}+{pointed(bottom, decimals)}: " + "; ".join(parts), a + b


def column_difference(a: Decimal, b: Decimal) -> tuple[str, Decimal]:
    """Return (working on one line, a - b) for a >= b. A borrow is written as 1x-y."""
    top, bottom, decimals = padded(a, b)
    borrow, result, parts = 0, "", []
    for i in reversed(range(len(top))):
        digit = int(top[i]) - int(bottom[i]) - borrow
        step = f"{top[i]}-{bottom[i]}" + ("-1" if borrow else "")
        borrow = int(digit < 0)
        result = str(digit % 10) + result
        shown = pointed(result, decimals)
        parts.append(f"1{step}={digit + 10}, {shown} borrow 1" if borrow else f"{step}={digit}, {shown}")
    if pointed(result, decimals) != plain(a - b):
        parts.append(plain(a - b))
    return f"{pointed(top, decimals)}-{pointed(bottom, decimals)}: " + "; ".join(parts), a - b


def compared(a: Decimal, b: Decimal) -> str:
    """Return the comparison of two different numbers digit by digit: "37.00, 30.52: 3 = 3, 7 > 0"."""
    top, bottom, decimals = padded(a, b)
    parts = []
    for first, second in zip(top, bottom, strict=True):
        parts.append(f"{first} {'=' if first == second else '<' if first < second else '>'} {second}")
        if first != second:
            break
    return f"{pointed(top, decimals)}, {pointed(bottom, decimals)}: " + ", ".join(parts)


def multiples(percent: int, size: Decimal, part: Decimal) -> tuple[str, int]:
    """Return (line, count): "10% = 90 < 108, 20% = 180 > 108" and 1, the multiples of a size up to the part."""
    count, texts = 0, list[str]()
    while count < 9 and (not texts or size * count < part):
        count += 1
        now = size * count
        sign = "<" if now < part else ">" if now > part else "="
        texts.append(f"{percent * count}% = {plain(now)} {sign} {plain(part)}")
    return ", ".join(texts), count - (size * count > part)


def times_digit(a: Decimal, digit: int) -> tuple[str, Decimal]:
    """Return (working on one line, a times a one-digit number), digit by digit with carries as in traces.py."""
    decimals = places(a)
    whole = str(int(a.scaleb(decimals)))
    result = a * digit
    if len(whole.strip("0")) <= 1 or digit == 1:
        return f"{plain(a)}*{digit} = {plain(result)}", result
    parts, _ = digit_products(whole, digit)
    if decimals:
        parts.append(plain(result))
    return f"{plain(a)}*{digit}: " + "; ".join(parts), result


def times(a: Decimal, b: int) -> tuple[list[str], Decimal]:
    """Return (lines of working, a times a number below 100)."""
    tens, ones = divmod(b, 10)
    if b == 10:
        return [f"{plain(a)}*10 = {plain(a * 10)}"], a * 10
    if not tens or not ones:
        text, result = times_digit(a, tens or ones)
        return ([text] if not tens else [text, f"{plain(result)}*10 = {plain(result * 10)}"]), result * (
            10 ** bool(tens)
        )
    first, many = times_digit(a, tens)
    second, few = times_digit(a, ones)
    lines = [f"{plain(a)}*{b} = {plain(a)}*{tens}*10 + {plain(a)}*{ones}", first, second]
    text, result = column_sum(many * 10, few)
    return [*lines, text], result


def small_sum(a: int, b: int) -> str:
    """Return the steps of a + b after the sign of equality: tens and ones apart, "50 + 13 = 63"."""
    if not a or not b or a + b == 0 or (abs(a) < 10 and abs(b) < 10):
        return str(a + b)
    if a < 0 and (b < 0 or -a >= b):
        inner = f"{-a} + {-b}" if b < 0 else f"{-a} - {b}"
        return unlike(f"-({inner})", closed(-a, -b, negative=True))
    if b < 0 and -b > a:
        return unlike(f"-({-b} - {a})", closed(-b, -a, negative=True))
    if a < 0:
        return unlike(f"{b} - {-a}", closed(b, a))
    return closed(a, b)


def unlike(first: str, rest: str) -> str:
    """Return the steps with the first in front, unless the rest begins with it."""
    return rest if rest.startswith(f"{first} =") else f"{first} = {rest}"


def closed(a: int, b: int, negative: bool = False) -> str:
    """Return the steps of a + b by decimal places, or of -(a + b), up to the result."""
    result = str(-(a + b) if negative else a + b)
    steps = apart(max(a, b), min(a, b)).split(" = ") if a > 0 < b else apart(a, b).split(" = ")
    shown = [f"-({step})" if negative and " " in step else f"-{step}" if negative else step for step in steps]
    return " = ".join(shown if shown[-1] == result else [*shown, result])


def apart(a: int, b: int) -> str:
    """Return a + b by decimal places, "50 + 13" for 45 + 18, where a is at least as large as |b|.

    Hundreds are apart too if both have them; three parts are then added from the left.
    """
    sign, size = (-1 if b < 0 else 1), abs(b)
    parts = [a // 10 * 10 + sign * (size // 10 * 10), a % 10 + sign * (size % 10)]
    if size >= 100:
        hundreds = a // 100 * 100 + sign * (size // 100 * 100)
        parts = [hundreds, parts[0] - hundreds, parts[1]]
    parts = [part for part in parts if part] or [0]
    texts = [" ".join(signed_sum(parts))]
    while len(parts) > 2:
        parts = [parts[0] + parts[1], *parts[2:]]
        texts.append(" ".join(signed_sum(parts)))
    return " = ".join(texts)


def signed_sum(parts: list[int]) -> list[str]:
    """Return the pieces of a sum as they are written."""
    return [str(parts[0]), *(f"{'-' if part < 0 else '+'} {abs(part)}" for part in parts[1:])]


def plus(a: int, b: int) -> str:
    """Return a sum of two whole numbers with its steps: "45 - 18 = 30 - 3 = 27"."""
    shown = f"{a} {'-' if b < 0 else '+'} {abs(b)}"
    return " = ".join(dict.fromkeys((shown, *small_sum(a, b).split(" = "))))


def small_product(a: int, b: int) -> str:
    """Return the steps of a*b after the sign of equality, for numbers below about 100."""
    low, high = sorted((abs(a), abs(b)))
    if high < 13 or low in (0, 1, 10):
        return str(a * b)
    tens, ones = high // 10 * 10, high % 10
    if not ones:
        return str(a * b)
    sign = "" if a * b > 0 else "-"
    inner = f"{low * tens} + {low * ones}"
    return f"{inner} = {a * b}" if not sign else f"-({inner}) = {a * b}"


def written_sum(a: int, b: int) -> list[str]:
    """Return the lines of a + b: tens and ones apart, or in columns if a number has three digits."""
    if max(abs(a), abs(b)) < 100 or not a * b:
        return [plus(a, b)]
    shown = f"{a} {'-' if b < 0 else '+'} {abs(b)}"
    high, low = sorted((abs(a), abs(b)), reverse=True)
    sign = "-" if a + b < 0 else ""
    if a * b > 0:
        lines = [column_sum(Decimal(abs(a)), Decimal(abs(b)))[0]]
    else:
        lines = [column_difference(Decimal(high), Decimal(low))[0]]
        if sign or a < 0:
            lines.insert(0, f"{shown} = {sign}({high} - {low})" if sign else f"{shown} = {high} - {low}")
    return [*lines, f"{shown} = {a + b}"]


def long_division(top: int, bottom: int) -> str:
    """Return the line of an exact division, digit by digit: "144/6: 14 = 2*6 + 2; 24 = 4*6 + 0; 24"."""
    rest, parts, quotient = 0, list[str](), ""
    for figure in str(top):
        current = rest * 10 + int(figure)
        rest = current % bottom
        if quotient or current >= bottom:
            quotient += str(current // bottom)
            parts.append(f"{current} = {current // bottom}*{bottom} + {rest}")
    return f"{top}/{bottom}: " + "; ".join([*parts, quotient])


def division(top: int, bottom: int) -> list[str]:
    """Return the lines that bring top/bottom to lowest terms by Euclid's remainders.

    Each starts with a division with its remainder, so that nothing has to be known about it before it is written.
    """
    top = abs(top)
    if bottom == 1 or top in (0, 1, bottom):
        return []
    rest, lines, parts = top % bottom, list[str](), list[str]()
    high, low = max(top, bottom), min(top, bottom)
    if top >= 13 * bottom:
        lines.append(long_division(top, bottom))
        high, low = bottom, rest
    while low > 1:
        parts.append(f"{high} = {high // low}*{low} + {high % low}")
        high, low = low, high % low
    shared = 1 if low == 1 else high
    lines += ["; ".join(parts)] if parts else []
    if not rest:
        return lines
    return (
        [*lines, f"{top}/{shared} = {top // shared}, {bottom}/{shared} = {bottom // shared}"] if shared > 1 else lines
    )
