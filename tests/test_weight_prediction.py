"""Predicted bytes of the weights against what transformers then holds, for every scheme and architecture."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playground.catalog import Catalog
from playground.catalog.folder import facts
from playground.discover import discover
from playground.engines._memory import held_bytes
from playground.memory import weight_bytes
from playground.types import Quantization
from scripts.random_checkpoint import KINDS, make

pytestmark = pytest.mark.timeout(300)
SCHEMES: list[Quantization] = discover("playground.quantizations", "QUANTIZATION")


@pytest.fixture(scope="module", params=[kind for kind in KINDS if kind != "qwen3-0.6b"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(request.param, tmp_path_factory.mktemp(request.param))


def read(folder: Path, **kwargs: Any) -> Any:
    """The model as an engine reads it, before its first forward pass."""
    import transformers

    kind = "AutoModelForImageTextToText" if "image" in facts(folder)["modalities"] else "AutoModelForCausalLM"
    return getattr(transformers, kind).from_pretrained(folder, **kwargs)


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.id)
def test_the_predicted_bytes_are_held_within_one_percent(folder: Path, scheme: Quantization) -> None:
    predicted = weight_bytes(facts(folder)["architecture"], scheme)
    assert held_bytes(read(folder, **scheme.load_kwargs())) == pytest.approx(predicted, rel=0.01)


def test_a_checkpoint_published_in_fp8_is_charged_what_it_becomes_here(tmp_path: Path) -> None:
    """Without a GPU that has the kernels transformers turns it into bf16, with no more than a line in the log."""
    import torch

    if torch.cuda.is_available():
        pytest.skip("needs a machine without the kernels")
    folder = published_in_fp8(make("qwen3", tmp_path / "tiny-fp8"))
    assert (folder / "model.safetensors").stat().st_size < 0.8 * 2 * facts(folder)["parameters"]
    catalog = Catalog.load(tmp_path, extra_folders=[folder])
    (variant,) = catalog.variants("local:tiny-fp8")
    model = read(folder, dtype=torch.bfloat16)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert held_bytes(model) == pytest.approx(variant.weight_bytes, rel=0.01)


@pytest.mark.parametrize(("scheme_id", "said"), [("nf4", "bnb4"), ("fp4", "bnb4"), ("int8", "bnb8")])
def test_a_checkpoint_saved_by_bitsandbytes_is_charged_what_it_keeps(tmp_path: Path, scheme_id: str, said: str) -> None:
    import torch

    scheme = next(each for each in SCHEMES if each.id == scheme_id)
    saved = tmp_path / "saved"
    read(make("qwen3", tmp_path / "plain"), **scheme.load_kwargs()).save_pretrained(saved)
    catalog = Catalog.load(tmp_path, extra_folders=[saved])
    (variant,) = catalog.variants("local:saved")
    assert variant.model.quantized == said
    assert held_bytes(read(saved, dtype=torch.bfloat16)) == pytest.approx(variant.weight_bytes, rel=0.01)


def published_in_fp8(folder: Path) -> Path:
    """The same model as Qwen publishes "-FP8" ones: linear layers in 8-bit floats with a scale for 128 x 128 blocks."""
    import json

    import torch
    from safetensors.torch import load_file, save_file

    tensors, out = load_file(folder / "model.safetensors"), {}
    for name, tensor in tensors.items():
        if name.endswith("proj.weight"):
            out[name] = tensor.to(torch.float8_e4m3fn)
            out[name + "_scale_inv"] = torch.ones(tuple(-(-size // 128) for size in tensor.shape))
        else:
            out[name] = tensor
    save_file(out, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "fp8", "activation_scheme": "dynamic", "fmt": "e4m3",
                                     "weight_block_size": [128, 128]}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_gate_of_one_row_is_refused_in_4_bit_on_a_cpu_that_repacks_and_not_broken_later(tmp_path: Path) -> None:
    from playground.engines.transformers import _check_blocks, _repacks
    from playground.errors import LoadFailed
    from playground.types import Variant
    from tests.tiny import spec

    model = read(make("qwen3_next", tmp_path), **next(s for s in SCHEMES if s.id == "nf4").load_kwargs())
    if model.device.type != "cpu" or not _repacks():
        pytest.skip("this machine keeps 4-bit weights as they are")
    with pytest.raises(LoadFailed, match="too small for nf4"):
        _check_blocks(Variant(spec(), "nf4", 1), model)
