"""The Models tab, and a variant that changes in the middle of a conversation."""
from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visits
from tests.browser.driver import Chat, Engine
from tests.browser.test_accessibility import grave

PHONE = {"width": 390, "height": 844}
ON_THE_PAGE = "(each) => each.getBoundingClientRect().top + document.scrollingElement.scrollTop"


def open_tab(chat: Chat, name: str = "Models") -> Locator:
    """The table of loaded models, once the tab shows it."""
    chat.open_tab(name)
    expect(chat.page.locator("#models-fits table")).to_be_visible()
    return chat.page.locator("#models-loaded")


def row(chat: Chat, key: str) -> Locator:
    return chat.page.locator("#models-loaded tbody tr").filter(has_text=key)


# ---------------------------------------------------------------- the real models
def test_the_variant_changes_in_the_middle_of_a_conversation_and_the_rest_stays(real: Visits):
    chat = real.open()
    chat.page.locator("#sampling button.label-wrap").click()
    seed = chat.page.locator("#seed").locator("input, textarea")
    seed.fill("7")
    slider = chat.page.locator("#sampling-temperature input[type=number]")
    slider.fill("0.3")
    slider.press("Tab")
    chat.pick("pick-variant", "fp32")
    chat.ask("What is 47 * 36?").answered()
    expect(chat.answers).to_have_count(1)
    first = chat.answers.inner_text()

    chat.pick("pick-variant", "bf16")
    expect(chat.page.locator("#pick-variant input")).to_have_value(re.compile("bf16"))
    expect(chat.answers).to_have_text([first])                # the conversation is still there
    chat.ask("And 12 * 12?").answered()
    expect(chat.questions).to_have_text(["What is 47 * 36?", "And 12 * 12?"])
    expect(chat.answers).to_have_count(2)
    expect(slider).to_have_value("0.3")
    expect(seed).to_have_value("7")
    exact = chat.open_hood().locator("#hood-exact textarea")  # the second variant read what the first one wrote
    expect(exact).to_have_value(re.compile(r"user\nWhat is 47 \* 36\?.*assistant\n.*user\nAnd 12 \* 12\?", re.DOTALL))
    expect(chat.page.locator("#hood-code")).to_contain_text("bfloat16")
    expect(chat.page.locator("#hood-code")).to_contain_text("temperature=0.3")
    for fold in chat.folds.all():
        fold.click()
    expect(chat.log).to_contain_text("Variant: pocket-qwen3:fp32")
    expect(chat.log).to_contain_text("Variant: pocket-qwen3:bf16")
    expect(chat.log.get_by_text("Seed: 7")).to_have_count(2)

    open_tab(chat)
    for key in ("pocket-qwen3:fp32", "pocket-qwen3:bf16"):
        expect(row(chat, key)).to_contain_text("ready")
        expect(row(chat, key)).to_contain_text("predicted")
    expect(chat.page.locator("#models-events")).to_contain_text("pocket-qwen3:bf16")


def test_a_model_is_loaded_pinned_and_unloaded_from_the_tab(real: Visits):
    chat = real.open()
    open_tab(chat)
    result = chat.page.locator("#models-result")
    chat.pick("models-variant", "pocket-qwen3:fp16")
    chat.button("Load").click()
    expect(result).to_contain_text("pocket-qwen3:fp16 is ready")
    expect(row(chat, "pocket-qwen3:fp16")).to_contain_text("loads: 1")
    chat.button("Pin").click()
    expect(result).to_contain_text("is pinned: it stays in memory")
    expect(row(chat, "pocket-qwen3:fp16")).to_contain_text("pinned")
    expect(row(chat, "pocket-qwen3:fp16")).to_contain_text("stays")
    chat.button("Unload").click()
    expect(result).to_contain_text("pocket-qwen3:fp16 has left memory.")
    expect(result).to_contain_text("MB came back.")
    expect(row(chat, "pocket-qwen3:fp16")).to_have_count(0)
    expect(chat.page.locator("#models-events tbody tr").first).to_contain_text("left, as asked")


# ---------------------------------------------------------------- with scripted answers
def test_an_unload_waits_for_the_answer_of_somebody_else(visits: Visits, engine: Engine):
    ann, ben = visits.open(), visits.open()
    engine.plan("long one", "a", " b", " c", held=True)
    ann.ask("long one")
    engine.release("long one", 1)
    expect(ann.answers).to_have_text(["a"])
    open_tab(ben)
    expect(row(ben, "scripted:bf16")).to_contain_text("in use by 1")
    ben.button("Unload").click()
    expect(ben.page.locator("#models-result")).to_contain_text("waiting for 1 answer")
    engine.release("long one", 2)
    ann.answered()
    expect(ann.answers).to_have_text(["a b c"])
    expect(ben.page.locator("#models-result")).to_contain_text("scripted:bf16 has left memory.")
    expect(row(ben, "scripted:bf16")).to_have_count(0)


def test_behind_a_proxy_a_visitor_may_look_and_not_touch(visits: Visits):
    chat = visits.open(extra_http_headers={"X-Forwarded-For": "203.0.113.9"})
    open_tab(chat)
    expect(chat.page.locator("#models-why")).to_contain_text("Only a browser on the machine that runs this playground")
    for name in ("Load", "Unload", "Pin", "Unpin"):
        expect(chat.button(name)).to_be_disabled()
    expect(chat.page.locator("#models-memory")).to_contain_text("Models take")


def test_the_tab_follows_the_language_and_the_context(visits: Visits):
    chat = visits.open()
    open_tab(chat)
    expect(chat.page.locator("#models-fits th").nth(1)).to_have_text("KV cache")
    kv = chat.page.locator("#models-fits tbody tr").first.locator("td").first
    expect(kv).to_contain_text("2.1 MB")
    chat.pick("models-context", "32k")
    expect(kv).to_contain_text("8.4 MB")
    chat.pick("pick-language", "Indonesia")
    expect(chat.page.get_by_role("tab", name="Model", exact=True)).to_be_visible()
    expect(chat.page.locator("#models-fits th").nth(1)).to_have_text("Cache KV")
    expect(chat.page.locator("#models-memory")).to_contain_text("Model memakai")
    expect(chat.button("Muat")).to_be_enabled()
    expect(kv).to_contain_text("8.4 MB")


def test_the_tab_asks_the_server_only_while_it_is_looked_at_and_nothing_jumps(visits: Visits, engine: Engine):
    chat = visits.open(viewport=PHONE)
    open_tab(chat)
    ticks: list[str] = []
    chat.page.on("request", lambda request: ticks.append(request.post_data or "") if "queue/join" in request.url
                 else None)
    events = chat.page.locator("#models-events .draw")
    place, fits = events.evaluate(ON_THE_PAGE), chat.page.locator("#models-fits .draw")
    fits.evaluate("(each) => { each.scrollLeft = 60; each.scrollTop = 5; }")
    chat.button("Load").click()
    expect(chat.page.locator("#models-result")).to_contain_text("ready")
    expect(row(chat, "scripted:bf16")).to_be_visible()
    chat.button("Unload").click()
    expect(chat.page.locator("#models-result")).to_contain_text("has left memory")
    assert events.evaluate(ON_THE_PAGE) == place
    assert fits.evaluate("(each) => each.scrollLeft") == 60
    assert chat.page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth") <= 0
    with chat.page.expect_request(lambda request: "queue/join" in request.url):
        pass                                                  # it does ask while it is looked at
    chat.open_tab("Chat")
    expect(chat.box).to_be_visible()
    chat.page.wait_for_timeout(700)
    ticks.clear()
    chat.page.wait_for_timeout(4500)
    assert len(ticks) <= 3, ticks                             # the bar's own timer: every two seconds


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_tab(visits: Visits, theme: Any, width: int):
    chat = visits.open(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
    open_tab(chat)
    chat.button("Load").click()
    expect(row(chat, "scripted:bf16")).to_be_visible()
    chat.pick("models-shown", "all models")
    found = grave(chat, "models")
    stranger = visits.open(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce",
                           extra_http_headers={"X-Forwarded-For": "203.0.113.9"})
    open_tab(stranger)
    expect(stranger.page.locator("#models-why")).to_contain_text("Only a browser")
    found += grave(stranger, "refused")
    assert not found, "\n".join(found)
