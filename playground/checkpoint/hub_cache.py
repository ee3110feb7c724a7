"""What is on disk of a model: a complete snapshot in the hub's cache, part of one, or nothing. Uses no network."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from playground.checkpoint.header import is_complete
from playground.types import ModelSpec

OnDisk = Literal["shipped", "on_disk", "absent", "partial"]
"""shipped: part of this project. on_disk: complete and usable. partial: begun or damaged. absent: nothing there."""


def on_disk(spec: ModelSpec, cache: Path) -> OnDisk:
    """State of one model's files; `cache` is the hub's cache folder."""
    if spec.path:
        state = folder_state(Path(spec.path))
        return "shipped" if state == "on_disk" and spec.pocket else state
    found = snapshot(spec, cache)
    state = folder_state(found) if found else "absent"
    if state == "absent" and any((repo_folder(spec, cache) / "blobs").glob("*")):
        return "partial"
    return state


def snapshot(spec: ModelSpec, cache: Path) -> Path | None:
    """The snapshot folder of the model's revision, complete or not; None when nothing was downloaded."""
    from huggingface_hub import try_to_load_from_cache

    revision = spec.revision or "main"
    for file in ("config.json", "tokenizer_config.json", "model.safetensors.index.json", "model.safetensors"):
        path = try_to_load_from_cache(spec.repo, file, cache_dir=cache, revision=revision)
        if isinstance(path, str):
            return Path(path).parent
    return None


def repo_folder(spec: ModelSpec, cache: Path) -> Path:
    """Where the hub's cache keeps this repository."""
    return cache / ("models--" + spec.repo.replace("/", "--"))


def folder_state(folder: Path) -> OnDisk:
    """"on_disk" when config, tokenizer and all weight files are there in full, "partial" when some are, or "absent"."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return "absent"
    tokenizer = (folder / "tokenizer.json").is_file() or (
        (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file())
    shards = _shards(folder)
    complete = (folder / "config.json").is_file() and tokenizer and shards and all(is_complete(path) for path in shards)
    return "on_disk" if complete else "partial"


def _shards(folder: Path) -> list[Path]:
    """The weight files the index names, or every safetensors file when there is no index."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return sorted(folder.glob("*.safetensors"))
    try:
        return [folder / name for name in sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))]
    except (OSError, ValueError, KeyError, AttributeError):
        return []                          # an unreadable index: not complete
