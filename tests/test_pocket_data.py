"""The text that the pocket models are trained on: right working, disjoint splits, the same for a seed."""

from __future__ import annotations

import itertools
import random
import re

import pytest

from scripts.pocket.data import arithmetic, facts, mixture, refusals, tables
from scripts.pocket.data.sample import Sample, messages_of, render, wordings
from scripts.pocket.data.traces import Trace, add, is_held_out, multiply, subtract
from scripts.pocket.data.unseen import UNSEEN
from scripts.pocket.recipes import RECIPES

MIXTURE = RECIPES["pocket-qwen3"].mixture
TASKS = list(arithmetic.TASK_WEIGHTS)


def draw(n: int, seed: int = 0, split: str = "train") -> list[Sample]:
    return [sample for sample, _ in itertools.islice(mixture.stream(MIXTURE, seed, split), n)]  # type: ignore[arg-type]


def equations(thinking: str) -> list[tuple[str, str]]:
    """Return (left, right) of each plain equation in a trace, leading zeros removed."""
    parts = [re.sub(r" (carry|borrow) \d+", "", part.split(":")[-1]).strip() for part in re.split(r"[\n;,]", thinking)]
    found = []
    for part in parts:
        if part.count("=") == 1 and not re.search(r"[<> ]", part):
            left, right = re.sub(r"\b0+(?=\d)", "", part).split("=")
            found.append((left, right))
    return found


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("split", ["train", "test"])
def test_each_step_of_the_working_is_right(task: str, split: str) -> None:
    rng = random.Random(3)
    for _ in range(200):
        sample = arithmetic.generate(rng, split, task)  # type: ignore[arg-type]
        assert eval(sample.problem) == int(sample.gold or "?"), sample
        assert sample.answer.endswith(f"= {sample.gold}")
        assert equations(sample.thinking) or "equal, 0" in sample.thinking, sample
        for left, right in equations(sample.thinking):
            assert eval(left) == eval(right), sample


@pytest.mark.parametrize(
    ("operation", "a", "b", "lines"),
    [
        (add, 376, 85, ["376+085", "6+5=11, 1 carry 1", "7+8+1=16, 61 carry 1", "3+0+1=4, 461"]),
        (subtract, 52, 58, ["52-58: 5=5 2<8", "-(58-52)", "8-2=6, 6", "5-5=0, 06", "06=6", "-6"]),
        (subtract, 30, 7, ["30-07: 3>0", "10-7=3, 3 borrow 1", "3-0-1=2, 23"]),
        (subtract, 44, 44, ["44-44: 4=4 4=4", "equal, 0"]),
        (multiply, 7, 8, ["7*8=56"]),
        (multiply, 47, 6, ["47*6: 7*6=42, 2 carry 4; 4*6=24, 24+4=28, 282"]),
    ],
)
def test_working_is_written_digit_by_digit(operation, a: int, b: int, lines: list[str]) -> None:  # type: ignore[no-untyped-def]
    trace = Trace()
    result = operation(trace, a, b)
    assert trace.lines == lines
    assert result == {add: a + b, subtract: a - b, multiply: a * b}[operation]


def test_training_never_solves_a_held_out_problem() -> None:
    held = {sample.problem for sample in draw(6000, split="test") if sample.gold}
    for sample in draw(20_000):
        if sample.gold is None:
            continue
        numbers = re.findall(r"\d+", sample.problem)
        if len(numbers) == 2:
            operator = re.search(r"(?<=\d)[-+*]", sample.problem)
            assert operator is not None
            assert not is_held_out(int(numbers[0]), operator[0], int(numbers[1])), sample
        if max(map(len, numbers)) > 1:
            assert sample.problem not in held, sample


def test_no_step_of_a_training_trace_is_a_held_out_problem() -> None:
    steps = 0
    for sample in draw(8000):
        for line in sample.thinking.split("\n"):
            if step := re.fullmatch(r"(\d+)([-+*])(\d+)(:.*)?", line):
                steps += 1
                assert not is_held_out(int(step[1]), step[2], int(step[3])), sample
    assert steps > 1000


def test_mirrored_problems_are_in_the_same_split() -> None:
    rng = random.Random(1)
    for _ in range(2000):
        a, b, operator = rng.randint(0, 9999), rng.randint(0, 9999), rng.choice("+-*")
        assert is_held_out(a, operator, b) == is_held_out(b, operator, a)


def test_every_width_that_is_shown_is_trained() -> None:
    assert {sample.task for sample in draw(4000)} >= set(TASKS)


def test_held_out_wordings_never_occur_in_training() -> None:
    held = set(wordings(facts.read("questions.yaml")["definition"]["en"], "test"))
    assert held
    names = {name.lower() for fact in tables.facts("definitions") for name in fact.names}
    questions = {wording.format(t=name).lower() for wording in held for name in names}
    assert not questions & {sample.question.lower() for sample in draw(20_000) if sample.task == "definition"}


def test_hand_written_questions_never_occur_in_training() -> None:
    hand_written = {item.question.lower().strip("?.! ") for item in UNSEEN}
    assert not hand_written & {sample.question.lower().strip("?.! ") for sample in draw(20_000)}


def test_the_same_seed_gives_the_same_samples() -> None:
    assert draw(300, seed=5) == draw(300, seed=5)
    assert draw(300, seed=5) != draw(300, seed=6)


def test_there_are_hundreds_of_different_refusals() -> None:
    rng = random.Random(2)
    questions = {refusals.generate(rng, "train", "refusal").question for _ in range(1000)}
    assert len(questions) > 500


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_fact_is_right_about_itself(language: str) -> None:
    for fact in (*tables.facts("definitions"), *tables.facts("general")):
        statement = fact.statements[language]  # type: ignore[index]
        assert statement.must.lower() in statement.answer.lower(), fact.key


def test_plain_samples_end_with_the_empty_think_block() -> None:
    sample = draw(1)[0]
    prompt, target = render(sample, thinking=False)
    assert prompt.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert target == f"{sample.answer}<|im_end|>\n"
    assert messages_of(sample)[-1] == {"role": "user", "content": sample.question}
