"""The Models tab as values: exact words for each state and event, in both languages."""
from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from playground.monitor.machine import Machine
from playground.types import CacheEvent, ModelStatus
from playground.types import DeviceMemory as Memory
from playground.ui import models_view
from playground.ui.models_view import event_text, happened, in_memory, memory_meter, memory_meters, span, state_text
from playground.ui.words import Words

SAY = partial(Words().say, "en")
SAGEN = partial(Words().say, "id")
READY = ModelStatus("a:bf16", "ready", 0, 0, 8_000_000, 8_400_000, "", None, 40.0, False, 860.0, 2, 5, 0.824)


def cells(model: ModelStatus, began: dict[str, float] | None = None) -> list[object]:
    table = in_memory([model], began or {}, 100.0, SAY)
    assert table["columns"] == ["Variant", "State", "Memory", "Requests", "Uses", "Last load", "Idle"]
    return table["rows"][0]


def event(kind: str, key: str = "a:bf16", detail: str = "", at: float = 1.0, seconds: float = 0.0, size: int = 0
          ) -> CacheEvent:
    return CacheEvent(at, kind, key, detail, seconds, size)  # type: ignore[arg-type]


# ---------------------------------------------------------------- memory
def test_the_meter_says_first_in_words_what_its_bar_shows():
    machine = Machine(8_000_000_000, 3_100_000_000, 2, "cpu", 1)
    meter = memory_meter(Memory(1_000_000_000, 4_000_000_000), [], machine, SAY)
    assert meter["items"] == ["Models take 1.0 GB of the 4.0 GB they may take",
                              "this machine has 3.1 GB free of 8.0 GB"]
    assert meter["share"] == 0.25 and meter["name"] == "CPU"
    assert meter["label"] == "CPU: memory taken by models, of what they may take"
    meter = memory_meter(Memory(1_000_000_000, 4_000_000_000, 2_000_000), [], machine, SAY)
    assert meter["items"][2] == "2.0 MB did not come back after an unload"


def test_the_bar_is_made_of_weights_conversations_room_for_answers_loads_and_what_is_lost():
    talking = replace(READY, key="b:bf16", memory_bytes=20_000_000, working_bytes=5_000_000, kv_bytes=1_000_000)
    crowded = replace(READY, key="c:bf16", memory_bytes=30_000_000, working_bytes=5_000_000, kv_bytes=9_000_000)
    loading = replace(READY, key="d:bf16", state="loading", memory_bytes=0, working_bytes=5_000_000)
    memory = Memory(used_bytes=100_000_000, budget_bytes=200_000_000, leaked_bytes=6_000_000)
    parts = memory_meter(memory, [talking, crowded, loading], Machine(1, 1, 1, "cpu", 1), SAY)["parts"]
    assert [(part["kind"], part["text"], part["share"]) for part in parts] == [
        ("weights", "weights 50.0 MB, measured", 0.25), ("kv", "conversations 10.0 MB, measured", 0.05),
        ("aside", "set aside for answers 4.0 MB", 0.02), ("loading", "kept free for loads 30.0 MB", 0.15),
        ("lost", "not come back 6.0 MB", 0.03), ("free", "free 100 MB", 0.5)]


def test_each_device_has_a_bar_of_its_own_with_its_name_and_its_models():
    machine = Machine(8_000_000_000, 3_100_000_000, 2, "cuda", 1)
    devices = [Memory(10_000_000, 40_000_000, device="cuda:0"), Memory(5_000_000, 10_000_000, 5_000_000, "cuda:1")]
    here = replace(READY, memory_bytes=10_000_000, device="cuda:0")
    first, second = memory_meters(devices, [here], machine, SAY)["meters"]
    assert (first["name"], first["share"], second["name"], second["share"]) == ("GPU 0", 0.25, "GPU 1", 0.5)
    assert first["items"] == ["Models take 10.0 MB of the 40.0 MB they may take"]     # not the machine's memory
    assert [part["text"] for part in first["parts"]] == ["weights 10.0 MB, measured", "free 30.0 MB"]
    assert [part["text"] for part in second["parts"]] == ["not come back 5.0 MB", "free 5.0 MB"]
    assert second["label"] == "GPU 1: memory taken by models, of what they may take"
    (one,) = memory_meters([Memory(0, 1, device="mps")], [], machine, SAGEN)["meters"]
    assert one["name"] == "GPU Apple" and "mesin ini punya 3.1 GB kosong dari 8.0 GB" in one["items"]


def test_a_model_on_a_gpu_says_on_which():
    assert cells(replace(READY, device="cuda:1"))[2] == {"text": "8.4 MB", "note": "GPU 1; predicted 8.0 MB"}
    assert cells(replace(READY, device="cpu"))[2] == {"text": "8.4 MB", "note": "predicted 8.0 MB"}


def test_a_model_that_holds_conversations_says_how_much():
    assert cells(replace(READY, kv_bytes=1_500_000))[2] == {
        "text": "8.4 MB", "note": "predicted 8.0 MB; conversations 1.5 MB"}


# ---------------------------------------------------------------- what is in it
def test_an_idle_model_says_what_it_takes_and_when_it_leaves():
    assert cells(READY) == [
        {"text": "a:bf16", "kind": "key"}, {"text": "ready"}, {"text": "8.4 MB", "note": "predicted 8.0 MB"},
        {"text": "0 running", "note": "0 waiting"}, {"text": "loads: 2", "note": "found in memory: 5"}, "0.82 s",
        {"text": "for 40 s", "note": "leaves in 14 min"}]


def test_a_pinned_model_says_so_and_stays():
    _, state, *_, leaves = cells(replace(READY, pinned=True, expires_in_s=None))
    assert state == {"text": "ready", "note": "pinned"} and leaves == {"text": "for 40 s", "note": "stays"}


def test_a_model_in_use_counts_its_answers_and_is_not_idle():
    _, state, _, requests, *_, leaves = cells(replace(READY, refs=2, waiting=3))
    assert state == {"text": "in use by 2"} and requests == {"text": "2 running", "note": "3 waiting"}
    assert leaves == "–"


def test_a_load_tells_its_stage_its_share_and_its_seconds():
    loading = replace(READY, state="loading", stage="weights", fraction=0.4, memory_bytes=0, load_s=None, loads=0)
    _, state, memory, *_, load_s, leaves = cells(loading, {"a:bf16": 97.0})
    assert state == {"text": "loading: reading the weights 40%, 3 s"}
    assert memory == {"text": "–", "note": "predicted 8.0 MB"} and (load_s, leaves) == ("–", "–")
    assert state_text(replace(loading, stage="", fraction=None), 0.2, SAY) == "loading: waiting, 0 s"


def test_a_closing_model_says_so_and_an_empty_memory_teaches():
    assert cells(replace(READY, state="closing"))[1] == {"text": "closing"}
    table = in_memory([], {}, 0.0, SAY)
    assert table["rows"] == [] and table["empty"].startswith("No model is in memory. Ask something in the chat")


def test_the_latest_load_of_a_key_is_the_one_that_runs():
    events = [event("load_started", at=1.0), event("loaded", at=2.0), event("load_started", at=5.0)]
    assert models_view.load_began(events) == {"a:bf16": 5.0}


# ---------------------------------------------------------------- what happened
def test_the_log_has_the_newest_first_with_time_seconds_and_bytes():
    table = happened([event("load_started", at=1.0), event("loaded", at=2.0, seconds=1.26, size=8_400_000)], SAY)
    assert table["rows"] == [
        [{"time": 2.0}, "loaded", {"text": "a:bf16", "kind": "key"}, "1.3 s", "8.4 MB"],
        [{"time": 1.0}, "began to load", {"text": "a:bf16", "kind": "key"}, "–", "–"]]


def test_the_same_thing_many_times_in_a_row_is_one_line():
    events = [event("hit", at=float(n)) for n in range(40)] + [event("pinned", at=50.0), event("hit", at=60.0)]
    rows = happened(events, SAY)["rows"]
    assert [(row[0]["time"], row[1]) for row in rows] == [
        (60.0, "found in memory"), (50.0, "pinned"), (39.0, "found in memory (40 times)")]


def test_two_loads_are_two_lines_and_thirty_lines_are_shown():
    assert len(happened([event("loaded", size=1), event("loaded", size=1)], SAY)["rows"]) == 2
    many = [event("hit", f"{n}:bf16") for n in range(50)]
    rows = happened(many, SAY)["rows"]
    assert len(rows) == 30 and rows[0][2]["text"] == "49:bf16"


@pytest.mark.parametrize(("kind", "detail", "words", "kata"), [
    ("load_started", "", "began to load", "mulai dimuat"),
    ("load_failed", "retry", "ran out of memory; made room and tried again",
     "memori habis; dibuatkan tempat dan dicoba lagi"),
    ("load_failed", "out_of_memory", "could not be loaded: not enough memory", "gagal dimuat: memori tidak cukup"),
    ("load_failed", "internal", "could not be loaded: internal", "gagal dimuat: internal"),
    ("refused", "busy", "refused: the line was too long", "ditolak: antreannya terlalu panjang"),
    ("evicted", "memory", "left, its memory was needed", "pergi, memorinya diperlukan"),
    ("evicted", "idle", "left, nobody asked for it", "pergi, tidak ada yang bertanya"),
    ("evicted", "asked", "left, as asked", "pergi, sesuai permintaan"),
    ("evicted", "shutdown", "left, the playground ends", "pergi, playground berakhir"),
    ("hit", "", "found in memory", "sudah ada di memori"),
    ("coalesced", "", "joined a load under way", "ikut pemuatan yang berjalan"),
    ("leak", "", "did not give all memory back", "tidak mengembalikan semua memori"),
])
def test_every_event_is_said_in_the_readers_language(kind: str, detail: str, words: str, kata: str):
    assert event_text(event(kind, detail=detail), SAY) == words
    assert event_text(event(kind, detail=detail), SAGEN) == kata


def test_every_kind_of_event_and_reason_of_the_cache_has_its_words():
    from typing import get_args

    from playground.cache import Reason
    from playground.types import EventKind

    for kind in get_args(EventKind):
        for detail in get_args(Reason) if kind == "evicted" else ("busy",):
            assert event_text(event(kind, detail=detail), SAY)


@pytest.mark.parametrize(("seconds", "plain", "exact"), [
    (0.0, "0 s", "0.00 s"), (0.42, "0 s", "0.42 s"), (6.34, "6 s", "6.3 s"), (12.4, "12 s", "12 s"),
    (89.0, "89 s", "89 s"), (90.0, "2 min", "2 min"), (5400.0, "1.5 h", "1.5 h")])
def test_times_have_the_digits_that_matter(seconds: float, plain: str, exact: str):
    assert span(seconds, SAY) == plain and span(seconds, SAY, exact=True) == exact
