"""Fetch one file of a hub repository into the hub's cache, continuing a half-finished one.

huggingface_hub throws away what it has when a download stops, so the large files are fetched here: bytes go to
`blobs/<etag>.incomplete`, are continued with a Range request, and become `blobs/<etag>` only when size and hash agree.
"""
from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from playground.errors import Cancelled, DownloadFailed
from playground.types import CancelToken

ATTEMPTS = 5                              # in a row without a single new byte
TIMEOUT_S = 30.0
READ_BYTES = 1 << 20
RETRY_STATUS = (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a repository at one commit. etag: sha256 of a large file, git's sha1 of a small one."""

    name: str
    size_bytes: int
    etag: str
    url: str

    def begun_bytes(self, blobs: Path) -> int:
        """How much of it is on disk."""
        for path in (blobs / self.etag, partial(blobs, self)):
            if path.exists():
                return min(path.stat().st_size, self.size_bytes)
        return 0


def partial(blobs: Path, file: RemoteFile) -> Path:
    """Where the unfinished part of a file is kept."""
    return blobs / f"{file.etag}.incomplete"


class CutConnection(Exception):
    """The other end stopped answering; what arrived so far is kept."""


def fetch(file: RemoteFile, blobs: Path, headers: dict[str, str], cancel: CancelToken, on_bytes: Callable[[int], None],
          pause_s: Callable[[int], float] = lambda attempt: min(2.0**attempt, 20.0)) -> None:
    """Make `blobs/<etag>` exist. Raises Cancelled, DownloadFailed, OSError, or httpx2.HTTPStatusError for a refusal."""
    target = blobs / file.etag
    if target.exists():
        return
    blobs.mkdir(parents=True, exist_ok=True)
    attempt = 0
    while True:
        before = file.begun_bytes(blobs)
        try:
            _stream(file, blobs, headers, cancel, on_bytes)
            break
        except CutConnection as cut:
            attempt = 0 if file.begun_bytes(blobs) > before else attempt + 1
            if attempt >= ATTEMPTS:
                raise DownloadFailed(
                    f"The connection was cut while downloading {file.name}.",
                    "Start the download again: it goes on where it stopped.") from cut
            if cancel.wait(pause_s(attempt)):
                raise Cancelled("The download was stopped.", "Start it again to go on.") from cut
    _check(file, partial(blobs, file))
    os.replace(partial(blobs, file), target)


def _stream(file: RemoteFile, blobs: Path, headers: dict[str, str], cancel: CancelToken,
            on_bytes: Callable[[int], None]) -> None:
    """One request for what is missing. Raises CutConnection when it ends early."""
    import httpx2
    from huggingface_hub import get_session

    path = partial(blobs, file)
    have = path.stat().st_size if path.exists() else 0
    if have > file.size_bytes:
        path.unlink()
        on_bytes(-have)
        have = 0
    if have == file.size_bytes and path.exists():
        return
    ask = dict(headers, **{"Accept-Encoding": "identity"}, **({"Range": f"bytes={have}-"} if have else {}))
    try:
        with get_session().stream("GET", file.url, headers=ask, timeout=TIMEOUT_S, follow_redirects=True) as answer:
            if answer.status_code in RETRY_STATUS:
                raise CutConnection(f"status {answer.status_code}")
            answer.raise_for_status()
            if have and answer.status_code == 200:       # the server ignored Range and starts over
                on_bytes(-have)
                have = 0
            with path.open("ab" if have else "wb") as out:
                _copy(answer, out, cancel, on_bytes)
    except httpx2.TransportError as error:
        raise CutConnection(type(error).__name__) from error
    if path.stat().st_size < file.size_bytes:
        raise CutConnection("ended early")


def _copy(answer: Any, out: IO[bytes], cancel: CancelToken, on_bytes: Callable[[int], None]) -> None:
    for chunk in answer.iter_raw():
        if cancel.cancelled:
            raise Cancelled("The download was stopped.", "Start it again to go on.")
        out.write(chunk)
        on_bytes(len(chunk))


def _check(file: RemoteFile, path: Path) -> None:
    """Compare size and hash; a file that differs is deleted. Raises DownloadFailed."""
    size = path.stat().st_size
    large = len(file.etag) == 64
    digest = hashlib.sha256() if large else hashlib.sha1(f"blob {size}\0".encode())
    with path.open("rb") as data:
        while part := data.read(READ_BYTES):
            digest.update(part)
    if size != file.size_bytes or digest.hexdigest() != file.etag:
        path.unlink()
        raise DownloadFailed(f"{file.name} arrived damaged ({size} of {file.size_bytes} bytes).",
                             "Start the download again; this file is fetched anew.")
