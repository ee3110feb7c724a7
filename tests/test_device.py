"""On which device a model is loaded, told from what torch says; no GPU is needed."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from playground import compose
from playground.engines._device import device, placement
from playground.engines.transformers import TransformersEngine
from playground.errors import Unavailable
from playground.types import CancelToken, Variant
from tests.tiny import save_checkpoint, spec

pytestmark = pytest.mark.timeout(120)


def machine(monkeypatch: pytest.MonkeyPatch, gpus: int = 0, apple: bool = False) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)


@pytest.mark.parametrize(("gpus", "apple", "wanted", "found"), [
    (0, False, "", "cpu"), (2, False, "", "cuda:0"), (0, True, "", "mps"),
    (2, False, "cuda:1", "cuda:1"), (2, False, "cpu", "cpu"), (0, True, "mps", "mps"), (0, True, "cpu", "cpu"),
    (0, False, "cuda:0", "cpu"), (0, False, "mps", "cpu"),    # torch was built without it, or its driver is too old
])
def test_a_model_goes_where_it_is_sent_and_else_to_the_best_there_is(
    monkeypatch: pytest.MonkeyPatch, gpus: int, apple: bool, wanted: str, found: str
) -> None:
    machine(monkeypatch, gpus, apple)
    assert str(device(wanted)) == found


def test_a_gpu_that_is_not_there_is_an_error_and_not_another_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, gpus=2)
    with pytest.raises(Unavailable, match="There is no cuda:2"):
        device("cuda:2")


@pytest.mark.parametrize(("gpus", "wanted", "arguments"), [
    (2, "cuda:1", {"device_map": {"": torch.device("cuda", 1)}}), (0, "cpu", {}),
    (1, "cpu", {"device_map": {"": torch.device("cpu")}}),    # bitsandbytes would take the GPU
])
def test_all_of_a_model_is_put_on_one_device(
    monkeypatch: pytest.MonkeyPatch, gpus: int, wanted: str, arguments: dict[str, Any]
) -> None:
    machine(monkeypatch, gpus)
    assert placement(device(wanted)) == arguments


def test_the_engine_reads_the_weights_onto_the_variants_device(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine(monkeypatch, gpus=2)
    asked: list[Any] = []

    def read(folder: Path, **kwargs: Any) -> Any:
        asked.append(kwargs["device_map"])
        raise OSError("far enough")

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", read)
    variant = Variant(spec("tiny", path=str(save_checkpoint(tmp_path))), "fp32", 1, device="cuda:1")
    with pytest.raises(Exception, match="could not be loaded"):
        TransformersEngine().load(variant, lambda stage, part: None, CancelToken())
    assert asked == [{"": torch.device("cuda", 1)}]


def test_what_the_process_holds_is_counted_on_every_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, gpus=2)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda number: (100, 20)[number])
    monkeypatch.setattr(compose, "private_bytes", lambda: 3)
    assert compose._held_bytes() == 123
