"""Written arithmetic, digit by digit: the thinking text of the arithmetic samples.

Each step rewrites the partial result, so the model copies instead of remembering, and
every carry, borrow and comparison is spelled out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from scripts.pocket.data.sample import hash_percent


def is_held_out(a: int, operator: str, b: int) -> bool:
    """Return whether the problem belongs to the test split.

    The mirrored problem (b+a, b*a, b-a) always has the same answer. One-digit problems
    are all in training: there are too few of them to hold any out. Small families hold
    out a larger share so that the test has enough different problems.
    """
    low, high = sorted((a, b))
    digits = len(str(low)), len(str(high))
    if digits[1] == 1:
        return False
    share = 5 if digits[1] > 2 else 10 if digits[0] == 2 else 20
    return hash_percent(f"{low}{operator}{high}") < share


@dataclass
class Trace:
    """Lines of working and the elementary problems (a, operator, b) that they solve."""

    lines: list[str] = field(default_factory=list)
    problems: list[tuple[int, str, int]] = field(default_factory=list)

    def uses_held_out(self) -> bool:
        """Return whether any step solves a problem of the test split."""
        return any(is_held_out(*problem) for problem in self.problems)


def pad(a: int, b: int) -> tuple[str, str]:
    """Return both numbers as strings of equal width, with leading zeros."""
    width = max(len(str(a)), len(str(b)))
    return str(a).zfill(width), str(b).zfill(width)


def add(trace: Trace, a: int, b: int) -> int:
    """Append the column addition of two non-negative numbers and return the sum.

    Between the first and the last column the digits still to be added are written again, so that
    the next ones are always the last of the line and equal digits are not taken for each other.
    """
    trace.problems.append((a, "+", b))
    top, bottom = pad(a, b)
    if len(str(a)) != len(str(b)):
        trace.lines.append(f"{top}+{bottom}")
    carry, result = 0, ""
    for i in reversed(range(len(top))):
        total = int(top[i]) + int(bottom[i]) + carry
        step = f"{top[i]}+{bottom[i]}" + ("+1" if carry else "") + f"={total}"
        carry, last = total // 10, i == 0
        result = (str(total) if last else str(total % 10)) + result
        if not last and i < len(top) - 1:
            step = f"{top[: i + 1]} {bottom[: i + 1]}: {step}"
        trace.lines.append(f"{step}, {result}" + (" carry 1" if carry and not last else ""))
    return a + b


def compare(top: str, bottom: str) -> tuple[str, int]:
    """Return (text, sign): the digits compared from the left until they differ."""
    parts: list[str] = []
    for x, y in zip(top, bottom, strict=True):
        if x != y:
            parts.append(f"{x}>{y}" if x > y else f"{x}<{y}")
            return " ".join(parts), 1 if x > y else -1
        parts.append(f"{x}={y}")
    return " ".join(parts), 0


def subtract(trace: Trace, a: int, b: int) -> int:
    """Append the column subtraction of two non-negative numbers and return a-b."""
    trace.problems.append((a, "-", b))
    top, bottom = pad(a, b)
    text, sign = compare(top, bottom)
    trace.lines.append(f"{top}-{bottom}: {text}")
    if sign == 0:
        trace.lines.append("equal, 0")
        return 0
    if sign < 0:
        top, bottom = bottom, top
        trace.lines.append(f"-({top}-{bottom})")
    borrow, result = 0, ""
    for i in reversed(range(len(top))):
        digit = int(top[i]) - int(bottom[i]) - borrow
        step = f"{top[i]}-{bottom[i]}" + ("-1" if borrow else "")
        borrow = int(digit < 0)
        result = str(digit % 10) + result
        # A borrow is written as 1x-y: the digit x becomes ten more.
        trace.lines.append(f"1{step}={digit + 10}, {result} borrow 1" if borrow else f"{step}={digit}, {result}")
    if result != str(abs(a - b)):
        trace.lines.append(f"{result}={abs(a - b)}")
    if sign < 0:
        trace.lines.append(str(a - b))
    return a - b


def digit_products(figures: str, digit: int) -> tuple[list[str], str]:
    """Return (steps, digits of the product) of a longer number times a one-digit number, ones first, with carries."""
    carry, result, parts = 0, "", list[str]()
    for i, figure in reversed(list(enumerate(figures))):
        product = int(figure) * digit
        total = product + carry
        step = f"{figure}*{digit}={product}" + (f", {product}+{carry}={total}" if carry else "")
        carry, last = total // 10, i == 0
        result = (str(total) if last else str(total % 10)) + result
        parts.append(f"{step}, {result}" + (f" carry {carry}" if carry and not last else ""))
    return parts, result


def multiply_by_digit(trace: Trace, a: int, digit: int) -> int:
    """Append a times a one-digit number, on one line, and return the product."""
    trace.problems.append((a, "*", digit))
    if a < 10:
        trace.lines.append(f"{a}*{digit}={a * digit}")
        return a * digit
    parts, result = digit_products(str(a), digit)
    trace.lines.append(f"{a}*{digit}: " + "; ".join(parts))
    if result != str(a * digit):  # only for a product of zero, "00"
        trace.lines.append(f"{result}={a * digit}")
    return a * digit


def multiply(trace: Trace, a: int, b: int) -> int:
    """Append the product of two non-negative numbers, the shorter one of at most two digits."""
    if len(str(b)) > len(str(a)):
        trace.lines.append(f"{a}*{b}={b}*{a}")
        a, b = b, a
    if b < 10:
        return multiply_by_digit(trace, a, b)
    trace.problems.append((a, "*", b))
    tens, ones = divmod(b, 10)
    trace.lines.append(f"{a}*{b}={a}*{tens}0+{a}*{ones}")
    first = multiply_by_digit(trace, a, tens) * 10
    second = multiply_by_digit(trace, a, ones)
    trace.lines.append(f"{first}+{second}")
    return add(trace, first, second)


OPERATIONS: dict[str, Callable[[Trace, int, int], int]] = {"+": add, "-": subtract, "*": multiply}


def combine(trace: Trace, a: int, operator: str, b: int) -> int:
    """Append a operator b where `a` may be negative (an earlier result) and b is not."""
    if a >= 0:
        return OPERATIONS[operator](trace, a, b)
    if operator == "-":
        trace.lines.append(f"-({-a}+{b})")
        result = -add(trace, -a, b)
        trace.lines.append(str(result))
        return result
    if operator == "+":
        trace.lines.append(f"{b}-{-a}")
        return subtract(trace, b, -a)
    result = -multiply(trace, -a, b)
    trace.lines.append(str(result))
    return result
