"""transformers swaps process globals while it loads: two loads at once must never meet."""
from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from benchmarks.loads import differing
from playground.engines._model import TransformersModel
from playground.engines.transformers import TransformersEngine
from playground.monitor.machine import private_bytes
from playground.types import CancelToken, ModelSpec, SamplingParams, Variant
from tests.tiny import request, save_checkpoint, spec

pytestmark = pytest.mark.timeout(120)
ROOT = Path(__file__).resolve().parents[1]


def load(engine: TransformersEngine, model: ModelSpec, scheme: str) -> TransformersModel:
    return engine.load(Variant(model, scheme, 1), lambda stage, fraction: None, CancelToken())


@pytest.mark.parametrize(("threads", "rounds"), [(2, 4), (4, 2), (24, 1)])
def test_threads_that_load_different_models_at_once_get_what_a_lone_load_gives(tmp_path: Path, threads: int, rounds: int
                                                                               ) -> None:
    """I3. `python -m benchmarks.loads` does the same for 100 rounds."""
    import torch
    from transformers import PreTrainedModel

    def process_globals() -> tuple[Any, ...]:
        return (torch.get_default_dtype(), PreTrainedModel.tie_weights, torch.linspace, torch.nn.init.normal_)

    before = process_globals()
    assert differing(threads, rounds, tmp_path) == [] and process_globals() == before


def test_an_answer_keeps_its_tokens_while_other_models_are_loaded_and_closed(tmp_path: Path) -> None:
    """I15"""
    engine = TransformersEngine()
    answering, other = (spec(name, path=str(save_checkpoint(tmp_path / name, seed=n))) for n, name in enumerate("ab"))
    model = load(engine, answering, "fp32")
    prompt = engine.prompter(answering).render(request())

    def answer() -> list[int]:
        tokens: list[int] = []
        model.generate(prompt, SamplingParams(temperature=0, max_tokens=60), CancelToken(),
                       lambda event: tokens.extend(getattr(event, "token_ids", ())))
        return tokens

    alone, done, loads = answer(), threading.Event(), []

    def load_and_close() -> None:
        while not done.is_set():
            for scheme in ("bf16", "int8", "nf4"):
                load(engine, other, scheme).close()
                loads.append(scheme)

    loader = threading.Thread(target=load_and_close, daemon=True)
    loader.start()
    while len(loads) < 4:                 # answers go on beside whole loads, not only beside parts of one
        assert answer() == alone and loader.is_alive()
    done.set()
    loader.join(60)
    assert answer() == alone


def test_loading_and_closing_again_and_again_leaves_no_memory_threads_or_files_behind(tmp_path: Path) -> None:
    """I16. `python -m benchmarks.soak` does it 200 times with the shipped models and with a real shape."""
    engine = TransformersEngine()
    models = [spec(kind, path=str(save_checkpoint(tmp_path / kind, kind=kind))) for kind in ("qwen3", "qwen2")]

    def swap(rounds: int) -> tuple[int, int, int]:
        for _ in range(rounds):
            for model in models:
                for scheme in ("fp32", "bf16", "int8", "nf4"):
                    load(engine, model, scheme).close()
        return private_bytes(), threading.active_count(), len(os.listdir("/proc/self/fd"))

    memory, threads, files = swap(2)
    memory_after, threads_after, files_after = swap(5)
    assert memory_after <= 1.03 * memory and threads_after <= threads and files_after <= files


def test_only_the_engine_reads_models_from_disk() -> None:
    """Every from_pretrained of the app holds LOAD_LOCK, which only engines can see."""
    outside = [file.relative_to(ROOT).as_posix() for file in (ROOT / "playground").rglob("*.py")
               if re.search(r"\.from_(pretrained|config)\(", file.read_text(encoding="utf-8"))]
    allowed = {"playground/engines/transformers.py", "playground/code_script.py"}     # the second only writes it down
    assert set(outside) <= allowed
