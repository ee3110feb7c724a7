"""Predicted against held bytes of the weights: `python -m benchmarks.weights --json weights.json`.

For tiny random checkpoints of every architecture and every storage scheme, and with --folder for a checkpoint of a real
size (scripts/random_checkpoint.py makes one). "held" is measured before the first forward pass, "after" behind it:
CPUs with AVX512-BF16 repack 4-bit weights in it, and their scales then take 2 bytes each.

Of each --folder also the whole: the process at its fullest while it answers a prompt of --context tokens, against the
prediction of weights, KV cache, activations and the process itself.
"""
from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from playground.catalog import Catalog
from playground.catalog.folder import facts
from playground.discover import discover
from playground.engines._memory import give_back, held_bytes
from playground.engines._model import TransformersModel
from playground.engines.transformers import ENGINE
from playground.memory import plan, weight_bytes
from playground.monitor.machine import private_bytes
from playground.types import CancelToken, Quantization, RenderedPrompt, SamplingParams, Variant
from scripts.random_checkpoint import KINDS, make


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the result")
    parser.add_argument("--folder", type=Path, action="append", default=[], help="a checkpoint to measure as well")
    parser.add_argument("--context", type=int, default=2048, help="tokens of the prompt for the whole (default 2048)")
    options = parser.parse_args()
    from transformers.utils import logging as hf_logging

    hf_logging.disable_progress_bar()
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        tiny = [make(kind, Path(scratch) / kind) for kind in KINDS if kind != "qwen3-0.6b"]
        for folder in [*tiny, *options.folder]:
            for scheme in discover("playground.quantizations", "QUANTIZATION"):
                rows.append(measured(folder, scheme))
                print("{model:>12} {scheme:>7}  predicted {predicted:>13,}  held {held:>13,} ({error:+.3%})  "
                      "after {after:>13,} ({error_after:+.3%})".format(**rows[-1]), flush=True)
    wholes = []
    for folder in options.folder:
        for scheme in discover("playground.quantizations", "QUANTIZATION"):
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
                wholes.append(fresh.submit(whole, folder, scheme.id, options.context).result())
            print("{model:>12} {scheme:>7}  whole: predicted {predicted:>13,}  measured {measured:>13,} "
                  "({error:+.1%})".format(**wholes[-1]), flush=True)
    worst = max(rows, key=lambda row: abs(row["error"]))
    print(f"worst error before the first forward pass: {worst['model']} {worst['scheme']} {worst['error']:+.3%}")
    if options.json:
        result = {"rows": rows, "wholes": wholes, "load_average": os.getloadavg()}
        options.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")


def measured(folder: Path, scheme: Quantization) -> dict[str, Any]:
    """One row. Errors are fractions of what is held: above 0, too much was predicted."""
    import torch
    import transformers

    about = facts(folder)
    kind = "AutoModelForImageTextToText" if "image" in about["modalities"] else "AutoModelForCausalLM"
    model = getattr(transformers, kind).from_pretrained(folder, **scheme.load_kwargs()).eval()
    predicted, held = weight_bytes(about["architecture"], scheme), held_bytes(model)
    try:
        with torch.inference_mode():
            model(torch.tensor([[1, 2, 3]]))
    except AssertionError as error:       # layers that cannot be repacked; the engine refuses such a model
        print(f"{folder.name} {scheme.id} does not run here: {error}")
    after = held_bytes(model)
    del model
    give_back()
    return {"model": folder.name, "scheme": scheme.id, "predicted": predicted, "held": held, "after": after,
            "error": predicted / held - 1, "error_after": predicted / after - 1}


def whole(folder: Path, scheme_id: str, tokens: int) -> dict[str, Any]:
    """The app's process at its fullest: its private memory, and the weights where they are the mapped file itself."""
    import playground.compose  # noqa: F401 - what the app has in memory

    catalog = Catalog.load(extra_folders=[folder])
    model = next(each for each in catalog.models() if each.path == str(folder.resolve()))
    variant = catalog.variant(f"{model.id}:{scheme_id}")
    load(variant).close()                 # the libraries are there now
    before = private_bytes()
    loaded = load(variant)
    give_back()
    mapped = max(0, loaded.memory_bytes - (private_bytes() - before))
    prompt = RenderedPrompt("", tuple(10 + 7 * n % 5000 for n in range(tokens)), False, (0,))
    fullest, done = [private_bytes()], threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            fullest[0] = max(fullest[0], private_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    loaded.generate(prompt, SamplingParams(max_tokens=8, seed=1), CancelToken(), lambda event: None)
    done.set()
    watcher.join()
    predicted = plan(model, catalog.quantization(scheme_id), tokens + 8).total_bytes
    return {"model": folder.name, "scheme": scheme_id, "predicted": predicted, "measured": fullest[0] + mapped,
            "error": predicted / (fullest[0] + mapped) - 1}


def load(variant: Variant) -> TransformersModel:
    return ENGINE.load(variant, lambda stage, part: None, CancelToken())


if __name__ == "__main__":
    main()
