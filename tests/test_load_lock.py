"""transformers swaps process globals while it loads: two loads at once must never meet."""
from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from playground.engines.transformers import TransformersEngine
from playground.types import CancelToken, Variant
from tests.tiny import save_checkpoint, spec

pytestmark = pytest.mark.timeout(120)
ROOT = Path(__file__).resolve().parents[1]


def test_two_threads_load_different_models_at_once_and_both_are_whole(tmp_path: Path) -> None:
    import torch
    from transformers import PreTrainedModel

    globals_before = (torch.get_default_dtype(), PreTrainedModel.tie_weights, torch.linspace, torch.nn.init.normal_)
    specs = [spec(name, path=str(save_checkpoint(tmp_path / name, seed=n, kind=kind)))
             for n, (name, kind) in enumerate((("a", "qwen3"), ("b", "qwen2")))]
    wrong: list[str] = []

    def load_many(index: int, barrier: threading.Barrier) -> None:
        for number in range(4):
            barrier.wait(60)
            loaded = TransformersEngine().load(                # a new engine: the tokenizer is read each time too
                Variant(specs[index], ("fp32", "bf16")[number % 2], 1), lambda stage, fraction: None, CancelToken())
            dtype = (torch.float32, torch.bfloat16)[number % 2]
            wrong.extend(name for name, p in loaded._model.named_parameters() if p.is_meta or p.dtype != dtype)
            loaded.close()

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=load_many, args=(index, barrier), daemon=True) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
        assert not thread.is_alive()
    assert wrong == []
    assert globals_before == (torch.get_default_dtype(), PreTrainedModel.tie_weights, torch.linspace,
                              torch.nn.init.normal_)


def test_only_the_engine_reads_models_from_disk() -> None:
    """Every from_pretrained of the app holds LOAD_LOCK, which only engines can see."""
    outside = [file.relative_to(ROOT).as_posix() for file in (ROOT / "playground").rglob("*.py")
               if re.search(r"\.from_(pretrained|config)\(", file.read_text(encoding="utf-8"))]
    allowed = {"playground/engines/transformers.py", "playground/code_script.py"}     # the second only writes it down
    assert set(outside) <= allowed
