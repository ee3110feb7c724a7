"""The lessons: every one has its texts, a prediction locks before its cell runs, and cells go through the one door."""
from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import yaml

from playground.catalog import Catalog
from playground.compose import App, compose
from playground.errors import LoadFailed
from playground.settings import Settings
from playground.types import (
    CancelToken,
    Emit,
    FinishReason,
    GenerationRequest,
    LoadProgress,
    ModelSpec,
    ReasoningDelta,
    RenderedPrompt,
    SamplingParams,
    TextDelta,
    TokenPiece,
    Usage,
    Variant,
)
from playground.ui.answer import Visitor
from playground.ui.build import build_ui
from playground.ui.context import UiContext
from playground.ui.conversation import Conversation
from playground.ui.words import load_strings
from tests.tiny import spec
from tutorials import draw, layout, prose
from tutorials.check import check_lessons
from tutorials.lesson import Check, Compare, Lesson, Measured, NotPredicted, Predict, Run, lock, numbers
from tutorials.tab import TAB, Done, check_answer, forget, how, repaint, run_cell, start_over

ROOT = Path(__file__).parents[1]
LESSON = prose.lessons()[0]
VISITOR = Visitor("session", "reader", TAB.id)
ALL = pytest.mark.parametrize("lesson", prose.lessons(), ids=lambda lesson: lesson.id)


class Scripted:
    """Answers at once and wrongly without thinking, at length and rightly with it."""

    id = "scripted"
    memory_bytes = 10
    max_concurrency = 4
    kv_bytes = 0

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.sampled: list[SamplingParams] = []
        self.broken = False
        self.endless = False
        self.ticked = False

    def forget(self) -> None: ...

    def load(self, variant: Variant, progress: LoadProgress, cancel: CancelToken) -> Scripted:
        if self.broken:
            raise LoadFailed("The weights are gone.", "Copy them again.")
        return self

    def prompter(self, model: ModelSpec) -> Scripted:
        return self

    def render(self, request: GenerationRequest) -> RenderedPrompt:
        return RenderedPrompt(f"{request.thinking} {request.messages[-1].text}", (1, 2, 3))

    def pieces(self, token_ids: tuple[int, ...]) -> tuple[TokenPiece, ...]:
        return tuple(TokenPiece(each, "x") for each in token_ids)

    def generate(self, prompt: RenderedPrompt, sampling: SamplingParams, cancel: CancelToken, emit: Emit
                 ) -> FinishReason:
        self.asked.append(prompt.text)
        self.sampled.append(sampling)
        while self.endless:
            emit(TextDelta("tick ", (9,)))
            self.ticked = True
            if cancel.wait(0.005):
                return "cancelled"
        thinks = prompt.text.startswith("True")
        for word in ("47", " times", " 36") if thinks else ():
            emit(ReasoningDelta(word, (5,)))
        emit(TextDelta("It is 1,692." if thinks else "It is 1690.", (6,)))
        return "stop"

    def close(self) -> None:
        pass


@pytest.fixture
def engine() -> Scripted:
    return Scripted()


@pytest.fixture
def app(engine: Scripted, tmp_path: Path) -> Iterator[App]:
    models = [replace(spec(name, path=str(tmp_path), engine="scripted", thinking=kind), pocket=True)
              for name, kind in (("tiny", "hybrid"), ("plain", "none"))]
    made = compose(Settings(preload=False, default_model="tiny", memory_budget_gb=1.0),
                   Catalog(models), {"scripted": engine})
    yield made
    made.cache.shutdown(5)


@pytest.fixture
def parts(app: App) -> layout.Parts:
    app.ui.words.extend(prose.texts())
    with gr.Blocks():
        return layout.build(app.ui, LESSON)


def nothing_done() -> Done:
    return Done({}, {run.id: Conversation() for run in LESSON.of(Run)}, {check.id: None for check in LESSON.of(Check)})


def run(ctx: UiContext, parts: layout.Parts, cell: str, done: Done, given: dict[str, str | None], language: str = "en",
        variant: str = "tiny:fp32") -> list[dict[Any, Any]]:
    block = next(block for block in LESSON.of(Run) if block.id == cell)
    return list(run_cell(ctx, parts, block, VISITOR, variant, language, done, given))


def merged(painted: list[dict[Any, Any]]) -> dict[Any, Any]:
    return {component: value for each in painted for component, value in each.items()}


# ---------------------------------------------------------------- texts and structure
@ALL
def test_every_lesson_has_the_same_texts_in_every_language(lesson: Lesson) -> None:
    said = [prose.prose(lesson, language) for language in prose.LANGUAGES]
    assert [set(each) for each in said] == [set(lesson.keys())] * len(prose.LANGUAGES)
    assert said[0]["title"] != said[1]["title"]


def test_a_missing_text_is_named(tmp_path: Path) -> None:
    texts = yaml.safe_load((prose.LESSONS / f"{LESSON.id}.id.yaml").read_text("utf-8"))
    del texts["turn"]["feedback"]["user"]
    texts["turn"]["feedback"]["usr"] = "salah tulis"
    (tmp_path / f"{LESSON.id}.id.yaml").write_text(yaml.safe_dump(texts), "utf-8")
    with pytest.raises(ValueError) as error:
        prose.prose(LESSON, "id", tmp_path)
    assert str(error.value).endswith("id.yaml lacks ['turn.feedback.user'] and does not need ['turn.feedback.usr']")


def test_a_text_that_yaml_reads_as_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"{LESSON.id}.en.yaml").write_text("title: no\n", "utf-8")
    with pytest.raises(ValueError, match="title must be a text"):
        prose.prose(LESSON, "en", tmp_path)


def test_the_tabs_own_words_exist_in_every_language() -> None:
    words = load_strings(ROOT / "tutorials" / "strings")
    assert set(words) == set(prose.LANGUAGES)


def _held(before: Measured, after: Measured) -> str:
    return "a"


@pytest.mark.parametrize("blocks, said", [
    ((Run("a", "on"), Run("a", "on")), "used twice"),
    ((Check("q", ("a", "b"), right="c"),), "exactly one"),
    ((Check("q", ("a", "a"), right="a"),), "exactly one"),
    ((Run("a", "on"), Run("b", "on"), Predict("p", ("a",), "a", "b", _held)), "must stand between"),
    ((Run("a", "on"), Compare("c", "a", "b")), "must stand after"),
])
def test_a_lesson_that_cannot_work_is_refused(blocks: tuple[Any, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Lesson("broken", blocks)


@pytest.mark.parametrize("text, found", [
    ("1692", [1692]), ("47 × 36 = **1,692**.", [47, 36, 1692]), ("1.692", [1692]), ("16920", [16920]),
    (r"$1{,}692$", [1692]), ("none", []), ("1692.", [1692]), ("in 1, 692 ways", [1, 692]),
])
def test_numbers_are_read_however_they_are_written(text: str, found: list[int]) -> None:
    assert numbers(text) == found


def test_only_the_answer_counts_as_right_not_the_thought_before_it() -> None:
    cell = Run("a", "on", expects=1692)
    assert cell.measure("It is 1692.", "stop", Usage()).right is True
    assert cell.measure("I do not know.", "stop", Usage()).right is False
    assert Run("a", "on").measure("anything", "stop", Usage()).right is None


# ---------------------------------------------------------------- predictions
def test_a_cell_does_not_run_before_its_predictions_are_made(app: App, parts: layout.Parts, engine: Scripted) -> None:
    painted = run(app.ui, parts, "thought", nothing_done(), {"amount": "more", "result": None})
    [item] = painted[0][parts.cells["thought"].status]["items"]
    assert item["text"].startswith("Choose your prediction first: Will the answer")
    assert len(painted) == 1 and engine.asked == []


def test_a_prediction_is_locked_before_the_cell_runs_and_stays(app: App, parts: layout.Parts, engine: Scripted) -> None:
    stream = run_cell(app.ui, parts, LESSON.of(Run)[1], VISITOR, "tiny:fp32", "en", nothing_done(),
                      {"amount": "fewer", "result": "wrong"})
    first = next(stream)
    assert engine.asked == []
    assert first[parts.locked] == {"amount": "fewer", "result": "wrong"}
    radio, line = parts.predictions["amount"]
    assert first[radio]["interactive"] is False and first[radio]["value"] == "fewer"
    assert first[line]["items"] == [{"text": "Locked: Fewer."}]
    stream.close()
    assert lock(LESSON, "thought", first[parts.locked], {"amount": "more", "result": "right"}) == first[parts.locked]


def test_an_option_that_does_not_exist_is_no_prediction() -> None:
    with pytest.raises(NotPredicted) as error:
        lock(LESSON, "thought", {}, {"amount": "lots", "result": "right"})
    assert error.value.missing == ("amount",)


def test_a_cell_without_predictions_runs_at_once() -> None:
    assert lock(LESSON, "direct", {}, {}) == {}


# ---------------------------------------------------------------- running
def test_a_cell_goes_through_the_one_door_and_shows_what_was_measured(app: App, parts: layout.Parts, engine: Scripted
                                                                      ) -> None:
    first = merged(run(app.ui, parts, "direct", nothing_done(), {}))
    cell = parts.cells["direct"]
    assert engine.asked == ["False What is 47 * 36?"]
    assert first[cell.exact] == "False What is 47 * 36?"
    assert [row["content"][0]["text"] for row in first[cell.chatbot]][:2] == ["What is 47 * 36?", "It is 1690."]
    assert first[cell.asked].turns[-1].reply.usage.variant == "tiny:fp32"
    assert first[cell.run]["interactive"] is True and first[cell.stop]["interactive"] is False

    done = replace(nothing_done(), asked={**nothing_done().asked, "direct": first[cell.asked]})
    second = merged(run(app.ui, parts, "thought", done, {"amount": "more", "result": "wrong"}))
    table, line = (second[part] for part in parts.comparisons["measured"])
    assert engine.asked[1:] == ["True What is 47 * 36?"]
    assert "| Tokens written | 1 | 4 |" in table
    assert "| of these, the thought | 0 | 3 |" in table
    assert "| Answer | wrong (1692 is right) | right |" in table
    assert [item["text"].partition("? ")[2] for item in line["items"]] == [
        "You predicted: More. That held.", "You predicted: Wrong. Measured: Right."]


def test_a_cell_follows_the_language_of_the_page(app: App, parts: layout.Parts, engine: Scripted) -> None:
    run(app.ui, parts, "direct", nothing_done(), {}, language="id")
    assert engine.asked == ["False Berapa 47 * 36?"]


def test_a_model_without_a_thinking_switch_is_named_and_not_told_to_think(app: App, parts: layout.Parts,
                                                                          engine: Scripted) -> None:
    run(app.ui, parts, "direct", nothing_done(), {}, variant="plain:fp32")
    assert engine.asked == ["None What is 47 * 36?"]
    said = repaint(app.ui, parts, "plain:fp32", "en", nothing_done())[parts.note]["items"]
    assert [item["text"] for item in said][0] == "Runs on Plain"
    assert any("no thinking switch" in item["text"] for item in said)


def test_answers_are_bounded_by_the_cell_and_by_the_app(app: App) -> None:
    cell = replace(LESSON.of(Run)[0], max_tokens=7)
    assert how(app.ui, cell, "tiny:fp32").sampling.max_tokens == 7
    app.ui.max_tokens = 5
    assert how(app.ui, cell, "tiny:fp32").sampling.max_tokens == 5


def test_stop_ends_a_cell_and_nothing_is_compared(app: App, parts: layout.Parts, engine: Scripted) -> None:
    engine.endless = True
    painted = []
    for each in run_cell(app.ui, parts, LESSON.of(Run)[0], VISITOR, "tiny:fp32", "en", nothing_done(), {}):
        painted.append(each)
        if engine.ticked:                 # stopped before its first token, nothing would be kept
            app.ui.stop(VISITOR.session, TAB.id)
    stopped = merged(painted)[parts.cells["direct"].asked]
    assert stopped.turns[-1].reply.reason == "cancelled"
    shown = draw.comparison(LESSON, LESSON.of(Compare)[0], {"direct": stopped, "thought": stopped},
                            {"amount": "same"}, partial(app.ui.words.say, "en"))
    assert "stopped or broke off" in shown[1]["items"][0]["text"]
    assert "| Answer | stopped | stopped |" in shown[0]


def test_answers_of_two_models_are_not_compared(app: App, parts: layout.Parts) -> None:
    one = merged(run(app.ui, parts, "direct", nothing_done(), {}))[parts.cells["direct"].asked]
    other = merged(run(app.ui, parts, "direct", nothing_done(), {}, variant="plain:fp32"))[parts.cells["direct"].asked]
    shown = draw.comparison(LESSON, LESSON.of(Compare)[0], {"direct": one, "thought": other}, {"amount": "same"},
                            partial(app.ui.words.say, "en"))
    assert "different models" in shown[1]["items"][0]["text"]


def test_a_failure_is_said_with_what_to_do_and_the_cell_can_run_again(app: App, parts: layout.Parts, engine: Scripted
                                                                      ) -> None:
    engine.broken = True
    painted = merged(run(app.ui, parts, "direct", nothing_done(), {}))
    cell = parts.cells["direct"]
    assert painted[cell.status]["kind"] == "problem"
    assert {"text": "The weights are gone."} in painted[cell.status]["items"]
    assert painted[cell.run]["interactive"] is True
    [unknown] = run(app.ui, parts, "direct", nothing_done(), {}, variant="nothing:fp32")
    assert unknown[cell.status]["kind"] == "problem"


# ---------------------------------------------------------------- questions
@pytest.mark.parametrize("language", prose.LANGUAGES)
@ALL
def test_every_option_of_every_question_has_feedback_of_its_own(lesson: Lesson, language: str, app: App) -> None:
    app.ui.words.extend(prose.texts())
    say = partial(app.ui.words.say, language)
    for check in lesson.of(Check):
        said = {option: draw.feedback(lesson, check, option, say) for option in check.options}
        assert len({each["items"][0]["text"] for each in said.values()}) == len(check.options)
        assert [option for option in said if said[option]["title"] == say("lessons.right")] == [check.right]


def test_checking_without_a_choice_asks_for_one(app: App, parts: layout.Parts) -> None:
    check = LESSON.of(Check)[0]
    painted = check_answer(app.ui, parts, check, None, "id")
    assert painted == {parts.questions[check.id].feedback: {"items": [{"text": "Pilih salah satu dulu."}]}}


def test_starting_over_forgets_everything(app: App, parts: layout.Parts) -> None:
    painted = start_over(app.ui, parts, "en")
    assert painted[parts.locked] == {} and painted[parts.cells["direct"].asked] == Conversation()
    assert painted[parts.predictions["amount"][0]]["interactive"] is True
    assert painted[parts.questions["turn"].checked] is None


def test_clearing_a_cell_forgets_its_answer_but_not_the_predictions(app: App, parts: layout.Parts) -> None:
    asked = merged(run(app.ui, parts, "direct", nothing_done(), {}))[parts.cells["direct"].asked]
    done = replace(nothing_done(), asked={"direct": asked, "thought": asked}, locked={"amount": "more"})
    painted = forget(app.ui, parts, LESSON.of(Run)[0], "en", done)
    assert painted[parts.cells["direct"].asked] == Conversation() and parts.locked not in painted
    assert painted[parts.comparisons["measured"][0]] == ""


def test_switching_the_language_says_again_what_the_reader_has_done(app: App, parts: layout.Parts) -> None:
    done = replace(nothing_done(), locked={"amount": "more"}, checked={"turn": "user"})
    painted = repaint(app.ui, parts, "tiny:fp32", "id", done)
    assert painted[parts.predictions["amount"][1]]["items"] == [{"text": "Terkunci: Lebih banyak."}]
    assert painted[parts.questions["turn"].feedback]["title"] == "Belum tepat"


# ---------------------------------------------------------------- the page, the command, the walls
def test_the_tab_stands_on_the_page_in_both_languages(app: App) -> None:
    page = build_ui(app.ui, (TAB,))
    labels = [block.label for block in page.blocks.values() if isinstance(block, gr.Tab)]
    assert "Lessons" in labels
    indonesian = [update.get("label") for update in app.ui.words.updates("id")]
    assert "Pelajaran" in indonesian
    shown = [block.value for block in page.blocks.values() if isinstance(block, gr.Markdown)]
    assert "## Your first conversation" in shown
    assert any("chat template" in str(text) for text in shown)


def test_what_a_handler_may_change_is_among_its_outputs(app: App, parts: layout.Parts) -> None:
    painted = merged([*run(app.ui, parts, "direct", nothing_done(), {}), start_over(app.ui, parts, "en"),
                      repaint(app.ui, parts, "tiny:fp32", "en", nothing_done())])
    assert {component for component in painted} <= set(parts.painted)


def test_the_check_command_runs_every_cell_in_every_language(app: App, engine: Scripted) -> None:
    results = check_lessons(app.playground, "tiny")
    assert {result.outcome for result in results} == {"passed"}
    cells = sum(len(lesson.of(Run)) for lesson in prose.lessons())
    assert len(engine.asked) == cells * len(prose.LANGUAGES)
    assert [result.measured["right"] for result in results if result.measured] == [False, True, False, True]


def test_lessons_touch_no_engine_no_cache_and_no_heavy_library() -> None:
    forbidden = ("playground.engines", "playground.cache", "playground.api", "torch", "transformers")
    for path in (ROOT / "tutorials").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else \
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith(forbidden)], path
    code = "import sys, tutorials.tab; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0
