"""/metrics and /api/ps: what the cache did, exactly."""
from __future__ import annotations

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from playground.cache import ModelCache
from playground.engines._fake import FakeEngine
from playground.errors import OutOfMemory
from playground.monitor.metrics import Metrics
from playground.types import CancelToken, Usage
from tests.fake_house import House, house, live
from tests.tiny import request, variant


def samples(made: House) -> dict[tuple[str, str], float]:
    """(name, label values) of every sample."""
    with live(made) as url:
        answer = httpx.get(f"{url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {(sample.name, "/".join(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(answer.text) for sample in family.samples}


def test_loads_hits_evictions_and_answers_are_counted() -> None:
    made = house()
    for _ in range(2):
        list(made.playground.stream(request(key="tiny:bf16", max_tokens=50), "ann", CancelToken()))
    made.cache.unload("tiny:bf16")
    with pytest.raises(OutOfMemory):
        made.cache.preload(variant("huge", 10**6, engine="fake"))
    found = samples(made)
    assert found["qwen_loads_total", ""] == 1 and found["qwen_hits_total", ""] == 1
    assert found["qwen_evictions_total", "asked"] == 1 and found["qwen_evictions_total", "memory"] == 0
    assert found["qwen_load_seconds_count", "tiny:bf16"] == 1 and found["qwen_wait_seconds_count", ""] == 2
    assert found["qwen_load_stage_seconds_count", "weights/tiny:bf16"] == 1
    assert found["qwen_load_stage_seconds_sum", "weights/tiny:bf16"] <= found["qwen_load_seconds_sum", "tiny:bf16"]
    assert found["qwen_first_token_seconds_count", "tiny:bf16"] == 2 and found["qwen_refused_total", ""] == 1
    assert found["qwen_used_bytes", "cpu"] == 0 and found["qwen_budget_bytes", "cpu"] == 10_000
    assert found["qwen_leaked_bytes", "cpu"] == 0
    made.cache.shutdown()


def test_ps_lists_what_is_in_memory() -> None:
    made = house()
    list(made.playground.stream(request(key="tiny:bf16", max_tokens=50), "ann", CancelToken()))
    with live(made) as url:
        told = httpx.get(f"{url}/api/ps").json()
    (model,) = told["models"]
    assert (model["name"], model["state"], model["in_use"], model["loads"]) == ("tiny:bf16", "ready", 0, 1)
    assert told["used_bytes"] == model["size"] > 0 and told["queue_length"] == 0
    assert model["device"] == "cpu"
    assert told["devices"] == [
        {"device": "cpu", "budget_bytes": 10_000, "used_bytes": told["used_bytes"], "leaked_bytes": 0}]
    made.cache.shutdown()


def test_each_device_has_its_own_line() -> None:
    engine = FakeEngine()
    cache = ModelCache({"fake": engine}, {"cuda:0": 300, "cuda:1": 100})
    with cache.lease(variant("a", 50, engine="fake"), CancelToken()):
        text = Metrics(cache).text().decode()
        assert [model["device"] for model in Metrics(cache).ps()["models"]] == ["cuda:1"]
    for line in ('qwen_budget_bytes{device="cuda:0"} 300.0', 'qwen_budget_bytes{device="cuda:1"} 100.0',
                 'qwen_used_bytes{device="cuda:0"} 0.0', 'qwen_used_bytes{device="cuda:1"} 50.0'):
        assert line in text.splitlines()
    assert (cache.used_bytes, cache.budget_bytes) == (50, 400)
    cache.shutdown()


@pytest.mark.parametrize("path", ["/metrics", "/api/ps"])
def test_the_api_key_guards_them(path: str) -> None:
    with live(house(api_key="secret")) as url:
        assert httpx.get(f"{url}{path}").status_code == 401
        assert httpx.get(f"{url}{path}", headers={"authorization": "Bearer secret"}).status_code == 200


def test_an_empty_answer_has_no_speed() -> None:
    made = house()
    metrics = Metrics(made.cache)
    metrics.observe(Usage(variant="tiny:bf16"))
    assert b"qwen_first_token_seconds_count" not in metrics.text()
