"""Download models in the background: progress, cancel, resume, and a plain sentence when something is in the way."""
from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from playground.checkpoint.hub_cache import OnDisk, on_disk, repo_folder, snapshot
from playground.downloads.errors import explain
from playground.downloads.transfer import RemoteFile, fetch
from playground.errors import Cancelled, DownloadFailed, InvalidRequest, PlaygroundError
from playground.memory import parameter_count
from playground.monitor.machine import disk_free_bytes
from playground.types import CancelToken, ModelSpec

ALLOWED = ["*.safetensors", "*.json", "*.txt", "*.jinja"]      # never pickled weights (.bin, .pt), which can run code
SMALL_FILES_BYTES = 20_000_000                                # tokenizer and configs, for the prediction
SPARE_BYTES = 500_000_000                                     # left free on the disk
SPEED_WINDOW_S = 10.0

ETAG = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

State = Literal["running", "stopping", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A download at one moment. eta_s is None while unknown; code, message and hint are set when it failed.

    stopping: it was cancelled and ends with the piece that is arriving.
    """

    state: State
    done_bytes: int = 0
    total_bytes: int = 0
    bytes_per_s: float = 0.0
    eta_s: float | None = None
    file: str = ""
    code: str = ""
    message: str = ""
    hint: str = ""


class Download:
    """One running download. Any thread may read its progress or cancel it."""

    def __init__(self, repo: str, clock: Callable[[], float]) -> None:
        self.repo = repo
        self._cancel, self._clock = CancelToken(), clock
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._now = Progress("running")
        self._samples: deque[tuple[float, int]] = deque()

    def progress(self) -> Progress:
        with self._lock:
            return self._now

    def cancel(self) -> None:
        """Stop after the piece that is arriving; what is there is kept for the next start."""
        self._cancel.cancel()
        with self._lock:
            if self._now.state == "running":
                self._now = replace(self._now, state="stopping")

    def wait(self, timeout_s: float) -> Progress:
        """The progress when it ended, or after `timeout_s` seconds."""
        self._ended.wait(timeout_s)
        return self.progress()

    def _sized(self, done_bytes: int, total_bytes: int) -> None:
        with self._lock:
            self._now = replace(self._now, done_bytes=done_bytes, total_bytes=total_bytes)
            self._samples.append((self._clock(), done_bytes))

    def _file(self, name: str) -> None:
        with self._lock:
            self._now = replace(self._now, file=name)

    def _add(self, count: int) -> None:
        """`count` more bytes are on disk; negative when bytes were thrown away."""
        with self._lock:
            done, now = self._now.done_bytes + count, self._clock()
            self._samples.append((now, done))
            while len(self._samples) > 2 and now - self._samples[0][0] > SPEED_WINDOW_S:
                self._samples.popleft()
            began, had = self._samples[0]
            speed = max(0.0, (done - had) / (now - began)) if now > began else 0.0
            left = max(0, self._now.total_bytes - done)
            self._now = replace(self._now, done_bytes=done, bytes_per_s=speed, eta_s=left / speed if speed else None)

    def _end(self, state: State, error: PlaygroundError | None = None) -> None:
        with self._lock:
            self._now = replace(self._now, state=state, file="", eta_s=None, bytes_per_s=0.0)
            if error:
                self._now = replace(self._now, code=error.code, message=str(error), hint=error.hint)
        self._ended.set()


class Downloads:
    """All downloads of this app. One per repository at a time. Thread-safe.

    hub_cache None means the cache of the Hugging Face tools, so that other programs find the same files.
    """

    def __init__(self, hub_cache: Path | None = None, offline: bool = False, *, endpoint: str | None = None,
                 free_bytes: Callable[[Path], int] = disk_free_bytes,
                 clock: Callable[[], float] = time.monotonic,
                 pause_s: Callable[[int], float] = lambda attempt: min(2.0**attempt, 20.0)) -> None:
        self._cache, self._offline, self._endpoint = hub_cache, offline, endpoint
        self._free_bytes, self._clock, self._pause_s = free_bytes, clock, pause_s
        self._running: dict[str, Download] = {}
        self._latest: dict[str, Download] = {}              # by repository, also after they ended
        self._lock = threading.Lock()

    @property
    def cache(self) -> Path:
        """The hub's cache folder."""
        if self._cache is not None:
            return self._cache
        from huggingface_hub import constants

        return Path(constants.HF_HUB_CACHE)

    def state(self, spec: ModelSpec) -> OnDisk:
        """What there is of the model on this disk. Reads a few kilobytes of each weight file."""
        return on_disk(spec, self.cache)

    def is_here(self, spec: ModelSpec) -> bool:
        """Whether it can be loaded without a network."""
        return self.state(spec) in ("shipped", "on_disk")

    def folder(self, spec: ModelSpec) -> Path | None:
        """The folder to load a complete model from; None unless it is here."""
        if not self.is_here(spec):
            return None
        return Path(spec.path) if spec.path else snapshot(spec, self.cache)

    def size_bytes(self, spec: ModelSpec) -> int:
        """Predicted bytes of a full download, from the catalogue; 0 for a model that is in a folder already."""
        if spec.path:
            return 0
        count = parameter_count(spec.architecture) if spec.architecture else spec.parameters
        return count * (4 if spec.dtype == "float32" else 2) + SMALL_FILES_BYTES

    @property
    def offline(self) -> bool:
        """Whether downloads were switched off."""
        return self._offline

    def latest(self, spec: ModelSpec) -> Download | None:
        """The last download of this model since the start, under way or ended; its progress says which."""
        with self._lock:
            return self._latest.get(spec.repo)

    def running(self, spec: ModelSpec) -> Download | None:
        """The download of this model that is under way, if any."""
        with self._lock:
            return self._running.get(spec.repo)

    def start(self, spec: ModelSpec) -> Download:
        """Download in the background, or join the download of the same repository that is already running.

        Everything that goes wrong ends up in the progress. Raises InvalidRequest for a model that has no repository.
        """
        if not spec.repo:
            raise InvalidRequest(f"{spec.name} comes from a folder; there is nothing to download.", "Load it as it is.")
        with self._lock:
            if spec.repo in self._running:
                return self._running[spec.repo]
            download = self._running[spec.repo] = self._latest[spec.repo] = Download(spec.repo, self._clock)
        threading.Thread(target=self._run, args=(spec, download), name=f"download-{spec.id}", daemon=True).start()
        return download

    def _run(self, spec: ModelSpec, download: Download) -> None:
        state, problem = "done", None
        try:
            self._fetch_all(spec, download)
        except Cancelled:
            state = "cancelled"
        except Exception as error:        # a thread's last resort: every failure becomes a sentence, none a traceback
            state, problem = "failed", explain(error, spec)
        with self._lock:
            del self._running[spec.repo]
        download._end(state, problem)     # type: ignore[arg-type]

    def _fetch_all(self, spec: ModelSpec, download: Download) -> None:
        from huggingface_hub.utils import WeakFileLock, build_hf_headers  # type: ignore[attr-defined]

        if self._offline:
            raise DownloadFailed(f"{spec.name} is not on this computer, and the app is set to work offline.",
                                 "Turn the setting offline off, or choose a model that is on disk.")
        files = self._list(spec)
        folder = repo_folder(spec, self.cache)
        blobs, lock = folder / "blobs", self.cache / ".locks" / folder.name / "playground.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        headers = build_hf_headers(library_name="qwen-playground")
        with WeakFileLock(lock, timeout=1):
            blob_files = list({file.etag: file for file in files}.values())    # files with equal content are one blob
            begun = sum(file.begun_bytes(blobs) for file in blob_files)
            download._sized(begun, sum(file.size_bytes for file in blob_files))
            self._check_disk(spec, download.progress())
            for file in blob_files:
                download._file(file.name)
                fetch(file, blobs, headers, download._cancel, download._add, self._pause_s)
            self._link(spec, files)
        if self.state(spec) != "on_disk":
            raise DownloadFailed(f"{spec.name} was downloaded, but its repository has no complete model.",
                                 "Choose another model; the repository may have changed.")

    def _list(self, spec: ModelSpec) -> list[RemoteFile]:
        """The files to fetch at the commit that the revision names now, small ones first."""
        from huggingface_hub import HfApi, hf_hub_url
        from huggingface_hub.utils import filter_repo_objects  # type: ignore[attr-defined]

        api = HfApi(endpoint=self._endpoint, library_name="qwen-playground")
        commit = api.model_info(spec.repo, revision=spec.revision or "main", timeout=30).sha
        entries = api.list_repo_tree(spec.repo, recursive=True, revision=commit)
        tree: dict[str, Any] = {entry.path: entry for entry in entries if hasattr(entry, "size")}
        files: list[RemoteFile] = []
        for name in filter_repo_objects(tree, allow_patterns=ALLOWED):
            entry = tree[name]
            url = hf_hub_url(spec.repo, name, revision=commit, endpoint=self._endpoint)
            etag = str(entry.lfs.sha256 if entry.lfs else entry.blob_id)
            if not ETAG.fullmatch(etag):  # it becomes a file name
                raise DownloadFailed(f"The hub names no hash for {name} of {spec.name}.", "Choose another model.")
            files.append(RemoteFile(name, entry.size, etag, url))
        return sorted(files, key=lambda file: (file.size_bytes, file.name))

    def _check_disk(self, spec: ModelSpec, now: Progress) -> None:
        needed, free = now.total_bytes - now.done_bytes, self._free_bytes(self.cache)
        if needed and needed + SPARE_BYTES > free:
            raise DownloadFailed(
                f"{spec.name} needs {needed / 1e9:.1f} GB more on this disk, which has {free / 1e9:.1f} GB free.",
                f"Free {(needed + SPARE_BYTES - free) / 1e9:.1f} GB, choose a smaller model, or set HF_HOME elsewhere.",
                needed=needed, free=free)

    def _link(self, spec: ModelSpec, files: list[RemoteFile]) -> None:
        """Let huggingface_hub put the finished files into a snapshot, as other programs expect it.

        File by file: snapshot_download would note the whole listing, and then call this snapshot incomplete.
        """
        from huggingface_hub import hf_hub_download

        for file in files:
            hf_hub_download(spec.repo, file.name, revision=spec.revision or "main", cache_dir=self.cache,
                            endpoint=self._endpoint, library_name="qwen-playground")
