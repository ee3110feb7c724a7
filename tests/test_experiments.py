"""Problems with known results, measured against the thinking budget; one thinking cut short."""
from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from playground.errors import Cancelled, PlaygroundError
from playground.experiments import budgets as budgets_file
from playground.experiments import problems as problems_file
from playground.experiments.budgets import Point, Progress, answer, measure
from playground.experiments.less_thinking import Cut, Trace, answer_cuts, places, stable_from, trace_of
from playground.experiments.problems import KINDS, Problem, expected_of, is_held_out, is_right, problems, says
from playground.intervals import wilson
from playground.types import (
    CancelToken,
    Event,
    Failed,
    Finished,
    GenerationRequest,
    Message,
    TextDelta,
    TokenPiece,
    Usage,
)
from scripts.pocket.data import traces

pytestmark = pytest.mark.timeout(60)
REQUEST = GenerationRequest("x:y", (Message("user", "?"),))


# ---------------------------------------------------------------- intervals and problems
@pytest.mark.parametrize(("right", "count", "low", "high"), [
    (0, 0, 0.0, 1.0), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0), (97, 100, 0.9155, 0.9897), (13, 300, 0.0255, 0.0727),
])
def test_wilsons_interval_has_its_known_values(right: int, count: int, low: float, high: float):
    assert wilson(right / max(1, count), count) == pytest.approx((low, high), abs=5e-5)


def test_the_rule_of_what_is_held_out_is_that_of_the_training():
    rng = random.Random(4)
    for _ in range(5000):
        a, b = rng.randint(0, 10 ** rng.randint(1, 4)), rng.randint(0, 10 ** rng.randint(1, 4))
        operator = rng.choice("+-*")
        assert is_held_out(a, operator, b) == traces.is_held_out(a, operator, b)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "id"])
def test_problems_are_different_held_out_and_have_the_right_result(kind: str, language: str):
    from scripts.pocket.data.sample import hash_percent

    made = problems(kind, 200, language, 7)
    assert len({each.expression for each in made}) == 200 and made == problems(kind, 200, language, 7)
    for each in made:
        assert eval(each.expression) == each.expected
        assert each.question.startswith({"en": "What is ", "id": "Berapa "}[language])
        numbers = re.split(r"[-+*]", each.expression)
        if len(numbers) == 2:
            assert is_held_out(int(numbers[0]), re.findall(r"[-+*]", each.expression)[0], int(numbers[1]))
        else:
            assert hash_percent(each.expression) < problems_file.HELD_OUT_THREE


@pytest.mark.parametrize(("answered", "right"), [
    ("47 * 36 = 1692", True), ("1692", True), ("It is 1,692.", True), ("Hasilnya 1.692.", True),
    ("1692 = 47 * 36", False),
    ("-1692", False), ("16920", False), ("", False), ("I do not know", False), ("1692.5", False), ("**1692**", True),
    (r"\(47 \cdot 36 = 1{,}692\)", True), (r"\boxed{1692}", True),
])
def test_the_last_number_of_an_answer_counts(answered: str, right: bool):
    assert is_right(Problem("?", 1692, "47*36"), answered) is right


@pytest.mark.parametrize(("expected", "answered", "said"), [
    ("1692", "47 * 36 = 1,692", True), ("1,692", "1692", True), ("-5", "9 − 14 = −5", True),
    ("0.5", "It is 0.5.", True),
    ("7", "7, 18, 41", False), ("7, 18, 41", "Sorted:  7, 18, 41", True), ("Paris", "It is PARIS.", True),
    ("Paris", "Rome", False),
])
def test_what_a_reader_expects_is_a_last_number_or_words_in_the_answer(expected: str, answered: str, said: bool):
    assert says(expected, answered) is said


@pytest.mark.parametrize(("question", "expected"), [
    ("What is 47 * 36?", 1692), ("47×36", 1692), ("Berapa 12 + 30?", 42), ("2 + 3 * 4 =", 14), ("10 - 4 - 3", 3),
    ("9 − 4", 5), ("Who are you?", None), ("What is 5 + 5 and 6 + 6?", None), ("I have 3 bags. What is 2 + 2?", None),
    ("1.5 * 2", None), ("2 ^ 3", None), ("1 + 2 + 3 + 4", None), ("8 / 2", None),
])
def test_the_result_of_a_plain_calculation_is_known_and_nothing_is_guessed(question: str, expected: int | None):
    assert expected_of(question) == expected


# ---------------------------------------------------------------- measuring
class Door:
    """Answers right from 100 tokens of thinking on, and knows what it was asked."""

    def __init__(self, fails: str = "") -> None:
        self.asked: list[GenerationRequest] = []
        self.fails = fails

    def __call__(self, request: GenerationRequest, cancel: CancelToken) -> Iterator[Event]:
        self.asked.append(request)
        if cancel.cancelled:
            yield Finished("cancelled")
            return
        if self.fails:
            yield Failed(self.fails, "It failed.", "Wait.")
            return
        budget = request.thinking_budget
        thought = 120 if budget is None else min(budget, 120)
        good = thought >= 100
        yield TextDelta(str(eval(request.messages[0].text.split("is ")[1][:-1]) if good else "no idea"))
        yield Finished("stop", Usage(reasoning_tokens=thought, thinking_closed="budget" if thought < 120 else ""))
        cancel.cancel()                   # as the pump does at its end


def told(door: Door, budgets: tuple[int | None, ...], count: int = 20) -> list[Progress]:
    heard: list[Progress] = []
    measure(door, REQUEST, problems("sums", count, "en", 1), budgets, CancelToken(), heard.append)
    return heard


def test_every_problem_is_answered_once_with_every_budget():
    door = Door()
    *_, last = told(door, (0, 50, None))
    assert last.done == last.total == 60
    assert [(p.budget, p.right, p.count, p.thought, p.closed) for p in last.points] == [
        (0, 0, 20, 0, 20), (50, 0, 20, 1000, 20), (None, 20, 20, 2400, 0)]
    assert {(each.thinking, each.thinking_budget) for each in door.asked} == {(False, 0), (True, 50), (True, None)}


def test_progress_is_told_after_each_answer_with_the_time_that_is_left():
    heard = told(Door(), (None,))
    assert [each.done for each in heard] == list(range(21))
    assert heard[0].eta_s is None and heard[-1].eta_s == 0


def test_a_measurement_ends_with_the_error_of_an_answer_and_asks_no_more():
    door = Door(fails="out_of_memory")
    with pytest.raises(PlaygroundError, match="It failed") as caught:
        told(door, (0, None), count=100)
    assert caught.value.code == "out_of_memory" and len(door.asked) < 200


def test_an_answer_for_which_too_many_wait_is_asked_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(budgets_file, "AGAIN_S", 0.0)
    calls: list[int] = []

    def crowded(request: GenerationRequest, cancel: CancelToken) -> Iterator[Event]:
        calls.append(1)
        yield from [Failed("busy", "Too many wait.")] if len(calls) < 4 else [TextDelta("2"), Finished("stop", Usage())]

    assert answer(crowded, REQUEST, CancelToken()) == ("2", Usage()) and len(calls) == 4
    full = Door(fails="busy")
    with pytest.raises(PlaygroundError):
        answer(full, REQUEST, CancelToken())
    assert len(full.asked) == budgets_file.MOST_TRIES


def test_somebody_who_stops_does_not_wait_for_the_next_try():
    token = CancelToken()

    def crowded(request: GenerationRequest, cancel: CancelToken) -> Iterator[Event]:
        token.cancel()
        yield Failed("busy", "Too many wait.")

    with pytest.raises(Cancelled):
        answer(crowded, REQUEST, token)


def test_a_stopped_measurement_keeps_what_it_has():
    token, heard = CancelToken(), list[Progress]()

    def tell(progress: Progress) -> None:
        heard.append(progress)
        if progress.done == 5:
            token.cancel()

    measure(Door(), REQUEST, problems("sums", 50, "en", 1), (None,), token, tell)
    assert 5 <= heard[-1].done < 50 and heard[-1].points[0].right == heard[-1].done


def test_a_point_counts_shares_and_spent_budgets():
    point = Point(64).with_answer(True, Usage(reasoning_tokens=64, thinking_closed="budget"))
    point = point.with_answer(False, Usage(reasoning_tokens=10))
    assert (point.share, point.thought, point.closed) == (0.5, 74, 1)


def test_the_end_of_one_answer_does_not_stop_the_others():
    token = CancelToken()
    assert answer(Door(), REQUEST.__class__("x", (Message("user", "What is 1 + 1?"),)), token)[0] == "2"
    assert not token.cancelled


# ---------------------------------------------------------------- one thinking cut short
def pieces(text: str) -> list[TokenPiece]:
    return [TokenPiece(n, word, control=word.startswith("<")) for n, word in enumerate(text.split())]


@pytest.mark.parametrize(("written", "opened", "expected"), [
    ("<think> a b </think> c", False, Trace((0,), (1, 2))),
    ("a b </think> c", True, Trace((), (0, 1))),
    ("<think> a b", False, Trace((0,), (1, 2))),
    ("<think> </think> c", False, None),
    ("c d", False, None),
])
def test_the_thoughts_are_between_the_tags(written: str, opened: bool, expected: Trace | None):
    assert trace_of(pieces(written), opened) == expected


def test_what_was_written_to_close_the_thinking_is_no_thought():
    written = pieces("<think> a b limited time </think> c")
    assert trace_of(written, False, 2) == Trace((0,), (1, 2))
    assert trace_of(written, False, 0) is None


def test_a_tag_that_is_only_text_is_a_thought():
    typed = [TokenPiece(0, "<think>", control=True), TokenPiece(1, "</think>"), TokenPiece(2, "</think>", control=True)]
    assert trace_of(typed, False) == Trace((0,), (1,))


def test_cuts_begin_at_nothing_and_leave_out_the_end():
    assert places(160) == (0, 20, 40, 60, 80, 100, 120, 140)
    assert places(3) == (0, 1, 2)


def test_each_cut_is_answered_from_its_beginning_with_the_thinking_closed():
    asked: list[GenerationRequest] = []

    def door(request: GenerationRequest, cancel: CancelToken) -> Iterator[Event]:
        asked.append(request)
        yield TextDelta(f" answer {len(request.start)} ")
        yield Finished("stop", Usage())

    cuts: list[Cut] = []
    answer_cuts(door, REQUEST, Trace((9,), tuple(range(100, 116))), (7, 8), CancelToken(), cuts.append)
    assert [cut.thoughts for cut in cuts] == [0, 2, 4, 6, 8, 10, 12, 14]
    assert asked[1].start == (9, 100, 101, 7, 8) and cuts[1].text == "answer 5"
    assert all(each.thinking_budget is None for each in asked)
    assert not any(cut.whole for cut in cuts)


def test_thinking_without_an_answer_is_answered_from_its_end_too():
    def door(request: GenerationRequest, cancel: CancelToken) -> Iterator[Event]:
        yield TextDelta("so")
        yield Finished("stop", Usage())

    cuts: list[Cut] = []
    answer_cuts(door, REQUEST, Trace((), (1, 2)), (7,), CancelToken(), cuts.append, to_the_end=True)
    assert cuts == [Cut(0, "so"), Cut(1, "so"), Cut(2, "so", whole=True)]


@pytest.mark.parametrize(("texts", "expected"), [
    (["a", "b", "c"], 2), (["c", "b", "c"], 2), (["a", "C ", "c"], 1), (["c", "c", "c"], 0)])
def test_an_answer_is_stable_from_where_it_changes_no_more(texts: list[str], expected: int):
    assert stable_from([Cut(n, text) for n, text in enumerate(texts)]) == expected


def test_measuring_a_model_takes_one_request_of_the_callers_limit(monkeypatch: pytest.MonkeyPatch):
    from playground.cache import ModelCache
    from playground.engines._fake import FakeEngine
    from playground.service import Playground
    from tests.test_service import StubCatalog

    admitted: list[str] = []
    checked: list[Any] = []
    cache = ModelCache({"fake": FakeEngine()}, 1000)
    house = Playground(cache, StubCatalog(), lambda caller, request: admitted.append(caller),  # type: ignore[arg-type]
                       check=checked.append)
    request = GenerationRequest("tiny:fp32", (Message("user", "hi"),))
    door = house.series("ann", request)
    for _ in range(3):
        assert isinstance([*door(request, CancelToken())][-1], Finished)
    cache.shutdown()
    assert admitted == ["ann"] and len(checked) == 3
