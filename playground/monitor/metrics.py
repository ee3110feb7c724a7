"""What happened since the start, for Prometheus: the model cache's counts, and how fast answers were."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily

from playground.cache import Counters, ModelCache
from playground.types import DeviceMemory, Usage

FIRST_TOKEN_S = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
TOKENS_PER_S = (1, 3, 10, 30, 100, 300, 1000)


class Metrics:
    """Thread-safe. The cache's own counts are read when somebody asks; nothing is counted twice."""

    def __init__(self, cache: ModelCache) -> None:
        self._cache, self._registry = cache, CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        self._first_token = Histogram(
            "qwen_first_token_seconds", "From the prompt being ready to the first token.", ["variant"],
            buckets=FIRST_TOKEN_S, registry=self._registry)
        self._speed = Histogram(
            "qwen_tokens_per_second", "Decoding speed of one answer after its first token.", ["variant"],
            buckets=TOKENS_PER_S, registry=self._registry)

    def observe(self, usage: Usage) -> None:
        """One answer is complete."""
        if usage.output_tokens:
            self._first_token.labels(usage.variant).observe(usage.first_token_s)
        if usage.tokens_per_s:
            self._speed.labels(usage.variant).observe(usage.tokens_per_s)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """What prometheus-client asks the cache for."""
        counters = self._cache.counters()
        yield from _counts(counters)
        loads = SummaryMetricFamily("qwen_load_seconds", "Loads that ended well.", labels=["variant"])
        for key, total in sorted(counters.load_seconds.items()):
            loads.add_metric([key], total.count, total.seconds)
        yield loads
        stages = SummaryMetricFamily("qwen_load_stage_seconds", "The same loads, stage by stage.",
                                     labels=["variant", "stage"])
        for labels, total in sorted(counters.stage_seconds.items()):
            stages.add_metric(labels, total.count, total.seconds)
        yield stages
        yield SummaryMetricFamily("qwen_wait_seconds", "From asking for a model to having it, loads included.",
                                  count_value=counters.waits.count, sum_value=counters.waits.seconds)
        yield GaugeMetricFamily("qwen_queue_length", "Requests that wait for a model.", value=self._cache.queue_length)
        yield from _memory(self._cache.devices())
        models = GaugeMetricFamily("qwen_model_bytes", "One model in memory.", labels=["variant", "state"])
        for each in self._cache.status():
            models.add_metric([each.key, each.state], each.memory_bytes or each.predicted_bytes)
        yield models
        kv = GaugeMetricFamily("qwen_kv_bytes", "Keys and values of running and past answers.", labels=["variant"])
        for each in self._cache.status():
            kv.add_metric([each.key], each.kv_bytes)
        yield kv

    def ps(self) -> dict[str, Any]:
        """What is in memory right now, as plain values. Sizes in bytes, times in seconds."""
        models = [
            {"name": each.key, "state": each.state, "stage": each.stage, "fraction": each.fraction,
             "size": each.memory_bytes, "size_predicted": each.predicted_bytes, "size_kv": each.kv_bytes,
             "size_set_aside": each.working_bytes, "in_use": each.refs,
             "device": each.device, "waiting": each.waiting, "pinned": each.pinned, "idle_s": round(each.idle_s, 3),
             "expires_in_s": each.expires_in_s, "loads": each.loads, "hits": each.hits, "load_s": each.load_s}
            for each in self._cache.status()
        ]
        devices = [{"device": each.device, "budget_bytes": each.budget_bytes, "used_bytes": each.used_bytes,
                    "leaked_bytes": each.leaked_bytes} for each in self._cache.devices()]
        return {"models": models, "devices": devices, "budget_bytes": self._cache.budget_bytes,
                "used_bytes": self._cache.used_bytes, "queue_length": self._cache.queue_length}


def _memory(devices: Iterable[DeviceMemory]) -> Iterator[Metric]:
    """By device; summed up they are the machine's."""
    budget = GaugeMetricFamily("qwen_budget_bytes", "Memory that models may take together.", labels=["device"])
    used = GaugeMetricFamily("qwen_used_bytes", "Reserved for loads and measured in memory.", labels=["device"])
    leaked = GaugeMetricFamily("qwen_leaked_bytes", "Memory that did not come back after an unload.", labels=["device"])
    for each in devices:
        budget.add_metric([each.device], each.budget_bytes)
        used.add_metric([each.device], each.used_bytes)
        leaked.add_metric([each.device], each.leaked_bytes)
    yield from (budget, used, leaked)


def _counts(counters: Counters) -> Iterator[Metric]:
    for name, text, value in (
        ("hits", "Requests that found their model in memory.", counters.hits),
        ("coalesced_loads", "Requests that joined a load that was on its way.", counters.coalesced),
        ("loads", "Loads that ended well.", counters.loads),
        ("load_failures", "Loads that failed.", counters.load_failures),
        ("refused", "Requests that were not even queued.", counters.refused),
        ("cancelled", "Requests that were stopped while they waited.", counters.cancelled),
    ):
        yield CounterMetricFamily(f"qwen_{name}", text, value=value)
    evictions = CounterMetricFamily("qwen_evictions", "Models that left memory.", labels=["reason"])
    for reason, count in counters.evictions.items():
        evictions.add_metric([reason], count)
    yield evictions
