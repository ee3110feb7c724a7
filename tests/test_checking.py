r"""Checking answers. What reads and compares is tested here directly; what the server does with it, in the sandbox."""
from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from playground.checking.boxed import boxed
from playground.checking.check import Paper, check, check_by_itself, checker, examine, examine_all
from playground.checking.inside.by_itself import by_itself
from playground.checking.inside.compare import compare
from playground.checking.inside.finding import Finding
from playground.checking.inside.problem import worked_out
from playground.checking.inside.steps import Solution
from playground.checking.self_check import Task, recognise
from playground.checking.steps import lines
from playground.checking.verdict import REASONS, Reason
from playground.guard.sandbox.run import Limits, Outcome, Sandbox, probe
from playground.types import CancelToken
from scripts.pocket.data.mathematics import generate

ROOT = Path(__file__).resolve().parent.parent
EVALUATION = ROOT / "assets/models/pocket-math/evaluation.json"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    if reason := probe():
        pytest.skip(reason)
    return checker()


class Ending:
    """A sandbox in which every program ends in the same way."""

    limits = Limits()

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def run(self, *_: object, **__: object) -> Outcome:
        return self.outcome


# ---------------------------------------------------------------- the box
@pytest.mark.parametrize(("answer", "box"), [
    (r"So \boxed{7}.", "7"), (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"), (r"\boxed {x = {2}}", "x = {2}"),
    (r"\fbox{3}", "3"), (r"\boxed 7", "7"), (r"\boxed 7.", "7"), (r"\boxed{1} then \boxed{2}", "2"),
    (r"\boxed{1} then \boxed{2", "1"), (r"\boxed{\{2, 3\}}", r"\{2, 3\}"), (r"a } b \boxed{4}", "4"),
    (r"{ \boxed{5}", "5"), (r"\boxed{\boxed{6}}", "6"), (r"\boxed{}", ""), ("\\boxed{a\nb}", "a\nb"),
    ("no box: 7", None), (r"\boxed{7", None), (r"\boxedup{7}", None), ("boxed{7}", None), ("", None),
])
def test_the_last_complete_box_counts(answer, box):
    assert boxed(answer) == box


# ---------------------------------------------------------------- comparing
@pytest.mark.parametrize(("found", "expected", "code"), [
    ("12", "12", "same"), ("+3", "3", "same"), (r"\frac{3}{4}", "0.75", "same"), (r"\dfrac12", "1/2", "same"),
    ("2 1/2", r"\frac{5}{2}", "same"), (r"2\frac{1}{2}", "2.5", "same"), ("1,234.5", "1234.5", "same"),
    ("1.234,5", "1234.5", "same"), ("1.234.567", "1234567", "same"), ("3,5", "7/2", "same"), ("1,500", "1500", "same"),
    (r"1{,}500", "1500", "same"), (r"75\%", "75%", "same"), ("50%", "0.5", "same"), ("50", r"50\%", "percent_ignored"),
    ("$1,234.50", "$1234.5", "same"), ("Rp 1.500", "1500 rupiah", "same"), (r"\$5", "5", "unit_ignored"),
    ("5 km", "5000 m", "same"), (r"5\text{ km}", "5", "unit_ignored"), ("72 km/h", "20 m/s", "same"),
    (r"9.8\ \text{m/s}^2", "9.8 m/s^2", "same"), ("2 juta", "2,000,000", "same"), ("5 apples", "5", "unit_ignored"),
    (r"2\sqrt{3}", r"\sqrt{12}", "same"), ("√2/2", r"\frac{1}{\sqrt{2}}", "same"), ("2³", "8", "same"),
    (r"\sqrt[3]{8}", "2", "same"), (r"6 \cdot 10^{2}", "600", "same"), ("2×3", "6", "same"),
    (r"e^{i\pi}", "-1", "same"),
    (r"\sin^2 x + \cos^2 x", "1", "same"), ("0.33", "1/3", "rounded"), ("0.3333", r"\frac13", "rounded"),
    (r"\approx 3.14", r"\pi", "rounded"), ("1.41 m", r"\sqrt{2} m", "rounded"), ("2x", "x*2", "same"),
    ("2(x+1)", "2x+2", "same"), ("(x-1)^2", "x^2 - 2x + 1", "same"),
    (r"\left(x+1\right)\left(x-1\right)", "x²-1", "same"),
    (r"\frac{x^2-1}{x-1}", "x+1", "same"), ("f'(x) = 6x + 2", "2 + 6x", "same"), (r"\frac{dy}{dx} = 2x", "2x", "same"),
    ("x = 3", "3", "same"), ("3 = x", "x = 3", "same"), ("x = 6/2 = 3", "3", "same"),
    ("y = 2x+1", "2x - y + 1 = 0", "same"),
    ("x = 3, x = 2", r"\{2, 3\}", "same"), ("x=2 or x=3", "2, 3", "same"), ("2 dan 3", "x = 3, x = 2", "same"),
    ("2, and 3", "3 atau 2", "same"), (r"x = \pm 2", "-2, 2", "same"), ("x_1 = 1, x_2 = 5", "x = 5, x = 1", "same"),
    (r"x \in \{1, 2\}", "{2, 1}", "same"), ("x = 4, x = 4", "4", "same"), ("a = 1, b = 2", "b = 2, a = 1", "same"),
    (r"x=\frac{-3\pm\sqrt{47}}{2}", "x = (-3 - √47)/2, x = (-3 + √47)/2", "same"),
    ("(1, 2]", r"1 < x \le 2", "same"), (r"[0, \infty)", "x ≥ 0", "same"), ("(1, 2)", "1 < x < 2", "same"),
    (r"(-\infty, 1) \cup (2, \infty)", "x < 1 or x > 2", "same"), (r"\{x \mid x > 2\}", "(2, ∞)", "same"),
    ("x > 1 and x < 3", "(1, 3)", "same"), ("2x > 4", "x > 2", "same"), ("(2, 3)", "(2, 3)", "same"),
    ("(1,4), (2,3)", "(2,3), (1,4)", "same"), (r"\text{no solution}", "tidak ada solusi", "same"),
    (r"\emptyset", "no real solution", "same"), ("no real roots", "tidak ada akar real", "same"),
    ("all real numbers", r"(-\infty, \infty)", "same"), ("semua bilangan real", r"x \in \mathbb{R}", "same"),
    ("ya", "yes", "same"), (r"no, 13.7\%", "tidak, 13.7%", "same"), (r"30^\circ", "30 degrees", "same"),
    (r"\log_2 8", "3", "same"), ("5!", "120", "same"), ("|-3|", "3", "same"), (r"2\pi r", r"2r\pi", "same"),
])
def test_what_says_the_same_is_verified(found, expected, code):
    finding = compare(found, expected)
    assert (finding.outcome, finding.code) == ("verified", code)


@pytest.mark.parametrize(("found", "expected", "code"), [
    ("12", "13", "different"), ("x^2", "x^3", "different"), ("0.66", "2/3", "different"), ("0.0", "0.04", "different"),
    ("3", "3.14", "different"), ("3.15", r"\pi", "different"), ("5 km", "5 kg", "different_unit"),
    ("5 m", "5 km", "different"),
    ("$5", "€5", "different_unit"), ("x = 2", "x = 2, x = 3", "missing"), ("1, 2, 3", "1, 2", "extra"),
    ("x = 1, x = 3", "x = 2, x = 3", "different"), ("x = 3", "y = 3", "different_name"),
    ("2x = 6", "x = 3", "not_solved"),
    ("a = 1, b = 2", "a = 2, b = 1", "different"), ("x = -8/0", "3", "undefined"), ("[1, 2)", "(1, 2)", "different"),
    ("x > 2", "x < 2", "different"), (r"x \ge 2", "x > 2", "different"), ("(2, 3)", "(3, 2)", "different"),
    ("no solution", "3", "different"), ("3", "no solution", "different"), ("yes", "no", "different"),
    ("no", "no, 13.7%", "missing"), ("no, 17.4%", "no, 13.7%", "different"), ("75%", "60%", "different"),
    ("2x + y = 3", "2x + y = 4", "different"), ("5m", "5", "different"), ("x(y) + 3", "3", "different"),
    (r"\sqrt{2}", "1", "different"),
])
def test_what_says_something_else_is_wrong(found, expected, code):
    finding = compare(found, expected)
    assert (finding.outcome, finding.code) == ("wrong", code)


@pytest.mark.parametrize(("found", "expected", "code"), [
    ("1.500", "1500", "ambiguous_number"), ("1500", "1.500", "ambiguous_number"), ("blue", "3", "not_understood"),
    ("3", "what you like", "expected_not_understood"), ("2, 3", "(2, 3)", "cannot_compare"),
    ("infinitely many solutions", "all real numbers", "cannot_compare"), ("log 100", "2", "not_proven"),
    ("5 apples", "5 oranges", "unknown_units"), ("x = 5 = 3", "3", "not_understood"), ("", "3", "not_understood"),
    ("2 3", "23", "not_understood"), ("it", "i*t", "not_understood"),
    ("x2", "x^2", "not_understood"), ("((", "1", "not_understood"),
])
def test_what_cannot_be_decided_is_neither(found, expected, code):
    finding = compare(found, expected)
    assert (finding.outcome, finding.code) == ("unchecked", code)


@pytest.mark.parametrize("text", [
    "__import__('os').system('id')", "().__class__", "lambda: 1", "exec(1)", "x.__init__", "open('/etc/passwd')",
    "import os", "S.Reals", "Symbol(x)", "f\"{1}\"", "eval(2)", "x if x else y", "[x for x in y]", "1; import os",
])
def test_no_name_of_python_or_sympy_can_be_reached(text):
    assert compare(text, "1").code in ("not_understood", "cannot_compare")


def test_the_first_difference_is_named():
    assert compare("x = 1, x = 3", "x = 2, x = 3").params == {"value": "x = 1"}
    assert compare("x = 2", "x = 2, x = 3").params == {"value": "x = 3"}
    assert compare("5 km", "5 kg").params == {"found": "km", "expected": "kg"}


# ---------------------------------------------------------------- what a problem asks
@pytest.mark.parametrize(("problem", "task"), [
    ("Differentiate f(x) = 3x^2 + 2x.", Task("derivative", "3x^2 + 2x", "x", "f")),
    (r"Find the derivative of \(g(t) = \sin(t) + t^2\).", Task("derivative", r"\sin(t) + t^2", "t", "g")),
    ("d/dx (x^3 + 2x) = ?", Task("derivative", "(x^3 + 2x)", "x")), ("(x³)'", Task("derivative", "(x³)", "x")),
    ("Turunkan y = 4x²", Task("derivative", "4x²", "x", "y")),
    ("Solve 3x + 7 = 22.", Task("equation", "3x + 7 = 22", "x")),
    ("x^2 - 5x + 6 = 0", Task("equation", "x^2 - 5x + 6 = 0", "x")),
    ("Solve for a: 2a = 6", Task("equation", "2a = 6", "a")),
    ("Untuk b berapa 2b²+6b-19 = 0", Task("equation", "2b²+6b-19 = 0", "b")),
    ("-3(x+7)=7; solve!", Task("equation", "-3(x+7)=7", "x")),
    ("Find the critical points of f(x) = x^3 - 3x", Task("critical", "x^3 - 3x", "x", "f", where="yes")),
    ("Where are the maximum and minimum of x^2 - 3x?", Task("critical", "x^2 - 3x", "x")),
    ("Titik kritis p(x) = 2x³ - 3", Task("critical", "2x³ - 3", "x", "p", where="yes")),
    ("Simplify 2x + 3x", Task("rewrite", "2x + 3x")), ("Jabarkan (x + 2)(x - 3).", Task("rewrite", "(x + 2)(x - 3)")),
    ("What is 12 + 30?", Task("arithmetic", "12 + 30")), ("Hitung 3*(4+5)^2", Task("arithmetic", "3*(4+5)^2")),
    ("What is 15% of 240?", Task("percentage", "15/100*240", whole="240")),
    ("Berapa persen 540 dari 900?", Task("percentage", "540/900*100", whole="900", percent="yes")),
    ("Increase $1,200 by 5%.", Task("percentage", "1200*(1+5/100)", whole="1200")),
])
def test_a_plain_problem_is_recognised(problem, task):
    assert recognise(problem) == task


@pytest.mark.parametrize("problem", [
    "", "Hello!", "Integrate x^2", "Find the second derivative of x^3", "derivative of x^2 at x = 3",
    "Differentiate x^2 and evaluate at 3", "The derivative is 3x^2. Find the function.",
    "Find the function with derivative 3x^2", "The derivative of f is 3x^2 - 3. Find the critical points of f.",
    "dy/dx = 3x^2, find y", "f'(x) = 3x^2. Find f.", "Solve x^2 = 4 and give the positive root",
    "How many solutions has x^2 = 4?", "What is the discriminant of x^2 - 5x + 6 = 0?", "If 3x = 6, what is 2x?",
    "Solve x + a = 5 for x", "Solve 2x + 3y = 6", "Solve 3x + 7 = 22, x > 0", "Solve x = 3 or x + 1 = 2", "y = 3x + 2",
    "Find the sum of the roots of x^2 - 5x + 6 = 0", "Find the integer solutions of x^2 = 2", "Factor x^2 - 1",
    "Find the maximum of -x^2 + 4x", "What is 2 + 3 more than 4?",
    "A class has 240 students and 15% of them walk. How many?",
    "What is 15% of 1.500?", "15% dari 1,5 berapa?", "Solve log(x) = 2", "Solve i + 2 = 5", "Solve |x| = 3",
    "f(x) = 3x + 1",
    "Solve x^2 = 4 " * 100, "I got lost in 8(m + 6) = 10 - m = ?",
])
def test_a_problem_that_could_mean_something_else_is_not_recognised(problem):
    assert recognise(problem) is None


def alone(problem: str, box: str) -> Finding:
    task = recognise(problem)
    assert task, problem
    known = worked_out(asdict(task))
    return by_itself(box, known) if known else Finding("unchecked", "cannot_check")


@pytest.mark.parametrize(("problem", "box", "outcome", "code"), [
    ("Differentiate x^3", "3x^2", "verified", "derivative"),
    ("Differentiate x^3", "y' = 3x²", "verified", "derivative"),
    ("Differentiate x^3", "3x", "wrong", "derivative"),
    ("Differentiate x*sin(x)", r"\sin x + x\cos x", "verified", "derivative"),
    ("Differentiate e^(2x)", "2e^{2x}", "verified", "derivative"), ("Differentiate 7", "0", "verified", "derivative"),
    ("Differentiate x^3", "no idea", "unchecked", "not_understood"),
    ("Differentiate x^3", "3x^2, 6x", "unchecked", "cannot_compare"),
    ("Solve 3x + 7 = 22", "x = 5", "verified", "substituted"), ("Solve 3x + 7 = 22", "5", "verified", "substituted"),
    ("Solve 3x + 7 = 22", "x = 6", "wrong", "not_a_solution"),
    ("Solve 3x + 7 = 22", "y = 5", "wrong", "different_name"),
    ("Solve x^2 - 5x + 6 = 0", "x = 2, x = 3", "verified", "substituted"),
    ("Solve x^2 - 5x + 6 = 0", "2", "wrong", "incomplete"),
    ("Solve x^2 - 5x + 6 = 0", "2, 3, 4", "wrong", "not_a_solution"),
    ("Solve x^2 = 2", r"\pm\sqrt2", "verified", "substituted"),
    ("Solve x^2 = 2", "1.41, -1.41", "verified", "rounded"),
    ("Solve x^2 = 2", "1.42, -1.42", "wrong", "not_a_solution"),
    ("Solve x^2 - 4x + 4 = 0", "x = 2", "verified", "substituted"),
    ("Solve x^2 + 1 = 0", "no real solution", "verified", "no_solutions"),
    ("Solve x^2 + 1 = 0", "x = i, x = -i", "verified", "substituted"),
    ("Solve x^2 + 1 = 0", "i", "wrong", "incomplete"),
    ("Solve x^2 + 1 = 0", "1", "wrong", "not_a_solution"), ("Solve x^2 = 4", "no solution", "wrong", "has_solutions"),
    ("Solve 2x + 3 = 2x + 3", "all real numbers", "verified", "all_numbers"),
    ("Solve 2x = x", "all real numbers", "wrong", "not_all_numbers"),
    ("Solve 2x + 3 = 2x + 5", "tidak ada solusi", "verified", "no_solutions"),
    ("Solve 1/x = 2", "1/2", "verified", "substituted"),
    ("Solve x^3 = 8", "2", "verified", "substituted"), ("Solve x^2 = 4", "(2, -2)", "unchecked", "cannot_compare"),
    ("Solve sin(x) = 0", "0", "unchecked", "cannot_check"), ("Solve x^5 - x - 1 = 0", "1.1673", "verified", "rounded"),
    ("Critical points of x^3 - 3x", "x = -1, x = 1", "verified", "critical"),
    ("Critical points of x^3 - 3x", "1", "wrong", "incomplete"),
    ("Critical points of x^3 - 3x", "(1, -2), (-1, 2)", "verified", "critical"),
    ("Critical points of x^3 - 3x", "(1, 2), (-1, 2)", "wrong", "not_a_solution"),
    ("Critical points of x^3 + x", "no critical points", "verified", "no_solutions"),
    ("Maximum and minimum of x^3 - 3x", "2, -2", "unchecked", "cannot_compare"),
    ("What is 15% of 240?", "36", "verified", "computed"), ("What is 15% of 240?", "$36", "verified", "unit_ignored"),
    ("What is 15% of 240?", "38", "wrong", "computed"), ("What percent of 240 is 60?", r"25\%", "verified", "computed"),
    ("What is 7/2?", "3.5", "verified", "computed"), ("What is 2 + 3*4?", "20", "wrong", "computed"),
    ("Simplify 2x + 3x", "5x", "verified", "equal"), ("Simplify 2x + 3x", "2x + 3x", "unchecked", "not_simplest"),
    ("Expand (x+1)^2", "(x+1)^2", "unchecked", "not_simplest"), ("Simplify 2x + 3x", "6x", "wrong", "not_equal"),
])
def test_an_answer_is_checked_by_itself(problem, box, outcome, code):
    finding = alone(problem, box)
    assert (finding.outcome, finding.code) == (outcome, code)


def test_the_missing_solution_and_the_right_answer_are_told():
    finding = alone("Solve x^2 - 5x + 6 = 0", "2")
    assert (finding.params, finding.expected) == ({"value": "x = 3"}, "x = 2, x = 3")
    assert alone("Differentiate x^3 + √2*x^2", "1").expected == "3x^2 + 2√2x"


# ---------------------------------------------------------------- steps
def marked(problem: str, answer: str) -> list[str]:
    """The outcome of each line, with its reason."""
    task = recognise(problem)
    solution = Solution(worked_out(asdict(task)) if task else None)
    return [f"{finding.outcome} {finding.code}" for finding in map(solution.step, lines(answer))]


@pytest.mark.parametrize(("problem", "line", "result"), [
    ("", "12 + 5 = 17", "verified arithmetic"), ("", "4*(-10) = -40", "verified arithmetic"),
    ("", "12 + 5 = 18", "wrong arithmetic"),
    ("", "3x: 4 - 4 = 0", "verified arithmetic"), ("", "28 = 8*3 + 4; 8 = 3*2 + 1", "wrong arithmetic"),
    ("", "7 + 21 = 20 + 8 = 28", "verified arithmetic"), ("", "7 + 21 = 20 + 9 = 28", "wrong arithmetic"),
    ("", "324 < 300", "wrong arithmetic"), ("", "√188 = 2√47", "verified arithmetic"),
    ("", "√188 = 4√11", "wrong arithmetic"),
    ("", "1.15^4 ≈ 1.749", "verified arithmetic"), ("", "1.38^5 ≈ 3.572 < 3.7", "wrong arithmetic"),
    ("", "2/3 ≈ 0.66", "unchecked not_checked"),
    ("", "2/3 = 0.67", "verified arithmetic"), ("", "0.333*3 = 1", "unchecked not_checked"),
    ("", "12 : 4 = 3", "verified arithmetic"),
    ("", "15% of 240 = 36", "verified arithmetic"), ("", "15% of 240 = 38", "wrong arithmetic"),
    ("", "100 + 10% = 110", "unchecked not_checked"),
    ("", "1.000 + 500 = 1.500", "unchecked not_checked"), ("", "3,5 + 1 = 4,5", "unchecked not_checked"),
    ("", "0 = 5", "unchecked not_checked"),
    ("", "- 5 = 3", "unchecked not_checked"), ("", "1. 5 + 2 = 7", "verified arithmetic"),
    ("", "We get $2 + 2 = 5$.", "wrong arithmetic"),
    ("", "If $2 + 2 = 5$, then I am the Pope.", "unchecked not_checked"), ("", "x = -28/3 = -8", "wrong arithmetic"),
    ("", "(2x^3)' = 2*3x^2 = 6x^2", "verified derivative"), ("", "(2x^3)' = 6x^3", "wrong derivative"),
    ("", r"\frac{d}{dx}(x^2) = 2x", "verified derivative"),
    ("", "D = b^2 - 4ac = 6^2 - 4*2*(-19) = 36 + 152", "verified arithmetic"),
    ("", "The rule says so.", "unchecked not_checked"),
    ("What percent of 700 is 420?", "80% = 560, 90% = 510", "wrong arithmetic"),
    ("", "80% = 560, 90% = 510", "unchecked not_checked"),
    ("Differentiate f(x) = x^3 + x", "= x^3 + 2x", "wrong function"),
    ("Differentiate f(x) = x^3 + x", "f'(x) = 3x^2 + 1", "verified derivative"),
    ("Differentiate f(x) = x^3 + x", "f'(x) = 3x^2", "wrong derivative"),
    ("Differentiate f(x) = x^3 + x", "g'(x) = 3x^2", "unchecked not_checked"),
    ("Critical points of f(x) = x^3 - 3x", "f'(x) = 0", "unchecked not_checked"),
    ("Critical points of f(x) = x^3 - 3x", "f''(2) = 6*2 = 12 > 0", "verified derivative"),
    ("Critical points of f(x) = x^3 - 3x", "x^2 - 1 = 0", "verified same_solutions"),
    ("Critical points of f(x) = x^3 - 3x", "6x = 0", "unchecked not_checked"),
    ("Critical points of f(x) = x^3 - 3x", "x^2 - 4 = 0", "wrong other_solutions"),
    ("Solve 3x + 7 = 22", "3x = 15", "verified same_solutions"),
    ("Solve 3x + 7 = 22", "3x = 29", "wrong other_solutions"),
    ("Solve 3x + 7 = 22", "Jadi x = 5.", "verified is_solution"),
    ("Solve x^2 = 4", "x = 2", "verified is_solution"), ("Solve x^2 = 4", "x - 2 = 0", "unchecked not_checked"),
    ("Solve x^2 = 4", "x = 3:", "unchecked not_checked"),
    ("Solve x^2 = 4", "(x - 2)(x + 2) = x^2 - 4", "verified identity"),
    ("Solve x^2 = 4", "x_1 + x_2 = 7", "unchecked not_checked"),
    ("Solve 2x + 3 = 2x + 5", "0 = 2", "verified same_solutions"),
    ("Solve 3x + 7 = 22", "0 = 2", "wrong other_solutions"),
    ("Solve 2x + 3 = 2x + 5", "2x - 2x = 5 - 3", "verified same_solutions"),
    ("Simplify 2x + 3x + 1", "2x + 3x = 5x", "verified identity"),
    ("Simplify 2x + 3x + 1", "2x + 3x = 6x", "wrong not_equal"),
    ("Simplify 2x + 3x + 1", "5x + 1", "verified identity"),
])
def test_a_line_is_marked_only_where_it_can_be_shown(problem, line, result):
    assert marked(problem, line) == [result]


def test_without_a_known_problem_equations_on_lines_in_a_row_must_fit_together():
    assert marked("", "2x + 3 = 7\n2x = 5\nx = 5/2") == ["unchecked not_checked", "wrong other_solutions",
                                                         "wrong other_solutions"]
    assert marked("", "2x + 3 = 7\nNow something else:\n2x = 5")[2] == "unchecked not_checked"
    assert marked("", "x^2 - 5x + 6 = 0\nx - 2 = 0\nx - 3 = 0")[1:] == ["unchecked not_checked"] * 2


def test_squaring_may_bring_more_solutions():
    answer = "x + 1 = (x - 1)^2\nx^2 - 3x = 0\nx = 0, x = 3\nx = 3"
    assert not [each for each in marked(r"Solve sqrt(x+1) = x - 1", answer) if each.startswith("wrong")]


def test_a_line_that_was_rewritten_wrongly_is_found():
    answer = "2x + 3x + 1 + x\n2x + 3x + 2 + x"
    assert marked("Simplify 2x + 3x + 1 + x", answer) == ["verified identity", "wrong not_equal"]


def test_code_and_marks_of_formulas_are_no_steps():
    assert lines("One\n\n```python\nx = 1 + 1 = 3\n```\n\\[\nx = 2\n\\]\n  Two") == ("One", "x = 2", "Two")


# ---------------------------------------------------------------- in the sandbox
def test_an_answer_is_examined_in_every_way_at_once(sandbox):
    seen = examine("Solve 3x + 7 = 22.", "3x = 22 + 7\n3x = 29\nThe answer is \\boxed{x = 29/3}", "5", sandbox)
    assert (seen.verdict.outcome, seen.verdict.reason.code, seen.verdict.found) == ("wrong", "different", "x = 29/3")
    assert (seen.by_itself.outcome, seen.by_itself.reason) == ("wrong", Reason("not_a_solution", {"value": "x = 29/3"}))
    assert seen.by_itself.expected == "x = 5"
    assert [(step.number, step.outcome) for step in seen.steps] == [(1, "wrong"), (2, "wrong"), (3, "wrong")]
    assert seen.first_wrong == seen.steps[0] and seen.steps[0].text == "3x = 22 + 7"
    assert seen.steps[2].reason.code == "answer"


def test_the_users_own_answer_is_enough(sandbox):
    verdict = check(r"It is \boxed{\frac{1}{2}}.", "0.5", sandbox)
    assert (verdict.outcome, verdict.expected, verdict.found) == ("verified", "0.5", r"\frac{1}{2}")
    assert check_by_itself("Solve 2x = 1", r"\boxed{x = 0.5}", sandbox).outcome == "verified"


def test_without_a_box_nothing_is_verified(sandbox):
    seen = examine("Solve 2x = 6.", "x = 3", "3", sandbox)
    assert (seen.verdict.outcome, seen.verdict.reason.code) == ("unchecked", "no_box")
    assert seen.by_itself.reason.code == "no_box"
    assert [(step.outcome, step.reason.code) for step in seen.steps] == [("verified", "is_solution")]
    assert check("3", "3", sandbox).reason.code == "no_box"


def test_mathematics_that_hangs_ends_and_leaves_the_rest_checked():
    if reason := probe():
        pytest.skip(reason)
    seen = examine("Solve 3x = 6.", "x = 2\n(x + y + z + w + 1)^90 = (x + y + z + w + 2)^90\n\\boxed{2}", "10000000!",
                   Sandbox(Limits(seconds=5), packages=True))
    assert (seen.verdict.outcome, seen.verdict.reason.code) == ("unchecked", "timeout")
    assert seen.by_itself.outcome == "verified"
    assert [step.outcome for step in seen.steps][::2] == ["verified", "verified"]


def test_a_sandbox_that_is_stopped_by_its_clock_verifies_nothing(sandbox):
    seen = examine("Solve 3x = 6.", "\\boxed{2}", "4/2", Sandbox(Limits(seconds=0.05), packages=True))
    assert {seen.verdict.reason.code, seen.by_itself.reason.code, seen.steps[0].reason.code} == {"timeout"}
    assert seen.verdict.outcome == "unchecked"


def test_what_was_printed_before_the_memory_was_used_up_still_counts():
    done = json.dumps({"paper": 0, "part": "verdict", "outcome": "verified", "code": "same", "params": {},
                       "expected": ""})
    ended = Ending(Outcome("memory", f'{done}\n{{"paper": 0, "pa', "", 1.0, reason="It used more than 512 MB."))
    seen = examine("Solve 3x = 6.", "x = 2\n\\boxed{4/2}", "2", ended)       # type: ignore[arg-type]
    assert (seen.verdict.outcome, seen.by_itself.outcome, seen.by_itself.reason) == (
        "verified", "unchecked", Reason("memory"))
    assert [step.reason.code for step in seen.steps] == ["memory", "memory"]


def test_without_isolation_nothing_runs_and_only_equal_texts_count():
    refusing = Ending(Outcome("unavailable", "", "", 0.0, reason="There is no sandbox."))
    seen = examine("Solve 3x = 6.", "x = 2\n\\boxed{x=2}", "2", refusing)       # type: ignore[arg-type]
    reason = Reason("no_isolation", {"why": "There is no sandbox."})
    assert (seen.verdict.outcome, seen.verdict.reason, seen.by_itself.reason) == ("unchecked", reason, reason)
    assert [step.outcome for step in seen.steps] == ["unchecked", "unchecked"]
    same = check(r"\boxed{x=2}", "x = 2", refusing)       # type: ignore[arg-type]
    assert (same.outcome, same.reason.code) == ("verified", "same_text")


def test_a_check_that_is_stopped_says_so(sandbox):
    token = CancelToken()
    token.cancel()
    assert check(r"\boxed{4/2}", "2", sandbox, token).reason.code == "stopped"


def test_an_expected_answer_is_not_needed(sandbox):
    seen = examine("Tell me a joke.", "2 + 2 = 5", "", sandbox)
    assert (seen.verdict.reason.code, seen.by_itself.reason.code) == ("no_expected", "cannot_check")
    assert seen.first_wrong is not None


@pytest.mark.slow
def test_what_pocket_math_should_have_said_is_verified_and_what_it_said_is_not(sandbox):
    tasks = json.loads(EVALUATION.read_text("utf-8"))["tasks"]
    examples = [(task, each) for task, groups in tasks.items() for group in groups.values()
                for each in group.get("wrong_examples", []) if boxed(each["expected"]) is not None]
    papers = [Paper(each["question"], each[which], boxed(each["expected"]) or "")
              for which in ("expected", "answer") for _, each in examples]
    seen = examine_all(papers, Sandbox(Limits(seconds=300, memory_mb=2048, output_kb=8192), packages=True))
    right, wrong = seen[:len(examples)], seen[len(examples):]
    assert len(examples) >= 20
    assert {each.verdict.outcome for each in right} == {"verified"}
    assert not [each.first_wrong for each in right if each.first_wrong]
    assert not [each.by_itself for each in right if each.by_itself.outcome == "wrong"]
    boxes = [boxed(each["answer"]) is not None for _, each in examples]       # without one it declined to answer
    assert [each.verdict.outcome for each in wrong] == ["wrong" if box else "unchecked" for box in boxes]
    assert not [each.by_itself for each in wrong if each.by_itself.outcome == "verified"]
    assert all(each.first_wrong for each, box in zip(wrong, boxes, strict=True) if box)
    before_the_box = [each for each in wrong if each.first_wrong and each.first_wrong.reason.code != "answer"]
    assert len(before_the_box) >= sum(boxes) // 2


@pytest.mark.slow
def test_300_generated_solutions_have_no_failing_step_and_fit_their_gold(sandbox):
    rng = random.Random(24)
    made = (generate(rng, "test") for _ in range(2000))
    samples = [sample for sample in made if sample.gold is not None and boxed(sample.answer) is not None][:300]
    seen = examine_all([Paper(each.question, each.answer, each.gold or "") for each in samples],
                       Sandbox(Limits(seconds=300, memory_mb=2048, output_kb=8192), packages=True))
    assert len(samples) == 300 and {each.verdict.outcome for each in seen} == {"verified"}
    assert not [each.first_wrong for each in seen if each.first_wrong]
    outcomes = Counter(each.by_itself.outcome for each in seen)
    assert outcomes["wrong"] == 0 and outcomes["verified"] >= 120
    steps = Counter(step.outcome for each in seen for step in each.steps)
    assert steps["verified"] > 3 * steps["unchecked"]


# ---------------------------------------------------------------- the code
def test_the_server_never_loads_what_runs_in_the_sandbox():
    code = ("import sys; import playground.checking.check; "
            "assert not [name for name in sys.modules if name.startswith(('sympy', 'playground.checking.inside'))]")
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=100)


def test_every_reason_that_the_program_gives_has_a_name_and_known_values():
    given = set()
    for path in (ROOT / "playground/checking/inside").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                codes = [each.value for each in ast.walk(node.args[1]) if isinstance(each, ast.Constant)]
                given |= {code for code in codes if isinstance(code, str)}
                keys = [key.value for each in node.args[2:3] if isinstance(each, ast.Dict) for key in each.keys
                        if isinstance(key, ast.Constant)]
                assert all(key in REASONS[code] for code in codes if code in REASONS for key in keys), ast.unparse(node)
    assert len(given) > 30 and given - {"verified", "wrong"} <= set(REASONS)
    with pytest.raises(ValueError, match="no reason"):
        Reason("nonsense")
