"""How fast a model changes its variant, and what comes back: `python -m benchmarks.swap --folder /tmp/qwen3-random`.

On a checkpoint of a real size (scripts/random_checkpoint.py makes one), one thread, all in one process, in CPU seconds
of the process (the machine may be busy) and in seconds:
  quantised  reading from the disk cache against quantising again, until the weights are there
  attach     putting the weights of a known bf16 model in place against from_pretrained with everything warm
  returned   private memory that a close gives back within a second, of what the load took
"""
from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from playground.catalog.folder import facts
from playground.discover import discover
from playground.engines._checkpoint import check_weights
from playground.engines._memory import give_back
from playground.engines._quant_cache import QuantCache
from playground.engines.transformers import LOAD_LOCK, TransformersEngine, _quiet, _Reading, _scheme
from playground.types import CancelToken, ModelSpec, SamplingParams, Variant

QUANTISED = ("int8", "nf4", "nf4-dq", "fp4")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the checkpoint, with a tokenizer")
    parser.add_argument("--repeats", type=int, default=3, help="of each reading; quantising is done once. Default: 3")
    parser.add_argument("--json", type=Path, help="where to write the result")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    _quiet()
    with tempfile.TemporaryDirectory(dir=options.folder.parent) as scratch:
        bench = Bench(options.folder, Path(scratch), options.repeats)
        result = {"quantised": [bench.quantised(scheme) for scheme in QUANTISED], "attach": bench.attach(),
                  "returned": [bench.returned(each.id)
                               for each in discover("playground.quantizations", "QUANTIZATION")],
                  "load_average": os.getloadavg()}
    print(json.dumps(result, indent=2))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")


class Bench:
    """One checkpoint, and a disk cache in `scratch`."""

    def __init__(self, folder: Path, scratch: Path, repeats: int) -> None:
        self._folder, self._repeats = folder, repeats
        self._engine = TransformersEngine(threads=1, quantised=QuantCache(scratch, 10**11, min_bytes=0))
        about = facts(folder)
        self._model = ModelSpec(
            id="random", name="random", family="local", repo="", revision="", license="", path=str(folder),
            parameters=about["parameters"], active_parameters=about["parameters"], context_tokens=512,
            extended_context_tokens=512, modalities=("text",), thinking="none", sampling=SamplingParams(),
            thinking_sampling=SamplingParams(), purpose={}, architecture=about["architecture"])

    def quantised(self, scheme: str) -> dict[str, Any]:
        reading, size = self._reading(scheme), check_weights(self._folder)
        plain = TransformersEngine(threads=1)
        anew = timed(lambda: plain._quantised_weights(reading, size))
        first = timed(lambda: self._engine._quantised_weights(reading, size))
        again = [timed(lambda: self._engine._quantised_weights(reading, size)) for _ in range(self._repeats)]
        cpu, wall = (statistics.median(each[index] for each in again) for index in range(2))
        return {"scheme": scheme, "quantise_cpu_s": anew[0], "quantise_s": anew[1], "quantise_and_keep_s": first[1],
                "reload_cpu_s": cpu, "reload_s": wall, "ratio_cpu": round(anew[0] / cpu, 1),
                "ratio": round(anew[1] / wall, 1)}

    def attach(self) -> dict[str, Any]:
        reading = self._reading("bf16")
        times: dict[str, list[tuple[float, float]]] = {"from_pretrained": [], "attach": []}
        self._engine._plain_weights(reading)
        for _ in range(3 * self._repeats):
            times["from_pretrained"].append(timed(lambda: reading.read(
                reading.folder, "weights", **reading.scheme.load_kwargs())))
            times["attach"].append(timed(lambda: self._engine._plain_weights(reading)))
        medians = {name: [statistics.median(each[index] for each in found) for index in range(2)]
                   for name, found in times.items()}
        (read_cpu, read), (attach_cpu, attach) = medians["from_pretrained"], medians["attach"]
        return {"from_pretrained_cpu_s": read_cpu, "from_pretrained_s": read, "attach_cpu_s": attach_cpu,
                "attach_s": attach, "ratio_cpu": round(read_cpu / attach_cpu, 1), "ratio": round(read / attach, 1)}

    def returned(self, scheme: str) -> dict[str, Any]:
        """The second round counts: the first one also brings libraries in."""
        for _ in range(2):
            give_back()
            before, mapped_before = private_bytes(), mapped_bytes()
            loaded = self._engine.load(Variant(self._model, scheme, 1), lambda stage, part: None, CancelToken())
            held, mapped = private_bytes() - before, mapped_bytes() - mapped_before
            loaded.close()
            del loaded
            time.sleep(1)
            left, mapped_left = private_bytes() - before, mapped_bytes() - mapped_before
        took = held + mapped
        return {"scheme": scheme, "private_bytes": held, "mapped_bytes": mapped, "left_private_bytes": left,
                "left_mapped_bytes": mapped_left, "returned": round(1 - (left + mapped_left) / took, 4)}

    def _reading(self, scheme: str) -> _Reading:
        variant = Variant(replace(self._model), scheme, 1)
        return _Reading(variant, _scheme(variant), self._folder, lambda stage, part: None, CancelToken())


def timed(load: Callable[[], Any]) -> tuple[float, float]:
    """(CPU seconds, seconds) of one load. What it made is dropped before the next."""
    give_back()
    gc.disable()                          # a collection in the middle would count for whoever comes next
    with LOAD_LOCK:
        cpu, wall = time.process_time(), time.perf_counter()
        model = load()
        found = time.process_time() - cpu, time.perf_counter() - wall
    gc.enable()
    del model
    give_back()
    return round(found[0], 4), round(found[1], 4)


def private_bytes() -> int:
    return _status("RssAnon")


def mapped_bytes() -> int:
    """Of files in memory: they count for nobody else, and the system may drop them at any time."""
    return _status("RssFile")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))


if __name__ == "__main__":
    main()
