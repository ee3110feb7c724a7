"""The Code tab as a person uses it: Pocket Coder writes, repairs and fills; the sandbox runs; pass@k is measured."""
from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from playground.guard.sandbox.run import probe
from tests.browser.conftest import Visits, serving
from tests.browser.driver import Chat
from tests.browser.test_accessibility import grave

PHONE = {"width": 390, "height": 844}
REASON = probe()
isolated = pytest.mark.skipif(bool(REASON), reason=REASON or "isolated")


@pytest.fixture(scope="module")
def coder_url(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """`python app.py` with Pocket Coder picked."""
    with serving(tmp_path_factory.mktemp("coder"), "app.py", "--default-model", "pocket-coder") as url:
        yield url


@pytest.fixture
def coder(browser: Browser, coder_url: str) -> Iterator[Visits]:
    made = Visits(browser, coder_url)
    yield made
    made.close()


class Code:
    """The Code tab of one open page."""

    def __init__(self, chat: Chat, tab: str = "Code") -> None:
        self.chat, self.page = chat, chat.page
        chat.open_tab(tab)
        self.task = self.page.locator("#code-task textarea")
        self.editor, self.tests = self.at("code-editor"), self.at("code-tests")
        self.status, self.ran = self.page.locator("#code-status .draw"), self.page.locator("#code-run-status .draw")
        self.output, self.note = self.at("code-output"), self.at("code-note")
        expect(self.task).to_be_editable()
        expect(self.page.locator("#code-judge")).to_be_enabled()

    def at(self, element_id: str) -> Locator:
        return self.page.locator(f"#{element_id}")

    def do(self, action: str) -> None:
        self.at("code-action").get_by_text(action, exact=True).click()

    def type(self, box: Locator, text: str) -> None:
        """Replace what stands in an editor."""
        box.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def ask(self) -> None:
        """Ask, and wait for the end of the answer."""
        self.at("code-send").click()
        expect(self.status).to_contain_text("answered")
        expect(self.at("code-send")).to_be_enabled()

    def run(self, button: str = "code-run") -> None:
        self.at(button).click()
        expect(self.at("code-run")).to_be_enabled()


def text_of(page: Page, element_id: str) -> str:
    return "\n".join(page.locator(f"#{element_id} .cm-line").all_inner_texts())


# ---------------------------------------------------------------- the main path
@isolated
def test_pocket_coder_writes_a_function_that_passes_its_tests(coder: Visits):
    code = Code(coder.open())
    code.task.fill("Write a Python function that returns the median of a list.")
    code.ask()
    expect(code.editor).to_contain_text("def median(numbers):")
    expect(code.note).to_contain_text("Version 1 of 1")
    code.type(code.tests, "assert median([3, 1, 2]) == 2\nassert median([4, 1]) == 2.5")
    code.run("code-judge")
    expect(code.ran).to_contain_text("✓ All 2 tests passed.")
    code.type(code.tests, "assert median([5]) == 6")
    code.run("code-judge")
    expect(code.ran).to_contain_text("✗ 0 of 1 tests passed.")
    expect(code.output).to_contain_text("This does not hold: assert median([5]) == 6")


@isolated
def test_an_error_is_repaired_and_the_change_is_shown_line_by_line(coder: Visits):
    code = Code(coder.open())
    code.do("Fix")
    code.at("code-example").click()
    expect(code.editor).to_contain_text("(len(numbers) - 1)")
    code.type(code.tests, "assert average([2, 4]) == 3")
    code.run("code-judge")
    expect(code.at("code-error").locator("textarea")).to_have_value("AssertionError: average([2, 4]) == 3")
    code.ask()
    expect(code.note).to_contain_text("Version 2 of 2")
    expect(code.at("code-diff").locator(".line.out mark")).to_have_count(1)
    expect(code.at("code-diff").locator(".line.in .text")).to_have_text("    return sum(numbers) / len(numbers)")
    expect(code.at("code-diff").locator(".line.in .sign")).to_have_text("+")
    code.run("code-judge")
    expect(code.ran).to_contain_text("✓ All 1 tests passed.")
    code.at("code-earlier").click()
    expect(code.editor).to_contain_text("(len(numbers) - 1)")
    expect(code.note).to_contain_text("Version 1 of 2")
    code.at("code-later").click()
    expect(code.editor).not_to_contain_text("- 1")


@isolated
def test_a_hole_is_filled_and_the_program_runs(coder: Visits):
    code = Code(coder.open())
    code.do("Fill a hole")
    code.at("code-example").click()
    expect(code.editor).to_contain_text("<CURSOR>")
    code.ask()
    expect(code.editor).to_contain_text("return word == word[::-1]")
    expect(code.at("code-diff").locator(".line.in")).to_contain_text("+    return word == word[::-1]")
    code.run()
    expect(code.ran).to_contain_text("✓ The program ended by itself.")
    expect(code.output.locator("pre")).to_have_text("True\n")
    code.at("code-hood").locator("button.label-wrap").click()
    expect(code.at("code-hood-exact").locator("textarea")).to_have_value(re.compile(r"<\|fim_prefix\|>def is_pal"))
    expect(code.at("code-hood-code")).to_contain_text("fim_middle")


@isolated
def test_a_small_series_measures_pass_at_k_and_saves_its_table(coder: Visits):
    code = Code(coder.open())
    code.at("code-score").locator("button.label-wrap").click()
    for name, value in (("samples", "1"), ("temperature", "0")):
        box = code.at(f"code-score-{name}").locator("input[type=number]")
        box.fill(value)
        box.press("Tab")
    code.at("code-score-start").click()
    expect(code.at("code-score-status")).to_contain_text("20 of 20 tasks", timeout=120_000)
    passed = code.at("code-score-table").locator("tbody tr").filter(has_text="1 of 1")
    share = re.search(r"pass@1 = (\d+) %", code.at("code-score-status").inner_text())
    assert share and int(share[1]) == 5 * passed.count() >= 50        # half of its family, as its card says
    with code.page.expect_download() as saved:
        code.at("code-score-csv").click()
    assert saved.value.suggested_filename == "pass-at-k.csv"
    assert len(saved.value.path().read_text("utf-8").splitlines()) == 21


# ---------------------------------------------------------------- the rest of a day
@isolated
def test_hostile_programs_end_with_an_error_and_the_app_answers_on(coder: Visits):
    code = Code(coder.open())
    for program, shown in (
            ("import socket\nsocket.create_connection(('192.0.2.1', 80), 1)", "Error"),
            ("print(open('/etc/passwd').read())", "FileNotFoundError"),
            ("import os\nos.kill(os.getppid(), 9)\nos.kill(1, 9)\nraise OSError('still here')", "still here")):
        code.type(code.editor, program)
        code.run()
        expect(code.ran).to_contain_text("✗ The program ended with an error")
        expect(code.output).to_contain_text(shown)
    code.chat.open_tab("Chat")
    code.chat.ask("Who are you?").answered()


@isolated
def test_stop_ends_a_program_that_would_not_end(coder: Visits):
    code = Code(coder.open())
    code.type(code.editor, "while True: pass")
    code.at("code-run").click()
    expect(code.ran).to_contain_text("running")
    code.at("code-run-stop").click()
    expect(code.ran).to_contain_text("Stopped.")
    expect(code.at("code-run")).to_be_enabled()


def test_the_code_is_saved_under_a_name_of_its_own(coder: Visits):
    code = Code(coder.open())
    code.type(code.editor, "x = 1\ndef median(a):\n\treturn a")
    with code.page.expect_download() as saved:
        code.at("code-download").click()
    assert saved.value.suggested_filename == "median.py"
    assert saved.value.path().read_text("utf-8").startswith("x = 1\ndef median(a):\n")


def test_a_model_for_talking_offers_the_one_for_code_and_the_bar_follows(real: Visits):
    code = Code(real.open())
    expect(code.at("code-advice-text")).to_contain_text("Pocket Qwen3 was not made for code.")
    code.at("code-pick").click()
    expect(code.page.locator("#pick-model input")).to_have_value(re.compile("Pocket Coder"))
    expect(code.page.locator("#model-card")).to_contain_text("small Python functions")
    expect(code.at("code-advice")).to_be_hidden()
    code.task.fill("Write a function that checks if a number is prime.")
    code.ask()
    expect(code.editor).to_contain_text("def ")


def test_other_languages_cannot_be_run_and_a_built_in_task_brings_its_tests(coder: Visits):
    code = Code(coder.open())
    code.chat.pick("code-language", "Rust")
    expect(code.at("code-run")).to_be_disabled()
    expect(code.at("code-limits")).to_contain_text("Only Python runs here.")
    code.chat.pick("code-ready", "Total of the even numbers")
    expect(code.task).to_have_value(re.compile("even_total"))
    expect(code.tests).to_contain_text("assert even_total([]) == 0")
    expect(code.at("code-run")).to_be_enabled()


# ---------------------------------------------------------------- how it looks
@isolated
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(coder: Visits, theme: str, width: int):
    code = Code(coder.open(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"))
    found = grave(code.chat, "empty")
    code.do("Fix")
    code.at("code-example").click()
    expect(code.editor).to_contain_text("average")
    code.ask()
    expect(code.at("code-diff").locator(".line.in")).to_be_visible()
    code.type(code.tests, "# what it should give\nassert average([2, 4]) == 4, 'four'")
    code.run("code-judge")
    expect(code.output).to_be_visible()
    found += grave(code.chat, "repaired")
    code.at("code-score").locator("button.label-wrap").click()
    code.chat.pick("code-score-which", "Total of the even numbers")
    code.at("code-score-start").click()
    expect(code.at("code-score-table").locator("table")).to_be_visible()
    found += grave(code.chat, "measured")
    assert not found, "\n".join(found)
    assert code.page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth") <= 0


def test_the_tab_speaks_indonesian(coder: Visits):
    code = Code(coder.open("/?lang=id", viewport=PHONE), "Kode")
    expect(code.at("code-send")).to_have_text("Tanya model")
    code.at("code-send").click()
    expect(code.status).to_contain_text("Tugasnya kosong.")
    expect(code.at("code-limits")).to_contain_text("Berjalan terkurung")
