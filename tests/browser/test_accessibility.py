"""axe-core on every state of the page, in both themes, on a wide screen and on a phone."""
from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.driver import Chat, Engine

GRAVE = ("serious", "critical")


def grave(chat: Chat, state: str) -> list[str]:
    """What axe finds in this state, one line for each rule and element."""
    found: list[dict[str, Any]] = Axe().run(chat.page).response["violations"]
    return [f"{state}: {each['id']}: {node['html'][:140]} {node['failureSummary']}"
            for each in found if each["impact"] in GRAVE for node in each["nodes"]]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(visits: Visits, engine: Engine, theme: Any, width: int):
    # without motion: axe must not measure a button half way between two colours
    chat = visits.open(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
    assert chat.page.evaluate("document.body.classList.contains('dark')") is (theme == "dark")
    found = grave(chat, "empty")
    engine.plan("go", "<think>", "hm", "</think>", "A **list**:\n\n```python\nx = 'a' + 1  # why\n```\n", " end",
                held=True)
    chat.ask("go")
    engine.release("go", 4)
    expect(chat.answers).to_contain_text("list")
    found += grave(chat, "streaming")
    engine.release("go", 1)
    chat.answered()
    chat.open_hood()
    expect(chat.page.locator("#hood-tokens [role=group]")).to_be_visible()
    found += grave(chat, "answered")
    engine.plan("break", "so far", "x", fail_after=1)
    chat.ask("break")
    expect(chat.status).to_have_attribute("data-kind", "problem")
    found += grave(chat, "error")
    chat.open_tab("Lessons")
    expect(chat.box).to_be_hidden()
    found += grave(chat, "lessons")
    assert not found, "\n".join(found)
