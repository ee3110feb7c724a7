"""From "not on this machine" to an answer, in the page, against a hub on this machine that serves the pocket model."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from playground.paths import ROOT
from tests.browser.conftest import Visits, serving
from tests.fake_hub import FakeHub, serve

POCKET = ROOT / "assets" / "models" / "pocket-qwen3"
WEIGHTS = "model.safetensors"


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    shipped = {path.name: path.read_bytes() for path in POCKET.iterdir() if path.suffix in (".json", ".jinja")}
    with serve(shipped | {WEIGHTS: (POCKET / WEIGHTS).read_bytes()}) as running:
        running.hold[WEIGHTS], running.reached[WEIGHTS] = threading.Event(), threading.Event()
        yield running
        for held in running.hold.values():
            held.set()


@pytest.fixture
def visits(browser: Browser, hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visits]:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with serving(tmp_path, "app.py") as url:
        made = Visits(browser, url)
        yield made
        made.close()


def test_a_model_is_downloaded_with_progress_cancelled_resumed_and_then_answers(visits: Visits, hub: FakeHub) -> None:
    chat = visits.open()
    panel = chat.page.locator("#download")
    chat.pick("pick-model", "Qwen3 0.6B")
    expect(panel).to_contain_text("not on this machine")

    panel.get_by_role("button", name="Download").click()
    assert hub.reached[WEIGHTS].wait(30)
    expect(panel.locator(".draw")).to_contain_text("MB/s")
    expect(panel.locator(".draw")).to_contain_text(" left")

    panel.get_by_role("button", name="Cancel download").click()
    expect(panel).to_contain_text("Stopping the download")    # said at once, although the hub is silent
    hub.hold.pop(WEIGHTS).set()
    expect(panel).to_contain_text("it can be resumed")

    before = len(hub.gets(WEIGHTS))
    panel.get_by_role("button", name="Resume download").click()
    expect(panel).to_be_hidden()
    resumed = hub.gets(WEIGHTS)[before:]
    assert resumed and all(asked.startswith("bytes=") and asked != "bytes=0-" for asked in resumed)

    chat.ask("Who are you?").answered()
    expect(chat.folds.last).to_contain_text("tok/s")
    expect(chat.page.locator("#model-card")).to_contain_text("on this machine")
