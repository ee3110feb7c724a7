"""The math tab's handlers as plain functions: what they paint in each way of solving, and how answers are checked."""
from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from playground.catalog import Catalog
from playground.checking.verdict import REASONS, Examination, Reason, Step, Verdict
from playground.compose import App, compose
from playground.errors import RateLimited, Unavailable
from playground.settings import Settings
from playground.solving.programs import Printed
from playground.solving.votes import Tally
from playground.types import GenerationRequest
from playground.ui import math_check, math_view
from playground.ui.conversation import Conversation, Reply
from playground.ui.math_latex import document, drawable, formula
from playground.ui.math_state import Mode, Solution
from playground.ui.math_view import PROGRAM_PROMPT, STEPS_PROMPT, SYSTEM, Parts
from playground.ui.math_vote import letter
from playground.ui.tabs import math
from playground.ui.words import Words, load_strings
from tests.browser.scripted_app import models
from tests.browser.scripted_engine import Plan, ScriptedEngine
from tests.pages import laid_out

KEY, HYBRID, POCKET = "maths:bf16", "scripted:bf16", "pocket-math:bf16"
Painted = dict[Any, Any]
NO_PROGRAMS = "Programs are turned off here (programs_at_once is 0)."


def person(session: str = "ann") -> Any:
    return SimpleNamespace(session_hash=session, headers={}, client=SimpleNamespace(host="127.0.0.1"))


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def made(engine: ScriptedEngine, **settings: Any) -> App:
    catalog = models()
    maths = replace(catalog[0], id="maths", name="Maths", thinking="none", program_output="user")
    app = compose(Settings(preload=False, default_model="scripted", memory_budget_gb=1.0, **settings),
                  Catalog([*catalog, maths, replace(maths, id="pocket-math", name="Pocket Math")]),
                  {"scripted": engine})
    app.ui.caller = lambda request: "reader"
    app.ui.words.extend(math.texts())
    return app


@pytest.fixture
def app(engine: ScriptedEngine) -> Iterator[App]:
    app = made(engine)
    yield app
    app.cache.shutdown(5)


@pytest.fixture
def shut(engine: ScriptedEngine) -> Iterator[App]:
    """Where programs cannot run."""
    app = made(engine, programs_at_once=0)
    yield app
    app.cache.shutdown(5)


@pytest.fixture
def parts(app: App) -> Parts:
    return laid_out(app, math_view.lay_out)


def picked(problem: str, mode: Mode = "steps", variant: str = KEY, k: int = 5, thinking: str = "on") -> math.Picked:
    return math.Picked(problem, variant, "en", mode, thinking, k, 0.7, 200, SYSTEM[mode])


def solve(app: App, parts: Parts, problem: str, mode: Mode = "steps", **how: Any) -> list[Painted]:
    return list(math.solve(app.ui, parts, person(), picked(problem, mode, **how)))


def check(app: App, parts: Parts, solution: Solution, expected: str = "") -> Painted:
    return list(math.check(app.ui, parts, person(), solution, expected, "en"))[-1]


def rows(painted: Painted, parts: Parts) -> list[str]:
    value = painted[parts.pane.chatbot]
    listed = value["value"] if isinstance(value, dict) else value
    return [row["content"][0]["text"] for row in listed if "metadata" not in row]


def outputs(painted: Painted, parts: Parts) -> list[tuple[str, str]]:
    listed = painted[parts.pane.chatbot]["value"]
    return [(row["metadata"]["title"].rpartition(" · ")[0], row["content"][0]["text"]) for row in listed
            if "program" in row.get("metadata", {}).get("title", "")]


def status(painted: Painted, parts: Parts) -> str:
    value = painted[parts.pane.status]
    return " ".join([value.get("title", ""), *(item["text"] for item in value["items"])]).strip()


def solution_of(*replies: str, problem: str = "Solve 3x + 7 = 22.", printed: tuple[Printed, ...] = ()) -> Solution:
    asked = Conversation()
    for n, text in enumerate(replies):
        asked = asked.ask(problem if n == 0 else f"```output\n{printed[n - 1].text}\n```").reply(Reply(text))
    return Solution(problem, "program" if printed else "steps", asked, printed, end="boxed")


# ---------------------------------------------------------------- step by step
def test_a_problem_is_solved_step_by_step_and_stays_in_its_box(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans["2 + 3?"] = Plan(["2 + 3 = 5\n", r"\boxed{5}"])
    first, *_, last = solve(app, parts, "2 + 3?")
    assert first[parts.problem] == "2 + 3?" and first[parts.pane.stop]["interactive"] is True
    assert [button["interactive"] for button in map(first.get, parts.suggestions)] == [False] * 4
    assert rows(last, parts) == ["2 + 3?", "2 + 3 = 5\n\u2060\ue010\\boxed{5}\ue011\u2060"]
    assert status(last, parts) == "answered, 2 tokens"
    assert (last[parts.pane.send]["interactive"], last[parts.pane.stop]["interactive"]) == (True, False)
    assert last[parts.latex_answer]["value"] == "5" and last[parts.again]["visible"] is True
    told = engine.told["2 + 3?"]
    assert told.messages[0].startswith(f"<|im_start|>system\n{STEPS_PROMPT}<|im_end|>")
    assert told.sampling["max_tokens"] == 200 and told.sampling["temperature"] == 0.7


def test_an_empty_problem_asks_nobody(app: App, parts: Parts, engine: ScriptedEngine):
    (only,) = solve(app, parts, " \n")
    assert status(only, parts) == "Type a problem first." and engine.told == {}


def test_an_answer_without_a_box_says_so(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans["2 + 3?"] = Plan(["It is 5."])
    last = solve(app, parts, "2 + 3?")[-1]
    assert status(last, parts) == "The model ended without a boxed answer."
    assert last[parts.latex_answer]["visible"] is False and last[parts.latex_whole] == "It is 5."


def test_an_answer_cut_off_at_its_maximum_says_so(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans["2 + 3?"] = Plan(["word "] * 300)
    assert status(solve(app, parts, "2 + 3?")[-1], parts).startswith("The answer was cut off at the maximum")


@pytest.mark.parametrize(("switch", "sent"), [("on", True), ("off", False)])
def test_thinking_is_asked_of_hybrid_models_only(app: App, parts: Parts, switch: str, sent: bool):
    last = solve(app, parts, "Hi", variant=HYBRID, thinking=switch)[-1]
    assert last[parts.solution].replies[0].request.thinking is sent
    assert solve(app, parts, "Hi", thinking=switch)[-1][parts.solution].replies[0].request.thinking is None


def test_what_was_written_before_the_model_broke_is_kept(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans["Hi"] = Plan(["so far", "never"], fail_after=1)
    last = solve(app, parts, "Hi")[-1]
    assert rows(last, parts) == ["Hi", "so far"] and last[parts.pane.status]["kind"] == "problem"


def test_an_unknown_model_is_explained(app: App, parts: Parts):
    last = solve(app, parts, "Hi", variant="mathz:bf16")[-1]
    assert "maths" in status(last, parts) and last[parts.pane.send]["interactive"] is True


# ---------------------------------------------------------------- with programs
def test_a_program_runs_and_its_output_is_a_block_of_its_own(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans["2 + 3?"] = Plan(["I compute it.\n", "```python\nprint(2 + 3)\n```"])
    engine.plans["```output\n5\n```"] = Plan([r"So \boxed{5}."])
    painted = solve(app, parts, "2 + 3?", "program")
    last = painted[-1]
    assert rows(last, parts) == ["2 + 3?", "I compute it.\n```python\nprint(2 + 3)\n```",
                                 "So \u2060\ue010\\boxed{5}\ue011\u2060."]
    assert outputs(last, parts) == [("What the program printed", "```text\n5\n```")]
    assert any(status(each, parts) == "running the program" for each in painted[1:-1])
    assert engine.told["2 + 3?"].messages[0].startswith(f"<|im_start|>system\n{PROGRAM_PROMPT}<|im_end|>")
    assert [turn.question for turn in last[parts.pane.conversation].turns] == ["2 + 3?", "```output\n5\n```"]
    assert status(last, parts) == "answered, 3 tokens"


def test_a_program_that_fails_is_shown_as_failed(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans["2 / 0?"] = Plan(["```python\n2 / 0\n```"])
    last = solve(app, parts, "2 / 0?", "program")[-1]
    assert outputs(last, parts) == [("The program failed", "```text\nZeroDivisionError: division by zero\n```")]


def test_rounds_without_end_are_ended_and_said(app: App, parts: Parts, engine: ScriptedEngine):
    for question in ("2 + 3?", "```output\n5\n```"):
        engine.plans[question] = Plan(["```python\nprint(5)\n```"])
    last = solve(app, parts, "2 + 3?", "program")[-1]
    assert status(last, parts).startswith("Ended after 4 turns: the model still wanted to run a program")
    assert len(outputs(last, parts)) == 3


def test_where_programs_cannot_run_that_way_is_refused_with_the_reason(shut: App, engine: ScriptedEngine):
    parts = laid_out(shut, math_view.lay_out)
    last = solve(shut, parts, "2 + 3?", "program")[-1]
    assert f"Programs cannot run here: {NO_PROGRAMS}" in status(last, parts) and engine.told == {}
    assert "Choose another way of solving" in status(last, parts)
    told = math.about(shut.ui, parts, "en", "program")[parts.about]
    assert told == {"items": [{"text": f"Programs cannot run here: {NO_PROGRAMS}"}]}


# ---------------------------------------------------------------- votes
def test_a_vote_ends_early_and_shows_an_answer_of_the_winner(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans["2 + 3?"] = Plan([r"\boxed{5}"])
    painted = solve(app, parts, "2 + 3?", "vote")
    last = painted[-1]
    assert status(last, parts) == "Ended early after 3 of 5 answers: no other answer can catch up."
    assert last[parts.votes]["ballots"] == [["A", 0]] * 3
    assert last[parts.votes]["groups"] == [{"name": "A", "group": 0, "share": 0.6, "text": "3 of 5"}]
    assert last[parts.groups] == "**A** \u2060\ue0105\ue011\u2060"
    assert last[parts.sample]["choices"] == [("1: A", 0), ("2: A", 1), ("3: A", 2)] and last[parts.sample]["value"] == 0
    assert len(last[parts.solution].conversation.turns[0].replies) == 3
    growing = [len(each[parts.votes]["ballots"]) for each in painted[1:-1] if parts.votes in each]
    assert growing == sorted(growing) and set(growing) >= {1, 2, 3}
    assert engine.told["2 + 3?"].sampling["temperature"] == 0.7


def test_another_sample_of_the_vote_can_be_looked_at(app: App, parts: Parts):
    asked = Conversation().ask("2 + 3?")
    for text in (r"\boxed{5}", r"\boxed{6}", "none"):
        asked = asked.reply(Reply(text))
    solution = Solution("2 + 3?", "vote", asked, tally=Tally(3, ("5", "6"), (0, 1, None)), end="counted").show(0)
    painted = math.show_sample(app.ui, parts, solution, 1, "en")
    assert painted[parts.solution].text == r"\boxed{6}" and painted[parts.sample]["value"] == 1
    assert painted[parts.votes]["note"] == "No majority: 2 answers are level. The one that came first is shown."
    assert painted[parts.groups].endswith("**–** no answer")
    assert math.show_sample(app.ui, parts, solution, None, "en") == {}


def test_a_vote_without_any_box_says_that_nothing_can_be_counted(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans["2 + 3?"] = Plan(["five"])
    last = solve(app, parts, "2 + 3?", "vote", k=2)[-1]
    assert last[parts.votes]["note"] == "None of the answers had a box, so nothing can be counted."
    assert last[parts.votes]["groups"] == [{"name": "–", "group": -1, "share": 1.0, "text": "2 of 2"}]


def test_a_vote_waits_under_the_rate_limit_and_counts_as_one_request(
        app: App, parts: Parts, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch):
    engine.plans["2 + 3?"], calls = Plan([r"\boxed{5}"]), list[str]()

    def guard(caller: str, request: GenerationRequest) -> None:
        calls.append(caller)
        if len(calls) == 1:
            raise RateLimited("You asked too often.", wait_s=1)

    monkeypatch.setattr(app.playground, "_guard", guard)
    painted = solve(app, parts, "2 + 3?", "vote")
    assert painted[-1][parts.solution].tally == Tally(5, ("5",), (0, 0, 0)) and len(calls) == 2
    assert any(status(each, parts).endswith("it goes on in 1 s") for each in painted[1:-1])


@pytest.mark.parametrize(("group", "name"), [(0, "A"), (25, "Z"), (26, "A1"), (31, "A6"), (None, "–")])
def test_groups_have_letters(group: int | None, name: str):
    assert letter(group) == name


# ---------------------------------------------------------------- stopping
@pytest.mark.parametrize("mode", ["steps", "program", "vote"])
def test_stop_keeps_what_was_written_in_every_way(app: App, parts: Parts, engine: ScriptedEngine, mode: Mode):
    engine.plans["go"] = Plan(["one ", "two ", "three"], held=True)
    ended: list[Painted] = []
    thread = threading.Thread(target=lambda: ended.extend(solve(app, parts, "go", mode)), daemon=True)
    thread.start()
    _release(engine, "go", 1)
    _until(lambda: "go" in engine.told and engine.told["go"].emitted == 1)
    app.ui.stop("ann", math.TAB.id)
    _until(lambda: engine.told["go"].cancel_seen)
    _release(engine, "go", 1)
    thread.join(10)
    assert rows(ended[-1], parts) == ["go", "one two "]
    assert status(ended[-1], parts) == "Stopped. What was written is kept."
    assert engine.told["go"].ended == "cancelled" and app.ui._running == {}


def test_stop_ends_a_program_that_never_ends(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans["go"] = Plan(["```python\nwhile True: pass\n```"])
    last: Painted = {}
    for last in math.solve(app.ui, parts, person(), picked("go", "program")):
        if last[parts.pane.status]["items"] == [{"text": "running the program"}]:
            app.ui.stop("ann", math.TAB.id)
    assert status(last, parts) == "Stopped. What was written is kept." and outputs(last, parts) == []


def test_closing_the_page_stops_the_answer(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans["go"] = Plan(["a"] * 10_000, pace_s=0.001)
    stream = math.solve(app.ui, parts, person(), replace(picked("go"), max_tokens=8000))
    while "go" not in engine.told:
        next(stream)
    stream.close()
    _until(lambda: engine.told["go"].ended == "cancelled")
    assert app.ui._running == {}


def _release(engine: ScriptedEngine, question: str, count: int) -> None:
    with engine._changed:
        engine._permits[question] = engine._permits.get(question, 0) + count
        engine._changed.notify_all()


def _until(true: Any) -> None:
    for _ in range(2000):
        if true():
            return
        threading.Event().wait(0.005)
    raise AssertionError("it never became true")


# ---------------------------------------------------------------- checking
def test_an_answer_is_verified_by_itself(app: App, parts: Parts):
    painted = check(app, parts, solution_of("3x = 15\nx = 5\n" + r"\boxed{x = 5}"))
    verdict = painted[parts.verdict]["value"]
    assert verdict == {"outcome": "verified", "word": "Verified", "more": [],
                       "text": "every solution fits when it is put in, and none is missing."}
    assert painted[parts.folded_steps]["visible"] is True
    assert painted[parts.steps].startswith("**1.** \ue0103x = 15\ue011  \n✓ right: the same solutions as before.")


def test_an_expected_answer_decides_and_the_check_by_itself_is_told_too(app: App, parts: Parts):
    verdict = check(app, parts, solution_of(r"\boxed{x = 5}"), "x = 6")[parts.verdict]["value"]
    assert (verdict["outcome"], verdict["word"]) == ("wrong", "Wrong")
    assert verdict["more"][0] == "Compared with: x = 6" and verdict["more"][1].startswith(
        "But by itself the answer is right: every solution fits")
    verdict = check(app, parts, solution_of(r"\boxed{x = 5}"), "5")[parts.verdict]["value"]
    assert verdict["outcome"] == "verified" and verdict["more"][1].startswith("By itself too:")


def test_the_first_wrong_step_is_marked_and_those_that_build_on_it_are_not(app: App, parts: Parts):
    painted = check(app, parts, solution_of("3x = 22 - 7\n22 - 7 = 16\n3x = 16\nx = 16/3\n" + r"\boxed{x = 16/3}"))
    assert painted[parts.verdict]["value"]["outcome"] == "wrong"
    marked = [line for line in painted[parts.steps].splitlines() if "✗" in line or "✓" in line]
    assert len(marked) == 2 and marked[0].startswith("✓ right")
    assert marked[1].startswith("✗ **first mistake**: the sum does not hold.")


@pytest.mark.parametrize(("problem", "expected"), [("2 + 3", "5"), ("2 + 3", ""), ("How old is the sea?", "")])
def test_no_box_could_not_be_checked(app: App, parts: Parts, problem: str, expected: str):
    verdict = check(app, parts, solution_of("It is 5.", problem=problem), expected)[parts.verdict]["value"]
    assert verdict["outcome"] == "unchecked" and verdict["word"] == "Could not check"
    assert verdict["text"] == "the answer has no box, so it is not clear what the result is."


def test_where_programs_cannot_run_the_verdict_says_why(shut: App):
    parts = laid_out(shut, math_view.lay_out)
    painted = check(shut, parts, solution_of("x = 5\n" + r"\boxed{x = 5}"))
    verdict = painted[parts.verdict]["value"]
    assert verdict["outcome"] == "unchecked" and verdict["text"].endswith(NO_PROGRAMS)
    assert "✓" not in painted[parts.steps] and painted[parts.steps].startswith("**1.** \ue010x = 5\ue011")


def test_nothing_is_checked_before_there_is_an_answer(app: App, parts: Parts):
    assert check(app, parts, Solution()) == {parts.verdict: {"value": {}, "visible": False, "__type__": "update"}}


def test_a_check_that_hangs_ends_as_could_not_check(app: App, parts: Parts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(math, "LIMITS", replace(math.LIMITS, seconds=0.05))     # less than sympy needs to start
    verdict = check(app, parts, solution_of(r"\boxed{x = 5}"), "5")[parts.verdict]["value"]
    assert verdict["outcome"] == "unchecked" and verdict["text"] == "the check took too long and was ended."


def test_a_new_problem_ends_the_check_of_the_old_one_silently(app: App, parts: Parts):
    checks = math.check(app.ui, parts, person(), solution_of(r"\boxed{x = 5}"), "5", "en")
    assert next(checks)[parts.verdict]["value"]["outcome"] == "checking"
    app.ui.stop("ann", math.CHECK)
    assert all(each[parts.verdict].get("outcome") == "checking" for each in checks)


def test_solving_stops_the_check_of_the_answer_before(app: App, parts: Parts):
    checked = app.ui.start("ann", math.CHECK)
    other = app.ui.start("ben", math.CHECK)
    solve(app, parts, "2 + 3?")
    assert checked.cancelled and not other.cancelled


def test_an_answer_is_visible_before_it_is_checked(app: App, parts: Parts, engine: ScriptedEngine):
    last = solve(app, parts, "2 + 3?")[-1]
    assert last[parts.verdict] == {"value": {}, "visible": False, "__type__": "update"}
    assert last[parts.folded_steps]["visible"] is False and last[parts.pane.send]["interactive"] is True


def test_programs_and_outputs_are_steps(app: App, parts: Parts):
    failed = Printed("NameError: name 'y' is not defined", True, 0.1)
    solution = solution_of("First:\n```python\ny\n```", r"\boxed{x = 5}", printed=(failed,))
    text = check(app, parts, solution)[parts.steps]
    assert "**2.** program\n\n```python\ny\n```" in text
    assert "**3.** output\n\n```text\nNameError: name 'y' is not defined\n```" in text
    assert "✗ **the program failed**" in text and "**4.** " in text and "✓" not in text


def test_a_result_in_the_users_text_or_in_a_program_is_not_the_answer(app: App, parts: Parts):
    solution = solution_of("I do not know.\n```python\nprint(r'\\boxed{5}')\n```", problem=r"Is \boxed{5} right?")
    assert check(app, parts, solution, "5")[parts.verdict]["value"]["text"].startswith("the answer has no box")


# ---------------------------------------------------------------- words
@pytest.mark.parametrize("language", ["en", "id"])
def test_every_reason_has_its_sentence(language: str):
    words = Words()
    words.extend(math.texts())
    for code, names in REASONS.items():
        for outcome in ("verified", "wrong", "unchecked"):
            judged = Verdict(outcome, Reason(code, dict.fromkeys(names, "VALUE")))  # type: ignore[arg-type]
            said = math_check.because(judged, lambda key, **values: words.say(language, key, **values))
            assert said and "{" not in said and said.endswith((".", "VALUE"))


def test_both_languages_put_the_same_values_in_and_none_was_left_in_english():
    same = ("math.sample_n", "math.expected_placeholder")
    texts = load_strings(math.Path(math.__file__).parent.parent / "strings" / "math")
    for key, english in texts["en"].items():
        other = texts["id"][key]
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", other)), key
        assert english != other or key in same, key


def test_a_problem_of_the_sandbox_is_no_isolation_and_another_error_is_a_failure():
    one = math_check.not_examined(solution_of("a\nb"), "5", Unavailable("No namespaces."))
    assert one.verdict.reason == Reason("no_isolation", {"why": "No namespaces."})
    assert [(step.number, step.outcome) for step in one.steps] == [(1, "unchecked"), (2, "unchecked")]


def test_what_would_be_right_is_told_of_a_wrong_step(app: App):
    step = Step(1, "2 + 3 = 6", "wrong", Reason("arithmetic", {"part": "2 + 3 = 6"}), "5")
    alone = Verdict("wrong", Reason("computed"), "5", "6")
    found = Examination(Verdict("unchecked", Reason("no_expected")), alone, (step,))
    say = app.ui.words.say
    text = math_check.steps(solution_of("2 + 3 = 6"), found, lambda key, **values: say("en", key, **values))
    assert "✗ **first mistake**: the sum does not hold. Right would be: \ue0105\ue011" in text
    verdict = math_check.verdict(found, "", lambda key, **values: say("en", key, **values))
    assert verdict["text"] == "computing it gives something else." and verdict["more"] == ["Right would be: 5"]


# ---------------------------------------------------------------- models
def test_a_model_that_is_not_for_mathematics_offers_the_one_that_is(app: App, parts: Parts):
    painted = math.adapt(app.ui, parts, HYBRID, "en", "steps")
    assert painted[parts.other]["visible"] is True and painted[parts.pick]["value"] == "Use Pocket Math"
    assert painted[parts.thinking]["visible"] is True and painted[parts.k]["visible"] is False
    assert painted[parts.suggestions[1]] == "Solve 3x + 7 = 22."
    painted = math.adapt(app.ui, parts, POCKET, "en", "vote")
    assert painted[parts.other]["visible"] is False and painted[parts.thinking]["visible"] is False
    assert painted[parts.k]["visible"] is True and painted[parts.temperature]["visible"] is True


# ---------------------------------------------------------------- LaTeX
@pytest.mark.parametrize(("line", "latex"), [
    ("3x^4 - 5x^2 = 0", "3x^4 - 5x^2 = 0"), ("2*3x^12 + (a)'", r"2 \cdot 3x^{12} + (a)'"), ("x = -3/2", "x = -3/2"),
    ("√(25) = 5", r"\sqrt{25} = 5"), ("15% = 0.15", r"15\% = 0.15"), ("sin(x) <= 1", r"\sin(x) <= 1"),
    (r"x &= \frac{1}{2} \\", r"x = \frac{1}{2}"), (r"= \text{no way}", r"= \text{no way}"),
    ("x^(n+1) = 0", "x^{n+1} = 0"), ("Power rule, term by term:", None), (r"So \frac{1}{2} is it", None),
    (r"\(x\)", None), ("$5", None), (r"Answer: \boxed{5}", None), ("", None), ("a", None),
])
def test_a_line_of_pure_mathematics_is_a_formula(line: str, latex: str | None):
    assert formula(line) == latex
    assert drawable(line) == (line if latex is None else rf"\({latex}\)")


def test_a_solution_can_be_pasted_into_a_document():
    text = "First, 50% of it:\n2*3 = 6\nso \\(a<b\\) & more\n\\[ x_1 \\]\n```python\nprint(1)\n```\nSo \\boxed{36%}"
    assert document(text) == ("First, 50\\% of it:\n\\[ 2 \\cdot 3 = 6 \\]\nso \\(a<b\\) \\& more\n\\[ x_1 \\]\n"
                              "\\begin{verbatim}\nprint(1)\n\\end{verbatim}\nSo \\(\\boxed{36\\%}\\)")
