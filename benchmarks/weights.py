"""Predicted against held bytes of the weights: `python -m benchmarks.weights --json weights.json`.

For tiny random checkpoints of every architecture and every storage scheme, and with --folder for a checkpoint of a real
size (scripts/random_checkpoint.py makes one). "held" is measured before the first forward pass, "after" behind it:
CPUs with AVX512-BF16 repack 4-bit weights in it, and their scales then take 2 bytes each.
"""
from __future__ import annotations

import argparse
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

from playground.catalog.folder import facts
from playground.discover import discover
from playground.engines._memory import give_back, held_bytes
from playground.memory import weight_bytes
from playground.types import Quantization
from scripts.random_checkpoint import KINDS, make


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the result")
    parser.add_argument("--folder", type=Path, action="append", default=[], help="a checkpoint to measure as well")
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
    worst = max(rows, key=lambda row: abs(row["error"]))
    print(f"worst error before the first forward pass: {worst['model']} {worst['scheme']} {worst['error']:+.3%}")
    if options.json:
        result = {"rows": rows, "load_average": os.getloadavg()}
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


if __name__ == "__main__":
    main()
