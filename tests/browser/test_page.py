"""The page around the chat: the model that comes with it, the hood, languages, and working offline."""
from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visits
from tests.browser.driver import Chat, Engine


def test_the_shipped_model_answers_and_says_what_it_cost(real: Visits):
    chat = real.open()
    expect(chat.page).to_have_title("Qwen Playground")
    expect(chat.page.locator("h1")).to_have_text("Qwen Playground")
    expect(chat.page.locator("#pick-model input")).to_have_value(re.compile("Pocket Qwen3"))
    chat.ask("What is 47 * 36?").answered()
    expect(chat.answers).not_to_be_empty()
    expect(chat.folds.last).to_have_text(re.compile(r"\d+ tokens · first token \d+ ms · \d+ tok/s"))
    hood = chat.open_hood()
    control = hood.locator(".tok.control").filter(has_text="<|im_start|>").first
    expect(control).to_be_visible()
    expect(control.locator("sub")).to_be_hidden()
    hood.get_by_label("Show token ids").check()
    expect(control.locator("sub")).to_be_visible()
    expect(control.locator("sub")).to_have_text(re.compile(r"^\d+$"))
    expect(hood.locator("#hood-exact textarea")).to_have_value(re.compile(r"<\|im_start\|>user\nWhat is 47 \* 36\?"))
    expect(hood.locator("#hood-code")).to_contain_text("AutoModelForCausalLM")


def test_the_language_changes_every_label_and_is_remembered(visits: Visits):
    chat = visits.open(path="/")
    chat.ask("hello").answered()
    chat.pick("pick-language", "Indonesia")
    expect(chat.send).to_have_text("Kirim")
    expect(chat.button("Coba lagi")).to_be_visible()
    expect(chat.page.get_by_role("tab", name="Obrolan")).to_be_visible()
    expect(chat.page.locator("#memory")).to_contain_text("Memori")
    expect(chat.page.locator("html")).to_have_attribute("lang", "id")
    expect(chat.questions).to_have_text(["hello"])
    again = visits.page(visits.contexts[0], path="/")         # the same browser comes back
    expect(again.send).to_have_text("Kirim")
    expect(again.page.locator("html")).to_have_attribute("lang", "id")


def test_the_address_can_ask_for_a_language(visits: Visits):
    chat = visits.open(path="/?lang=id")
    expect(chat.send).to_have_text("Kirim")
    expect(chat.box).to_have_attribute("placeholder", re.compile("Enter mengirim"))
    expect(chat.page.locator("html")).to_have_attribute("lang", "id")


def test_offline_an_absent_model_is_explained_and_not_offered(browser: Browser, offline_url: str):
    visits = Visits(browser, offline_url)
    chat = visits.open()
    chat.pick("pick-model", "Absent")
    expect(chat.page.locator("#download")).to_contain_text("runs offline")
    expect(chat.page.locator("#download button")).to_have_count(0)
    visits.close()


def test_the_settings_follow_the_model(chat: Chat):
    expect(chat.page.locator("#settings-thinking")).to_be_visible()
    chat.pick("pick-model", "Plain")
    expect(chat.page.locator("#settings-thinking")).to_be_hidden()


def test_fast_tokens_are_drawn_together_and_nothing_jumps(chat: Chat, engine: Engine):
    engine.plan("fast", *(f" w{n}" for n in range(200)), pace_s=0.005)
    place = chat.box.bounding_box()
    chat.page.evaluate("""() => {
        window.drawn = 0;
        let last = "";
        new MutationObserver(() => {
            const now = document.querySelector("#chat").innerText;
            if (now === last) return;
            last = now; window.drawn += 1;
        }).observe(document.querySelector("#chat"), {childList: true, characterData: true, subtree: true});
    }""")
    chat.ask("fast").answered()
    expect(chat.answers).to_contain_text("w199")
    # 200 tokens in a second: about 25 drawings, over 200 without the brake. tests/test_view.py holds the exact rate,
    # with a clock of its own.
    assert 3 <= chat.page.evaluate("window.drawn") <= 100
    assert chat.box.bounding_box() == place
