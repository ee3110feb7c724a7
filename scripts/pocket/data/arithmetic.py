"""Sums, differences, products and three-term expressions, asked in many wordings."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from scripts.pocket.data.sample import Language, Sample, Split, hash_percent, pick_wording
from scripts.pocket.data.style import varied
from scripts.pocket.data.tables import read
from scripts.pocket.data.traces import OPERATIONS, Trace, combine, is_held_out

# Task name -> sampling weight. The digits in a name are the widths of the operands.
TASK_WEIGHTS = {
    "add1": 3, "add2": 7, "add3": 8, "add4": 11,
    "sub1": 4, "sub2": 10, "sub3": 12, "sub4": 12,
    "mul11": 4, "mul21": 6, "mul22": 16, "mul31": 5, "mul41": 7, "mul32": 8,
    "expr3": 19,
}  # fmt: skip

GREETING = {
    "en": ("Hi, ", "Hello! ", "Hey, ", "Hi! ", "Ok, ", "Quick question: ", "Please: ", "So, ", "Hmm, ", "Sorry, ",
           "Listen: ", "Good morning. ", "I have a question. ", "We are in class. ", "You know, ", "Well, ", "Now, ",
           "I am not good at this. ", "Here we go: ", "Tell me, "),
    "id": ("Halo, ", "Hai! ", "Ok, ", "Tolong, ", "Mau tanya: ", "Kak, ", "Jadi, ", "Eh, ", "Maaf, ", "Permisi, ",
           "Selamat siang. ", "Begini: ", "Saya punya pertanyaan. ", "Nah, ", "Dengar ya, ", "Terus, "),
}  # fmt: skip
CLOSING = {
    "en": (" please", " Thanks!", " Show your work.", " Think step by step.", " Thank you.", " I need it now.",
           " Can you say it?", " What is it?", " How much is that?", " I do not know it.", " Which number is it?",
           " It is for school.", " No hurry.", " Just tell me.", " How many is that?"),
    "id": (" ya", " Terima kasih!", " Jelaskan langkahnya.", " dong", " Berapa?", " Tolong ya.", " kak",
           " Saya tidak tahu.", " Ini untuk sekolah.", " Berapa hasilnya?", " Makasih ya."),
}  # fmt: skip
SPOKEN = {
    "en": {"+": "plus", "-": "minus", "*": "times"},
    "id": {"+": "tambah", "-": "kurang", "*": "kali"},
}
SYMBOLS = {"+": "+", "-": "-−–", "*": "*×x·"}


def number(rng: random.Random, digits: int) -> int:
    """Return a random number with exactly `digits` digits; zero counts as a one-digit number."""
    return rng.randint(0 if digits == 1 else 10 ** (digits - 1), 10**digits - 1)


def close_pair(rng: random.Random, digits: int) -> tuple[int, int]:
    """Return two numbers that agree in their leading digits, the hard case of a comparison."""
    a = number(rng, digits)
    distance = rng.randint(0, 10 ** rng.randint(1, max(1, digits - 1)))
    b = min(10**digits - 1, max(0, a + rng.choice((-1, 1)) * distance))
    return a, b


def operands(rng: random.Random, task: str) -> tuple[int, int]:
    """Return the two numbers of a one-operator task such as "sub3" or "mul32"."""
    if task.startswith("mul"):
        a, b = number(rng, int(task[3])), number(rng, int(task[4]))
        return (b, a) if rng.random() < 0.25 else (a, b)
    digits = int(task[3])
    if task.startswith("sub") and rng.random() < 0.25:
        return close_pair(rng, digits)
    if digits > 1 and rng.random() < 0.3:  # mixed widths, at least one of full width
        pair = [number(rng, digits), number(rng, rng.randint(1, digits))]
        rng.shuffle(pair)
        return pair[0], pair[1]
    return number(rng, digits), number(rng, digits)


def two_term(rng: random.Random, task: str) -> tuple[str, int, Trace]:
    """Return (expression, result, working) of a task with one operator."""
    a, b = operands(rng, task)
    operator = {"add": "+", "sub": "-", "mul": "*"}[task[:3]]
    trace = Trace([f"{a}{operator}{b}"])
    return f"{a}{operator}{b}", OPERATIONS[operator](trace, a, b), trace


def three_term(rng: random.Random) -> tuple[str, int, Trace]:
    """Return (expression, result, working) with three numbers, with or without brackets."""
    if rng.random() < 0.15:  # longer numbers without a product
        widths, operators = rng.choice(((3, 3, 3), (4, 3, 2), (3, 3, 1), (4, 4, 4))), "+-"
    else:
        widths = rng.choice(
            ((1, 1, 1), (1, 1, 1), (2, 1, 1), (2, 2, 1), (2, 2, 1), (2, 2, 2), (2, 1, 2), (1, 2, 2), (3, 2, 1))
        )
        operators = "+-*"
    a, b, c = (number(rng, w) for w in widths)
    first, second = rng.choice(operators), rng.choice(operators)
    if first == second == "*":  # a product of three numbers gets too long
        second = rng.choice("+-")
    bracket = rng.random() < 0.5
    if second == "*" and bracket:
        expression = f"({a}{first}{b})*{c}" if rng.random() < 0.5 else f"{c}*({a}{first}{b})"
        inner, rest = (a, first, b), lambda t, m: combine(t, m, "*", c)
    elif second == "*":
        expression = f"{a}{first}{b}*{c}"
        inner, rest = (b, "*", c), lambda t, m: combine(t, a, first, m)
    else:
        expression = f"{a}{first}{b}{second}{c}"
        inner, rest = (a, first, b), lambda t, m: combine(t, m, second, c)
    return expression, *work_in_two_steps(expression, inner, rest)


def work_in_two_steps(
    expression: str, inner: tuple[int, str, int], rest: Callable[[Trace, int], int]
) -> tuple[int, Trace]:
    """Return (result, working): first the inner operation, then the one that uses its result."""
    a, operator, b = inner
    trace = Trace([expression, f"first {a}{operator}{b}"])
    middle = OPERATIONS[operator](trace, a, b)
    remaining = expression.replace(f"({a}{operator}{b})", str(middle)).replace(f"{a}{operator}{b}", str(middle), 1)
    trace.lines.append(f"then {remaining}")
    return rest(trace, middle), trace


def spaced(expression: str) -> str:
    """Return the expression with one space around each operator, as the answers show it."""
    for operator in "+-*":
        expression = expression.replace(operator, f" {operator} ")
    return expression


def typed(rng: random.Random, expression: str, language: Language) -> str:
    """Return the expression as a user may type it: symbols, spaces or words."""
    style = rng.random()
    if style < 0.12 and "(" not in expression:
        for operator, word in SPOKEN[language].items():
            expression = expression.replace(operator, f" {word} ")
        return expression
    text = spaced(expression) if style < 0.6 else expression
    if rng.random() < 0.4:
        for operator, choices in SYMBOLS.items():
            text = text.replace(operator, rng.choice(choices))
    return text


def ask(rng: random.Random, expression: str, split: Split) -> tuple[str, Language]:
    """Return a question about the expression and its language: around the expression, or with its verb in words."""
    language: Language = "en" if rng.random() < 0.65 else "id"
    one_operator = re.fullmatch(r"(\d+)([-+*])(\d+)", expression)
    if one_operator and rng.random() < 0.4:
        a, operator, b = one_operator.groups()
        wording = varied(rng, pick_wording(rng, read("arithmetic.yaml")[operator][language], split))
        question = wording.format(a=a, b=b, e=typed(rng, expression, language))
    else:
        wording = varied(rng, pick_wording(rng, read("arithmetic.yaml")["expression"][language], split))
        question = wording.format(e=typed(rng, expression, language))
    if rng.random() < 0.15:
        question = rng.choice(GREETING[language]) + question
    if rng.random() < 0.1:
        question += rng.choice(CLOSING[language])
    if rng.random() < 0.1:
        question = question.lower()
    return question, language


def belongs(task: str, expression: str, trace: Trace, split: Split) -> bool:
    """Return whether the problem may be used in the split.

    Training uses nothing that solves a held-out problem, not even as a sub-step. The test
    uses held-out problems; one-digit problems exist in training only and are tested there.
    """
    if task in ("add1", "sub1", "mul11"):
        return True
    if task == "expr3":
        held = hash_percent(expression) < 5
        return held if split == "test" else not held and not trace.uses_held_out()
    return is_held_out(*trace.problems[0]) if split == "test" else not trace.uses_held_out()


def generate(rng: random.Random, split: Split, task: str | None = None, words: Split | None = None) -> Sample:
    """Return one arithmetic sample; `task` is a key of TASK_WEIGHTS, random by weight if None.

    `words` is the split of the wordings where it is not that of the numbers.
    """
    task = task or rng.choices(list(TASK_WEIGHTS), list(TASK_WEIGHTS.values()))[0]
    while True:
        expression, result, trace = three_term(rng) if task == "expr3" else two_term(rng, task)
        if belongs(task, expression, trace, split):
            break
    question, language = ask(rng, expression, words or split)
    return Sample(
        task, question, "\n".join(trace.lines), f"{spaced(expression)} = {result}", language,
        gold=str(result), problem=expression,
    )  # fmt: skip
