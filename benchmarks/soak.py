"""Load, answer and close variants again and again: is every answer the first one, does all memory come back?

    python -m benchmarks.soak --swaps 200 --json out.json
    python -m benchmarks.soak --folder /path/of/a/checkpoint --swaps 40

Over every scheme of the shipped text models, or of the checkpoint in a folder. Exit code 1 when a token differs, a
thread or an open file is left, or private memory grew by more than 3 % from the end of the first round.
"""
from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from playground.catalog import Catalog
from playground.engines.transformers import ENGINE
from playground.errors import PlaygroundError
from playground.monitor.machine import private_bytes
from playground.types import CancelToken, Event, GenerationRequest, Message, SamplingParams, Variant

MOST_GROWTH = 0.03


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--swaps", type=int, default=200)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--folder", type=Path, help="a checkpoint to use instead of the shipped models")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    args = parser.parse_args()
    variants = usable(args.folder)
    first: dict[str, list[int]] = {}
    figures: dict[str, Any] = {"variants": [variant.key for variant in variants], "swaps": 0, "wrong_answers": 0}
    start: dict[str, int] = {}
    rounds = max(2, -(-args.swaps // len(variants)))
    for number in range(rounds):
        for variant in variants:
            answer = tokens_of(variant, args.tokens)
            figures["swaps"] += 1
            figures["wrong_answers"] += first.setdefault(variant.key, answer) != answer
        if number == 0:
            start = state()
        print(f"round {number + 1}/{rounds}: {state()}", flush=True)
    end = state()
    growth = end["private_bytes"] / start["private_bytes"] - 1
    figures |= {f"{name}_at_start": value for name, value in start.items()}
    figures |= {f"{name}_at_end": value for name, value in end.items()} | {"growth": growth}
    print(json.dumps(figures, indent=1))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    left = end["threads"] > start["threads"] or end["files"] > start["files"]
    sys.exit(int(bool(figures["wrong_answers"]) or left or growth > MOST_GROWTH))


def usable(folder: Path | None) -> list[Variant]:
    """Every scheme that can run here, of the text models that are shipped or of the one in `folder`."""
    catalog = Catalog.load(extra_folders=[folder] if folder else [])
    models = [model for model in catalog.models() if "image" not in model.modalities and (
        Path(model.path) == folder.resolve() if folder else model.pocket)]
    found = []
    for variant in (variant for model in models for variant in catalog.variants(model.id)):
        try:
            tokens_of(variant, 1)
            found.append(variant)
        except PlaygroundError as error:
            print(f"left out: {variant.key}: {error}")
    return found


def tokens_of(variant: Variant, tokens: int) -> list[int]:
    """A greedy answer of a model that is loaded for it and closed again."""
    loaded = ENGINE.load(variant, lambda stage, fraction: None, CancelToken())
    request = GenerationRequest(variant.key, (Message("user", "What is 47 * 36?"),),
                                SamplingParams(temperature=0, max_tokens=tokens))
    found: list[int] = []

    def emit(event: Event) -> None:
        found.extend(getattr(event, "token_ids", ()))

    loaded.generate(ENGINE.prompter(variant.model).render(request), request.sampling, CancelToken(), emit)
    loaded.close()
    return found


def state() -> dict[str, int]:
    return {"private_bytes": private_bytes(), "threads": threading.active_count(),
            "files": len(os.listdir("/proc/self/fd"))}


if __name__ == "__main__":
    main()
