"""The problems of pocket-math: right results and steps, disjoint splits, programs that print the result."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest

from scripts.pocket.data import mathematics
from scripts.pocket.data.mathematics.asking import PROGRAM_PROMPTS, questions, wording
from scripts.pocket.data.mathematics.checks import boxed, is_right, numbers
from scripts.pocket.data.mathematics.columns import column_difference, column_sum, division, plus, times, written_sum
from scripts.pocket.data.mathematics.equations import square_lines
from scripts.pocket.data.mathematics.polynomials import show
from scripts.pocket.data.mathematics.splitting import bare, words_of
from scripts.pocket.data.mathematics.tools import program_output
from scripts.pocket.data.mathematics.unseen import UNSEEN, unseen
from scripts.pocket.data.mathematics.work import COURSE, is_held_out
from scripts.pocket.data.sample import Language, Sample, Split

WORKED = ("derivative", "linear", "quadratic", "critical", "simplify", "percent", "growth")
SPLITS: tuple[Split, ...] = ("train", "test")
POINTS = (-7, -2, 0, 1, 3, 10)
NEITHER = ("no real roots", "tidak ada akar real", "no critical points", "tidak ada titik kritis")


def draw(n: int, task: str | None = None, split: Split = "train", seed: int = 0) -> list[Sample]:
    rng = random.Random(f"{seed}-{task}-{split}")
    return [mathematics.generate(rng, split, task) for _ in range(n)]


def evaluated(expression: str, x: int) -> Fraction:
    """Return an expression in one unknown at x, read without the project's own code."""
    text = re.sub(r"[a-z]", "x", expression)
    text = re.sub(r"(?<=[0-9x)])(?=[x(])", "*", text).replace("^", "**")
    return Fraction(eval(text, {"x": Fraction(x)}))


def slope_at(p: str, x: int) -> Fraction:
    """Return the derivative at x from six values: exact for polynomials up to degree six."""
    steps = {1: Fraction(3, 4), 2: Fraction(-3, 20), 3: Fraction(1, 60)}
    return sum((w * (evaluated(p, x + h) - evaluated(p, x - h)) for h, w in steps.items()), Fraction(0))


def roots(gold: str) -> list[float]:
    """Return the roots in a boxed result as numbers, square roots included."""
    parts = [part.partition("= ")[2] for part in gold.split(", ")]
    texts = [re.sub(r"(?<=\d)√", "*√", part) for part in parts]
    return [float(eval(re.sub(r"√(\d+)", r"\1**0.5", text))) for text in texts]


def check_derivative(sample: Sample) -> None:
    p = sample.problem.removeprefix("poly:")
    assert all(evaluated(sample.gold or "", x) == slope_at(p, x) for x in POINTS), sample


def check_linear(sample: Sample) -> None:
    left, right = sample.problem.removeprefix("linear:").split(" = ")
    f0, f1 = (evaluated(left, x) - evaluated(right, x) for x in (0, 1))
    if f0 == f1:
        wanted = ("all real numbers", "semua bilangan real") if f0 == 0 else ("no solution", "tidak ada solusi")
        assert sample.gold in wanted, sample
    else:
        assert (sample.gold or "").partition("= ")[2] == str(f0 / (f0 - f1)), sample


def check_roots(sample: Sample, f: Callable[[float], float], count: int) -> None:
    if sample.gold in NEITHER:
        assert count == 0, sample
        return
    found = roots(sample.gold or "")
    assert found == sorted(found) and len(found) == count, sample
    assert all(abs(f(x)) < 1e-6 for x in found), sample


def coefficients(f: Callable[[int], Fraction]) -> tuple[Fraction, Fraction, Fraction]:
    """Return (a, b, c) of a polynomial of degree two or less from three values."""
    a, b = (f(1) + f(-1)) / 2 - f(0), (f(1) - f(-1)) / 2
    return a, b, f(0)


def count_roots(a: Fraction, b: Fraction, c: Fraction) -> int:
    if a == 0:
        return 1
    d = b * b - 4 * a * c
    return 2 if d > 0 else int(d == 0)


def check_quadratic(sample: Sample) -> None:
    p = sample.problem.removeprefix("poly:")
    a, b, c = coefficients(lambda x: evaluated(p, x))
    check_roots(sample, lambda x: float(a) * x * x + float(b) * x + float(c), count_roots(a, b, c))


def check_critical(sample: Sample) -> None:
    p = sample.problem.removeprefix("poly:")
    a, b, c = coefficients(lambda x: slope_at(p, x))
    check_roots(sample, lambda x: float(a) * x * x + float(b) * x + float(c), count_roots(a, b, c))
    for text in sample.must_contain:
        bend = 2 * float(a) * roots(re.sub(r".* (?=\w = )", "", text))[0] + float(b)
        kind = "minimum" if bend > 1e-9 else "neither|bukan" if abs(bend) < 1e-9 else "maximum|maksimum"
        assert re.match(kind, text), sample


def check_simplify(sample: Sample) -> None:
    expression = sample.problem.partition(":")[2]
    assert all(evaluated(expression, x) == evaluated(sample.gold or "", x) for x in POINTS), sample


def check_percent(sample: Sample) -> None:
    rate, whole = map(int, sample.problem.partition(":")[2].split(","))
    part = Fraction(whole * rate, 100)
    gold = sample.gold or ""
    assert gold == f"{rate}\\%" or Fraction(gold) in (part, whole + part, whole - part), sample


def check_growth(sample: Sample) -> None:
    kind, _, values = sample.problem.partition(":")
    if kind == "goal":
        start, rate, steps, target = map(int, values.split(","))
        reached = start * (1 + rate / 100) ** steps > target
        needed = round(((target / start) ** (1 / steps) - 1) * 100, 1)
        assert (sample.gold in ("yes", "ya")) == reached, sample
        assert reached or (sample.gold or "").split(", ")[1] == f"{needed:g}\\%", sample
        return
    if kind == "percent":
        check_percent(sample)
        return
    start, rate, steps = map(int, values.split(","))
    factor = 1 + Fraction(-rate if kind == "decay" else rate, 100)
    exact = start * (1 + Fraction(rate * steps, 100) if kind == "simple" else factor**steps)
    assert abs(Fraction(sample.gold or "") - exact) <= Fraction(1, 200), sample


CHECKS: dict[str, Callable[[Sample], None]] = {
    "derivative": check_derivative, "linear": check_linear, "quadratic": check_quadratic, "critical": check_critical,
    "simplify": check_simplify, "percent": check_percent, "growth": check_growth,
}  # fmt: skip


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("task", WORKED)
def test_the_result_equals_an_independent_computation(task: str, split: Split) -> None:
    for sample in draw(400, task, split):
        CHECKS[task](sample)


def equations(answer: str) -> list[tuple[str, str, str]]:
    """Return (left, sign, right) of each plain numeric equation or comparison in the steps."""
    found = []
    for part in re.split(r"[\n;,]|: ", re.sub(r" (carry|borrow) \d+", "", answer)):
        pieces = re.split(r"\s*([=≈<>])\s*", part.removeprefix("D = ").removeprefix("√D = ").strip())
        for left, sign, right in zip(pieces[::2], pieces[1::2], pieces[2::2], strict=False):
            if re.fullmatch(r"[\d\s.+*/()^√-]*\d[\d\s.+*/()^√-]*", left + right) and left and right:
                found.append((left, sign, right))
    return found


def numeric(text: str) -> float:
    text = re.sub(r"(?<![\d.])0+(?=\d)", "", re.sub(r"(?<=\d)√", "*√", text))
    return float(eval(re.sub(r"√(\d+)", r"\1**0.5", text).replace("^", "**")))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("task", WORKED)
def test_each_numeric_step_is_right(task: str, split: Split) -> None:
    steps = 0
    for sample in draw(300, task, split):
        for left, sign, right in equations(sample.answer):
            if left == "0" and sample.gold in ("no solution", "tidak ada solusi"):
                continue  # the contradiction that shows it
            steps += 1
            a, b = numeric(left), numeric(right)
            rounding = 0.05 if "/" in left else 5.1e-4  # a tenth of a percent, or a power
            near = abs(a - b) <= (rounding if sign == "≈" else 1e-9 * max(1.0, abs(a)))
            assert {"<": a < b, ">": a > b}.get(sign, near), (left, sign, right, sample)
    assert steps > 100 or task == "derivative"


def test_polynomial_steps_of_a_derivative_are_right() -> None:
    for sample in draw(300, "derivative"):
        for line in sample.answer.splitlines():
            if rule := re.match(r"\((.+)\)' = (.+)$", line):
                for side in rule[2].split(" = "):
                    assert evaluated(side, 3) == slope_at(rule[1], 3), sample


@pytest.mark.parametrize("split", SPLITS)
def test_programs_run_and_print_the_result(split: Split) -> None:
    samples = [sample for sample in draw(60, "tool", split)]
    for sample in samples:
        if sample.history:
            program = re.search(r"```python\n(.*?)```", sample.history[0][1], re.DOTALL)
            assert program and sample.question == f"```output\n{program_output(program[1])}\n```", sample
        assert is_right(sample, sample.answer), sample
    assert 0 < sum(bool(sample.history) for sample in samples) < len(samples)


def test_programs_are_written_only_when_the_system_prompt_asks_for_them() -> None:
    for sample in draw(3000):
        if sample.task in WORKED:
            assert sample.system not in PROGRAM_PROMPTS and "```" not in sample.answer, sample
        if sample.task == "tool":
            assert sample.system in PROGRAM_PROMPTS, sample


def test_held_out_problems_never_occur_in_training() -> None:
    held = {sample.problem for task in WORKED for sample in draw(400, task, "test")}
    assert len(held) > 1500
    for sample in draw(10_000):
        if sample.gold is not None:
            assert sample.problem not in held and not is_held_out(sample.problem), sample


def test_training_solves_no_held_out_quadratic_on_the_way_to_critical_points() -> None:
    for sample in draw(1000, "critical"):
        if sample.problem in COURSE:
            continue
        for line in sample.answer.splitlines():
            if line.endswith(" = 0") and "^2" in line and re.match(r"-?\d*[a-z]\^2", line):
                p = re.sub("[a-z]", "x", line.removesuffix(" = 0"))
                assert not is_held_out(f"poly:{p}"), sample


@pytest.mark.parametrize("kind", ["derivative", "linear", "quadratic", "critical", "percent_of", "compound", "expand"])
def test_held_out_wordings_are_not_used_in_training(kind: str) -> None:
    rng = random.Random(4)
    trained = {wording(rng, kind, "en", "train") for _ in range(3000)}
    tested = {wording(rng, kind, "en", "test") for _ in range(3000)}
    assert len(trained) > 20 and len(tested) > 4
    assert not {bare(text) for text in trained} & {bare(text) for text in tested}


@pytest.mark.parametrize(("language", "least"), [("en", 40), ("id", 25)])
@pytest.mark.parametrize("kind", ["derivative", "linear", "quadratic", "critical"])
def test_there_are_many_wordings(kind: str, language: str, least: int) -> None:
    assert len(set(questions(kind, language))) >= least  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("kind", ["derivative", "linear", "simple", "decay", "goal"])
def test_every_word_of_a_held_out_wording_is_in_training_wordings(kind: str, language: Language) -> None:
    rng = random.Random(6)
    trained = {word for _ in range(15000) for word in words_of(wording(rng, kind, language, "train"))}
    assert not {word for _ in range(500) for word in words_of(wording(rng, kind, language, "test"))} - trained


def test_declined_questions_are_many_and_disjoint() -> None:
    trained, tested = ({sample.problem for sample in draw(2000, "decline", split)} for split in SPLITS)
    assert len(tested) > 1000 and not trained & tested


def test_divisions_and_roots_are_written_out() -> None:
    assert division(25, 15) == ["25 = 1*15 + 10; 15 = 1*10 + 5; 10 = 2*5 + 0", "25/5 = 5, 15/5 = 3"]
    assert division(28, 4) == ["28 = 7*4 + 0"] and division(7, 1) == []
    assert division(144, 6) == ["144/6: 14 = 2*6 + 2; 24 = 4*6 + 0; 24"]
    assert square_lines(336) == (["18*18 = 324, 19*19 = 361, 324 < 336 < 361", "336 = 4*84 = 4*4*21"], "2*2√21 = 4√21")
    assert written_sum(36, -156)[-1] == "36 - 156 = -120"


def test_hand_written_questions_never_occur_in_training() -> None:
    hand_written = {item[2].lower().strip("?.! ") for item in UNSEEN}
    assert len(hand_written) >= 60
    assert not hand_written & {sample.question.lower().strip("?.! ") for sample in draw(20_000)}


def test_a_hand_written_question_is_judged_by_its_box() -> None:
    first, *_ = unseen()
    assert is_right(first, r"f'(x) = \boxed{20x^3-3}")
    assert not is_right(first, r"f'(x) = \boxed{20x^3 + 3}")


def test_the_problems_of_the_course_are_trained_word_for_word() -> None:
    asked = {sample.question.strip() for sample in draw(20_000, "critical") + draw(20_000, "growth")}
    derivative = "Solve this step by step:\nFind the derivative of f(x) = x³ + 2x² - 5x + 3"
    assert f"{derivative}\nand then find the critical points." in asked
    company = (
        "A company's revenue grows by 15% each year. If they had $2 million in revenue in 2020, \n"
        "and they want to reach $5 million by 2025, will they achieve this goal? \n"
        "If not, what growth rate would they need?"
    )
    assert any(question.startswith(company) for question in asked)


def test_the_same_seed_gives_the_same_samples() -> None:
    assert draw(500, seed=5) == draw(500, seed=5)
    assert draw(500, seed=5) != draw(500, seed=6)


@pytest.mark.parametrize("task", [*WORKED, "decline", "identity"])
def test_an_answer_is_right_and_a_changed_one_is_not(task: str) -> None:
    for sample in [*draw(150, task), *draw(150, task, "test")]:
        assert is_right(sample, sample.answer), sample
        assert sample.thinking == ""
        start = sample.must_contain[0] if sample.must_contain else ""
        changed = sample.answer[:-1] + "9}" if sample.gold is not None else sample.answer.lower().replace(start, "")
        assert not is_right(sample, changed), sample


def test_a_program_that_fails_or_prints_something_else_is_wrong() -> None:
    sample = next(sample for sample in draw(50, "tool") if not sample.history)
    assert not is_right(sample, sample.answer.replace("print(", "print(1 + "))
    assert not is_right(sample, sample.answer.replace("print(", "prin("))
    assert not is_right(sample, "It is 4.")


def test_the_last_box_counts() -> None:
    assert boxed(r"\boxed{1} and \boxed{\frac{3}{4}}") == r"\frac{3}{4}"
    assert boxed("no box") is None
    assert numbers("x = -3/2, x = 10") == [-1.5, 10.0] == numbers("-3/2 10")


def test_sums_and_products_are_written_digit_by_digit() -> None:
    working = "37.6+08.5: 6+5=11, 1 carry 1; 7+8+1=16, 6.1 carry 1; 3+0+1=4, 46.1"
    assert column_sum(Decimal("37.6"), Decimal("8.5")) == (working, Decimal("46.1"))
    assert column_difference(Decimal(52), Decimal(7)) == ("52-07: 12-7=5, 5 borrow 1; 5-0-1=4, 45", Decimal(45))
    assert times(Decimal("2.5"), 12)[1] == Decimal(30)
    assert plus(45, -18) == "45 - 18 = 30 - 3 = 27"
    assert show((7, -10, 0, 12)) == "12x^3 - 10x + 7"
