"""What concurrency and a known history bring, on one loaded model, in one process.

    python -m benchmarks.serving --model pocket-qwen3 --quantization fp32 --json out.json

1. Chats at once against one after the other, the same questions and the same tokens.
2. Time to the first token of a second turn with the history's keys and values against reading it again.
3. Gap between two tokens of a stream, with nothing else going on and while another model is loaded and closed.
"""
from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from playground.catalog import Catalog
from playground.engines.transformers import ENGINE
from playground.start.launch import SWITCH_S
from playground.types import CancelToken, Event, GenerationRequest, Message, RenderedPrompt, SamplingParams, Variant

QUESTIONS = [f"What is {a} * {b}?" for a, b in zip(range(23, 63), range(71, 31, -1), strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="pocket-qwen3", help="model id of the catalogue")
    parser.add_argument("--quantization", default="fp32", help="storage scheme (default fp32)")
    parser.add_argument("--other", default="pocket-coder:bf16", help="variant that is loaded meanwhile")
    parser.add_argument("--folder", type=Path, help="also look for models in this folder")
    parser.add_argument("--chats", type=int, default=8, help="chats at once (default 8)")
    parser.add_argument("--tokens", type=int, default=200, help="longest answer (default 200)")
    parser.add_argument("--histories", type=int, nargs="*", default=[1000, 3900], help="tokens of history")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    args = parser.parse_args()
    sys.setswitchinterval(SWITCH_S)       # as the app does
    catalog = Catalog.load(extra_folders=[args.folder] if args.folder else [])
    bench = Bench(catalog, catalog.variant(f"{args.model}:{args.quantization}"))
    figures: dict[str, Any] = {"model": bench.variant.key, "load_average": os.getloadavg()[0]}
    figures |= bench.concurrency(args.chats, args.tokens, args.repeats)
    for history in args.histories:
        figures |= bench.prefix(history, args.repeats)
    figures |= bench.gaps(catalog.variant(args.other), args.tokens, args.repeats)
    for name, value in figures.items():
        print(f"{name:44} {value:.4g}" if isinstance(value, float) else f"{name:44} {value}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


class Bench:
    """One loaded variant."""

    def __init__(self, catalog: Catalog, variant: Variant) -> None:
        self.catalog, self.variant = catalog, variant
        self.model = ENGINE.load(variant, lambda stage, fraction: None, CancelToken())
        self.sampling = SamplingParams(temperature=0, max_tokens=200)

    def concurrency(self, chats: int, tokens: int, repeats: int) -> dict[str, Any]:
        """Tokens per second of the same chats alone, one after the other, and at once."""
        prompts = [self._prompt(question) for question in QUESTIONS[:chats]]
        sampling = SamplingParams(temperature=0, max_tokens=tokens)
        rows: list[tuple[float, float]] = []
        with ThreadPoolExecutor(chats) as pool:
            for number in range(-1, repeats):
                self._forget()
                alone, alone_s = timed(lambda: [self._answer(prompt, sampling)[0] for prompt in prompts])
                self._forget()
                at_once, at_once_s = timed(
                    lambda: [ids for ids, _ in pool.map(lambda prompt: self._answer(prompt, sampling), prompts)])
                if alone != at_once:
                    raise SystemExit("the chats gave other tokens at once than alone")
                if number >= 0:
                    rows.append((alone_s, at_once_s))
        made = sum(map(len, alone))
        return {
            "chats": chats, "tokens": made,
            "one_after_the_other_tokens_per_s": made / statistics.median(a for a, _ in rows),
            "at_once_tokens_per_s": made / statistics.median(b for _, b in rows),
            "throughput_ratio": statistics.median(a / b for a, b in rows),
        }

    def prefix(self, history: int, repeats: int) -> dict[str, Any]:
        """Seconds to the first token after `history` known tokens and 16 new ones."""
        first = self._prompt("Hello").token_ids
        ids = (first * (history // len(first) + 1))[:history]
        prompt = RenderedPrompt("", ids, False, self._prompt("Hello").eos_token_ids)
        one = SamplingParams(temperature=0, max_tokens=1)
        with_reuse, without = [], []
        for number in range(-1, repeats):
            turn = RenderedPrompt("", (*ids, *first[:16]), False, prompt.eos_token_ids)
            self._forget()
            (cold, _), cold_s = timed(partial(self._answer, turn, one))
            self._forget()
            self._answer(prompt, one)
            (warm, _), warm_s = timed(partial(self._answer, turn, one))
            if cold != warm:
                raise SystemExit("the second turn gave another token with its history known")
            if number >= 0:
                with_reuse.append(warm_s)
                without.append(cold_s)
        return {
            f"first_token_s_history_{history}": statistics.median(without),
            f"first_token_s_history_{history}_known": statistics.median(with_reuse),
            f"first_token_ratio_history_{history}": statistics.median(
                a / b for a, b in zip(without, with_reuse, strict=True)),
        }

    def gaps(self, other: Variant, tokens: int, repeats: int) -> dict[str, Any]:
        """99th percentile of the seconds between two tokens, quiet and during loads of `other`."""
        sampling = SamplingParams(temperature=1.0, top_p=1.0, top_k=0, max_tokens=tokens, seed=1)
        prompt, quiet, loading = self._prompt(QUESTIONS[0]), [], []
        for number in range(-1, 4 * repeats):
            times = self._answer(prompt, sampling)[1]
            stop = threading.Event()
            loader = threading.Thread(target=load_again_and_again, args=(other, stop))
            loader.start()
            busy = self._answer(prompt, sampling)[1]
            stop.set()
            loader.join()
            if number >= 0:
                quiet += [b - a for a, b in zip(times, times[1:], strict=False)]
                loading += [b - a for a, b in zip(busy, busy[1:], strict=False)]
        p99 = [statistics.quantiles(gaps, n=100)[98] for gaps in (quiet, loading)]
        return {"gap_p99_ms": 1e3 * p99[0], "gap_p99_ms_while_loading": 1e3 * p99[1], "gap_ratio": p99[1] / p99[0]}

    def _prompt(self, question: str) -> RenderedPrompt:
        request = GenerationRequest(self.variant.key, (Message("user", question),), self.sampling)
        return ENGINE.prompter(self.variant.model).render(request)

    def _answer(self, prompt: RenderedPrompt, sampling: SamplingParams) -> tuple[list[int], list[float]]:
        """(tokens, time of each)."""
        tokens: list[int] = []
        times: list[float] = []

        def emit(event: Event) -> None:
            new = getattr(event, "token_ids", ())
            tokens.extend(new)
            times.extend([time.perf_counter()] * len(new))

        self.model.generate(prompt, sampling, CancelToken(), emit)
        return tokens, times

    def _forget(self) -> None:
        """Drop the histories of earlier repeats, so that each measures the same thing."""
        if self.model._batch is not None:
            self.model._batch._prefixes.clear()


def load_again_and_again(variant: Variant, stop: threading.Event) -> None:
    while not stop.is_set():
        ENGINE.load(variant, lambda stage, fraction: None, CancelToken()).close()


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


if __name__ == "__main__":
    main()
