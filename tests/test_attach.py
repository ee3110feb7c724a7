"""The second load of a known model: the same bits without transformers, and its way out for whatever is unusual."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playground.engines import _attach
from playground.engines._attach import Skeletons, skeleton_of
from playground.engines.transformers import TransformersEngine
from playground.types import CancelToken, Variant
from scripts.random_checkpoint import make
from tests.tiny import save_checkpoint, spec

pytestmark = pytest.mark.timeout(120)


def read(folder: Path, **kwargs: Any) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, **kwargs).eval()


def logits(model: Any) -> Any:
    import torch

    with torch.inference_mode():
        return model(torch.arange(40)[None]).logits


@pytest.mark.parametrize("kind", ["qwen2", "qwen3", "qwen3_next"])
def test_an_attached_model_is_the_read_one_bit_for_bit(tmp_path: Path, kind: str) -> None:
    import torch

    model = read(make(kind, tmp_path), dtype=torch.bfloat16)
    skeleton = skeleton_of(model, tmp_path)
    if kind == "qwen3_next":
        assert skeleton is None           # its experts lie in the file one by one, so transformers has to merge them
        return
    assert skeleton is not None
    attached = [skeleton.attach() for _ in range(2)]
    for other in attached:
        assert {n: b.dtype for n, b in other.named_buffers()} == {n: b.dtype for n, b in model.named_buffers()}
        assert all(torch.equal(a, b) for a, b in zip(model.buffers(), other.buffers(), strict=True))
        assert all(torch.equal(value, other.state_dict()[name]) for name, value in model.state_dict().items())
        assert not other.training and torch.equal(logits(model), logits(other))
        tied = [m.get_input_embeddings().weight is m.get_output_embeddings().weight for m in (model, other)]
        assert tied[0] == tied[1] == (kind == "qwen2")
    assert attached[0].config is not attached[1].config and attached[0].model.config is attached[0].config
    assert not {id(m) for m in attached[0].modules()} & {id(m) for m in attached[1].modules()}
    assert all(parameter.is_meta for parameter in skeleton.model.parameters())


def test_what_is_cast_or_quantised_while_reading_is_left_to_transformers(tmp_path: Path) -> None:
    import torch
    from transformers import BitsAndBytesConfig

    make("qwen3", tmp_path)
    assert skeleton_of(read(tmp_path, dtype=torch.float32), tmp_path) is None
    assert skeleton_of(read(tmp_path, quantization_config=BitsAndBytesConfig(load_in_8bit=True)), tmp_path) is None


def test_the_second_load_does_not_ask_transformers_and_a_changed_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    save_checkpoint(tmp_path)
    reads: list[str] = []
    original = transformers.AutoModelForCausalLM.from_pretrained

    def counted(folder: Path, **kwargs: Any) -> Any:
        reads.append(str(folder))
        return original(folder, **kwargs)

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", counted)
    engine, variant = TransformersEngine(), Variant(spec("tiny", path=str(tmp_path)), "fp32", 1)
    for expected in (1, 1, 1):
        loaded = engine.load(variant, lambda stage, part: None, CancelToken())
        first = logits(loaded._model)
        loaded.close()
        assert len(reads) == expected
    save_checkpoint(tmp_path, seed=1)
    changed = engine.load(variant, lambda stage, part: None, CancelToken())
    assert len(reads) == 2 and not (logits(changed._model) == first).all()


def test_a_known_model_is_put_in_place_on_the_cpu_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    variant = Variant(spec("tiny", path=str(save_checkpoint(tmp_path))), "fp32", 1, device="cpu")
    engine = TransformersEngine()
    engine.load(variant, lambda stage, part: None, CancelToken()).close()
    monkeypatch.setattr(_attach.Skeleton, "attach", lambda skeleton: pytest.fail("its tensors are the CPU's"))
    # stands in for a GPU: torch can place tensors on "meta", and refuses only to compute with them
    monkeypatch.setattr("playground.engines.transformers.device", lambda wanted: torch.device("meta"))
    monkeypatch.setattr("playground.engines.transformers.TransformersModel.warm_up", lambda loaded: None)
    engine.load(replace(variant, device="cuda:1"), lambda stage, part: None, CancelToken()).close()


def test_a_file_that_vanishes_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path)
    engine, variant = TransformersEngine(), Variant(spec("tiny", path=str(tmp_path)), "fp32", 1)
    engine.load(variant, lambda stage, part: None, CancelToken()).close()

    def lost(self: Any) -> Any:
        raise OSError("gone")

    monkeypatch.setattr(_attach.Skeleton, "attach", lost)
    loaded = engine.load(variant, lambda stage, part: None, CancelToken())
    assert not any(parameter.is_meta for parameter in loaded._model.parameters())


def test_only_the_last_few_skeletons_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_attach, "MOST", 2)
    skeletons, model = Skeletons(), read(save_checkpoint(tmp_path))
    for key in "aba" "c":
        skeletons.learn(key, model, tmp_path)
        skeletons.get("a")
    assert [skeletons.get(key) is not None for key in "abc"] == [True, False, True]
