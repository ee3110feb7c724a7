r"""Formulas are marked for the page; code, prices and shell variables are left alone."""
from __future__ import annotations

import pytest

from playground.text.math_marks import DELIMITERS, mark_math, unmark_math

I0, I1, D0, D1 = "\ue010", "\ue011", "\ue012", "\ue013"


@pytest.mark.parametrize("text", [
    "$HOME > $FILE", "It costs $5 or $6.", "a < b > c", "`\\(x\\)` is LaTeX", "``a ` \\(x\\)``",
    "```python\nre.compile(r'\\(x\\)')\n```", "~~~\n$$x$$\n~~~", "```\n$$ still streams", "````\n```\n\\(x\\)\n````",
    "  ```\n  \\[x\\]\n  ```", "\\(not closed", "no formula at all", "",
])
def test_what_is_no_formula_stays_as_it_is(text: str):
    assert mark_math(text) == text


@pytest.mark.parametrize(("text", "marked"), [
    (r"\(a<b\)", rf"{I0}a\lt b{I1}"),
    (r"\( a > b \)", rf"{I0}a \gt  b{I1}"),
    ("$$x^2$$", f"{D0}x^2{D1}"),
    ("$$\nx\n$$", f"{D0}x{D1}"),
    (r"\[ \frac{1}{2} \]", rf"{D0}\frac{{1}}{{2}}{D1}"),
    (r"\begin{align}a&=b\end{align}", rf"{D0}\begin{{aligned}}a&=b\end{{aligned}}{D1}"),
    (r"\begin{gather*}a\end{gather*}", rf"{D0}\begin{{gathered}}a\end{{gathered}}{D1}"),
    (r"\begin{equation}a\end{equation}", f"{D0}a{D1}"),
    (r"one \(x\), two \(y\)", f"one {I0}x{I1}, two {I0}y{I1}"),
])
def test_a_formula_is_marked(text: str, marked: str):
    assert mark_math(text) == marked


@pytest.mark.parametrize(("text", "marked"), [
    ("<script>x</script>", "<\u2060script>x<\u2060/script>"),
    ('an <img src="x"> and ![a](http://b/c.png)', 'an <\u2060img src="x"> and !\u2060[a](http://b/c.png)'),
    ("vector<int> `<b>` a < b <3 !", "vector<\u2060int> `<b>` a < b <3 !"),
])
def test_html_and_images_stay_text(text: str, marked: str):
    assert mark_math(text) == marked
    assert unmark_math(marked) == text


@pytest.mark.parametrize(("text", "marked"), [
    ("D = 25 - 4*1*6", "D = 25 - 4\u2060\\*1\u2060\\*6"),
    ("47*36=47*30+47*6", "47\u2060\\*36=47\u2060\\*30+47\u2060\\*6"),
    ("2*(-5) and (a)*b", "2\u2060\\*(-5) and (a)\u2060\\*b"),
    (r"\(a*b*c\) is 2*3", f"{I0}a*b*c{I1} is 2\u2060\\*3"),
    ("*very* **bold** 2 * 3 `4*1*6` a\\*b", "*very* **bold** 2 * 3 `4*1*6` a\\*b"),
])
def test_a_times_sign_between_operands_is_no_emphasis(text: str, marked: str):
    assert mark_math(text) == marked and unmark_math(marked) == text


BOXES = [
    (r"So \boxed{3}.", "So \u2060" + I0 + r"\boxed{3}" + I1 + "\u2060."),
    (r"\boxed{\frac{1}{2}} and \boxed{a<b}",
     "\u2060" + I0 + r"\boxed{\frac{1}{2}}" + I1 + "\u2060 and \u2060" + I0 + r"\boxed{a\lt b}" + I1 + "\u2060"),
    (r"\boxed{no solution}", "\u2060" + I0 + r"\boxed{\text{{}no solution}}" + I1 + "\u2060"),
    (r"\boxed{x = 2 or x = -3}", "\u2060" + I0 + r"\boxed{x = 2\text{{} or }x = -3}" + I1 + "\u2060"),
    (r"\boxed{36%}", "\u2060" + I0 + r"\boxed{36{}\%}" + I1 + "\u2060"),
    (r"\boxed{\$5 \text{ each}}", "\u2060" + I0 + r"\boxed{\$5 \text{ each}}" + I1 + "\u2060"),
    (r"\boxed{\{1, 2\}}", "\u2060" + I0 + r"\boxed{\{1, 2\}}" + I1 + "\u2060"),
]


@pytest.mark.parametrize(("text", "marked"), BOXES)
def test_a_box_outside_of_a_formula_is_a_formula(text: str, marked: str):
    assert mark_math(text) == marked and unmark_math(marked) == text


@pytest.mark.parametrize("text", [
    r"`\boxed{3}`", "```\n\\boxed{3}\n```", r"\boxed{3", r"\boxed{\frac{1}{2}", r"\boxed 3", r"\boxed{a \} b"])
def test_a_box_in_code_or_without_its_closing_brace_stays_as_it_is(text: str):
    assert mark_math(text) == text


def test_a_box_in_a_formula_is_left_to_the_formula():
    assert mark_math(r"\(\boxed{3}\) $$\boxed{36\%}$$") == f"{I0}\\boxed{{3}}{I1} {D0}\\boxed{{36\\%}}{D1}"
    assert unmark_math(mark_math(r"\(\boxed{3}\)")) == r"\(\boxed{3}\)"


def test_a_box_that_holds_a_formula_is_drawn_by_its_marks_once():
    assert mark_math(r"\boxed{\(x\)}") == rf"\boxed{{{I0}x{I1}}}"


def test_tabs_that_begin_a_line_of_code_are_kept_tabs():
    marked = mark_math("```\na:\n\tb\n  \tc\n```")
    assert marked == "```\na:\n\u2060\tb\n\u2060  \tc\n```" and unmark_math(marked) == "```\na:\n\tb\n  \tc\n```"


def test_formulas_around_code_are_marked_and_the_code_is_not():
    text = "\\(x\\) then\n```\n\\(y\\)\n```\nthen \\(z\\) and `\\(w\\)`"
    assert mark_math(text) == f"{I0}x{I1} then\n```\n\\(y\\)\n```\nthen {I0}z{I1} and `\\(w\\)`"


def test_an_inline_backtick_that_is_not_closed_is_no_code():
    assert mark_math(r"a ` and \(x\)") == f"a ` and {I0}x{I1}"


@pytest.mark.parametrize("text", [r"\(a<b\)", r"so \(a\) > 1 and $HOME", "$$x^2$$", r"\(a>b\) and \(c<d\)"])
def test_what_a_reader_edits_or_copies_has_ordinary_latex(text: str):
    assert unmark_math(mark_math(text)) == text


def test_the_page_knows_no_other_delimiters_than_the_marks():
    assert [(each["left"], each["right"], each["display"]) for each in DELIMITERS] == [(D0, D1, True), (I0, I1, False)]
