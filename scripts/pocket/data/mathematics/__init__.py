"""pocket-math: worked problems of school mathematics that end in a boxed result."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from scripts.pocket.data.mathematics.asking import ask, system
from scripts.pocket.data.mathematics.calculus import critical, derivative
from scripts.pocket.data.mathematics.checks import OUTPUT, is_right
from scripts.pocket.data.mathematics.equations import linear, quadratic
from scripts.pocket.data.mathematics.growth import growth, percent
from scripts.pocket.data.mathematics.simplify import simplify
from scripts.pocket.data.mathematics.talk import decline, identity
from scripts.pocket.data.mathematics.tools import printed, tool
from scripts.pocket.data.mathematics.work import WORDS, Work, belongs
from scripts.pocket.data.sample import Language, Sample, Split

__all__ = ["TASKS", "generate", "is_right"]

# Task name -> sampling weight.
TASKS: dict[str, float] = {
    "derivative": 12, "linear": 17, "quadratic": 15, "critical": 8, "simplify": 16, "percent": 13, "growth": 14,
    "tool": 8, "decline": 7, "identity": 4,
}  # fmt: skip
MAKERS: dict[str, Callable[[random.Random, Language], Work]] = {
    "derivative": derivative, "linear": linear, "quadratic": quadratic, "critical": critical, "simplify": simplify,
    "percent": percent, "growth": growth, "tool": tool,
}  # fmt: skip
ENGLISH_SHARE = 0.65
SHUFFLED_SHARE = 0.3  # of the derivatives in training: terms in any order, which is harder to learn
OUTPUT_SHARE = 0.35  # of the tool samples: the turn after the program has run


def answer_with_steps(work: Work, language: Language) -> str:
    """Return the steps and the final line."""
    return "\n".join((*work.lines, rf"{WORDS[language]['answer']}: \boxed{{{work.gold}}}"))


def tool_sample(rng: random.Random, work: Work, question: str, language: Language, split: Split) -> Sample:
    """Return the turn that writes a program, or the turn that reads its output."""
    words, prompt = WORDS[language], system(rng, split, program=True)
    program = f"{words['program']}\n```python\n{work.code}\n```"
    if rng.random() > OUTPUT_SHARE:
        return Sample("tool", question, "", program, language, (), work.gold, work.key, system=prompt)
    output = printed(work)
    answer = f"{words['prints']} {output}.\n{words['answer']}: \\boxed{{{work.gold}}}"
    return Sample(
        "tool", f"{OUTPUT}{output}\n```", "", answer, language, (), work.gold, work.key,
        history=((question, program),), system=prompt,
    )  # fmt: skip


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample; `task` is a key of TASKS, random by weight if None."""
    task = task or rng.choices(list(TASKS), list(TASKS.values()))[0]
    language: Language = "en" if rng.random() < ENGLISH_SHARE else "id"
    if task in ("decline", "identity"):
        return (decline if task == "decline" else identity)(rng, language, split)
    maker = partial(derivative, shuffled=SHUFFLED_SHARE) if (task, split) == ("derivative", "train") else MAKERS[task]
    while True:
        work = maker(rng, language)
        if belongs(work, split):
            break
    question = ask(rng, work, language, split)
    if task == "tool":
        return tool_sample(rng, work, question, language, split)
    return Sample(
        task, question, "", answer_with_steps(work, language), language, work.must, work.gold, work.key,
        system=system(rng, split, program=False),
    )  # fmt: skip
