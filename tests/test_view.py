"""Events become drafts, drafts become rows: how often, in which order, and with every character in its place."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from playground.types import (
    Event,
    Failed,
    Finished,
    GenerationRequest,
    Message,
    PromptReady,
    ReasoningDelta,
    RenderedPrompt,
    TextDelta,
    Usage,
    Waiting,
)
from playground.ui.conversation import Conversation, Reply
from playground.ui.view import Draft, drafts, facts, facts_title, rows, size, waiting_text
from playground.ui.words import Words

SAY = partial(Words().say, "en")
USAGE = Usage(prompt_tokens=12, reasoning_tokens=4, answer_tokens=6, queue_s=0.25, load_s=1.5, first_token_s=0.123,
              decode_s=0.3, reasoning_s=0.15, memory_bytes=9_248_640, seed=7, variant="tiny:fp32")


class Clock:
    """Moves on `step_s` with every event that is taken."""

    def __init__(self, step_s: float) -> None:
        self.now, self._step_s = 0.0, step_s

    def __call__(self) -> float:
        return self.now

    def over(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            self.now += self._step_s
            yield event


def shown(conversation: Conversation, draft: Draft | None = None) -> list[tuple[int, str, Any]]:
    return [(row.turn, row.kind, row.shown["content"][0]["text"]) for row in rows(conversation, SAY, draft)]


# ---------------------------------------------------------------- drafts
def test_a_fast_stream_is_drawn_at_most_fifteen_times_a_second_and_always_at_the_end():
    clock = Clock(0.001)
    events = [*(TextDelta("x", (n,)) for n in range(2000)), Finished("stop", USAGE)]
    drawn = list(drafts(clock.over(events), clock=clock))
    assert len(drawn) in (30, 31)         # 2 seconds, the first one, and the last one
    assert drawn[-1].text == "x" * 2000 and drawn[-1].done and len(drawn[-1].output_ids) == 2000


def test_a_slow_stream_is_drawn_with_every_token():
    clock = Clock(0.2)
    drawn = list(drafts(clock.over([TextDelta("a"), TextDelta("b"), Finished("stop")]), clock=clock))
    assert [draft.text for draft in drawn] == ["a", "ab", "ab"]


def test_a_failure_is_drawn_at_once_with_what_was_written():
    clock = Clock(0.0)
    *_, last = drafts(clock.over([TextDelta("half"), TextDelta(" way"), Failed("internal", "broke")]), clock=clock)
    assert last.text == "half way" and last.failed == Failed("internal", "broke")
    assert last.reply is not None and last.reply.reason == "failed"


def test_a_draft_collects_all_that_the_events_say():
    request = GenerationRequest("tiny:fp32", (Message("user", "Hi"),))
    prompt = RenderedPrompt("Hi", (1,))
    *_, last = drafts([Waiting("queued"), PromptReady(prompt, request), ReasoningDelta("hm", (2,)),
                       TextDelta("yes", (3,)), Finished("length", USAGE)])
    assert last.reply == Reply("yes", "hm", "length", USAGE, prompt, request, (2, 3))


def test_a_reply_is_kept_when_there_is_something_to_keep():
    assert Draft(reason="cancelled").reply is None
    assert Draft(failed=Failed("busy", "")).reply is None
    assert Draft(reason="stop").reply == Reply("", reason="stop")
    assert Draft(text="so far", reason="cancelled").reply == Reply("so far", reason="cancelled")
    assert Draft(reasoning="hm", reason="cancelled").reply == Reply("", "hm", "cancelled")


# ---------------------------------------------------------------- rows
def test_an_answered_turn_has_a_question_a_thought_an_answer_and_its_facts():
    talk = Conversation().ask("6*7?").reply(Reply("42", "six sevens", usage=USAGE))
    assert [(turn, kind) for turn, kind, _ in shown(talk)] == [
        (0, "question"), (0, "thought"), (0, "answer"), (0, "facts")]
    _, thought, answer, line = rows(talk, SAY)
    assert thought.shown["metadata"] == {"title": "Thought for 0.1 s · 4 tokens", "status": "done"} or \
        thought.shown["metadata"] == {"title": "Thought for 0.15 s · 4 tokens", "status": "done"}
    assert answer.shown == {"role": "assistant", "content": [{"type": "text", "text": "42"}]}
    assert line.shown["metadata"]["title"] == "10 tokens · first token 123 ms · 30 tok/s"


def test_rows_say_which_turn_they_belong_to():
    talk = Conversation().ask("a").reply(Reply("1")).ask("lost").ask("b").reply(Reply("2"))
    assert [(turn, kind) for turn, kind, _ in shown(talk)] == [
        (0, "question"), (0, "answer"), (0, "facts"), (1, "question"), (2, "question"), (2, "answer"), (2, "facts")]


def test_a_growing_answer_stands_in_the_place_of_earlier_replies():
    talk = Conversation().ask("a").reply(Reply("old"))
    assert shown(talk, Draft(reasoning="hm", text="new")) == [
        (0, "question", "a"), (0, "thought", "hm"), (0, "answer", "new")]
    assert shown(talk, Draft()) == [(0, "question", "a")]


def test_a_thought_is_pending_until_the_answer_begins():
    asked = Conversation().ask("a")
    assert [rows(asked, SAY, draft)[1].shown["metadata"]["status"]
            for draft in (Draft(reasoning="hm"), Draft(reasoning="hm", text="so"))] == ["pending", "done"]


def test_tabs_indentation_and_line_ends_survive():
    text = "\tdef f():\n\t\treturn 1\n    # four  "
    talk = Conversation().ask(text).reply(Reply(text))
    assert [each for _, kind, each in shown(talk) if kind in ("question", "answer")] == [text, text]


def test_an_empty_answer_says_so():
    assert shown(Conversation().ask("a").reply(Reply("")))[1] == (0, "answer", "(no answer)")


# ---------------------------------------------------------------- facts
def test_the_facts_name_every_measured_value():
    assert facts(Reply("42", usage=USAGE), SAY) == [
        "Prompt: 12 tokens", "Thinking: 4 tokens", "Answer: 6 tokens", "First token after 123 ms",
        "30.0 tokens per second over 0.30 s", "Waited 0.25 s for a turn and 1.50 s for the model",
        "Weights in memory: 9.2 MB", "Variant: `tiny:fp32`", "Seed: 7", "Ended because the model ended its turn"]


@pytest.mark.parametrize(("reason", "begins"), [
    ("cancelled", "stopped · "), ("length", "stopped at the maximum · "), ("context", "context full · "),
    ("failed", "broke off · "), ("stop", "10 tokens"), ("repetition", "repeated itself · "),
])
def test_the_title_begins_with_why_it_ended_early(reason: Any, begins: str):
    assert facts_title(Reply("42", reason=reason, usage=USAGE), SAY).startswith(begins)


@pytest.mark.parametrize(("why", "title", "line"), [
    ("budget", "budget spent", "The thinking was closed because its budget was spent"),
    ("repetition", "went round in circles", "The thinking was closed because it went round in circles"),
])
def test_thinking_that_was_closed_for_the_model_says_why(why: Any, title: str, line: str):
    reply = Reply("42", "hm", usage=replace(USAGE, thinking_closed=why))
    thought = next(row for row in rows(Conversation().ask("a").reply(reply), SAY) if row.kind == "thought")
    assert thought.shown["metadata"]["title"].endswith(f"4 tokens · {title}")
    assert line in facts(reply, SAY)


def test_nothing_is_claimed_about_what_was_not_measured():
    broken = Reply("half", reason="failed", output_ids=(1, 2))
    assert facts(broken, SAY) == ["Broke off because of an error; the part above is kept"]
    assert facts_title(broken, SAY) == "broke off · 2 tokens"


@pytest.mark.parametrize(("count", "text"), [
    (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_400, "999 kB"), (999_600, "1.0 MB"), (9_248_640, "9.2 MB"),
    (123_400_000, "123 MB"), (1_240_000_000, "1.2 GB"),
])
def test_sizes_are_said_in_powers_of_ten(count: int, text: str):
    assert size(count) == text


@pytest.mark.parametrize(("waiting", "text"), [
    (Waiting("queued", 3.4), "waiting for a turn, 3 s"),
    (Waiting("queued", 3.4, position=2), "2 before you, 3 s"),
    (Waiting("loading", 2.0, fraction=0.5, stage="weights"), "loading the model: reading the weights 50%, 2 s"),
    (Waiting("loading", 2.0), "loading the model: reading the weights, 2 s"),
    (Waiting("prefill", 1.0), "reading the prompt, 1 s"),
])
def test_waiting_says_for_what_and_how_long(waiting: Waiting, text: str):
    assert waiting_text(waiting, SAY) == text
