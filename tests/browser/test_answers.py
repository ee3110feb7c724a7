"""Answers as several people see them: streaming, stopping, trying again, editing, undoing, by mouse and by keyboard."""
from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.driver import Chat, Engine


def test_an_answer_streams_token_by_token(chat: Chat, engine: Engine):
    engine.plan("stream", "one", " two", " three", held=True)
    chat.ask("stream")
    expect(chat.status).to_contain_text("reading the prompt")
    engine.release("stream", 1)
    expect(chat.answers).to_have_text(["one"])
    engine.release("stream", 1)
    expect(chat.answers).to_have_text(["one two"])
    engine.release("stream", 1)
    chat.answered()
    expect(chat.answers).to_have_text(["one two three"])
    expect(chat.folds.last).to_contain_text("3 tokens")


def test_stopping_one_answer_leaves_the_other_one_whole(visits: Visits, engine: Engine):
    ann, ben = visits.open(), visits.open()
    for question in ("of ann", "of ben"):
        engine.plan(question, *(f" {word}" for word in "a b c d e f".split()), held=True)
    ann.ask("of ann")
    ben.ask("of ben")
    for question, chat in (("of ann", ann), ("of ben", ben)):
        engine.release(question, 2)
        expect(chat.answers).to_have_text(["a b"])
    assert engine.leases() == 2
    ann.stop.click()
    engine.wait("of ann", cancel_seen=True)
    engine.release("of ann", 6)           # it may take all; a stop lets it take one
    told = engine.wait("of ann", ended="cancelled")
    assert (told["emitted"], told["emitted_after_cancel"]) == (3, 1)
    engine.wait_for_leases(1)
    ann.answered("stopped")
    expect(ann.answers).to_have_text(["a b c"])
    expect(ann.folds.last).to_contain_text("stopped")
    engine.release("of ben", 4)
    ben.answered()
    expect(ben.answers).to_have_text(["a b c d e f"])
    assert engine.told("of ben")["cancel_seen"] is False
    engine.wait_for_leases(0)


def test_closing_the_tab_frees_the_model_within_one_token(visits: Visits, engine: Engine):
    gone = visits.open()
    engine.plan("left alone", *"abcdef", held=True)
    gone.ask("left alone")
    engine.release("left alone", 2)
    expect(gone.answers).to_have_text(["ab"])
    visits.contexts.pop().close()
    engine.wait("left alone", cancel_seen=True)
    engine.release("left alone", 6)
    told = engine.wait("left alone", ended="cancelled")
    assert (told["emitted"], told["emitted_after_cancel"]) == (3, 1)
    engine.wait_for_leases(0)


def test_trying_again_keeps_both_replies_and_draws_another_seed(chat: Chat, engine: Engine):
    engine.plan("twice", "first")
    chat.ask("twice").answered()
    seed = engine.told("twice")["sampling"]["seed"]
    engine.plan("twice", "second")
    chat.button("Try again").click()
    expect(chat.answers).to_have_text(["second"])
    expect(chat.status).to_contain_text("Reply 2 of 2")
    assert engine.told("twice")["sampling"]["seed"] != seed
    chat.button("‹ Earlier reply").click()
    expect(chat.answers).to_have_text(["first"])
    expect(chat.button("‹ Earlier reply")).to_be_disabled()
    chat.button("Later reply ›").click()
    expect(chat.answers).to_have_text(["second"])


def test_an_edited_question_is_answered_anew_and_undo_brings_the_rest_back(chat: Chat, engine: Engine):
    chat.ask("before").answered()
    engine.plan("later", "an answer to lose")
    chat.ask("later")
    expect(chat.answers.last).to_have_text("an answer to lose")
    engine.plan("after", "an answer to the edit")
    chat.page.get_by_label("Edit", exact=True).first.click()
    editor = chat.page.locator("#chat textarea")
    editor.fill("after")
    chat.page.get_by_label("Submit", exact=True).click()
    expect(chat.answers).to_have_text(["an answer to the edit"])
    expect(chat.questions).to_have_text(["after"])
    chat.button("Undo").click()
    expect(chat.questions).to_have_text(["before", "later"])
    expect(chat.answers.last).to_have_text("an answer to lose")


def test_undo_takes_the_last_turn_back_into_the_box_and_reverts_a_clear(chat: Chat):
    chat.ask("one").answered()
    chat.ask("two")
    expect(chat.answers).to_have_count(2)
    chat.answered()
    chat.button("Undo").click()
    expect(chat.questions).to_have_text(["one"])
    expect(chat.box).to_have_value("two")
    chat.button("Clear").click()
    expect(chat.questions).to_have_count(0)
    chat.button("Undo").click()
    expect(chat.questions).to_have_text(["one"])


def test_a_suggestion_is_asked_with_one_click(chat: Chat, engine: Engine):
    question = "What can you help me with?"
    engine.plan(question, "With tests.")
    chat.button(question).click()
    expect(chat.questions).to_have_text([question])
    expect(chat.answers).to_have_text(["With tests."])
    expect(chat.button(question)).to_be_hidden()


def test_enter_sends_shift_enter_breaks_the_line_and_escape_stops(chat: Chat, engine: Engine):
    engine.plan("two\nlines", *"abcdef", held=True)
    chat.box.fill("two")
    chat.box.press("Shift+Enter")
    chat.box.press_sequentially("lines")
    expect(chat.box).to_have_value("two\nlines")
    chat.box.press("Enter")
    expect(chat.box).to_have_value("")
    expect(chat.questions).to_contain_text("lines")
    expect(chat.stop).to_be_enabled()
    engine.release("two\nlines", 1)
    expect(chat.answers).to_have_text(["a"])
    chat.page.keyboard.press("Escape")
    engine.wait("two\nlines", cancel_seen=True)
    engine.release("two\nlines", 1)
    chat.answered("stopped")


def test_everything_is_reached_with_the_tab_key_alone(chat: Chat, engine: Engine):
    engine.plan("by keyboard", *"abc", held=True)
    chat.box.focus()
    chat.page.keyboard.type("by keyboard")
    chat.page.keyboard.press("Tab")
    expect(chat.send).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.stop).to_be_enabled()
    engine.release("by keyboard", 1)
    expect(chat.answers).to_have_text(["a"])
    chat.box.focus()
    _tab_to(chat, "chat-stop")
    chat.page.keyboard.press("Enter")
    engine.wait("by keyboard", cancel_seen=True)
    engine.release("by keyboard", 1)
    chat.answered("stopped")
    chat.box.focus()
    _tab_to(chat, "sampling")
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("#sampling-temperature input[type=range]")).to_be_visible()


def _tab_to(chat: Chat, element_id: str) -> None:
    """Press Tab until the focus is inside this element."""
    for _ in range(30):
        chat.page.keyboard.press("Tab")
        if chat.page.evaluate("(id) => !!document.activeElement.closest('#' + id)", element_id):
            return
    raise AssertionError(f"Tab never reached #{element_id}")


def test_an_answer_can_be_liked(chat: Chat):
    chat.ask("do you like it").answered()
    chat.page.get_by_label("Like", exact=True).click()
    expect(chat.page.get_by_label("Liked", exact=True)).to_be_visible()


def test_the_model_reads_the_whole_conversation(chat: Chat, engine: Engine):
    engine.plan("my name is Ann", "Hello Ann")
    chat.ask("my name is Ann").answered()
    engine.plan("who am I", "Ann")
    chat.ask("who am I")
    expect(chat.answers.last).to_have_text("Ann")
    prompt = engine.told("who am I")["messages"][-1]
    assert prompt == ("<|im_start|>user\nmy name is Ann<|im_end|>\n<|im_start|>assistant\nHello Ann<|im_end|>\n"
                      "<|im_start|>user\nwho am I<|im_end|>\n<|im_start|>assistant\n")


def test_thinking_is_folded_above_its_answer(chat: Chat, engine: Engine):
    engine.plan("think", "<think>", "step", " one", "</think>", "done", held=True)
    chat.ask("think")
    engine.release("think", 3)
    expect(chat.folds).to_contain_text("Thinking…")
    expect(chat.status).to_contain_text("thinking")
    engine.release("think", 2)
    chat.answered()
    expect(chat.folds.first).to_contain_text("Thought for")
    expect(chat.answers).to_have_text(["done"])
    chat.folds.first.click()
    expect(chat.log.locator(".thought-group").first).to_contain_text("step one")
