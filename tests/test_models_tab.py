"""The Models tab's handlers as plain functions: who may act, what each wish does, and what is told meanwhile."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from playground.catalog import Catalog
from playground.compose import App, compose
from playground.engines._fake import FakeEngine, Gate
from playground.errors import LoadFailed
from playground.settings import Settings
from playground.types import CancelToken
from playground.ui.tabs import models
from playground.ui.tabs.models import Parts
from tests.browser.scripted_app import TINY
from tests.browser.scripted_app import models as scripted_models
from tests.pages import laid_out

KEY, SMALL, FP32 = "scripted:bf16", "small:bf16", "scripted:fp32"


def person(host: str = "127.0.0.1", **headers: str) -> Any:
    return SimpleNamespace(session_hash="ann", headers=headers, client=SimpleNamespace(host=host))


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(id="scripted")


@pytest.fixture
def app(engine: FakeEngine) -> Iterator[App]:
    known = scripted_models()
    huge = replace(known[0], id="huge", name="Huge", architecture=replace(TINY, vocab_size=10**8))
    made = compose(Settings(preload=False, default_model="scripted", memory_budget_gb=1.0), Catalog([*known, huge]),
                   {"scripted": engine})  # type: ignore[dict-item]
    yield made
    for gate in engine.gates.values():
        gate.open()
    made.cache.shutdown(5)


@pytest.fixture
def parts(app: App) -> Parts:
    return laid_out(app, models.lay_out)


def wish(app: App, parts: Parts, what: Any, key: str | None = KEY, by: Any = None, language: str = "en"
         ) -> Iterator[str]:
    """What the result line says, one text a step."""
    for painted in models.grant(app.ui, parts, by or person(), what, key, language):
        value = painted[parts.result]
        yield " | ".join([*([value["title"]] if "title" in value else []), *(item["text"] for item in value["items"])])


def in_memory(app: App) -> dict[str, str]:
    return {held.key: held.state for held in app.cache.status()}


def hold(app: App, key: str) -> tuple[threading.Event, threading.Thread]:
    """Somebody's answer on this variant, until the event is set."""
    entered, release = threading.Event(), threading.Event()

    def answer() -> None:
        with app.cache.lease(app.playground.catalog.variant(key), CancelToken()):
            entered.set()
            release.wait(20)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    assert entered.wait(10)
    return release, thread


# ---------------------------------------------------------------- the wishes
def test_load_reads_the_weights_and_says_how_many_in_how_long(app: App, parts: Parts, engine: FakeEngine):
    last = list(wish(app, parts, "load"))[-1]
    weights = app.playground.catalog.variant(KEY).weight_bytes
    assert last == f"{KEY} is ready: {weights / 1000:.0f} kB in 0.0 s."
    assert in_memory(app) == {KEY: "ready"} and engine.loads == [KEY]
    assert list(wish(app, parts, "load")) == [f"{KEY} is in memory already."] and engine.loads == [KEY]


def test_a_load_is_told_while_it_runs(app: App, parts: Parts, engine: FakeEngine):
    gate = engine.gates[KEY] = Gate()
    told = wish(app, parts, "load")
    next(told)
    assert gate.reached.wait(10)
    assert next(told).startswith(f"{KEY} | loading: reading the weights 50%, ")
    gate.open()
    assert "is ready" in list(told)[-1]


def test_a_load_that_fails_is_shown_as_the_other_tabs_show_errors(app: App, parts: Parts, engine: FakeEngine):
    engine.failures[KEY] = [LoadFailed("model.safetensors is cut short.", "Download it again.")]
    assert list(wish(app, parts, "load"))[-1] == "That did not work | model.safetensors is cut short. | " \
                                                 "Download it again."
    assert engine.loads == [KEY]          # told from the cache's memory, not by loading again


def test_what_cannot_fit_is_refused_with_the_reason(app: App, parts: Parts):
    (only,) = wish(app, parts, "load", "huge:bf16")
    assert only.startswith("That did not work | This model does not fit into the memory it may use here.")


def test_unload_gives_the_memory_back_and_says_how_much(app: App, parts: Parts, engine: FakeEngine):
    list(wish(app, parts, "load"))
    last = list(wish(app, parts, "unload"))[-1]
    weights = app.playground.catalog.variant(KEY).weight_bytes
    assert last.startswith(f"{KEY} has left memory. | {weights / 1000:.0f} kB came back.")
    assert in_memory(app) == {} and engine.closes == [KEY]
    assert list(wish(app, parts, "unload")) == [f"{KEY} is not in memory."]


def test_unload_waits_for_the_running_answers_and_says_so(app: App, parts: Parts, engine: FakeEngine):
    first, second = hold(app, KEY), hold(app, KEY)
    told = wish(app, parts, "unload")
    assert next(told).startswith(f"Unloading {KEY} | waiting for 2 answers | ")
    assert engine.closes == []
    for (release, thread), left in ((first, "waiting for 1 answer |"), (second, "")):
        release.set()
        thread.join(10)
        assert not left or left in next(told)
    assert "has left memory" in list(told)[-1]


def test_an_unload_goes_on_when_its_page_is_closed(app: App, parts: Parts):
    release, thread = hold(app, KEY)
    told = wish(app, parts, "unload")
    next(told)
    told.close()
    release.set()
    thread.join(10)
    for _ in range(200):
        if not in_memory(app):
            break
        threading.Event().wait(0.02)
    assert in_memory(app) == {}


def test_an_unload_that_was_overruled_says_the_model_is_still_there(app: App, parts: Parts):
    release, thread = hold(app, KEY)
    told = wish(app, parts, "unload")
    next(told)
    app.cache.pin(app.playground.catalog.variant(KEY))     # the later wish counts
    assert list(told)[-1].startswith(f"{KEY} is still in memory. | ")
    release.set()
    thread.join(10)
    assert in_memory(app) == {KEY: "ready"}


def test_pin_loads_and_keeps_and_unpin_lets_go(app: App, parts: Parts):
    assert list(wish(app, parts, "pin"))[-1] == f"{KEY} is pinned: it stays in memory."
    assert app.cache.status()[0].pinned
    assert list(wish(app, parts, "pin")) == [f"{KEY} is pinned already."]
    assert list(wish(app, parts, "unpin")) == [f"{KEY} is no longer pinned."]
    assert list(wish(app, parts, "unpin")) == [f"{KEY} was not pinned."]
    assert not app.cache.status()[0].pinned


def test_nothing_chosen_asks_to_choose(app: App, parts: Parts):
    assert list(wish(app, parts, "load", None)) == ["Choose a variant first."]


def test_the_reader_is_told_in_their_language(app: App, parts: Parts):
    assert list(wish(app, parts, "unload", language="id")) == [f"{KEY} tidak ada di memori."]


# ---------------------------------------------------------------- who may
@pytest.mark.parametrize("by", [person("192.168.1.7"), person(**{"x-forwarded-for": "127.0.0.1"})])
@pytest.mark.parametrize("what", models.WISHES)
def test_a_stranger_is_refused_by_the_handler_itself(app: App, parts: Parts, engine: FakeEngine, by: Any, what: Any):
    app.cache.preload(app.playground.catalog.variant(SMALL))
    before = app.cache.counters()
    (only,) = wish(app, parts, what, KEY, by)
    assert only == ("That did not work | Only a browser on the machine that runs this playground may load and unload; "
                    "everyone may look.")
    assert KEY not in in_memory(app) and app.cache.counters().refused == before.refused


def test_a_stranger_sees_everything_and_why_the_buttons_are_off(app: App, parts: Parts):
    painted = models.show(app.ui, parts, True, person("192.168.1.7"), "en", KEY, 8192, "all")
    assert all(painted[button]["interactive"] is False for button in parts.buttons.values())
    assert painted[parts.why]["items"] == [{"text": "Only a browser on the machine that runs this playground may load "
                                                    "and unload; everyone may look."}]
    assert painted[parts.fits]["rows"] and painted[parts.memory]["meters"] and "rows" in painted[parts.loaded]
    app.ui.model_control, app.ui.may_control = "nobody", lambda request: False
    painted = models.show(app.ui, parts, True, person(), "en", KEY, 8192, "all")
    assert "switched off here" in painted[parts.why]["items"][0]["text"]


def test_the_owner_may(app: App, parts: Parts):
    painted = models.show(app.ui, parts, True, person(), "en", KEY, 8192, "all")
    assert all(painted[button]["interactive"] is True for button in parts.buttons.values())
    assert painted[parts.why] == {}


# ---------------------------------------------------------------- what is shown
def test_the_timer_runs_only_while_the_tab_is_looked_at(app: App, parts: Parts):
    assert parts.timer.active is False
    assert models.show(app.ui, parts, False, person(), "en", KEY, 8192, "all") == {parts.timer: gr.update(active=False)}
    painted = models.show(app.ui, parts, True, person(), "en", KEY, 8192, "all")
    assert painted[parts.timer] == gr.update(active=True)


def test_the_variants_to_act_on_are_those_on_this_machine(app: App, parts: Parts):
    picked = models.show(app.ui, parts, True, person(), "en", FP32, 8192, "all")[parts.variant]
    assert picked["value"] == FP32 and {KEY, FP32, SMALL} < set(picked["choices"])
    assert not [key for key in picked["choices"] if key.startswith("absent")]
    absent = models.show(app.ui, parts, True, person(), "en", "absent:bf16", 8192, "all")[parts.variant]
    assert "value" not in absent


def test_a_load_shows_up_in_the_table_and_the_log(app: App, parts: Parts):
    list(wish(app, parts, "load"))
    painted = models.watch(app.ui, parts, lambda key, **values: app.ui.words.say("en", key, **values))
    (row,) = painted[parts.loaded]["rows"]
    assert (row[0]["text"], row[1]) == (KEY, {"text": "ready"})
    assert [line[1] for line in painted[parts.events]["rows"]] == ["loaded", "began to load"]


@pytest.mark.parametrize(("shown", "names"), [("all", 5), ("here", 4), ("fitting", 4)])
def test_the_fit_table_lists_what_was_asked_for(app: App, shown: str, names: int):
    say: Any = lambda key, **values: app.ui.words.say("en", key, **values)  # noqa: E731
    rows = models.fits(app.ui, 2048, shown, say)["rows"]
    assert len(rows) == names
    notes = {row[0]["text"]: row[0]["note"] for row in rows}
    assert notes["Scripted"] == "on this machine"
    assert shown == "here" or notes["Absent"].startswith("download ")


def test_another_language_repaints_what_is_looked_at(app: App, parts: Parts):
    assert models.repaint(app.ui, parts, False, person(), "id", 8192, "all") == {parts.result: {}}
    painted = models.repaint(app.ui, parts, True, person("192.168.1.7"), "id", 8192, "all")
    assert painted[parts.fits]["columns"][1] == "Cache KV"
    assert painted[parts.why]["items"][0]["text"].startswith("Hanya peramban di mesin")
    assert painted[parts.loaded]["empty"].startswith("Belum ada model di memori.")
