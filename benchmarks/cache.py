"""What the model cache costs and saves, in one process.

    python -m benchmarks.cache --json out.json

1. Lease of a model that is ready: 99th percentile of the time to get it.
2. Callers of one cold model at once against one caller: loads, and the time until the last has it.
3. Two models in turn with room for one (simulated clock, loads of 3 s, answers of 0.5 s): loads and the longest wait.
"""
from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playground.cache import ModelCache
from playground.cache.schedule import Schedule
from playground.cache.schedule_state import Close, Effect, Grant, Load, Rules, Ticket
from playground.catalog import Catalog
from playground.engines.transformers import ENGINE
from playground.types import CancelToken, Variant


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", default="pocket-qwen3:fp32")
    parser.add_argument("--folder", type=Path, help="also look for models in this folder")
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--leases", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    args = parser.parse_args()
    variant = Catalog.load(extra_folders=[args.folder] if args.folder else []).variant(args.variant)
    figures: dict[str, Any] = {"variant": variant.key, "load_average": os.getloadavg()[0]}
    figures |= lease_times(variant, args.leases) | cold(variant, args.callers, args.repeats)
    for gap in (0.0, 0.25, 0.5, 1.0, 2.0):
        figures |= in_turn(gap)
    for name, value in figures.items():
        print(f"{name:40} {value:.4g}" if isinstance(value, float) else f"{name:40} {value}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def lease_times(variant: Variant, leases: int) -> dict[str, Any]:
    cache = _cache(variant)
    times = []
    for number in range(leases + 10):
        started = time.perf_counter()
        with cache.lease(variant, CancelToken()):
            taken = time.perf_counter() - started
        if number >= 10:                  # the first one loads
            times.append(taken)
    cache.shutdown()
    percentiles = statistics.quantiles(times, n=100)
    return {"lease_median_ms": 1e3 * percentiles[49], "lease_p99_ms": 1e3 * percentiles[98]}


def cold(variant: Variant, callers: int, repeats: int) -> dict[str, Any]:
    """Medians of the times until everybody has had the model, one caller and many taking turns."""
    alone: list[float] = []
    many: list[float] = []
    loads = 0
    for number in range(-1, repeats):
        for count, times in ((1, alone), (callers, many)):
            cache = _cache(variant)
            with ThreadPoolExecutor(count) as pool:
                started = time.perf_counter()
                list(pool.map(lambda _, cache=cache: _lease(cache, variant), range(count)))
                taken = time.perf_counter() - started
            loads = cache.counters().loads
            cache.shutdown()
            if number >= 0:
                times.append(taken)
    return {"cold_one_caller_s": statistics.median(alone), f"cold_{callers}_callers_s": statistics.median(many),
            "cold_ratio": statistics.median(many) / statistics.median(alone), "cold_loads": loads}


def in_turn(gap_s: float, requests: int = 40, load_s: float = 3.0, answer_s: float = 0.5) -> dict[str, Any]:
    """A B A B ...: one request every `gap_s` seconds, with room for one of them."""
    spec = Catalog.load().variant("pocket-qwen3:fp32").model
    models = [Variant(spec, name, 100) for name in ("a", "b")]
    plan, now, loads, waits = Schedule(Rules(100, margin=0)), 0.0, 0, []
    due: list[tuple[float, str, Any]] = [(n * gap_s, "arrive", models[n % 2]) for n in range(requests)]

    def carry_out(effects: list[Effect]) -> None:
        nonlocal loads
        for effect in effects:
            match effect:
                case Load(what):
                    loads += 1
                    due.append((now + load_s, "loaded", what))
                case Close(key):
                    due.append((now, "closed", key))
                case Grant(ticket):
                    waits.append(now - ticket.since)
                    due.append((now + answer_s, "release", ticket))

    while due:
        due.sort(key=lambda each: each[0])
        ticks = [now + 0.1 * k for k in range(1, 400)] if plan.waiting else []
        later = due[0][0]
        if ticks and ticks[0] < later:    # the cache looks at the clock a few times a second
            now = ticks[0]
            carry_out(plan.settle(now))
            continue
        now, what, about = due.pop(0)
        if what == "arrive":
            carry_out(plan.arrive([about], now, caller=about.quantization)[1])
        elif what == "loaded":
            carry_out(plan.loaded(about.key, about.weight_bytes, 32, now))
        elif what == "closed":
            carry_out(plan.closed(about, now))
        elif isinstance(about, Ticket):
            carry_out(plan.release(about, now))
    return {f"in_turn_every_{gap_s}_s_loads": loads, f"in_turn_every_{gap_s}_s_longest_wait_s": max(waits)}


def _lease(cache: ModelCache, variant: Variant) -> None:
    with cache.lease(variant, CancelToken()):
        pass


def _cache(variant: Variant) -> ModelCache:
    return ModelCache({ENGINE.id: ENGINE}, 4 * variant.weight_bytes)


if __name__ == "__main__":
    main()
