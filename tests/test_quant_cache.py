"""Quantised weights on disk: the same bits come back, whatever happens to the disk, and never more than allowed."""
from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import playground.engines._quant_cache as quant_cache
from playground.engines._quant_cache import QuantCache, QuantKey
from playground.engines.transformers import TransformersEngine, _Reading, _scheme
from playground.types import CancelToken, Variant
from tests.tiny import save_checkpoint, spec

pytestmark = pytest.mark.timeout(120)
BITSANDBYTES = ["int8", "nf4", "nf4-dq", "fp4"]
KEY = QuantKey("tiny", "abc", "f", "nf4", "p", "cpu")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_checkpoint(tmp_path_factory.mktemp("tiny"))


@dataclass
class Stored:
    """A model of one tensor that can be saved."""

    number: int
    values: int = 1000
    generation_config: Any = None

    def save_pretrained(self, folder: Path) -> None:
        from safetensors.torch import save_file

        folder.mkdir(parents=True)
        save_file(self.state_dict(), folder / "model.safetensors")
        (folder / "config.json").write_text("{}")

    def state_dict(self) -> dict[str, Any]:
        import torch

        return {"a": torch.full((self.values,), self.number, dtype=torch.uint8)}


@dataclass
class Read:
    folder: Path

    def state_dict(self) -> dict[str, Any]:
        from safetensors.torch import load_file

        return load_file(self.folder / "model.safetensors")


def weights(folder: Path, checkpoint: Path, scheme: str) -> tuple[Any, list[str]]:
    """The model before its first forward pass, and the stages its load went through."""
    stages: list[str] = []
    variant = Variant(spec("tiny", path=str(checkpoint)), scheme, 1)
    reading = _Reading(variant, _scheme(variant), checkpoint, lambda stage, part: stages.append(stage), CancelToken())
    engine = TransformersEngine(quantised=QuantCache(folder, 10**9, min_bytes=0))
    return engine._quantised_weights(reading, 1), list(dict.fromkeys(stages))


def entry_of(folder: Path) -> Path:
    (entry,) = [each for each in folder.iterdir() if each.is_dir()]
    return entry


def logits(model: Any) -> Any:
    import torch

    with torch.inference_mode():
        return model(torch.arange(40)[None]).logits


# ---------------------------------------------------------------- the same bits
@pytest.mark.parametrize("scheme", BITSANDBYTES)
def test_what_is_read_back_answers_bit_for_bit_like_what_was_quantised(
    tmp_path: Path, checkpoint: Path, scheme: str
) -> None:
    import torch

    fresh, stages = weights(tmp_path, checkpoint, scheme)
    kept, stages_then = weights(tmp_path, checkpoint, scheme)
    assert (stages, stages_then) == (["quantise", "cache-write"], ["weights"])
    assert quant_cache._difference(fresh, kept) == ""
    first, second = logits(fresh), logits(kept)
    assert torch.equal(first, second) and torch.equal(logits(fresh), logits(kept))


def test_one_changed_scale_is_a_difference(tmp_path: Path, checkpoint: Path) -> None:
    fresh, _ = weights(tmp_path, checkpoint, "nf4")
    other, _ = weights(tmp_path, checkpoint, "nf4")
    layer = other.model.layers[1].mlp.up_proj
    layer.weight.quant_state.absmax = layer.weight.quant_state.absmax * 1.01
    assert quant_cache._difference(fresh, other) == "model.layers.1.mlp.up_proj.weight.absmax"


def test_weights_are_written_before_the_first_forward_pass(tmp_path: Path, checkpoint: Path) -> None:
    """It repacks 4-bit weights on a CPU with AVX512-BF16, and what is saved after that is another model."""
    stages: list[str] = []
    engine = TransformersEngine(quantised=QuantCache(tmp_path, 10**9, min_bytes=0))
    variant = Variant(spec("tiny", path=str(checkpoint)), "nf4", 1)
    engine.load(variant, lambda stage, part: stages.append(stage), CancelToken()).close()
    assert list(dict.fromkeys(stages)) == ["libraries", "quantise", "cache-write", "warm-up"]


def test_the_engine_answers_alike_with_and_without_the_cache(tmp_path: Path, checkpoint: Path) -> None:
    from playground.types import SamplingParams
    from tests.tiny import request

    engines = [TransformersEngine(), TransformersEngine(quantised=QuantCache(tmp_path, 10**9, min_bytes=0))]
    variant, answers = Variant(spec("tiny", path=str(checkpoint)), "nf4-dq", 1), []
    for engine in (*engines, engines[1]):
        loaded, said = engine.load(variant, lambda stage, part: None, CancelToken()), []
        prompt = engine.prompter(variant.model).render(request())
        loaded.generate(prompt, SamplingParams(temperature=0, max_tokens=12), CancelToken(), said.append)
        answers.append(said)
        loaded.close()
    assert answers[0] and answers[0] == answers[1] == answers[2]


def test_small_models_and_a_cap_of_zero_write_nothing(tmp_path: Path) -> None:
    assert not QuantCache(tmp_path, 0, min_bytes=0).wants(10**12)
    assert not QuantCache(tmp_path, 10**12).wants(10**8) and QuantCache(tmp_path, 10**12).wants(10**9)


# ---------------------------------------------------------------- broken entries
def cut(entry: Path) -> None:
    file = entry / "model.safetensors"
    os.truncate(file, file.stat().st_size - 100)


def other_header(entry: Path) -> None:
    file = entry / "model.safetensors"
    raw = bytearray(file.read_bytes())
    at = raw.index(b"U8")
    raw[at:at + 2] = b"I8"
    file.write_bytes(raw)


def no_description(entry: Path) -> None:
    (entry / "entry.json").write_text("{")


def other_config(entry: Path) -> None:
    config = json.loads((entry / "config.json").read_text())
    (entry / "config.json").write_text(json.dumps(config | {"hidden_act": "relu"}))


@pytest.mark.parametrize("damage", [cut, other_header, no_description, other_config])
def test_a_broken_entry_is_quantised_again(
    tmp_path: Path, checkpoint: Path, damage: Callable[[Path], None]
) -> None:
    fresh, _ = weights(tmp_path, checkpoint, "nf4")
    damage(entry_of(tmp_path))
    again, stages = weights(tmp_path, checkpoint, "nf4")
    assert stages == ["quantise", "cache-write"] and quant_cache._difference(fresh, again) == ""
    assert weights(tmp_path, checkpoint, "nf4")[1] == ["weights"]


def test_an_entry_that_transformers_cannot_read_is_quantised_again(
    tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights(tmp_path, checkpoint, "nf4")
    entry = entry_of(tmp_path)
    (entry / "config.json").write_text("{}")
    monkeypatch.setattr(quant_cache, "_files", lambda folder: json.loads((entry / "entry.json").read_text())["files"])
    assert weights(tmp_path, checkpoint, "nf4")[1][-2:] == ["quantise", "cache-write"]


# ---------------------------------------------------------------- a disk that does not do as it is told
def test_a_full_disk_leaves_the_model_whole_and_no_half_entry(
    tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(quant_cache.os, "fsync", full)
    model, _ = weights(tmp_path, checkpoint, "nf4")
    assert logits(model).isfinite().all() and "No space left" in caplog.text
    assert [each for each in tmp_path.iterdir() if each.is_dir()] == []


def test_a_folder_that_cannot_be_written_leaves_the_model_whole(
    tmp_path: Path, checkpoint: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    model, _ = weights(tmp_path / "file" / "cache", checkpoint, "nf4")
    assert logits(model).isfinite().all() and "not kept" in caplog.text


def test_what_does_not_come_back_alike_is_not_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = QuantCache(tmp_path, 10**9)
    cache.write(KEY, Stored(1), lambda folder: Stored(2))
    assert cache.find(KEY) is None and cache.used_bytes() == 0 and "a differs" in caplog.text


# ---------------------------------------------------------------- others at work
def test_while_another_process_writes_nobody_waits(tmp_path: Path) -> None:
    code = ("import sys; from filelock import FileLock; lock = FileLock(sys.argv[1]); lock.acquire(); "
            "print('held', flush=True); sys.stdin.read(1)")
    cache = QuantCache(tmp_path, 10**9)
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / ".lock")], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        cache.write(KEY, Stored(1), Read)
        assert cache.find(KEY) is None
        other.communicate("x")
    cache.write(KEY, Stored(1), Read)
    assert cache.find(KEY) is not None


def test_many_writers_of_one_model_leave_one_whole_entry(tmp_path: Path) -> None:
    caches = [QuantCache(tmp_path, 10**9) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda cache: cache.write(KEY, Stored(7), Read), caches))
    found = caches[0].find(KEY)
    assert found is not None and int(Read(found).state_dict()["a"][0]) == 7
    assert [each.name for each in tmp_path.iterdir() if each.is_dir()] == [KEY.folder_name]


def test_what_a_crash_left_is_cleaned_up(tmp_path: Path) -> None:
    left = tmp_path / ".tiny--nf4--0.99999.tmp"
    left.mkdir()
    (left / "model.safetensors").write_bytes(b"half")
    QuantCache(tmp_path, 10**9).write(KEY, Stored(1), Read)
    assert not left.exists()


# ---------------------------------------------------------------- how much, and how old
def test_the_least_recently_used_goes_when_room_is_needed(tmp_path: Path) -> None:
    keys = [replace(KEY, model=name) for name in "abcd"]
    roomy = QuantCache(tmp_path, 10**9)
    for key in keys[:3]:
        roomy.write(key, Stored(1, values=100_000), Read)
    for age, key in enumerate(keys[:3]):                      # c is the oldest
        os.utime(tmp_path / key.folder_name / "entry.json", (1000 - age, 1000 - age))
    assert roomy.find(keys[2]) is not None                    # and is now used again
    QuantCache(tmp_path, 320_000).write(keys[3], Stored(1, values=100_000), Read)
    assert [roomy.find(key) is not None for key in keys] == [True, False, True, True]


def test_more_than_the_cap_is_not_kept_and_evicts_nothing(tmp_path: Path) -> None:
    cache = QuantCache(tmp_path, 50_000)
    cache.write(KEY, Stored(1), Read)
    cache.write(replace(KEY, model="big"), Stored(1, values=100_000), Read)
    assert cache.find(KEY) is not None and cache.find(replace(KEY, model="big")) is None


def test_a_nearly_full_disk_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quant_cache.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 5000}))
    cache = QuantCache(tmp_path, 10**9)
    cache.write(KEY, Stored(1), Read)
    assert cache.used_bytes() == 0


@pytest.mark.parametrize("change", [{"fingerprint": "other"}, {"revision": "other"}, {"parameters": "other"}])
def test_other_weights_or_parameters_are_another_entry_and_the_old_one_goes(
    tmp_path: Path, change: dict[str, str]
) -> None:
    cache, newer = QuantCache(tmp_path, 10**9), replace(KEY, **change)
    cache.write(KEY, Stored(1), Read)
    assert cache.find(newer) is None
    cache.write(newer, Stored(2), Read)
    assert cache.find(newer) is not None and cache.find(KEY) is None


def test_another_version_of_a_library_is_another_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = QuantCache(tmp_path, 10**9)
    cache.write(KEY, Stored(1), Read)
    other = replace(KEY, scheme="int8")
    cache.write(other, Stored(1), Read)
    monkeypatch.setattr(quant_cache, "version", lambda package: "99")
    assert cache.find(KEY) is None
    cache.write(KEY, Stored(1), Read)
    assert len(cache._entries()) == 2                         # the new nf4, and int8 until somebody asks for it


def test_changed_files_of_a_checkpoint_are_noticed(tmp_path: Path) -> None:
    from playground.engines._checkpoint import fingerprint

    folder = save_checkpoint(tmp_path)
    before = fingerprint(folder)
    assert fingerprint(folder) == before
    os.utime(folder / "model.safetensors", (1, 1))
    assert fingerprint(folder) != before
