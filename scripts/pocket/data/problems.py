"""Word problems of one and two steps: a short story, its expression, and the written working."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from scripts.pocket.data.sample import Language, Sample, Split, hash_percent, pick_wording
from scripts.pocket.data.style import loosen
from scripts.pocket.data.tables import read
from scripts.pocket.data.traces import OPERATIONS, Trace

TASKS: dict[str, float] = {"word1": 4, "word2": 6}
HELD_OUT_PERCENT = 5

STEP = re.compile(r"(\d+)([-+*/])(\d+)")
# What is worked out first: brackets, then a product or a quotient, then from the left.
FIRST = (re.compile(r"\((\d+)([-+*/])(\d+)\)"), re.compile(r"(\d+)([*/])(\d+)"), STEP)


@dataclass(frozen=True)
class Situation:
    """A story with numbers a, b, c: what it asks for and how it is told in each language."""

    key: str
    chain: str
    limits: Mapping[str, tuple[int, int]]
    zero: bool
    phrasings: Mapping[Language, tuple[tuple[str, str], ...]]
    answers: Mapping[Language, str]


@cache
def situations(task: str) -> tuple[Situation, ...]:
    """Return the situations of "word1" or "word2"."""
    table = read("problems.yaml")
    found = []
    languages: tuple[Language, ...] = ("en", "id")
    for key, entry in table[task].items():
        kind = table["kinds"][entry["kind"]]
        limits = {n: (v[0], v[1]) if isinstance(v, list) else (2, v) for n, v in entry["limits"].items()}
        phrasings = {x: tuple(itertools.product(entry[x], kind[x]["ask"])) for x in languages}
        answers = {x: kind[x]["answer"] for x in languages}
        found.append(Situation(key, entry["chain"], limits, kind.get("zero", False), phrasings, answers))
    return tuple(found)


def divide(trace: Trace, a: int, b: int) -> int:
    """Append the long division of `a` by a one-digit number that divides it, and return the quotient."""
    trace.problems.append((a, "/", b))
    rest, quotient = 0, ""
    for digit in str(a):
        rest = rest * 10 + int(digit)
        if rest < b and not quotient:  # no leading zeros
            continue
        quotient += str(rest // b)
        trace.lines.append(f"{rest}={rest // b}*{b}+{rest % b}, {quotient}")
        rest %= b
    return a // b


def first_step(expression: str) -> re.Match[str]:
    """Return the match of the operation that is worked out first."""
    found = next(filter(None, (pattern.search(expression) for pattern in FIRST)), None)
    if found is None:
        raise ValueError(f"No operation in {expression!r}. Write a chain of a, b, c with + - * /.")
    return found


def fits(a: int, operator: str, b: int) -> bool:
    """Return whether the step stays in the range that the working can do, with a result that a story allows."""
    low, high = sorted((len(str(a)), len(str(b))))
    if operator == "*":
        return (low, high) <= (1, 4) or (low == 2 and high <= 3)
    if operator == "/":
        return 2 <= b <= 9 and 2 <= a < 1000 and a % b == 0 and a >= b
    return high <= 4 and (operator == "+" or a >= b)


def solve(expression: str) -> tuple[int, Trace] | None:
    """Return (result, working), or None if a step leaves the range or has a negative result."""
    trace, two_steps = Trace([expression]), not STEP.fullmatch(expression)
    while True:
        step = first_step(expression)
        a, operator, b = int(step[1]), step[2], int(step[3])
        if not fits(a, operator, b):
            return None
        last = step[0] == expression
        if two_steps:
            trace.lines.append(f"then {expression}" if last else f"first {a}{operator}{b}")
        result = divide(trace, a, b) if operator == "/" else OPERATIONS[operator](trace, a, b)
        if last:
            return result, trace
        expression = f"{expression[: step.start()]}{result}{expression[step.end() :]}"


def draw(rng: random.Random, limits: tuple[int, int]) -> int:
    """Return a number within the limits, each number of digits equally likely."""
    low, high = limits
    digits = rng.randint(len(str(low)), len(str(high)))
    return rng.randint(max(low, 10 ** (digits - 1)), min(high, 10**digits - 1))


def filled(chain: str, numbers: Mapping[str, int]) -> str:
    """Return the chain with its letters replaced by numbers."""
    return re.sub(r"[abc]", lambda m: str(numbers[m[0]]), chain)


def numbered(rng: random.Random, situation: Situation, split: Split) -> tuple[dict[str, int], str, int, Trace]:
    """Return (numbers, problem, result, working) of the split for a situation."""
    while True:
        numbers = {name: draw(rng, limits) for name, limits in situation.limits.items()}
        expression = filled(situation.chain, numbers)
        solved = solve(expression)
        if solved is None or solved[0] < (0 if situation.zero else 2) or solved[0] == 1:
            continue
        problem = f"{situation.key}: {expression}={solved[0]}"
        held = hash_percent(f"{situation.key}: {expression}") < HELD_OUT_PERCENT
        if held == (split == "test") and (held or not solved[1].uses_held_out()):
            return numbers, problem, *solved


def slots(rng: random.Random, language: Language) -> dict[str, str]:
    """Return one word for each slot; the friend is another person than the main one."""
    words = {key: rng.choice(values) for key, values in read("problems.yaml")["slots"][language].items()}
    names = [name for name in read("problems.yaml")["slots"][language]["name"] if name != words["name"]]
    return {**words, "friend": rng.choice(names)}


def tell(rng: random.Random, story: str, ask: str) -> str:
    """Return the story and its question as one text, now and then the question first."""
    story, ask = story[0].upper() + story[1:], ask[0].upper() + ask[1:]
    if story.endswith(","):  # "If Anna has 3 apples, how many ..."
        return f"{story} {ask if ask[:4] in story else ask[0].lower() + ask[1:]}"
    return f"{ask} {story}" if rng.random() < 0.12 else f"{story} {ask}"


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one word problem; `task` is a key of TASKS, random by weight if None."""
    task = task or rng.choices(list(TASKS), list(TASKS.values()))[0]
    language: Language = "en" if rng.random() < 0.55 else "id"
    situation = rng.choice(situations(task))
    numbers, problem, result, trace = numbered(rng, situation, split)
    words = slots(rng, language)
    story, ask = pick_wording(rng, situation.phrasings[language], split)
    question = loosen(rng, tell(rng, story.format(**words, **numbers), ask.format(**words)), language)
    answer = situation.answers[language].format(**words, r=result)
    return Sample(
        task, question, "\n".join(trace.lines), answer[0].upper() + answer[1:], language,
        gold=str(result), problem=problem,
    )  # fmt: skip


def is_right(sample: Sample, answer: str) -> bool:
    """Return whether the last whole number of the answer is the result."""
    found = re.findall(r"-?\d+", answer)
    return bool(found) and found[-1] == sample.gold
