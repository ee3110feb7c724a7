"""The math tab as a person uses it: on the pocket model, and with answers that a test decides."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Visits
from tests.browser.driver import Engine
from tests.browser.test_accessibility import grave


class Maths:
    """The math tab of one open page."""

    def __init__(self, visits: Visits, lang: str = "en", **options: Any) -> None:
        self.chat = visits.open(f"/?lang={lang}", **options)
        self.page: Page = self.chat.page
        self.open("Math" if lang == "en" else "Matematika")
        self.box, self.expected = self.page.locator("#math-box textarea"), self.page.locator("#math-expected input")
        self.send, self.stop = self.page.locator("#math-send"), self.page.locator("#math-stop")
        self.status, self.log = self.page.locator("#math-status .draw"), self.page.locator("#math")
        self.verdict, self.steps = self.page.locator("#math-verdict .draw"), self.page.locator("#math-steps")
        self.answers = self.page.locator("#math [data-testid=bot] > .message-content")
        expect(self.box).to_be_editable()

    def open(self, name: str) -> None:
        tab = self.page.get_by_role("tab", name=name, exact=True)
        more = self.page.locator(".overflow-menu > button")      # a phone puts tabs that do not fit into a menu
        expect(tab.or_(more).locator("visible=true").first).to_be_visible()
        if not tab.is_visible():
            more.click()
            tab = self.page.get_by_role("button", name=name, exact=True)
        tab.click()

    def way(self, name: str) -> None:
        self.page.locator("#math-mode").get_by_text(name, exact=True).click()

    def solve(self, problem: str, outcome: str) -> Maths:
        """Type a problem, press Enter, and wait for the outcome of the check."""
        self.box.fill(problem)
        self.box.press("Enter")
        return self.checked(outcome)

    def checked(self, outcome: str) -> Maths:
        expect(self.verdict).to_have_attribute("data-outcome", outcome, timeout=60_000)
        return self

    def formulas(self, where: Locator) -> list[str]:
        """The LaTeX of the formulas that are drawn there."""
        return where.locator("annotation").evaluate_all("all => all.map((each) => each.textContent)")


@pytest.fixture
def pocket(real: Visits) -> Iterator[Maths]:
    """The tab with Pocket Math, picked as a reader picks it."""
    tab = Maths(real)
    expect(tab.page.locator("#math-other")).to_contain_text("Pocket Qwen3 was not made for mathematics")
    tab.page.locator("#math-pick").click()
    expect(tab.page.locator("#math-other")).to_be_hidden()
    yield tab


def test_a_derivative_is_solved_and_verified_by_itself(pocket: Maths):
    pocket.solve("Differentiate f(x) = 3x^4 - 5x^2 + 7x - 2.", "verified")
    expect(pocket.verdict).to_contain_text("Verified: differentiating gives the same.")
    assert pocket.formulas(pocket.answers) == [r"\boxed{12x^3 - 10x + 7}"]
    expect(pocket.steps).to_contain_text("✓ right: differentiating gives the same.")
    assert r"(3x^4)' = 3 \cdot 4x^3 = 12x^3" in pocket.formulas(pocket.steps)
    pocket.page.locator("#math-latex button.label-wrap").click()
    expect(pocket.page.locator("#math-latex-answer")).to_contain_text("12x^3 - 10x + 7")
    expect(pocket.page.locator("#math-hood-tokens")).to_contain_text("final")


def test_a_wrong_expected_answer_is_wrong_and_can_be_checked_again(pocket: Maths):
    pocket.expected.fill("x = 6")
    pocket.solve("Solve 3x + 7 = 22.", "wrong")
    expect(pocket.verdict).to_contain_text("Wrong: it has another value than expected.")
    expect(pocket.verdict).to_contain_text("But by itself the answer is right")
    pocket.expected.fill("5")
    pocket.page.locator("#math-again").click()
    pocket.checked("verified")
    expect(pocket.verdict).to_contain_text("Compared with: 5")


def test_a_program_its_output_and_the_answer_are_shown(pocket: Maths):
    pocket.way("With Python")
    expect(pocket.page.locator("#math-about")).to_contain_text("The model writes a program")
    pocket.solve("Solve 3x + 7 = 22.", "verified")
    expect(pocket.log.locator("pre code").first).to_contain_text("Fraction")
    expect(pocket.log).to_contain_text("What the program printed")
    assert pocket.formulas(pocket.answers.last) == [r"\boxed{x = 5}"]
    expect(pocket.steps).to_contain_text("output")


def test_a_vote_of_five_shows_its_count_and_its_answers(pocket: Maths):
    pocket.way("Majority vote")
    count = pocket.page.locator("#math-k input[type=number]")
    count.fill("5")
    count.press("Tab")
    pocket.solve("What is 15% of 240?", "verified")
    votes = pocket.page.locator("#math-votes")
    expect(votes.locator(".ballots")).to_have_attribute("aria-label", "Answers in the order they came: A, A, A")
    expect(votes).to_contain_text("3 of 5")
    expect(pocket.status).to_contain_text("Ended early after 3 of 5 answers")
    expect(pocket.page.locator("#math-sample")).to_be_visible()


def test_an_indonesian_reader_finds_everything_in_indonesian(real: Visits):
    tab = Maths(real, "id")
    tab.page.locator("#math-pick").click()
    tab.solve("Tentukan turunan f(x) = 3x^4 - 5x^2 + 7x - 2.", "verified")
    expect(tab.verdict).to_contain_text("Terbukti benar: menurunkan fungsinya memberi hasil yang sama.")


# ---------------------------------------------------------------- answers that a test decides
def test_formulas_are_drawn_in_every_chunk_and_the_last(visits: Visits, engine: Engine):
    tab = Maths(visits)
    engine.plan("go", "So \\(a<b\\)", " and \\boxed{\\frac{1}", "{2}}.\n\n```text\n$x$ \\(y\\)\n```\n\n$$x", "^2$$",
                held=True)
    tab.box.fill("go")
    tab.box.press("Enter")
    engine.release("go", 1)
    expect(tab.answers.locator(".katex")).to_have_count(1)
    engine.release("go", 1)
    expect(tab.answers).to_contain_text(r"\boxed{\frac{1}")     # not before its braces are closed
    engine.release("go", 2)
    expect(tab.answers.locator(".katex-display")).to_have_count(1)
    assert tab.formulas(tab.answers) == [r"a\lt b", r"\boxed{\frac{1}{2}}", "x^2"]
    expect(tab.answers.locator("pre code")).to_contain_text(r"$x$ \(y\)")
    expect(tab.page.locator(".katex-error")).to_have_count(0)


@pytest.mark.parametrize(("box", "latex"), [
    ("no solution", r"\boxed{\text{{}no solution}}"), ("36%", r"\boxed{36{}\%}"), (r"x < 2", r"\boxed{x \lt  2}")])
def test_what_latex_would_swallow_in_a_box_is_drawn(visits: Visits, engine: Engine, box: str, latex: str):
    tab = Maths(visits)
    engine.plan("go", rf"\boxed{{{box}}}")
    tab.box.fill("go")
    tab.box.press("Enter")
    expect(tab.answers.locator(".katex")).to_have_count(1)
    assert tab.formulas(tab.answers) == [latex]
    drawn = tab.answers.locator(".katex-html").inner_text().replace("\u00a0", " ")
    assert "".join(box.split()) == "".join(drawn.replace("\u200b", "").split())
    expect(tab.page.locator(".katex-error")).to_have_count(0)


def test_stop_keeps_what_was_written(visits: Visits, engine: Engine):
    tab = Maths(visits)
    engine.plan("go", "one ", "two ", "three", held=True)
    tab.box.fill("go")
    tab.box.press("Enter")
    engine.release("go", 1)
    expect(tab.answers).to_contain_text("one")
    tab.stop.click()
    engine.wait("go", cancel_seen=True)
    engine.release("go", 1)
    expect(tab.status).to_have_text("Stopped. What was written is kept.")
    expect(tab.answers).to_contain_text("one two")
    tab.checked("unchecked")
    expect(tab.verdict).to_contain_text("Could not check: the answer has no box")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(visits: Visits, engine: Engine, browser: Browser, theme: Any, width: int):
    tab = Maths(visits, viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
    found = grave(tab.chat, "empty")
    answers = {"verified": "2 + 3 = 5\n\\boxed{5}", "wrong": "2 + 3 = 6\n\\boxed{6}", "unchecked": "5"}
    for outcome, text in answers.items():
        engine.plan("2 + 3", text)
        tab.solve("2 + 3", outcome)
        if outcome == "wrong":
            expect(tab.steps).to_contain_text("first mistake")
            tab.page.locator("#math-latex button.label-wrap").click()
        found += grave(tab.chat, outcome)
    tab.way("Majority vote")
    engine.plan("2 + 3", "\\boxed{5}")
    tab.solve("2 + 3", "verified")
    found += grave(tab.chat, "vote")
    assert tab.page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth") <= 0
    assert not found, "\n".join(found)
