"""The conversation: what is kept, what is sent, and what each way back restores."""
from __future__ import annotations

from playground.types import Message
from playground.ui.conversation import Conversation, Reply


def chat(*turns: tuple[str, str]) -> Conversation:
    made = Conversation()
    for question, text in turns:
        made = made.ask(question).reply(Reply(text))
    return made


def questions(conversation: Conversation) -> list[str]:
    return [turn.question for turn in conversation.turns]


def test_a_question_stands_without_a_reply_until_it_gets_one():
    asked = Conversation().ask("Who?")
    assert asked.turns[-1].reply is None
    assert asked.reply(Reply("Me.")).turns[-1].reply == Reply("Me.")


def test_a_second_reply_keeps_the_first_and_is_chosen():
    twice = chat(("Who?", "Me.")).reply(Reply("You."))
    turn = twice.turns[-1]
    assert [reply.text for reply in turn.replies] == ["Me.", "You."]
    assert turn.reply == Reply("You.")


def test_browsing_stops_at_both_ends():
    twice = chat(("Who?", "Me.")).reply(Reply("You."))
    chosen = [twice.turns[-1].chosen]
    for step in (-1, -1, +1, +1):
        twice = twice.browse(step)
        chosen.append(twice.turns[-1].chosen)
    assert chosen == [1, 0, 0, 1, 1]
    assert Conversation().browse(1) == Conversation()
    assert Conversation().ask("Who?").browse(1) == Conversation().ask("Who?")


def test_to_answer_again_the_model_sees_the_question_without_its_replies():
    again = chat(("Hi", "Hello"), ("Who?", "Me.")).retried()
    assert again.messages() == (Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "Who?"))


def test_the_chosen_reply_is_the_one_sent_back():
    browsed = chat(("Who?", "Me.")).reply(Reply("You.")).browse(-1).ask("Sure?")
    assert browsed.messages()[1] == Message("assistant", "Me.")


def test_reasoning_is_kept_apart_from_the_text():
    thought = Conversation().ask("6*7?").reply(Reply("42", reasoning="six sevens")).ask("Sure?")
    assert thought.messages()[1] == Message("assistant", "42", "six sevens")


def test_a_question_that_never_got_an_answer_is_left_out():
    skipped = Conversation().ask("lost").ask("found")
    assert skipped.messages() == (Message("user", "found"),)


def test_the_system_prompt_comes_first_and_an_empty_one_is_not_sent():
    asked = Conversation().ask("Hi")
    assert asked.messages("Be brief.")[0] == Message("system", "Be brief.")
    assert asked.messages("  ") == (Message("user", "Hi"),)


def test_an_edit_takes_out_what_came_after_and_undo_restores_it_all():
    before = chat(("a", "1"), ("b", "2"), ("c", "3"))
    edited = before.edit(1, "B")
    assert questions(edited) == ["a", "B"] and edited.turns[1].reply is None
    assert edited.undo() == (before, "")


def test_a_clear_empties_and_undo_restores():
    before = chat(("a", "1"), ("b", "2"))
    assert before.clear().turns == ()
    assert before.clear().undo() == (before, "")
    assert Conversation().clear() == Conversation()


def test_undo_drops_the_last_turn_and_gives_its_question_back():
    back, question = chat(("a", "1"), ("b", "2")).undo()
    assert (questions(back), question) == (["a"], "b")
    assert Conversation().undo() == (Conversation(), "")


def test_rating_twice_the_same_way_takes_it_back_and_only_rates_the_shown_reply():
    twice = chat(("Who?", "Me.")).reply(Reply("You."))
    liked = twice.rate(0, "like")
    assert [reply.rating for reply in liked.turns[0].replies] == ["", "like"]
    assert liked.rate(0, "dislike").turns[0].replies[1].rating == "dislike"
    assert liked.rate(0, "like") == twice
    assert Conversation().ask("Who?").rate(0, "like") == Conversation().ask("Who?")


def test_forgetting_hides_the_oldest_from_the_model_but_never_the_last_question():
    full = chat(("a", "1"), ("b", "2")).ask("c")
    assert full.forget_oldest().messages() == (Message("user", "b"), Message("assistant", "2"), Message("user", "c"))
    assert full.forget_oldest(10).messages() == (Message("user", "c"),)
    assert questions(full.forget_oldest(10)) == ["a", "b", "c"]


def test_what_was_forgotten_stays_forgotten_through_questions_edits_and_undo():
    forgot = chat(("a", "1"), ("b", "2"), ("c", "3")).forget_oldest(2)
    assert forgot.ask("d").unseen == 2
    assert forgot.edit(2, "C").messages() == (Message("user", "C"),)
    assert forgot.edit(0, "A").messages() == (Message("user", "A"),)
    back, _ = forgot.undo()
    assert back.unseen == 2 and back.messages() == ()
