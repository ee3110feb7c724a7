"""Where a model's files are, and whether they are whole. Reads headers only; imports no torch."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path

from playground.checkpoint.header import MAX_HEADER_BYTES, read_header
from playground.checkpoint.hub_cache import snapshot
from playground.errors import LoadFailed
from playground.paths import ROOT
from playground.types import ModelSpec


def folder_of(model: ModelSpec, root: Path = ROOT) -> Path:
    """The local folder with the model's files; no network. Raises LoadFailed when it is not there."""
    if model.path:
        folder = root / model.path        # an absolute path stays itself
        if not folder.is_dir():
            raise LoadFailed(f"{model.name}: the folder {folder.name} does not exist.", "Check the path of the model.")
        return folder
    from huggingface_hub import constants

    found = snapshot(model, Path(constants.HF_HUB_CACHE))
    if found is None:
        raise LoadFailed(f"{model.name} is not downloaded yet.", "Download it first.", repo=model.repo)
    return found


def check_weights(folder: Path) -> int:
    """Bytes of the safetensors files. Raises LoadFailed for a missing, cut or broken one; no other format is read."""
    single, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
        except (ValueError, KeyError, AttributeError) as error:
            raise LoadFailed(f"{index.name} in {folder.name} is broken.", _AGAIN) from error
        files = [folder / Path(name).name for name in names]
    elif single.is_file():
        files = [single]
    else:
        raise LoadFailed(f"{folder.name} holds no safetensors weights.",
                         "Download the model again; other formats are not loaded, because they can run code.")
    return sum(_check_file(file) for file in files)


def fingerprint(folder: Path) -> str:
    """Changes whenever the weights do: from the config and each weight file's name, size, time and header, in hex.

    Reads a few kilobytes a file. Raises OSError when one vanished meanwhile.
    """
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for file in sorted(folder.glob("*.safetensors")):
        about = file.stat()
        digest.update(f"{file.name} {about.st_size} {about.st_mtime_ns} {header_hash(file)}\n".encode())
    return digest.hexdigest()


def header_hash(file: Path) -> str:
    """sha256 of a safetensors file's header, in hex: names, shapes, types and places of its tensors."""
    with file.open("rb") as opened:
        size = int.from_bytes(opened.read(8), "little")
        return hashlib.sha256(opened.read(min(size, MAX_HEADER_BYTES))).hexdigest()


_AGAIN = "Download or copy the model again."


def _check_file(file: Path) -> int:
    """Bytes of one file, after comparing them with what its header announces."""
    if not file.is_file():
        raise LoadFailed(f"{file.name} is missing from {file.parent.name}.", _AGAIN, file=file.name)
    size, expected = file.stat().st_size, read_header(file).expected_bytes
    if size != expected:
        raise LoadFailed(f"{file.name} should have {expected} bytes but has {size}.", _AGAIN, file=file.name)
    return size
