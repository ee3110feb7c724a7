"""Everything connected, with a scripted engine in the place of the real one."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import playground
from playground.compose import App, compose, memory_budgets
from playground.errors import UnknownName
from playground.monitor.machine import Gpu, Machine
from playground.settings import Settings, load_settings
from playground.types import CancelToken, Failed, Finished, GenerationRequest, Message, SamplingParams, TextDelta
from tests.fake_house import FakeEngine

SETTINGS = Settings(memory_budget_gb=1, offline=True, log_level="error")


def made(settings: Settings = SETTINGS) -> tuple[App, FakeEngine]:
    engine = FakeEngine()
    return compose(settings, engines={"transformers": engine}), engine  # type: ignore[dict-item]


def ask(app: App, caller: str = "a", **changes: object) -> list[object]:
    request = GenerationRequest(app.default.key, (Message("user", "Hi"),), SamplingParams(max_tokens=50))
    return list(app.api.stream(replace(request, **changes), caller, CancelToken()))  # type: ignore[arg-type]


def test_page_and_api_generate_through_the_same_door():
    app, _ = made()
    assert app.api.stream == app.ui.playground.stream == app.playground.stream
    events = ask(app)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "Hello, wörld!"
    assert isinstance(events[-1], Finished)


def test_the_settings_reach_the_guard_and_the_cache():
    app, _ = made(replace(SETTINGS, max_tokens_per_answer=10, requests_per_minute=1, memory_budget_gb=0.5))
    assert app.cache.budget_bytes == 500_000_000
    assert isinstance(ask(app)[-1], Failed)
    assert isinstance(ask(app, sampling=SamplingParams(max_tokens=5))[-1], Finished)
    refused = ask(app, sampling=SamplingParams(max_tokens=5))[-1]
    assert isinstance(refused, Failed) and refused.code == "rate_limited"


@pytest.mark.parametrize(("device", "found", "limit_gb", "budgets"), [
    ("cpu", None, 0, {"cpu": 700}), ("mps", None, 0, {"mps": 700}), ("cpu", None, 1, {"cpu": 10**9}),
    ("cuda", [Gpu(2000, 1000), Gpu(1000, 500)], 0, {"cuda:0": 900, "cuda:1": 450}),
    ("cuda", [Gpu(2 * 10**9, 0), Gpu(10**8, 0)], 1, {"cuda:0": 10**9, "cuda:1": 10**8}),
    ("cuda", None, 0, {"cuda:0": 700}), ("cuda", None, 1, {"cuda:0": 10**9}), ("cuda", [], 0, {"cpu": 700}),
])
def test_each_device_has_a_budget_of_its_own_memory(device, found, limit_gb, budgets):
    """The driver did not answer: None. CUDA_VISIBLE_DEVICES hides every GPU: an empty list."""
    here = Machine(10_000, 1000, 2, device, 1)
    assert memory_budgets(replace(SETTINGS, memory_budget_gb=limit_gb), here, lambda: found) == budgets


@pytest.mark.parametrize(("built", "device"), [(True, "cuda:0"), (False, "cpu")])
def test_a_gpu_that_the_installed_torch_cannot_use_has_no_budget(monkeypatch, built, device):
    monkeypatch.setattr("playground.compose.look", lambda disk: Machine(10_000, 1000, 2, "cuda", 1))
    monkeypatch.setattr("playground.compose.torch_has_cuda", lambda: built)
    monkeypatch.setattr("playground.compose.gpus", lambda visible: [Gpu(10**10, 10**10)])
    assert [each.device for each in made()[0].cache.devices()] == [device]


@pytest.mark.parametrize(("keep_alive_s", "expires_in_s"), [(900, 900.0), (0, 0.0), (-1, None)])
def test_keep_alive_reaches_the_cache(keep_alive_s, expires_in_s):
    app, engine = made(replace(SETTINGS, keep_alive_s=keep_alive_s))
    engine.load_gate.clear()
    app.cache.preload(app.default)
    assert [status.expires_in_s for status in app.cache.status()] == [expires_in_s]
    engine.load_gate.set()


def test_the_default_model_is_loaded_behind_the_page():
    app, engine = made()
    app.preload()
    assert engine.loading.wait(10)


@pytest.mark.parametrize("settings", [replace(SETTINGS, preload=False), replace(SETTINGS, default_model="qwen3-8b")])
def test_nothing_is_loaded_when_not_wanted_or_not_here(settings, monkeypatch):
    app, engine = made(settings)
    monkeypatch.setattr("playground.downloads.Downloads.is_here", lambda downloads, model: model.pocket)
    app.preload()
    assert app.cache.status() == ()


def test_a_default_model_may_name_its_variant():
    assert made(replace(SETTINGS, default_model="qwen3-0.6b:nf4"))[0].ui.default_variant == "qwen3-0.6b:nf4"
    with pytest.raises(UnknownName):
        made(replace(SETTINGS, default_model="qwen3-0.6b:nf5"))


def test_a_broken_folder_of_the_user_is_told_and_does_not_stop_the_start(tmp_path: Path, caplog):
    app, _ = made(replace(SETTINGS, models_folders=(str(tmp_path / "missing"),), log_level="warning"))
    assert "missing" in caplog.text and app.default.model.pocket


def test_the_api_lists_what_is_on_this_disk():
    app, _ = made()
    assert app.default.key in {variant.key for variant in app.api.usable()}
    assert app.api.version == playground.__version__


@pytest.mark.parametrize(("who", "here", "elsewhere"), [
    ("everyone", True, True), ("local", True, False), ("nobody", False, False)])
def test_the_setting_says_who_may_load_and_unload(who: str, here: bool, elsewhere: bool):
    app, _ = made(replace(SETTINGS, model_control=who))
    assert app.ui.model_control == who
    for host, may in (("127.0.0.1", here), ("192.168.1.7", elsewhere)):
        assert app.ui.may_control(SimpleNamespace(client=SimpleNamespace(host=host), headers={})) is may


def test_on_a_space_nobody_may_unload_the_models_of_others():
    settings = load_settings([], {"SPACE_ID": "someone/playground"})
    assert settings.model_control == "nobody"
