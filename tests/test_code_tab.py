"""The code tab as plain functions: what is asked, where answers go, what a run and a pass@k series tell."""
from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from playground.catalog import Catalog
from playground.coding import requests
from playground.coding.fill import MARK
from playground.coding.judge import Failure, Judged
from playground.coding.tasks import load_tasks
from playground.compose import App, compose
from playground.errors import InvalidRequest
from playground.guard.programs import Programs
from playground.guard.sandbox.run import Limits, probe
from playground.settings import Settings
from playground.text.math_marks import mark_plain
from playground.types import Message, SamplingParams
from playground.ui import code_do, code_run, code_score, code_view
from playground.ui.answer import Visitor
from playground.ui.code_actions import ACTIONS, Form, Question, added_tests, code_of, fill_of, question, shown_fill
from playground.ui.code_layout import Parts, lay_out
from playground.ui.code_run import Ran
from playground.ui.code_score import Goal, Measured, as_csv, goals
from playground.ui.code_versions import MOST_LINES, MOST_VERSIONS, Version, Versions, changes
from playground.ui.conversation import Conversation
from playground.ui.tabs.code import TAB
from playground.ui.words import Words
from tests.browser.scripted_app import models
from tests.browser.scripted_engine import Plan, ScriptedEngine
from tests.pages import laid_out

CODER, PLAIN = "coder:bf16", "plain:bf16"
Painted = dict[Any, Any]
DOUBLE = "def double(x):\n    return 2 * x"
EMPTY = Form("write", "python", "javascript", "", "", "", "", "", "", "en")
REASON = probe()
isolated = pytest.mark.skipif(bool(REASON), reason=REASON or "isolated")


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def app(engine: ScriptedEngine) -> Iterator[App]:
    spec = next(each for each in models() if each.id == "plain")
    coder = replace(spec, id="coder", name="Coder", fills=True)
    made = compose(Settings(preload=False, default_model="coder", memory_budget_gb=1.0, max_message_chars=2000,
                            requests_per_minute=30), Catalog([coder, spec]), {"scripted": engine})
    made.ui.caller = lambda request: "reader"
    yield made
    made.cache.shutdown(5)


@pytest.fixture
def parts(app: App) -> Parts:
    app.ui.words.extend(TAB.texts())
    return laid_out(app, lay_out)


@pytest.fixture
def say() -> Callable[..., str]:
    words = Words()
    words.extend(TAB.texts())
    return partial(words.say, "en")


def visitor(tab: str = "code") -> Visitor:
    return Visitor("ann", "reader", tab)


def ask(app: App, parts: Parts, form: Form, variant: str = CODER) -> list[Painted]:
    return list(code_do.ask(app.ui, parts, visitor(), Conversation(), variant, ("off", 0.0, 200), form))


def answered(app: App, parts: Parts, form: Form, *, editor: str = "", tests: str = "", say: Any,
             versions: Versions | None = None) -> Painted:
    """What `take` paints after the answer to a form, with this in the editor by then."""
    last = ask(app, parts, form)[-1]
    return code_do.take(parts, last[parts.editor.asked], last[parts.pane.conversation], versions or Versions(),
                        (editor, "python"), tests, say)


def texts_of(value: dict[str, Any]) -> str:
    return " ".join([value.get("title", ""), *(item["text"] for item in value["items"])]).strip()


def block(code: str, language: str = "python") -> str:
    return f"Here it is:\n```{language}\n{code}\n```\nDone."


def write(task: str) -> Form:
    return replace(EMPTY, task=task)


def asked_of(form: Form) -> str:
    return requests.write(form.task, form.language)[0].text


# ---------------------------------------------------------------- versions and what changed
def test_what_was_typed_by_hand_stays_as_a_version_when_an_answer_comes():
    first = Versions().kept("", "python").added("a = 1", "python")
    both = first.kept("a = 2", "python").added("a = 3", "python")
    assert [each.code for each in both.all] == ["a = 1", "a = 2", "a = 3"]
    assert both.current == Version("a = 3", "python") and both.previous == Version("a = 2", "python")
    assert first.kept("a = 1", "python") is first and both.added("a = 3", "python") is both


def test_browsing_stops_at_both_ends_and_the_oldest_version_leaves_first():
    versions = Versions()
    assert versions.step(-1) is versions and versions.current is None
    for n in range(MOST_VERSIONS + 2):
        versions = versions.added(f"x = {n}", "python")
    assert len(versions.all) == MOST_VERSIONS and versions.all[0].code == "x = 2"
    assert versions.step(+1).at == MOST_VERSIONS - 1 and versions.step(-99).at == 0


def test_changed_lines_have_their_numbers_and_the_part_that_differs_is_marked():
    assert changes(f"def f(x):\n    return {MARK}\n\nf(1)", "def f(x):\n    return x +\\\n        1\n\nf(1)") == [
        ("same", 1, 1, [("def f(x):", False)]),
        ("out", 2, None, [("    return ", False), (MARK, True)]),
        ("in", None, 2, [("    return ", False), ("x +\\", True)]),
        ("in", None, 3, [("        1", True)]),
        ("same", 3, 4, [("", False)]),
        ("same", 4, 5, [("f(1)", False)])]


def test_lines_far_from_a_change_are_left_out_and_counted():
    before = "\n".join(map(str, range(20)))
    lines = changes(before, before.replace("10", "ten"))
    assert lines is not None
    assert [line[0] for line in lines] == ["gap", *["same"] * 3, "out", "in", *["same"] * 3, "gap"]
    assert (lines[0][1], lines[-1][1]) == (7, 6)


def test_equal_texts_have_no_changes_and_very_long_ones_are_not_compared():
    assert changes("a\nb", "a\nb") == [] and changes("a", "") is not None
    assert changes("x\n" * MOST_LINES, "y") is None and changes("x" * 300_000, "y") is None


# ---------------------------------------------------------------- what is asked
def test_each_action_asks_what_its_request_says(app: App, say: Any):
    model = app.playground.catalog.variant(CODER).model
    form = replace(EMPTY, task="Double a number.", context="y = 1", constraints="Be short.", error="NameError: x",
                   goal="It doubles.", code=DOUBLE)
    wanted = {"write": requests.write("Double a number.", "python", "y = 1", "Be short."),
              "explain": requests.explain(DOUBLE, "python"),
              "fix": requests.fix(DOUBLE, "python", "NameError: x", "It doubles."),
              "tests": requests.add_tests(DOUBLE, "python"),
              "translate": requests.translate(DOUBLE, "python", "javascript"),
              "complete": requests.complete(DOUBLE, "python")}
    assert set(wanted) == set(ACTIONS) - {"fill"}
    for action, messages in wanted.items():
        assert question(replace(form, action=action), model, say).text == messages[0].text
    assert question(replace(form, action="translate"), model, say).language == "javascript"
    assert question(replace(form, reply="id"), model, say).text.splitlines()[1] == "Tulis kodenya di Python."


@pytest.mark.parametrize(("form", "message"), [
    (write(" \n"), "The task is empty."),
    (replace(EMPTY, action="fix"), "There is no code in the editor."),
    (replace(EMPTY, action="translate", target="python", code="x"), "The code is in that language already."),
    (replace(EMPTY, action="fill", code="x = 1"), f"The code has no {MARK}."),
    (replace(EMPTY, action="fill", code=f"x{MARK}{MARK}"), f"The code has {MARK} 2 times"),
    (replace(EMPTY, action="fill", code=f" {MARK}\n"), f"There is no code around {MARK}."),
])
def test_what_is_missing_is_said_and_nobody_is_asked(app: App, parts: Parts, engine: ScriptedEngine, form: Form,
                                                     message: str):
    (only,) = ask(app, parts, form)
    assert only[parts.pane.status]["kind"] == "problem" and message in texts_of(only[parts.pane.status])
    assert only[parts.pane.send]["interactive"] is True and engine.told == {}


def test_a_model_that_cannot_fill_says_so_before_and_when_it_is_asked(app: App, parts: Parts):
    form = replace(EMPTY, action="fill", code=f"x = {MARK}")
    (only,) = ask(app, parts, form, PLAIN)
    assert "Plain was not trained to fill holes." in texts_of(only[parts.pane.status])
    model = app.playground.catalog.variant(PLAIN).model
    hint = code_view.form_for(app.ui, parts, "fill", model, "en")[parts.form.hint]
    assert hint["visible"] and "Plain was not trained to fill holes." in texts_of(hint["value"])


def test_code_that_is_too_long_for_a_message_is_refused_in_this_tabs_words(app: App, parts: Parts,
                                                                           engine: ScriptedEngine):
    last = ask(app, parts, replace(EMPTY, action="explain", code="x = 1\n" * 400))[-1]
    assert "Code and task have 2439 characters together; at most 2000 are allowed here." in texts_of(
        last[parts.pane.status])
    assert "box" not in texts_of(last[parts.pane.status]) and engine.told == {}


# ---------------------------------------------------------------- where answers go
def test_the_code_of_an_answer_lands_in_the_editor_and_what_was_typed_meanwhile_stays(
        app: App, parts: Parts, engine: ScriptedEngine, say: Any):
    form = write("Double a number.")
    engine.plans[asked_of(form)] = Plan([block(DOUBLE)])
    painted = answered(app, parts, form, editor="typed = 'meanwhile'", say=say)
    assert painted[parts.editor.code]["value"] == DOUBLE
    assert [each.code for each in painted[parts.editor.versions].all] == ["typed = 'meanwhile'", DOUBLE]
    assert painted[parts.editor.changed]["visible"] and painted[parts.editor.asked] is None
    assert texts_of(painted[parts.editor.note]) == "Version 2 of 2"
    assert [row[0] for row in painted[parts.editor.diff]["rows"]] == ["out", "in", "in"]


TAGS = ("#include <stdio.h>\n// </think> <script>alert(1)</script> $HOME $$x$$\ntemplate <typename T> T f(T a);\n"
        "\tint i;")


def test_tags_and_dollars_inside_a_code_block_reach_the_page_and_the_editor_as_they_are(
        app: App, parts: Parts, engine: ScriptedEngine, say: Any):
    form = replace(write("Show tags."), language="cpp")
    engine.plans[asked_of(form)] = Plan([block(TAGS, "cpp")])
    last = ask(app, parts, form)[-1]
    shown = last[parts.pane.chatbot]["value"][1]["content"][0]["text"]
    assert shown == block(TAGS, "cpp").replace("\tint", "\u2060\tint") == mark_plain(block(TAGS, "cpp"))
    painted = code_do.take(parts, last[parts.editor.asked], last[parts.pane.conversation], Versions(), ("", "python"),
                           "", say)
    assert painted[parts.editor.code]["value"] == TAGS and painted[parts.form.language] == "cpp"


def test_nothing_in_this_tab_is_drawn_as_a_formula(parts: Parts):
    assert mark_plain(r"$$x$$ \(y\) \boxed{3} costs $5 or $HOME") == r"$$x$$ \(y\) \boxed{3} costs $5 or $HOME"
    assert mark_plain("use vector<int> and <b>") == "use vector<\u2060int> and <\u2060b>"
    assert parts.pane.chatbot.latex_delimiters == [] and parts.pane.mark is mark_plain


def test_an_answer_without_code_changes_nothing_and_says_so(app: App, parts: Parts, engine: ScriptedEngine, say: Any):
    form = write("Double a number.")
    engine.plans[asked_of(form)] = Plan(["I cannot write that."])
    painted = answered(app, parts, form, editor="mine", say=say)
    assert texts_of(painted[parts.editor.note]) == "The answer shows no code, so nothing here was changed."
    assert parts.editor.code not in painted and parts.editor.versions not in painted


def test_an_explanation_leaves_the_editor_alone_even_if_it_quotes_code(app: App, parts: Parts,
                                                                       engine: ScriptedEngine, say: Any):
    form = replace(EMPTY, action="explain", code=DOUBLE)
    engine.plans[requests.explain(DOUBLE, "python")[0].text] = Plan([block("other()")])
    assert answered(app, parts, form, editor=DOUBLE, say=say) == {parts.editor.asked: None}


def test_an_answer_that_was_stopped_or_broke_leaves_the_editor_alone(app: App, parts: Parts, engine: ScriptedEngine,
                                                                     say: Any):
    form = write("Double a number.")
    engine.plans[asked_of(form)] = Plan(["```python\n", "def double(x):\n", "    return 2 * x"], pace_s=30)
    steps = code_do.ask(app.ui, parts, visitor(), Conversation(), CODER, ("off", 0.0, 200), form)
    next(steps)
    app.ui.stop("ann", "code")
    last = list(steps)[-1]
    assert "stopped" in texts_of(last[parts.pane.status])
    painted = code_do.take(parts, last[parts.editor.asked], last[parts.pane.conversation], Versions(),
                           ("mine", "python"), "", say)
    assert painted == {parts.editor.asked: None}
    engine.plans[asked_of(form)] = Plan([block(DOUBLE), "x"], fail_after=1)
    assert answered(app, parts, form, editor="mine", say=say) == {parts.editor.asked: None}


def test_an_answer_that_met_its_limit_says_that_its_code_may_be_incomplete(app: App, parts: Parts,
                                                                           engine: ScriptedEngine, say: Any):
    form = write("Double a number.")
    engine.plans[asked_of(form)] = Plan(["```python\n", *["x = 1\n"] * 300])
    painted = answered(app, parts, form, say=say)
    assert "the code may be incomplete" in texts_of(painted[parts.editor.note])
    assert painted[parts.editor.code]["value"].startswith("x = 1")


def test_a_hole_is_filled_exactly_and_shown_as_code(app: App, parts: Parts, engine: ScriptedEngine, say: Any):
    text = f"def f(x):\n    {MARK}\n\nf(1)"
    engine.plans[""] = Plan(["if *x*:\n", "        return `x`\n"])
    last = ask(app, parts, replace(EMPTY, action="fill", code=text))[-1]
    conversation = last[parts.pane.conversation]
    assert conversation.turns[0].reply.request.fill.prefix == "def f(x):\n    "
    assert last[parts.pane.chatbot]["value"][1]["content"][0]["text"] == \
        "```python\nif *x*:\n        return `x`\n\n```"
    painted = code_do.take(parts, last[parts.editor.asked], conversation, Versions(), (text, "python"), "", say)
    assert painted[parts.editor.code]["value"] == "def f(x):\n    if *x*:\n        return `x`\n\n\nf(1)"
    assert [row[0] for row in painted[parts.editor.diff]["rows"]].count("out") == 1


@pytest.mark.parametrize("middle", ["x", "", "a\n", "```\nx\n```\n", "  y  "])
def test_what_fills_a_hole_survives_being_shown_as_a_block(middle: str):
    assert fill_of(shown_fill(middle, "python")) == middle


def test_tests_of_an_answer_are_added_below_those_that_are_there(app: App, parts: Parts, engine: ScriptedEngine,
                                                                 say: Any):
    form = replace(EMPTY, action="tests", code=DOUBLE)
    engine.plans[requests.add_tests(DOUBLE, "python")[0].text] = Plan([block("assert double(1) == 2")])
    painted = answered(app, parts, form, editor=DOUBLE, tests="assert double(0) == 0", say=say)
    assert painted[parts.runner.tests] == "assert double(0) == 0\n\nassert double(1) == 2"
    assert parts.editor.code not in painted
    assert added_tests("assert a\nassert b", "assert b") == "assert a\nassert b" and added_tests(" ", "x") == "x"


def test_a_translation_changes_the_language_of_the_editor(app: App, parts: Parts, engine: ScriptedEngine, say: Any):
    form = replace(EMPTY, action="translate", code=DOUBLE)
    engine.plans[requests.translate(DOUBLE, "python", "javascript")[0].text] = Plan(
        [block("const double = (x) => 2 * x;", "js")])
    painted = answered(app, parts, form, editor=DOUBLE, say=say)
    assert (painted[parts.form.language], painted[parts.editor.code]["language"]) == ("javascript", "javascript")
    back = code_view.editor_for(parts, painted[parts.editor.versions].step(-1), say)
    assert (back[parts.form.language], back[parts.editor.code]["value"]) == ("python", DOUBLE)


def test_code_in_other_languages_is_found_by_its_name_or_without_one():
    answer = "```sh\nrun me\n```\n```js\nlet a;\n```\n```\nplain\n```"
    assert code_of(answer, "javascript") == "let a;" and code_of(answer, "bash") == "run me"
    assert code_of(answer, "go") == "plain" and code_of("```js\nx\n```", "go") == "" and code_of("no", "go") == ""


# ---------------------------------------------------------------- running
def run(app: App, parts: Parts, code: str, *, tests: str | None = None, stdin: str = "") -> list[Painted]:
    who = visitor("code-run")
    steps = code_run.run(app.ui, who, code, stdin) if tests is None else \
        code_run.run_with_tests(app.ui, who, code, tests)
    return list(code_do.running(app.ui, parts, steps, code, "en"))


def said(parts: Parts, painted: Painted) -> str:
    return texts_of(painted[parts.runner.status])


def printed(parts: Parts, painted: Painted) -> dict[str, str]:
    return {part["label"]: part["text"] for part in painted[parts.runner.output].get("parts", [])}


@isolated
def test_a_program_runs_with_its_input_and_its_output_is_shown(app: App, parts: Parts):
    first, *_, last = run(app, parts, "print(input() + '!')", stdin="hello\n")
    assert first[parts.runner.run]["interactive"] is False and first[parts.runner.stop]["interactive"] is True
    assert said(parts, last) == "✓ The program ended by itself." and printed(parts, last) == {"Printed": "hello!\n"}
    assert last[parts.runner.run]["interactive"] is True and last[parts.runner.stop]["interactive"] is False
    assert last[parts.form.error] == ""


@isolated
def test_an_error_of_the_program_is_shown_and_offered_to_the_repair(app: App, parts: Parts):
    last = run(app, parts, "print('before')\nundefined")[-1]
    assert said(parts, last) == "✗ The program ended with an error, exit status 1."
    assert printed(parts, last)["Printed"] == "before\n" and "NameError" in printed(parts, last)["Errors"]
    assert last[parts.form.error] == "NameError: name 'undefined' is not defined"


@isolated
@pytest.mark.parametrize(("code", "message"), [
    ("while True: pass", "✗ The program did not come to an end and was ended after 0.5 s."),
    ("while True: print('x' * 10**6)", "✗ The program printed more than 64 kB and was ended; the rest is not shown."),
    ("import os\nos.kill(os.getpid(), 9)", "✗ The program was ended: It was ended by SIGKILL."),
])
def test_a_program_that_misbehaves_is_ended_and_the_reason_is_said(app: App, parts: Parts, code: str, message: str,
                                                                   monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(code_run, "LIMITS", Limits(seconds=0.5))
    last = run(app, parts, code)[-1]
    assert said(parts, last) == message and last[parts.form.error]
    assert len(str(last[parts.runner.output])) < 70_000


@isolated
@pytest.mark.parametrize("code", ["import socket\nsocket.create_connection(('192.0.2.1', 80), 1)",
                                  "print(open('/etc/passwd').read())", "import os\nos.kill(1, 9)\nraise OSError"])
def test_a_program_that_reaches_out_gets_an_error_of_its_own(app: App, parts: Parts, code: str):
    last = run(app, parts, code)[-1]
    assert said(parts, last) == "✗ The program ended with an error, exit status 1."
    assert "Error" in last[parts.form.error] and "root:" not in str(last[parts.runner.output])


@isolated
def test_stop_ends_a_run_and_a_second_run_stops_the_first(app: App, parts: Parts):
    def begun() -> Iterator[Painted]:
        steps = code_run.run(app.ui, visitor("code-run"), "while True: pass", "")
        return code_do.running(app.ui, parts, steps, "x", "en")

    steps = begun()
    next(steps), next(steps)
    app.ui.stop("ann", "code-run")
    assert said(parts, list(steps)[-1]) == "✗ Stopped."

    first, ended = begun(), list[Painted]()
    next(first), next(first)
    waits = threading.Thread(target=lambda: ended.extend(first))
    waits.start()
    assert said(parts, run(app, parts, "print(1)")[-1]) == "✓ The program ended by itself."
    waits.join(20)
    assert said(parts, ended[-1]) == "✗ Stopped."


@isolated
def test_tests_judge_the_code_and_name_what_fails_first(app: App, parts: Parts):
    good = run(app, parts, DOUBLE, tests="assert double(2) == 4\nassert double(0) == 0")[-1]
    assert said(parts, good) == "✓ All 2 tests passed."
    assert "these tests ran inside the program, which could cheat" in good[parts.runner.output]["facts"]
    bad = run(app, parts, DOUBLE, tests="assert double(2) == 4\nassert double(1) == 1")[-1]
    assert said(parts, bad) == "✗ 1 of 2 tests passed."
    assert printed(parts, bad) == {"First failure": "This does not hold: assert double(1) == 1"}
    assert bad[parts.form.error] == "AssertionError: double(1) == 1"
    assert said(parts, run(app, parts, DOUBLE, tests="  ")[-1]).startswith("✗ There are no tests.")
    assert said(parts, run(app, parts, DOUBLE, tests="assert (")[-1]).startswith("✗ The tests are not valid Python")


@isolated
def test_the_tests_of_a_built_in_task_are_compared_outside_of_the_program(app: App, parts: Parts):
    task = load_tasks().get("even_total")
    assert code_run.known_cases(task.tests_text + "\n") == task.tests and code_run.known_cases("assert f()") == ()
    last = run(app, parts, task.reference, tests=task.tests_text)[-1]
    assert said(parts, last) == "✓ All 5 tests passed."
    assert "values compared outside the program" in last[parts.runner.output]["facts"]
    last = run(app, parts, "def even_total(x):\n    return 6", tests=task.tests_text)[-1]
    assert printed(parts, last) == {"First failure": "even_total([]) gave 6, expected 0."}


def test_where_programs_cannot_run_the_buttons_are_off_and_nothing_runs(app: App, parts: Parts, say: Any):
    app.ui.programs = Programs(at_once=0)
    painted = code_view.runner_for(app.ui, parts, "python", say)
    assert painted[parts.runner.run]["interactive"] is painted[parts.runner.judge]["interactive"] is False
    assert texts_of(painted[parts.runner.limits]).startswith("Programs cannot run here. Programs are turned off")
    (only,) = run(app, parts, "print(1)")
    assert said(parts, only).startswith("✗ Programs cannot run here.") and only[parts.runner.output] == {}


def test_other_languages_than_python_are_not_run(app: App, parts: Parts, say: Any):
    painted = code_view.runner_for(app.ui, parts, "rust", say)
    assert painted[parts.runner.run]["interactive"] is False
    assert texts_of(painted[parts.runner.limits]).startswith("Only Python runs here.")


@isolated
def test_no_code_and_code_of_ten_megabytes_are_refused_in_words(app: App, parts: Parts):
    (only,) = run(app, parts, " \n")
    assert said(parts, only) == "✗ There is no code in the editor. Type or paste some, or let the model write it."
    last = run(app, parts, "x = 1\n" * 1_700_000)[-1]
    assert said(parts, last) == "✗ Code and input are too long to run. Shorten them."


# ---------------------------------------------------------------- pass@k
def measure(app: App, parts: Parts, which: str, samples: int = 1, k: int = 1, *, task: str = "", tests: str = "",
            variant: str = CODER, temperature: float = 0.5) -> Iterator[Painted]:
    return code_do.score(app.ui, parts, visitor("code-score"), None, variant, "en", which, samples, k, temperature, 64,
                         task, tests)


@isolated
def test_a_series_gives_the_unbiased_score_a_row_a_task_and_a_table_to_keep(app: App, parts: Parts,
                                                                            engine: ScriptedEngine, say: Any):
    task = load_tasks().get("even_total")
    engine.plans[goals(task.id, "", "", "en", say)[0].messages[0].text] = Plan([block(task.reference)])
    first, *_, last = measure(app, parts, task.id, samples=3, k=2)
    assert first[parts.score.start]["interactive"] is False and first[parts.score.progress]["value"]["share"] == 0
    said_of = texts_of(last[parts.score.status])
    assert said_of.startswith("pass@2 = 100 % 95 % interval 68 to 100 % 1 of 1 tasks coder:bf16 temperature 0.5")
    assert last[parts.score.table]["rows"] == [["Total of the even numbers", "3 of 3", "100 %",
                                                {"text": "", "kind": "wide"}]]
    measured = last[parts.score.measured]
    assert list(csv.reader(as_csv(measured).splitlines())) == [
        ["task", "samples", "right", "pass@2", "first_failure", "variant", "temperature"],
        ["even_total", "3", "3", "1.0000", "", "coder:bf16", "0.5"]]
    assert last[parts.score.start]["interactive"] is True and last[parts.score.stop]["interactive"] is False


def test_a_series_asks_every_task_once_before_it_asks_again_with_another_seed():
    two = (Goal("a", (Message("user", "a"),), ()), Goal("b", (Message("user", "b"),), ()))
    jobs = list(code_score.Plan(two, 2, 1, CODER, SamplingParams(), None).jobs())
    assert [(goal.id, request.sampling.seed) for goal, request in jobs] == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


@isolated
def test_a_series_samples_as_the_panel_says_and_the_series_counts_once_for_the_limit(
        app: App, parts: Parts, engine: ScriptedEngine, say: Any):
    last = list(measure(app, parts, "pocket", samples=2))[-1]       # 40 answers, 30 requests a minute are allowed
    assert texts_of(last[parts.score.status]).startswith("pass@1 = 0 %")
    assert len(last[parts.score.measured].found) == 40
    told = engine.told[goals("even_total", "", "", "en", say)[0].messages[0].text]
    assert told.asked == 2 and told.sampling["temperature"] == 0.5 and told.sampling["max_tokens"] == 64


@isolated
def test_an_own_task_is_judged_by_its_own_tests(app: App, parts: Parts, engine: ScriptedEngine):
    engine.plans[asked_of(write("Double it."))] = Plan([block(DOUBLE)])
    last = list(measure(app, parts, "own", task="Double it.", tests="assert double(2) == 4"))[-1]
    assert last[parts.score.table]["rows"][0][:3] == ["My task with my tests", "1 of 1", "100 %"]
    assert "these tests ran inside the program" in texts_of(last[parts.score.status])


@isolated
def test_stop_keeps_what_was_measured(app: App, parts: Parts, engine: ScriptedEngine, say: Any):
    for goal in goals("pocket", "", "", "en", say)[1:]:
        engine.plans[goal.messages[0].text] = Plan(["slow "] * 50, pace_s=30)
    steps = measure(app, parts, "pocket")
    for painted in steps:
        if "1 of 20 answers" in str(painted.get(parts.score.progress)):
            break
    app.ui.stop("ann", "code-score")
    last = list(steps)[-1]
    assert [task for task, _ in last[parts.score.measured].found] == ["even_total"]
    assert "ended after 1 of 20 answers" in texts_of(last[parts.score.status])
    assert last[parts.score.table]["rows"][1][1:3] == ["0 of 0", "not yet"]
    assert last[parts.score.opened]["visible"] is True


def test_a_model_that_breaks_ends_the_series_with_its_error(app: App, parts: Parts, engine: ScriptedEngine, say: Any):
    for goal in goals("pocket", "", "", "en", say):
        engine.plans[goal.messages[0].text] = Plan(["x"], fail_after=0)
    last = list(measure(app, parts, "pocket"))[-1]
    assert last[parts.score.status]["kind"] == "problem" and "incident" in texts_of(last[parts.score.status])
    assert last[parts.score.start]["interactive"] is True and last[parts.score.opened]["visible"] is False


@pytest.mark.parametrize(("given", "message"), [
    ({"which": "pocket", "samples": 2, "k": 3}, "k is 3, but each task has only 2 answers."),
    ({"which": "own", "task": "Double it."}, "Your task or its tests are empty."),
])
def test_a_series_that_makes_no_sense_does_not_begin(app: App, parts: Parts, engine: ScriptedEngine,
                                                     given: dict[str, Any], message: str):
    (only,) = measure(app, parts, **given)
    assert message in texts_of(only[parts.score.status]) and engine.told == {}


@isolated
def test_greedy_samples_are_known_to_be_all_the_same(app: App, parts: Parts):
    last = list(measure(app, parts, "even_total", samples=2, temperature=0.0))[-1]
    assert "at temperature 0 more answers tell nothing new" in texts_of(last[parts.score.status])


def test_a_failure_that_a_spreadsheet_would_compute_is_saved_as_text():
    series = code_score.Plan((Goal("own", (), "assert f()"),), 1, 1, CODER, SamplingParams(), None)
    unknown = Judged(False, 1, 0, "unavailable", Failure(found="no sandbox"))
    wrong = Judged(False, 1, 0, "wrong", Failure("=HYPERLINK(1)", "2", "3"))
    assert as_csv(Measured(series).with_one("own", unknown)).splitlines()[1].startswith("own,0,0,,,")
    _, row = csv.reader(as_csv(Measured(series).with_one("own", wrong)).splitlines())
    assert row[4] == "'=HYPERLINK(1) gave 3, expected 2."


# ---------------------------------------------------------------- the page
def test_a_model_that_was_not_made_for_code_is_told_and_a_coder_offered(app: App, parts: Parts, say: Any):
    catalog = app.playground.catalog
    painted = code_view.advice_for(app.ui, parts, catalog.variant(PLAIN).model, say)
    assert painted[parts.advice]["visible"] is True
    assert texts_of(painted[parts.advice_text]) == "Plain was not made for code. These were: Coder."
    assert painted[parts.pick]["value"] == "Use Coder"
    assert code_view.advice_for(app.ui, parts, catalog.variant(CODER).model, say)[parts.advice]["visible"] is False


@pytest.mark.parametrize(("action", "fields"), [
    ("write", {"task", "ready", "more", "ideas"}), ("explain", {"hint", "example"}),
    ("fix", {"hint", "example", "error", "goal"}), ("translate", {"hint", "example", "target"})])
def test_only_the_fields_that_an_action_needs_are_shown(app: App, parts: Parts, action: Any, fields: set[str]):
    painted = code_view.form_for(app.ui, parts, action, app.playground.catalog.variant(CODER).model, "en")
    shown = {name for name in ("task", "ready", "more", "ideas", "hint", "example", "error", "goal", "target")
             if painted[getattr(parts.form, name)]["visible"]}
    assert shown == fields


def test_what_was_drawn_changes_its_language(app: App, parts: Parts):
    versions = Versions().added("a", "python").added("b", "python")
    ran = Ran(error=InvalidRequest("x"), stopped=True)
    painted = code_do.reworded(app.ui, parts, Conversation(), versions, replace(ran, error=None), "python", "id")
    assert texts_of(painted[parts.editor.note]) == "Versi 2 dari 2"
    assert texts_of(painted[parts.runner.status]) == "✗ Dihentikan."
    assert painted[parts.editor.diff]["label"].startswith("Perubahan dari versi 1 ke versi 2")
    assert "Berjalan terkurung" in texts_of(painted[parts.runner.limits])


def test_nothing_is_taken_when_there_is_no_answer(parts: Parts, say: Any):
    asked = Question("write", "python", "x")
    assert code_do.take(parts, asked, Conversation(), Versions(), ("a", "python"), "", say) == {
        parts.editor.asked: None}
    assert code_do.take(parts, None, Conversation(), Versions(), ("a", "python"), "", say) == {parts.editor.asked: None}


def test_the_settings_are_the_recommended_ones_until_they_are_moved(app: App):
    model = app.playground.catalog.variant(CODER).model
    assert code_view.sampling_of(app.ui, model, "off", None, None) == replace(model.sampling)
    moved = code_view.sampling_of(app.ui, model, "off", 0.0, 64)
    assert (moved.temperature, moved.max_tokens) == (0.0, 64)
    with pytest.raises(InvalidRequest):
        code_view.sampling_of(app.ui, model, "off", 9.0, 64)
