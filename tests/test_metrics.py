"""/metrics and /api/ps: what the cache did, exactly."""
from __future__ import annotations

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from playground.errors import OutOfMemory
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
    assert found["qwen_first_token_seconds_count", "tiny:bf16"] == 2 and found["qwen_refused_total", ""] == 1
    assert found["qwen_used_bytes", ""] == 0 and found["qwen_budget_bytes", ""] == 10_000
    made.cache.shutdown()


def test_ps_lists_what_is_in_memory() -> None:
    made = house()
    list(made.playground.stream(request(key="tiny:bf16", max_tokens=50), "ann", CancelToken()))
    with live(made) as url:
        told = httpx.get(f"{url}/api/ps").json()
    (model,) = told["models"]
    assert (model["name"], model["state"], model["in_use"], model["loads"]) == ("tiny:bf16", "ready", 0, 1)
    assert told["used_bytes"] == model["size"] > 0 and told["queue_length"] == 0
    made.cache.shutdown()


@pytest.mark.parametrize("path", ["/metrics", "/api/ps"])
def test_the_api_key_guards_them(path: str) -> None:
    with live(house(api_key="secret")) as url:
        assert httpx.get(f"{url}{path}").status_code == 401
        assert httpx.get(f"{url}{path}", headers={"authorization": "Bearer secret"}).status_code == 200


def test_an_empty_answer_has_no_speed() -> None:
    from playground.monitor.metrics import Metrics

    made = house()
    metrics = Metrics(made.cache)
    metrics.observe(Usage(variant="tiny:bf16"))
    assert b"qwen_first_token_seconds_count" not in metrics.text()
