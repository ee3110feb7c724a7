"""Speed of a whole streamed answer against a plain `model.generate` call, in one process, taking turns.

    python -m benchmarks.streaming --model assets/models/pocket-qwen3 --tokens 200 --repeats 15 --json out.json

Both sides sample with the same seeds and must produce the same tokens. A turn is timed from the messages to the last
token: template, tokenizer and decoding included, on the service's side also queue, lease, threads and events.
"""
from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.cache import ModelCache
from playground.catalog import Catalog
from playground.engines._checkpoint import folder_of
from playground.engines._device import good_threads
from playground.engines._load_lock import LOAD_LOCK
from playground.engines.transformers import ENGINE
from playground.service import Playground
from playground.types import (
    CancelToken,
    Finished,
    GenerationRequest,
    Message,
    ReasoningDelta,
    SamplingParams,
    TextDelta,
    Variant,
)

QUESTION = "Compute 348 + 274 step by step, then explain what a tokenizer does."


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer. Times in seconds."""

    wall_s: float
    cpu_s: float
    first_token_s: float
    tokens: tuple[int, ...]

    @property
    def tokens_per_s(self) -> float:
        return len(self.tokens) / self.wall_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="assets/models/pocket-qwen3", help="folder, or a model id of the catalogue")
    parser.add_argument("--quantization", default="fp32", help="storage scheme (default fp32)")
    parser.add_argument("--tokens", type=int, default=200, help="longest answer, in tokens (default 200)")
    parser.add_argument("--repeats", type=int, default=15, help="turns of each side (default 15)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    args = parser.parse_args()
    catalog, variant = _variant(args.model, args.quantization)
    figures = compare(catalog, variant, args.tokens, args.repeats)
    for name, value in figures.items():
        print(f"{name:28} {value:.4g}" if isinstance(value, float) else f"{name:28} {value}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def compare(catalog: Catalog, variant: Variant, tokens: int, repeats: int) -> dict[str, Any]:
    """Medians of both sides and of the ratio raw/service per pair of turns; 1.0 means no loss."""
    cache = ModelCache({ENGINE.id: ENGINE}, 4 * variant.weight_bytes)
    playground = Playground(cache, catalog, lambda caller, request: None)
    raw = Raw(variant)
    pairs: list[tuple[Turn, Turn]] = []
    for number in range(-2, repeats):     # two turns to warm up
        sampling = SamplingParams(temperature=1.0, top_p=1.0, top_k=0, max_tokens=tokens, seed=number + 2)
        request = GenerationRequest(variant.key, (Message("user", QUESTION),), sampling)
        if number % 2:                    # whoever goes second finds warm caches: take turns
            plain, streamed = raw.answer(request), _streamed(playground, request)
        else:
            streamed, plain = _streamed(playground, request), raw.answer(request)
        if plain.tokens != streamed.tokens:
            raise SystemExit(f"seed {sampling.seed}: the two sides gave different tokens")
        if number >= 0:
            pairs.append((plain, streamed))
    one = GenerationRequest(variant.key, (Message("user", QUESTION),), SamplingParams(max_tokens=1, seed=1))
    first_token = [(raw.first_token_s(one), _streamed(playground, one).first_token_s) for _ in range(repeats)]
    return {
        "model": variant.key,
        "repeats": repeats,
        "tokens_per_answer": statistics.mean(len(a.tokens) for a, _ in pairs),
        "raw_tokens_per_s": statistics.median(a.tokens_per_s for a, _ in pairs),
        "service_tokens_per_s": statistics.median(b.tokens_per_s for _, b in pairs),
        "ratio_raw_to_service": statistics.median(b.wall_s / a.wall_s for a, b in pairs),
        "ratio_cpu_service_to_raw": statistics.median(b.cpu_s / a.cpu_s for a, b in pairs),
        "raw_first_token_s": statistics.median(a for a, _ in first_token),
        "service_first_token_s": statistics.median(b for _, b in first_token),
    }


class Raw:
    """transformers as its documentation uses it: the whole answer in one call."""

    def __init__(self, variant: Variant) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        folder = folder_of(variant.model)
        scheme = Catalog.load().quantization(variant.quantization)
        with LOAD_LOCK:
            self.tokenizer = AutoTokenizer.from_pretrained(folder)
            self.model = AutoModelForCausalLM.from_pretrained(folder, **scheme.load_kwargs()).eval()
        torch.set_num_threads(good_threads(self.model.num_parameters()))

    def answer(self, request: GenerationRequest) -> Turn:
        import torch

        sampling, wall, cpu = request.sampling, time.perf_counter(), time.process_time()
        inputs = self._inputs(request)
        torch.manual_seed(sampling.seed or 0)
        out = self.model.generate(
            **inputs, do_sample=True, temperature=sampling.temperature, top_p=sampling.top_p, top_k=sampling.top_k,
            repetition_penalty=sampling.repetition_penalty, max_new_tokens=sampling.max_tokens,
        )[0, inputs["input_ids"].shape[1]:].tolist()
        self.tokenizer.decode(out, skip_special_tokens=True)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        ends = self.model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        return Turn(wall, cpu, 0.0, tuple(out[:-1] if out[-1] in ends else out))

    def first_token_s(self, request: GenerationRequest) -> float:
        started = time.perf_counter()
        self.model.generate(**self._inputs(request), do_sample=True, max_new_tokens=1)
        return time.perf_counter() - started

    def _inputs(self, request: GenerationRequest) -> Any:
        rows = [{"role": message.role, "content": message.text} for message in request.messages]
        return self.tokenizer.apply_chat_template(
            rows, add_generation_prompt=True, return_tensors="pt", return_dict=True)


def _streamed(playground: Playground, request: GenerationRequest) -> Turn:
    """One answer through the service, read to its end like the interface does."""
    wall, cpu, first, tokens, shown = time.perf_counter(), time.process_time(), 0.0, [], ""
    for event in playground.stream(request, "benchmark", CancelToken()):
        match event:
            case TextDelta(text, ids) | ReasoningDelta(text, ids):
                first = first or time.perf_counter() - wall
                shown += text
                tokens += ids
            case Finished():
                break
    return Turn(time.perf_counter() - wall, time.process_time() - cpu, first, tuple(tokens))


def _variant(model: str, quantization: str) -> tuple[Catalog, Variant]:
    folder = Path(model)
    if folder.is_dir():
        catalog = Catalog.load(extra_folders=[folder])
        model = next(spec.id for spec in catalog.models() if spec.path and Path(spec.path) == folder.resolve())
    else:
        catalog = Catalog.load()
    return catalog, catalog.variant(f"{model}:{quantization}")


if __name__ == "__main__":
    main()
