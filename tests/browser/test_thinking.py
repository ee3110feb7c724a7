"""The thinking tab as a person uses it, on the model that comes with the app."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.conftest import Visits
from tests.browser.test_accessibility import grave

PATIENCE_MS = 90_000


class Thinker:
    """The thinking tab of one open page."""

    def __init__(self, visits: Visits, lang: str = "en", **options: Any) -> None:
        self.chat = visits.open(f"/?lang={lang}", **options)
        self.page: Page = self.chat.page
        self._open_tab("Thinking" if lang == "en" else "Penalaran")
        self.box = self.page.locator("#thinking-box textarea")
        self.log, self.status = self.page.locator("#thinking"), self.page.locator("#thinking-status .draw")
        expect(self.box).to_be_editable()

    def _open_tab(self, name: str) -> None:
        """Choose the tab in the row, or in the menu where a phone puts those that do not fit.

        Where it is changes while the page is laid out, so each place is tried again.
        """
        tab, more = self.page.get_by_role("tab", name=name, exact=True), self.page.locator(".overflow-menu > button")
        expect(tab.or_(more).locator("visible=true").first).to_be_visible()
        for _ in range(10):
            try:
                if not tab.is_visible():
                    more.click(timeout=2000)
                    tab = self.page.get_by_role("button", name=name, exact=True)
                tab.click(timeout=2000)
                return
            except TimeoutError:
                tab = self.page.get_by_role("tab", name=name, exact=True)
        raise AssertionError(f"the tab {name} is nowhere")

    def ask(self, question: str) -> Thinker:
        self.box.fill(question)
        self.box.press("Enter")
        expect(self.status).to_contain_text(re.compile("answered|dijawab"), timeout=PATIENCE_MS)
        return self


@pytest.fixture
def thinker(real: Visits) -> Iterator[Thinker]:
    yield Thinker(real)


def test_a_budget_of_sixteen_tokens_is_spent_and_the_answer_follows(thinker: Thinker):
    thinker.page.locator("#thinking-limited input").check()
    number = thinker.page.locator("#thinking-budget input[type=number]")
    number.fill("16")
    number.press("Tab")
    thinker.ask("What is 47 * 36?")
    expect(thinker.log).to_contain_text("16 tokens · budget spent")
    expect(thinker.log).to_contain_text("47 * 36 = ")
    thinker.page.locator("#thinking-hood button.label-wrap").click()
    expect(thinker.page.locator("#thinking-hood-code")).to_contain_text("budget = 16")


def test_one_thinking_is_cut_at_eight_places(thinker: Thinker):
    thinker.ask("What is 47 * 36?")
    thinker.page.locator("#thinking-less-start").click()
    table = thinker.page.locator("#thinking-less-table tbody")
    expect(table.locator("tr")).to_have_count(9, timeout=PATIENCE_MS)
    expect(table).to_contain_text("all of it")
    expect(table.locator("tr").last).to_contain_text("✓ right")
    expected = thinker.page.locator("#thinking-expected").locator("input, textarea")
    expected.fill("1693")
    expect(table.locator("tr").last).to_contain_text("✗ wrong")
    assert not grave(thinker.chat, "cut")
    expected.fill("")
    expect(table.locator("tr").last).to_contain_text("✓ right")
    expect(thinker.page.locator("#thinking-less-plot svg")).to_have_attribute(
        "aria-label", re.compile(r"stays the same from \d+ tokens"))


def test_a_small_experiment_shows_that_thinking_helps_and_can_be_saved(thinker: Thinker):
    thinker.page.locator("#thinking-trial button.label-wrap").click()
    for budget in ("50", "100", "150", "200"):
        thinker.page.locator("#thinking-budgets").get_by_text(budget, exact=True).click()
    number = thinker.page.locator("#thinking-count input[type=number]")
    number.fill("20")
    number.press("Tab")
    thinker.page.locator("#thinking-trial-start").click()
    expect(thinker.page.locator("#thinking-trial-status")).to_contain_text("40 of 40 answers", timeout=PATIENCE_MS)
    expect(thinker.page.locator("#thinking-trial-status")).to_contain_text("off → no limit: +")
    rows = thinker.page.locator("#thinking-trial-table tbody tr")
    expect(rows).to_have_count(2)
    shares = [float(row.locator("td").first.inner_text().rstrip("%")) for row in rows.all()]
    assert shares[1] - shares[0] >= 25
    assert not grave(thinker.chat, "measured")
    with thinker.page.expect_download() as saved:
        thinker.page.locator("#thinking-trial-csv").click()
    assert saved.value.suggested_filename == "thinking-budget.csv"


def test_what_was_measured_follows_the_language(thinker: Thinker):
    thinker.ask("What is 47 * 36?")
    thinker.page.locator("#thinking-less-start").click()
    expect(thinker.page.locator("#thinking-less-plot svg")).to_be_visible(timeout=PATIENCE_MS)
    thinker.chat.pick("pick-language", "Indonesia")
    expect(thinker.page.locator("#thinking-less-table tbody tr").last).to_contain_text("✓ benar")
    expect(thinker.log).to_contain_text("Berpikir")
    expect(thinker.box).to_have_value("What is 47 * 36?")


def test_another_model_is_offered_where_the_picked_one_does_not_think(real: Visits):
    tab = Thinker(real)
    tab.page.get_by_label("Model", exact=True).click()
    tab.page.get_by_role("option", name=re.compile("Pocket Qwen2")).click()
    expect(tab.page.locator("#thinking-advice")).to_contain_text("Pocket Qwen2 answers at once")
    expect(tab.page.locator("#thinking-switch")).to_be_hidden()
    tab.page.locator("#thinking-pick").click()
    expect(tab.page.locator("#thinking-switch")).to_be_visible()
    expect(tab.page.get_by_label("Model", exact=True)).to_have_value(re.compile("Pocket Qwen3"))


def test_the_tab_is_usable_on_a_phone_in_indonesian_and_without_a_mouse(real: Visits):
    tab = Thinker(real, "id", viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    tab.ask("Berapa 12 + 30?")
    expect(tab.log).to_contain_text("12 + 30 = 42")
    assert tab.page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth") <= 0
    assert not grave(tab.chat, "answered")
