"""Threads that ask for different models at once: is every model the one that a lone load gives?

    python -m benchmarks.loads --threads 2 4 24 --rounds 100

Each thread has a checkpoint of its own (tiny, random, Qwen2 or Qwen3) and loads it in every round at the same moment as
all others, by turns in fp32 and bf16. Logits are compared bit for bit with those of a load with nobody else. Exit code
1 when one differs. transformers alone breaks here: its loading swaps globals of torch, and models come out wrong in
silence.
"""
from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from playground.engines.transformers import TransformersEngine
from playground.types import CancelToken, ModelSpec, Variant
from tests.tiny import save_checkpoint, spec

SCHEMES = ("fp32", "bf16")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 4, 24])
    parser.add_argument("--rounds", type=int, default=100)
    args = parser.parse_args()
    wrong = 0
    for threads in args.threads:
        with tempfile.TemporaryDirectory() as folder:
            found = differing(threads, args.rounds, Path(folder))
        wrong += len(found)
        print(f"{threads} threads: {threads * args.rounds} loads, {len(found)} differ", flush=True)
    sys.exit(bool(wrong))


def differing(threads: int, rounds: int, folder: Path) -> list[str]:
    """What came out differently from a load with nobody else: "model scheme round"."""
    specs = [spec(f"m{n}", path=str(save_checkpoint(folder / str(n), seed=n, kind=("qwen3", "qwen2")[n % 2])))
             for n in range(threads)]
    alone = {(each.id, scheme): logits(each, scheme) for each in specs for scheme in SCHEMES[:rounds]}
    start, found = threading.Barrier(threads), list[str]()

    def load(model: ModelSpec) -> None:
        for number in range(rounds):
            start.wait(300)
            scheme = SCHEMES[number % 2]
            if not logits(model, scheme).equal(alone[model.id, scheme]):
                found.append(f"{model.id} {scheme} round {number}")

    workers = [threading.Thread(target=load, args=(each,), daemon=True) for each in specs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


def logits(model: ModelSpec, scheme: str) -> Any:
    """Of a few tokens, from a new load by a new engine: the tokenizer is read each time too."""
    import torch

    loaded = TransformersEngine().load(Variant(model, scheme, 1), lambda stage, fraction: None, CancelToken())
    with torch.inference_mode():
        found = loaded._model(torch.tensor([[1, 2, 3, 4]])).logits.clone()          # (1, tokens, vocabulary)
    loaded.close()
    return found


if __name__ == "__main__":
    main()
