"""What goes wrong is said on the page: nothing is lost, and nothing shows a traceback or a toast of Gradio's."""
from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.driver import Chat, Engine


def test_an_empty_message_is_not_sent(chat: Chat):
    chat.box.fill("   ")
    chat.send.click()
    expect(chat.status).to_have_text("Type a message first.")
    expect(chat.questions).to_have_count(0)


def test_ten_thousand_pasted_lines_go_back_into_the_box_with_a_reason(chat: Chat):
    pasted = "\n".join(f"line {n}" for n in range(10_000))
    chat.paste(pasted)
    chat.send.click()
    expect(chat.status).to_have_attribute("data-kind", "problem")
    expect(chat.status).to_contain_text("That did not work")
    expect(chat.status).to_contain_text("characters")
    assert chat.box.input_value() == pasted
    expect(chat.questions).to_have_count(0)
    chat.ask("short").answered()
    expect(chat.questions).to_have_text(["short"])


def test_a_message_longer_than_the_context_goes_back_into_the_box(chat: Chat):
    chat.pick("pick-model", "Small")
    expect(chat.page.locator("#model-card")).to_contain_text("reads up to 40 tokens")
    long = " ".join(["word"] * 60)
    chat.ask(long)
    expect(chat.status).to_contain_text("the model reads at most 40")
    expect(chat.box).to_have_value(long)
    expect(chat.page.locator("#context-choices")).to_be_hidden()


def test_a_full_context_offers_to_drop_turns_and_keeps_them_on_the_page(chat: Chat, engine: Engine):
    chat.pick("pick-model", "Small")
    expect(chat.page.locator("#model-card")).to_contain_text("reads up to 40 tokens")
    chat.ask("one two three").answered()
    question = " ".join(["word"] * 15)
    engine.plan(question, "It fits now.")
    chat.ask(question)
    expect(chat.status).to_contain_text("the model reads at most 40")
    expect(chat.button("Start a new conversation with this question")).to_be_visible()
    chat.button("Answer without the oldest turns").click()
    expect(chat.answers).to_have_count(2)
    expect(chat.answers.last).to_have_text("It fits now.")
    expect(chat.status).to_contain_text("no longer sees the first 1 turns")
    expect(chat.questions.first).to_have_text("one two three")
    assert "one two three" not in engine.told(question)["messages"][-1]


def test_a_failure_half_way_keeps_what_was_written(chat: Chat, engine: Engine):
    engine.plan("break", "so", " far", " so good", fail_after=2)
    chat.ask("break")
    expect(chat.status).to_contain_text("Something went wrong on our side (incident")
    expect(chat.answers).to_have_text(["so far"])
    expect(chat.folds.last).to_contain_text("broke off")
    expect(chat.page.locator("body")).not_to_contain_text("Traceback")
    expect(chat.page.locator("body")).not_to_contain_text("as planned")
    engine.plan("break", "all good")
    chat.button("Try again").click()
    expect(chat.answers).to_have_text(["all good"])


def test_a_seed_that_is_no_number_is_refused_in_words(chat: Chat):
    chat.page.locator("#sampling button.label-wrap").click()
    box = chat.page.locator("#sampling-temperature input[type=number]")
    box.fill("")
    chat.ask("anything")
    expect(chat.status).not_to_be_empty()
    expect(chat.stop).to_be_disabled()


def test_an_absent_model_shows_its_size_and_a_download(chat: Chat):
    chat.pick("pick-model", "Absent")
    card = chat.page.locator("#model-card")
    expect(card).to_contain_text("needs about")
    expect(card).to_contain_text("fits")
    expect(chat.page.locator("#download")).to_contain_text("This model is not on this machine")
    expect(chat.page.locator("#download button").first).to_contain_text("Download 2")
    chat.ask("are you there")
    expect(chat.status).to_have_attribute("data-kind", "problem")
