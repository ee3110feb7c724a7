"""Quantised weights kept on disk: quantising a model takes many times longer than reading it back.

An entry is a folder that from_pretrained reads. It is written beside its place, compared with the live model and then
renamed, and never changed afterwards, because others may have it mapped. Several processes may share one cache.
Not covered: bits that the disk turns later; a cut or replaced file is noticed.
"""
from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from playground.engines._checkpoint import check_weights, header_hash
from playground.errors import LoadFailed

log = logging.getLogger(__name__)
FORMAT = 1                                # of an entry; another number makes every older entry useless
WORTH_BYTES = 200_000_000                 # of the checkpoint's files; below, quantising takes about a second
SHARE_OF_FREE = 0.1                       # of the disk space that is free, on top of `cap_bytes`
PACKAGES = ("torch", "transformers", "bitsandbytes")
_ABOUT, _LOCK, _TEMPORARY = "entry.json", ".lock", ".tmp"


@dataclass(frozen=True, slots=True)
class QuantKey:
    """What quantised weights depend on. fingerprint: of the checkpoint; device: where they were quantised."""

    model: str
    revision: str
    fingerprint: str
    scheme: str
    parameters: str                       # of the scheme, as its load_source() writes them
    device: str

    @property
    def prefix(self) -> str:
        """Begins the folder names of this model and scheme, whatever their versions."""
        return re.sub(r"[^\w.-]+", "_", self.model) + "--" + self.scheme + "--"

    @property
    def digest(self) -> str:
        """sha256 in hex over the key and the versions of all that takes part."""
        parts = [FORMAT, self.model, self.revision, self.fingerprint, self.scheme, self.parameters, self.device,
                 *(f"{name} {_version(name)}" for name in PACKAGES)]
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()

    @property
    def folder_name(self) -> str:
        return self.prefix + self.digest[:20]


class QuantCache:
    """A folder of quantised checkpoints. Safe across threads and processes; what goes wrong is only logged.

    cap_bytes: most disk space; a tenth of what is free is a second limit. min_bytes: smaller checkpoints are not kept.
    """

    def __init__(self, folder: Path, cap_bytes: int, min_bytes: int = WORTH_BYTES) -> None:
        self._folder, self._cap, self._min = folder, cap_bytes, min_bytes

    def wants(self, checkpoint_bytes: int) -> bool:
        """Whether a checkpoint of that many bytes is worth its disk space."""
        return self._cap > 0 and checkpoint_bytes >= self._min

    def find(self, key: QuantKey) -> Path | None:
        """The folder with these weights, marked as used now; None when there is none. A broken one is removed."""
        entry = self._folder / key.folder_name
        try:
            about = json.loads((entry / _ABOUT).read_text("utf-8"))
            check_weights(entry)
            whole = about["digest"] == key.digest and about["files"] == _files(entry)
        except FileNotFoundError:
            whole = False
        except (OSError, ValueError, KeyError, TypeError, LoadFailed) as error:
            log.warning("the stored %s cannot be read: %s", entry.name, error)
            whole = False
        if not whole:
            if entry.exists():
                self.remove(entry)
            return None
        _touch(entry)
        return entry

    def write(self, key: QuantKey, model: Any, reload: Callable[[Path], Any]) -> None:
        """Keep `model`, which must not have run yet: the first forward on a CPU repacks 4-bit weights for good.

        reload: reads a folder as a model, to compare it with this one. The caller holds LOAD_LOCK.
        """
        from safetensors import SafetensorError

        try:
            with self._locked() as mine:
                if mine and not (self._folder / key.folder_name).exists():
                    self._write(key, model, reload)
        except (OSError, ValueError, KeyError, LoadFailed, SafetensorError) as error:
            log.warning("the quantised weights of %s:%s were not kept on disk: %s", key.model, key.scheme, error)

    def remove(self, entry: Path) -> None:
        """Take an entry away, for readers at once; files that are still mapped live on until they are closed."""
        gone = entry.with_name(f".{entry.name}.{os.getpid()}{_TEMPORARY}")
        try:
            os.replace(entry, gone)
        except FileNotFoundError:
            return                        # another process was faster
        except OSError as error:
            log.warning("%s cannot be removed: %s", entry.name, error)
            return
        shutil.rmtree(gone, ignore_errors=True)

    def used_bytes(self) -> int:
        """Bytes of all entries."""
        return sum(_bytes(entry) for entry in self._entries())

    # ------------------------------------------------------------ writing
    def _write(self, key: QuantKey, model: Any, reload: Callable[[Path], Any]) -> None:
        for left in self._folder.glob(f".*{_TEMPORARY}"):     # the lock is ours, so nobody works on them
            shutil.rmtree(left, ignore_errors=True)
        target = self._folder / key.folder_name
        temporary = self._folder / f".{target.name}.{os.getpid()}{_TEMPORARY}"
        try:
            _save(model, temporary)
            about = {"digest": key.digest, "model": key.model, "scheme": key.scheme, "files": _files(temporary)}
            (temporary / _ABOUT).write_text(json.dumps(about, indent=1), "utf-8")
            if not self._make_room(_bytes(temporary), key):
                return
            _sync(temporary)
            check_weights(temporary)
            different = _difference(model, reload(temporary))
            if different:
                raise LoadFailed(f"{different} differs after it was read back.", "Report this.")
            os.replace(temporary, target)
            _sync_folder(self._folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _make_room(self, needed: int, key: QuantKey) -> bool:
        """Remove what is out of date, then what was not used for longest. False when `needed` bytes never fit."""
        for entry in self._entries():
            if entry.name.startswith(key.prefix):             # of another version of the weights or the libraries
                self.remove(entry)
        entries = sorted(self._entries(), key=_used)
        used = sum(map(_bytes, entries))
        cap = min(self._cap, int((shutil.disk_usage(self._folder).free + needed + used) * SHARE_OF_FREE))
        if needed > cap:
            log.info("%s needs %d bytes on disk, more than the %d allowed", key.folder_name, needed, cap)
            return False
        for entry in entries:
            if used + needed <= cap:
                break
            used -= _bytes(entry)
            self.remove(entry)
        return True

    def _entries(self) -> list[Path]:
        return [each.parent for each in self._folder.glob(f"*/{_ABOUT}") if not each.parent.name.startswith(".")]

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        """Whether this process alone may write now; False, at once, while another one writes."""
        from filelock import FileLock, Timeout

        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / _LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()


# ---------------------------------------------------------------- entries
def _save(model: Any, folder: Path) -> None:
    from transformers import GenerationConfig

    own, model.generation_config = model.generation_config, GenerationConfig()   # published ones are not always valid
    try:
        model.save_pretrained(folder)
    finally:
        model.generation_config = own


def _files(folder: Path) -> dict[str, list[Any]]:
    """Size in bytes and hash of the header of each weight file, and the hash of the config."""
    found: dict[str, list[Any]] = {
        file.name: [file.stat().st_size, header_hash(file)] for file in sorted(folder.glob("*.safetensors"))}
    config = (folder / "config.json").read_bytes()
    return found | {"config.json": [len(config), hashlib.sha256(config).hexdigest()]}


def _difference(model: Any, other: Any) -> str:
    """Name of the first tensor, scales and tables included, that is not the same bit for bit; "" when all are."""
    import torch

    mine, theirs = model.state_dict(), other.state_dict()
    if mine.keys() != theirs.keys():
        return str(min(mine.keys() ^ theirs.keys()))
    for name, tensor in mine.items():
        same = tensor.shape == theirs[name].shape and tensor.dtype == theirs[name].dtype
        if not same or not torch.equal(_bits(tensor), _bits(theirs[name])):
            return str(name)
    return ""


def _bits(tensor: Any) -> Any:
    """The same memory as bytes, so that NaN equals NaN."""
    import torch

    return tensor.detach().contiguous().reshape(-1).view(torch.uint8)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _bytes(folder: Path) -> int:
    try:
        return sum(file.stat().st_size for file in folder.iterdir())
    except OSError:
        return 0                          # removed meanwhile


def _used(entry: Path) -> float:
    try:
        return (entry / _ABOUT).stat().st_mtime
    except OSError:
        return 0.0


def _touch(entry: Path) -> None:
    try:
        os.utime(entry / _ABOUT)
    except OSError as error:              # a cache that is read only still serves
        log.debug("%s cannot be marked as used: %s", entry.name, error)


def _sync(folder: Path) -> None:
    """Everything in it on the disk, not only on its way there."""
    for file in folder.iterdir():
        with file.open("rb+") as opened:
            os.fsync(opened.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return                            # folders cannot be opened there
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
