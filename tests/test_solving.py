"""Ways of solving: answers that are listened to, rounds with programs, votes. Tests script the door and the sandbox."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from playground.errors import Busy, Unavailable
from playground.guard.sandbox.run import Limits, Outcome, Sandbox
from playground.solving.listen import Task, Written, listen
from playground.solving.programs import (
    MOST_CHARS,
    NOTHING,
    Printed,
    parts,
    printed,
    program_end,
    program_in,
    prose,
    tellable,
)
from playground.solving.rounds import ROUNDS, Asked, Ended, News, Running, step_by_step, with_programs
from playground.solving.vote import vote
from playground.solving.votes import Tally, group_of
from playground.types import (
    CancelToken,
    Event,
    Failed,
    Finished,
    GenerationRequest,
    Message,
    PromptReady,
    ReasoningDelta,
    RenderedPrompt,
    SamplingParams,
    TextDelta,
    Usage,
    Waiting,
)

END = 0                                   # the id that ends a turn
PROGRAM = "I compute it.\n```python\nprint(2 + 3)\n```\n"
TASK = Task("model:bf16", "What is 2 + 3?", "Reason.", SamplingParams())
Answer = list[str | Failed]


class Door:
    """Answers one after the other, each a list of tokens; the ids of the tokens are counted through from 1."""

    def __init__(self, *answers: Answer, then: Callable[[CancelToken], None] = lambda cancel: None) -> None:
        self.answers, self.then = list(answers), then
        self.requests: list[GenerationRequest] = []
        self.encoded: list[str] = []
        self.made = 0
        self.stopped = False

    def stream(self, request: GenerationRequest, caller: str, cancel: CancelToken) -> Iterator[Event]:
        self.requests.append(request)
        yield Waiting("queued")
        answer = self.answers.pop(0)
        yield PromptReady(RenderedPrompt("", (), eos_token_ids=(END,)), request)
        for token in answer:
            self.then(cancel)
            if cancel.cancelled:
                self.stopped = True
                yield Finished("cancelled")
                return
            if isinstance(token, Failed):
                yield token
                return
            self.made += 1
            thought = token.startswith("<think>")
            yield ReasoningDelta(token, (self.made,)) if thought else TextDelta(token, (self.made,))
        yield TextDelta("", (END,))
        yield Finished("stop", Usage(answer_tokens=len(answer)))
        cancel.cancel()                   # as the pump does when its reader has all of it

    def encode(self, variant: str, text: str) -> tuple[int, ...]:
        self.encoded.append(text)
        return (1000 + len(self.encoded),)


class Runs(Sandbox):
    """Says what programs print, in order; the last again and again."""

    def __init__(self, *outcomes: Outcome, during: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.outcomes, self.during, self.ran = list(outcomes), during, list[str]()

    def run(self, code: str, *, files: Mapping[str, str] | None = None, stdin: str = "",
            cancel: CancelToken | None = None) -> Outcome:
        self.ran.append(code)
        self.during()
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


def ok(stdout: str) -> Outcome:
    return Outcome("ok", stdout, "", 0.1)


def told_text(news: list[News]) -> str:
    return "".join(each.text for each in news if isinstance(each, TextDelta))


def solved(door: Door, sandbox: Sandbox, output: str = "user", task: Task = TASK, cancel: CancelToken | None = None
           ) -> list[News]:
    news: list[News] = []
    with_programs(door, task, "me", output, sandbox, cancel or CancelToken(), news.append)  # type: ignore[arg-type]
    return news


# ---------------------------------------------------------------- one answer
def test_an_answer_is_told_as_it_comes_and_its_ids_leave_out_the_end_of_the_turn():
    door, news = Door(["<think>", "Five", "!"]), list[Event]()
    written = listen(door, TASK.request(TASK.messages), "me", CancelToken(), news.append)
    assert written == Written("Five!", "stop", (1, 2, 3), "")
    assert [each.text for each in news if isinstance(each, TextDelta)] == ["Five", "!", ""]
    assert door.requests[0].messages == (Message("system", "Reason."), Message("user", "What is 2 + 3?"))


def test_a_series_of_answers_does_not_set_the_readers_stop():
    door, cancel = Door(["a"], ["b"]), CancelToken()
    for text in ("a", "b"):
        assert listen(door, TASK.request(TASK.messages), "me", cancel, lambda event: None).text == text
    assert not cancel.cancelled


def test_who_asks_too_often_waits_and_loses_nothing():
    refused = Failed("rate_limited", "too often", params={"wait_s": 0.01})
    door, news = Door([refused], ["5"]), list[Event]()
    assert listen(door, TASK.request(TASK.messages), "me", CancelToken(), news.append).text == "5"
    assert Waiting("queued", eta_s=0.01) in news and not [each for each in news if isinstance(each, Failed)]


def test_stop_ends_the_wait_under_the_rate_limit():
    door, cancel = Door([Failed("rate_limited", "too often", params={"wait_s": 3600})]), CancelToken()

    def stop_when_told(event: Event) -> None:
        if isinstance(event, Waiting) and event.eta_s is not None:
            cancel.cancel()

    assert listen(door, TASK.request(TASK.messages), "me", cancel, stop_when_told).reason == "cancelled"


def test_stop_reaches_the_answer_and_what_was_written_is_kept():
    cancel = CancelToken()
    door = Door(["one ", "two ", "never"])
    written = listen(door, TASK.request(TASK.messages), "me", cancel,
                     lambda event: cancel.cancel() if isinstance(event, TextDelta) and event.text == "two " else None)
    assert (written.text, written.reason, door.stopped) == ("one two ", "cancelled", True)


def test_an_answer_that_breaks_is_told_as_it_was():
    broke, news = Failed("internal", "broke"), list[Event]()
    written = listen(Door(["so ", broke]), TASK.request(TASK.messages), "me", CancelToken(), news.append)
    assert (written.text, written.reason) == ("so ", "failed") and news[-1] == broke


# ---------------------------------------------------------------- programs in a text
@pytest.mark.parametrize(("text", "program", "rest"), [
    (PROGRAM, "print(2 + 3)", "I compute it.\n\n"),
    ("```py\nx = 1\n```\nthen\n```python\ny = 2\n```", "y = 2", "\nthen\n\n"),
    ("```python\nif x:\n    pass", "if x:\n    pass", "\n"),
    ("```\nno language\n```", "", "```\nno language\n```"),
    ("Use `print(1)`.", "", "Use `print(1)`."),
])
def test_programs_are_found_and_the_rest_is_prose(text: str, program: str, rest: str):
    assert program_in(text) == program and prose(text) == rest


def test_a_text_is_its_prose_and_programs_in_order():
    assert parts("a\n```python\nx\n```\nb\n```python\ny\n```\n") == [
        ("prose", "a\n"), ("program", "x"), ("prose", "b\n"), ("program", "y")]


@pytest.mark.parametrize(("text", "kept"), [
    ("a\n```python\nx\n```\nmore", "a\n```python\nx\n```\n"),
    ("a\n```output\n5", "a\n"),
    ("a\n```python\nx\n```", None), ("a\n```\nx\n```\n", None), ("print('```output')", None),
])
def test_a_turn_is_over_after_its_program_and_before_an_output_it_invents(text: str, kept: str | None):
    end = program_end(text)
    assert (None if end is None else text[:end]) == kept


@pytest.mark.parametrize(("text", "told"), [("a\n```", "a\n"), ("a\n```out", "a\n"), ("a\n```p", "a\n```p"), ("a", "a"),
                                            ("a\n", "a\n"), ("say ```", "say ```")])
def test_what_may_become_an_invented_output_is_not_told_yet(text: str, told: str):
    assert text[:tellable(text)] == told


@pytest.mark.parametrize(("outcome", "text", "failed"), [
    (ok("5\n"), "5", False),
    (ok(""), NOTHING, False),
    (Outcome("error", "1\n", "Traceback\n  File\nZeroDivisionError: division by zero\n", 0.1, exit_code=1),
     "1\nZeroDivisionError: division by zero", True),
    (Outcome("error", "", "", 0.1, exit_code=3), "It ended with code 3.", True),
    (Outcome("timeout", "tick\n", "", 5.0, reason="It took longer than 5 s."), "tick\nIt took longer than 5 s.", True),
    (Outcome("memory", "", "", 1.0, reason="It used more than 512 MB."), "It used more than 512 MB.", True),
])
def test_the_model_is_told_the_output_and_why_a_program_failed(outcome: Outcome, text: str, failed: bool):
    told = printed(outcome)
    assert (told.text, told.failed) == (text, failed)


def test_a_long_output_is_cut_in_the_middle_and_says_so():
    told = printed(ok("a" * 5000 + "z"))
    assert told.left_out == 5001 - MOST_CHARS and f"... {5001 - MOST_CHARS} characters left out ..." in told.text
    assert told.text.startswith("aaa") and told.text.endswith("z") and len(told.text) < MOST_CHARS + 60


# ---------------------------------------------------------------- rounds
def test_an_output_goes_back_as_the_next_question_for_models_trained_so():
    door, sandbox = Door([PROGRAM.rstrip("\n")], [r"The program prints 5. \boxed{5}"]), Runs(ok("5\n"))
    news = solved(door, sandbox)
    assert sandbox.ran == ["print(2 + 3)"]
    assert door.requests[1].messages[1:] == (
        Message("user", "What is 2 + 3?"), Message("assistant", PROGRAM.rstrip("\n")),
        Message("user", "```output\n5\n```"))
    assert [each for each in news if isinstance(each, Asked | Running | Printed | Ended)] == [
        Asked("What is 2 + 3?"), Running(), Printed("5", False, 0.1), Asked("```output\n5\n```"), Ended("boxed")]


def test_an_output_continues_the_turn_of_other_models_from_the_very_tokens_they_wrote():
    door = Door(["<think>", "I compute it.\n```python\n", "print(2 + 3)\n```", "\n", "```", "output"],
                ["So ", r"\boxed{5}"])
    news = solved(door, Runs(ok("5\n")), "continue")
    assert door.requests[1].messages == TASK.messages
    assert door.requests[1].start == (1, 2, 3, 4, 1001) and door.encoded == ["```output\n5\n```\n"]
    assert door.stopped and told_text(news) == PROGRAM + r"So \boxed{5}" and news[-1] == Ended("boxed")
    assert [each.reason for each in news if isinstance(each, Finished)] == ["stop", "stop"]


def test_a_token_that_reaches_beyond_the_cut_is_written_anew():
    door = Door(["```python\nx\n```", "\n\nThe output"], [r"\boxed{5}"])
    solved(door, Runs(ok("5")), "continue")
    assert door.requests[1].start == (1, 1001) and door.encoded == ["\n```output\n5\n```\n"]


def test_a_second_round_goes_on_from_all_tokens_so_far():
    door = Door(["```python\n1\n```\n"], ["```python\n2\n```"], [r"\boxed{2}"])
    solved(door, Runs(ok("1"), ok("2")), "continue")
    assert door.requests[2].start == (1, 1001, 2, 1002) and door.encoded[1] == "\n```output\n2\n```\n"


def test_an_output_that_the_model_invents_is_not_shown_and_not_believed():
    door = Door(["It is:\n", "```", "output", "\n7\n```\n", r"\boxed{7}"])
    news = solved(door, sandbox := Runs(ok("5")))
    assert told_text(news) == "It is:\n" and news[-1] == Ended("no_box") and sandbox.ran == []


def test_an_error_goes_back_and_the_model_may_repair_its_program():
    error = Outcome("error", "", "Traceback\nNameError: name 'y' is not defined\n", 0.1, exit_code=1)
    door = Door(["```python\ny\n```"], ["```python\nprint(5)\n```"], [r"\boxed{5}"])
    news = solved(door, Runs(error, ok("5\n")))
    assert door.requests[1].messages[-1].text == "```output\nNameError: name 'y' is not defined\n```"
    assert [each.failed for each in news if isinstance(each, Printed)] == [True, False] and news[-1] == Ended("boxed")


def test_the_rounds_have_an_end():
    door, sandbox = Door(*[[PROGRAM] for _ in range(9)]), Runs(ok("5"))
    assert solved(door, sandbox)[-1] == Ended("rounds")
    assert len(door.requests) == ROUNDS == 4 and len(sandbox.ran) == 3


@pytest.mark.parametrize(("answer", "end"), [
    ("It is five.", "no_box"), (r"It is \boxed{\frac{1}{2}.", "no_box"),
    ("```python\nprint(r'\\boxed{5}')\n```", "rounds"), (r"\boxed{5} because" + "\n```python\n1\n```\n", "boxed")])
def test_only_a_whole_box_outside_of_programs_is_an_answer(answer: str, end: str):
    assert solved(Door(*[[answer] for _ in range(4)]), Runs(ok("5")))[-1] == Ended(end)


def test_a_box_in_the_question_is_no_answer():
    task = Task("model:bf16", r"Put it into \boxed{}. Is \boxed{3} right?", "", SamplingParams())
    assert solved(Door(["Hm."]), Runs(ok("5")), task=task)[-1] == Ended("no_box")


@pytest.mark.slow
def test_a_program_that_never_ends_is_ended_and_the_model_is_told():
    door = Door(["```python\nwhile True:\n    pass\n```"], [r"\boxed{0}"])
    solved(door, Sandbox(Limits(seconds=0.5)))
    assert door.requests[1].messages[-1].text == "```output\nIt took longer than 0.5 s.\n```"


def test_stop_while_a_program_runs_ends_it_all():
    cancel = CancelToken()
    door = Door([PROGRAM], ["never"])
    news = solved(door, Runs(Outcome("killed", "", "", 0.1, reason="It was stopped."), during=cancel.cancel),
                  cancel=cancel)
    assert news[-1] == Ended("cancelled") and len(door.requests) == 1


def test_without_isolation_no_program_runs():
    with pytest.raises(Unavailable, match="Programs cannot run here. No namespaces."):
        solved(Door([PROGRAM]), Runs(Outcome("unavailable", "", "", 0.0, reason="No namespaces.")))


def test_step_by_step_is_one_turn():
    news: list[News] = []
    step_by_step(Door([PROGRAM + r"\boxed{5}"]), TASK, "me", CancelToken(), news.append)
    assert news[0] == Asked("What is 2 + 3?") and news[-1] == Ended("boxed") and told_text(news).endswith("{5}")


# ---------------------------------------------------------------- votes
def tally(k: int, *ballots: int | None) -> Tally:
    groups = 1 + max((each for each in ballots if each is not None), default=-1)
    return Tally(k, tuple(f"x = {n}" for n in range(groups)), ballots)


@pytest.mark.parametrize(("count", "decided"), [
    (tally(5, 0, 0, 0), True), (tally(5, 0, 0), False), (tally(4, 0, 0), False), (tally(6, 0, 0, 0), False),
    (tally(5, 0, 0, 1, 0), True), (tally(5, 0, 1, 0, 1), False), (tally(5, None, None, None), False),
    (tally(3, None, 0, 0), True), (tally(5, None, 0, 0, None), True), (tally(5, None, None, 0), False),
    (tally(2, None, None), True), (Tally(3), False)])
def test_a_vote_is_decided_when_nobody_can_reach_the_leader(count: Tally, decided: bool):
    assert count.decided is decided


def test_answers_without_a_box_are_counted_but_cannot_win():
    count = Tally(5).add(None, None).add(None, None).add("5", None).add("five", 0)
    assert count.ballots == (None, None, 0, 0) and count.answers == ("5",)
    assert (count.leader, count.winner, count.count(None)) == (0, 2, 2)


def test_level_groups_are_said_to_be_level_and_the_first_leads():
    assert tally(4, 1, 0, 0, 1).level and tally(4, 1, 0, 0, 1).leader == 0
    assert not tally(4, 0, 0, 1).level and Tally(4).winner is None and tally(2, None, None).winner == 0


@pytest.mark.slow
def test_answers_that_mean_the_same_are_one_group():
    sandbox = Sandbox(Limits(seconds=20, memory_mb=1024), packages=True)
    assert group_of(r"\frac{1}{2}", ["3", "0.5"], sandbox, CancelToken()) == 1
    assert group_of("x = 3, x = 2", ["x = 1", "x = 2, x = 3"], sandbox, CancelToken()) == 1
    assert group_of("7", ["3", "0.5"], sandbox, CancelToken()) is None


def test_without_a_sandbox_only_equal_texts_are_one_group():
    assert group_of("x=2", ["1", "x = 2"], None, CancelToken()) == 1
    assert group_of("0.5", [r"\frac{1}{2}"], None, CancelToken()) is None


def test_a_vote_waits_when_many_others_run_programs():
    cancel = CancelToken()

    class Full(Runs):
        def run(self, code: str, *, files: Mapping[str, str] | None = None, stdin: str = "",
                cancel: CancelToken | None = None) -> Outcome:
            self.ran.append(code)
            assert cancel is not None
            cancel.cancel()
            raise Busy("Too many programs are waiting to run.")

    assert group_of("7", ["3"], full := Full(ok("")), cancel) is None and len(full.ran) == 1


def voted(k: int, *answers: str | Failed, cancel: CancelToken | None = None,
          then: Callable[[CancelToken], None] = lambda cancel: None) -> tuple[list[News], Door]:
    door, news = Door(*[[answer] for answer in answers], then=then), list[News]()
    vote(door, TASK, "me", k, None, cancel or CancelToken(), news.append)
    return news, door


def test_a_vote_ends_early_when_the_leader_cannot_be_caught():
    news, door = voted(5, r"\boxed{5}", r"\boxed{5}", r"so \boxed{5}")
    assert news[-1] == Ended("decided") and len(door.requests) == 3
    assert [each.ballots for each in news if isinstance(each, Tally)] == [(0,), (0, 0), (0, 0, 0)]


def test_a_vote_counts_all_answers_when_it_is_close():
    news, _ = voted(4, r"\boxed{5}", r"\boxed{6}", "no idea", r"\boxed{6}")
    last = [each for each in news if isinstance(each, Tally)][-1]
    assert news[-1] == Ended("counted") and last == Tally(4, ("5", "6"), (0, 1, None, 1)) and last.winner == 1


def test_what_was_counted_is_kept_when_an_answer_breaks():
    news, _ = voted(4, r"\boxed{5}", Failed("internal", "broke"))
    assert news[-1] == Ended("failed") and Tally(4, ("5",), (0,)) in news


def test_stop_ends_a_vote_between_two_answers():
    cancel = CancelToken()
    door, news = Door([r"\boxed{5}"], ["never"]), list[News]()

    def tell(each: News) -> None:
        news.append(each)
        if isinstance(each, Tally):
            cancel.cancel()

    vote(door, TASK, "me", 4, None, cancel, tell)
    assert news[-1] == Ended("cancelled") and len(door.requests) == 2 and "never" not in told_text(news)
