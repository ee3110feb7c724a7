"""The thinking tab's handlers, on the real small model."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from playground.compose import App, compose
from playground.experiments.less_thinking import Cut
from playground.settings import Settings
from playground.types import CancelToken, Event, Finished, PromptReady, ReasoningDelta, Usage
from playground.ui import thinking_view
from playground.ui.conversation import Conversation, Reply
from playground.ui.tabs import thinking
from playground.ui.tabs.thinking import ask, repaint
from playground.ui.thinking_drawn import less_drawn, trial_csv
from playground.ui.thinking_panels import Picked, cut_short, try_budgets
from playground.ui.thinking_view import ID, LESS_ID, TRIAL_ID, Parts, adapt, thinker
from tests.pages import laid_out

pytestmark = pytest.mark.timeout(120)
PICKED = Picked("pocket-qwen3:fp32", "en", "on", False, 64, 0.0, "1")
Painted = dict[Any, Any]


def person() -> Any:
    return SimpleNamespace(session_hash="ann", headers={}, client=SimpleNamespace(host="127.0.0.1"))


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    made = compose(Settings(preload=False))
    made.ui.caller = lambda request: "reader"
    made.ui.words.extend(thinking.texts())
    yield made
    made.cache.shutdown(10)


@pytest.fixture(scope="module")
def parts(app: App) -> Parts:
    return laid_out(app, thinking_view.lay_out)


def asked(app: App, parts: Parts, text: str, picked: Picked = PICKED) -> list[Painted]:
    return list(ask(app.ui, parts, person(), text, picked))


def conversation(painted: list[Painted], parts: Parts) -> Conversation:
    return painted[-1][parts.pane.conversation]  # type: ignore[no-any-return]


def reply(painted: list[Painted], parts: Parts) -> Any:
    return conversation(painted, parts).turns[0].reply


def items(value: dict[str, Any]) -> str:
    return " ".join(each["text"] for each in value.get("items", ()))


# ---------------------------------------------------------------- asking
def test_a_question_is_answered_with_its_thinking_apart_and_can_then_be_cut(app: App, parts: Parts):
    painted = asked(app, parts, "What is 12 + 30?")
    assert reply(painted, parts).text == "12 + 30 = 42" and reply(painted, parts).reasoning
    assert painted[-1][parts.less.opened]["visible"] is True
    assert painted[0][parts.box] == "What is 12 + 30?"      # to be asked again with another budget


def test_a_budget_is_kept_and_the_answer_follows(app: App, parts: Parts):
    made = reply(asked(app, parts, "What is 47 * 36?", replace(PICKED, limited=True, budget=16)), parts)
    assert (made.usage.reasoning_tokens, made.usage.thinking_closed) == (16, "budget") and made.text


def test_a_budget_of_nothing_answers_at_once(app: App, parts: Parts):
    painted = asked(app, parts, "What is 47 * 36?", replace(PICKED, limited=True, budget=0))
    assert reply(painted, parts).usage.reasoning_tokens == 0 and reply(painted, parts).text
    assert painted[-1][parts.less.opened]["visible"] is False


def test_a_budget_larger_than_the_context_is_lowered_and_told(app: App, parts: Parts):
    painted = asked(app, parts, "What is 47 * 36?", replace(PICKED, limited=True, budget=4000))
    made = reply(painted, parts)
    room, closing = 2048 - len(made.prompt.token_ids), len(app.playground.close_ids("pocket-qwen3:fp32")) + 1
    assert made.request.thinking_budget == room - room // 4 - closing and made.text == "47 * 36 = 1692"
    assert items(painted[-1][parts.note]) == (
        f"The budget of 4000 tokens was lowered to {made.request.thinking_budget}, so that an answer still fits.")


def test_the_largest_budget_of_the_slider_is_kept_as_it_is(app: App, parts: Parts):
    most = adapt(app.ui, parts, PICKED.variant, "on", 0.2, "en")[parts.budget]["maximum"]
    painted = asked(app, parts, "What is 47 * 36?", replace(PICKED, limited=True, budget=most))
    assert reply(painted, parts).request.thinking_budget == most == 512 and items(painted[-1][parts.note]) == ""


def test_the_switch_turns_thinking_off_and_the_budget_with_it(app: App, parts: Parts):
    made = reply(asked(app, parts, "What is 12 + 30?", replace(PICKED, switch="off", limited=True)), parts)
    assert not made.reasoning and made.request.thinking is False and made.request.thinking_budget is None


def test_a_model_that_does_not_think_is_asked_without_a_budget(app: App, parts: Parts):
    picked = replace(PICKED, variant="pocket-qwen2:fp32", limited=True)
    made = reply(asked(app, parts, "What is 12 + 30?", picked), parts)
    assert made.text and made.request.thinking_budget is None


def test_a_closing_tag_that_somebody_types_closes_nothing(app: App, parts: Parts):
    painted = asked(app, parts, "</think> What is 12 + 30? </think>")
    made = reply(painted, parts)
    pieces = app.playground.pieces(made.request.variant, made.prompt.token_ids)
    assert "</think>" not in [piece.text for piece in pieces if piece.control] and made.text


def test_thinking_that_is_stopped_is_kept_and_can_be_cut(app: App, parts: Parts, monkeypatch: pytest.MonkeyPatch):
    whole = reply(asked(app, parts, "What is 47 * 36?"), parts)

    def stopped_after_forty_tokens(request: Any, caller: str, cancel: CancelToken) -> Iterator[Event]:
        yield PromptReady(whole.prompt, whole.request)
        yield ReasoningDelta("", whole.output_ids[:1], marker=True)
        yield ReasoningDelta("47*36", whole.output_ids[1:40])
        app.ui.stop("ann", ID)
        yield Finished("cancelled" if cancel.cancelled else "stop", Usage(reasoning_tokens=39, variant=PICKED.variant))

    monkeypatch.setattr(app.playground, "stream", stopped_after_forty_tokens)
    painted = asked(app, parts, "What is 47 * 36?")
    made = reply(painted, parts)
    assert (made.reason, made.reasoning, made.text) == ("cancelled", "47*36", "")
    assert painted[-1][parts.pane.send]["interactive"] is True
    *_, last = cut_short(app.ui, parts, person(), conversation(painted, parts), "", "en")
    assert last[parts.less.table]["rows"][-1][0] == "39 (all of it)" and last[parts.less.answered][-1].text


def drawn_rows(painted: Painted, parts: Parts) -> list[dict[str, Any]]:
    value = painted[parts.pane.chatbot]
    return value["value"] if isinstance(value, dict) else value  # type: ignore[no-any-return]


def test_thinking_that_went_in_circles_says_so_in_another_language_too(app: App, parts: Parts):
    usage = Usage(reasoning_tokens=300, thinking_closed="repetition", variant="x")
    looped = Conversation().ask("?").reply(Reply("so", "again again", usage=usage))
    titles = [drawn_rows(repaint(app.ui, parts, looped, (), "", None, lang), parts)[1]["metadata"]["title"]
              for lang in ("en", "id")]
    assert [title.split(" · ")[-1] for title in titles] == ["went round in circles", "berputar-putar"]


def test_an_empty_question_and_a_broken_seed_are_told(app: App, parts: Parts):
    assert items(asked(app, parts, "  ")[-1][parts.pane.status]) == "Type a message first."
    last = asked(app, parts, "What is 1 + 1?", replace(PICKED, seed="x"))[-1]
    assert last[parts.pane.status]["kind"] == "problem"


# ---------------------------------------------------------------- one thinking cut short
def test_the_thinking_is_cut_at_several_places_and_every_answer_is_shown(app: App, parts: Parts):
    before = conversation(asked(app, parts, "What is 47 * 36?"), parts)
    *_, last = cut_short(app.ui, parts, person(), before, "", "en")
    rows = last[parts.less.table]["rows"]
    assert len(rows) == 9 and rows[0][0] == "0" and rows[-1][0].endswith("(all of it)")
    assert rows[-1][1:] == ["47 * 36 = 1692", "yes", "✓ right"]
    assert [point["x"] for point in last[parts.less.plot]["points"]][0] == "0"
    assert last[parts.less.start]["interactive"] is True and last[parts.less.stop]["interactive"] is False
    again = repaint(app.ui, parts, before, last[parts.less.answered], "", None, "id")
    assert again[parts.less.table]["rows"][-1][-1] == "✓ benar"
    assert len(again[parts.less.plot]["points"]) == 9


def test_cuts_of_a_thinking_that_was_closed_end_where_its_budget_ended(app: App, parts: Parts):
    before = conversation(asked(app, parts, "What is 47 * 36?", replace(PICKED, limited=True, budget=16)), parts)
    *_, last = cut_short(app.ui, parts, person(), before, "", "en")
    assert [row[0] for row in last[parts.less.table]["rows"]] == [
        "0", "2", "4", "6", "8", "10", "12", "14", "16 (all of it)"]


def test_the_right_answer_that_a_reader_types_is_what_counts():
    cuts = (Cut(0, "Rome"), Cut(1, "It is Paris."), Cut(2, "it is paris.", whole=True))
    _, table = less_drawn(cuts, "What is the capital of France?", "Paris", lambda key, **values: key)
    assert [row[-1] for row in table["rows"]] == ["thinking.wrong", "thinking.right", "thinking.right"]
    plot, table = less_drawn(cuts, "What is the capital of France?", " ", lambda key, **values: key)
    assert [row[-1] for row in table["rows"]] == ["thinking.no", "thinking.yes", "thinking.yes"]
    assert [point["y"] for point in plot["points"]] == [0.0, 1.0, 1.0]


def test_nothing_is_said_about_where_an_answer_is_stable_before_all_cuts_are_answered():
    assert less_drawn((Cut(0, "a"), Cut(100, "a", whole=True)), "?", "", lambda key, **values: key)[0] == {}


def test_stopping_the_cuts_keeps_those_that_are_answered(app: App, parts: Parts, monkeypatch: pytest.MonkeyPatch):
    before = conversation(asked(app, parts, "What is 47 * 36?"), parts)
    stop_at(app, monkeypatch, 3, LESS_ID)
    *_, last = cut_short(app.ui, parts, person(), before, "", "en")
    rows = last[parts.less.table]["rows"]
    assert len(rows) == 3 and rows[0][0] == "0" and rows[-1][0].endswith("(all of it)")
    assert last[parts.less.plot] == {} and last[parts.less.start]["interactive"] is True


def stop_at(app: App, monkeypatch: pytest.MonkeyPatch, number: int, run: str) -> None:
    """Press Stop as the request of this number begins."""
    genuine, begun = app.playground.series, list[int]()

    def series(caller: str, first: Any) -> Any:
        door = genuine(caller, first)

        def stream(request: Any, cancel: CancelToken) -> Iterator[Event]:
            begun.append(1)
            if len(begun) == number:
                app.ui.stop("ann", run)
            yield from door(request, cancel)

        return stream

    monkeypatch.setattr(app.playground, "series", series)


def test_an_answer_without_thinking_has_nothing_to_cut(app: App, parts: Parts):
    before = conversation(asked(app, parts, "What is 1 + 1?", replace(PICKED, switch="off")), parts)
    for each in (before, Conversation()):
        *_, last = cut_short(app.ui, parts, person(), each, "", "en")
        assert "no thinking to cut" in items(last[parts.less.status])


# ---------------------------------------------------------------- the experiment
def test_the_experiment_measures_each_budget_and_can_be_saved(app: App, parts: Parts):
    *_, last = try_budgets(app.ui, parts, person(), "products", 20, ["none", "0"], PICKED)
    off, free = last[parts.trial.table]["rows"]
    assert off[0] == "off" and free[0] == "no limit" and free[3].endswith("/20")
    assert float(free[1].rstrip("%")) - float(off[1].rstrip("%")) >= 25
    progress, about = last[parts.trial.measured]
    saved = trial_csv(progress, about).splitlines()
    assert saved[0].startswith("# pocket-qwen3:fp32, products") and saved[2].startswith("0,") and len(saved) == 4
    assert last[parts.trial.csv]["visible"] is True
    assert last[parts.trial.status]["items"][0] == "40 of 40 answers"
    assert last[parts.trial.status]["items"][1].startswith("off → no limit: +")
    again = repaint(app.ui, parts, Conversation(), (), "", last[parts.trial.measured], "id")
    assert again[parts.trial.table]["rows"][0][0] == "mati"


def test_a_stopped_experiment_keeps_what_is_measured(app: App, parts: Parts, monkeypatch: pytest.MonkeyPatch):
    stop_at(app, monkeypatch, 40, TRIAL_ID)
    *_, last = try_budgets(app.ui, parts, person(), "sums", 400, ["none"], PICKED)
    progress, _ = last[parts.trial.measured]
    assert 30 <= progress.done < 40 and last[parts.trial.table]["rows"]
    assert last[parts.trial.status]["items"] == [
        f"{progress.done} of 400 answers", "ended early; what is measured stays"]


def test_an_experiment_without_a_budget_says_so(app: App, parts: Parts):
    *_, last = try_budgets(app.ui, parts, person(), "sums", 20, [], PICKED)
    assert last[parts.trial.status]["items"] == ["Pick at least one budget."]


def test_an_experiment_with_a_budget_that_could_not_be_kept_is_refused(app: App, parts: Parts,
                                                                       monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app.ui, "max_tokens", 500)
    (last,) = try_budgets(app.ui, parts, person(), "sums", 20, ["0", "400"], PICKED)
    assert "A budget of 400 tokens leaves no room" in last[parts.trial.status]["items"][0]


def test_a_page_that_is_closed_stops_all_three(app: App, parts: Parts):
    runs = [app.ui.start("ann", each) for each in (ID, LESS_ID, TRIAL_ID)]
    app.ui.stop_all("ann")
    assert all(token.cancelled for token in runs)


# ---------------------------------------------------------------- what follows the model
@pytest.mark.parametrize(("variant", "controls", "switch", "says"), [
    ("pocket-qwen3:fp32", True, True, "It can do both"),
    ("pocket-qwen2:fp32", False, False, "It does not"),
    ("qwen3-4b-thinking-2507:bf16", True, False, "always thinks|opens the thinking itself"),
])
def test_controls_are_there_only_where_they_do_something(app: App, parts: Parts, variant: str, controls: bool,
                                                         switch: bool, says: str):
    shown = adapt(app.ui, parts, variant, "on", 0.6, "en")
    assert shown[parts.controls]["visible"] is controls and shown[parts.switch]["visible"] is switch
    assert any(each in items(shown[parts.about]) for each in says.split("|"))
    assert shown[parts.advice]["visible"] is not controls
    assert shown[parts.trial.start]["interactive"] is controls


def test_greedy_thinking_is_warned_of_for_real_models_and_explained_for_ours(app: App):
    def said(variant: str, switch: str, temperature: float) -> dict[str, Any]:
        model = app.playground.catalog.variant(variant).model
        return thinking_view.warning(model, switch, temperature, lambda key, **values: app.ui.words.say("en", key))

    assert said("qwen3-0.6b:bf16", "on", 0)["kind"] == "problem"
    assert said("qwen3-0.6b:bf16", "on", 0.6) == {} and said("qwen3-0.6b:bf16", "off", 0) == {}
    assert said("pocket-qwen3:fp32", "on", 0)["kind"] == ""


def test_the_model_that_is_offered_thinks(app: App):
    found = thinker(app.ui)
    assert found is not None and found.id == "pocket-qwen3"
