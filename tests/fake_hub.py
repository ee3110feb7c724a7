"""A model hub on 127.0.0.1 for tests: as much of the hub's protocol as a download needs, and the ways it can fail."""
from __future__ import annotations

import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def safetensors(values: int) -> bytes:
    """A valid file with one 16-bit tensor of `values` numbers."""
    entry = {"dtype": "BF16", "shape": [values], "data_offsets": [0, 2 * values]}
    header = json.dumps({"model.norm.weight": entry}).encode()
    pattern = bytes(range(256)) * (2 * values // 256 + 1)
    return struct.pack("<Q", len(header)) + header + pattern[: 2 * values]


def repository(values: int = 50_000) -> dict[str, bytes]:
    """Files of a small complete model in two shards, with a pickled file that must never be fetched."""
    weight_map = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    return {
        "config.json": b'{"model_type": "qwen3"}', "tokenizer.json": b"{}", "tokenizer_config.json": b"{}",
        "model.safetensors.index.json": json.dumps({"weight_map": weight_map}).encode(),
        "model-00001-of-00002.safetensors": safetensors(values),
        "model-00002-of-00002.safetensors": safetensors(values + 1),
        "pytorch_model.bin": b"never", "README.md": b"# card",
    }


@dataclass
class FakeHub:
    """What the hub serves, how it misbehaves, and what it was asked."""

    files: dict[str, bytes]
    url: str = ""
    status: dict[str, int] = field(default_factory=dict)      # path or "api" -> answer with this status instead
    error_code: str = ""                                      # X-Error-Code with such a status
    cut_after: dict[str, list[int]] = field(default_factory=dict)  # path -> bytes of each next answer before a cut
    damaged: set[str] = field(default_factory=set)            # paths served with one wrong byte
    redirect_to: str = ""                                     # address of another hub that serves the weights
    authorized: list[str] = field(default_factory=list)       # Authorization headers that arrived
    ignore_range: bool = False                                # always answer with the whole file
    hold: dict[str, threading.Event] = field(default_factory=dict)  # path -> wait in the middle until set
    reached: dict[str, threading.Event] = field(default_factory=dict)  # path -> set when the middle is reached
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, Range

    def gets(self, path: str) -> list[str]:
        """The Range header ("" for none) of every GET of one file."""
        return [ranged for method, name, ranged in self.requests if method == "GET" and name == path]

    def etag(self, path: str) -> str:
        data = self.files[path]
        if path.endswith(".safetensors"):
            return hashlib.sha256(data).hexdigest()
        return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()

    def tree(self) -> list[dict[str, object]]:
        found = []
        for path, data in self.files.items():
            entry: dict[str, object] = {"type": "file", "path": path, "size": len(data), "oid": self.etag(path)}
            if path.endswith(".safetensors"):
                entry["oid"] = hashlib.sha1(data).hexdigest()
                entry["lfs"] = {"oid": self.etag(path), "size": len(data), "pointerSize": 134}
            found.append(entry)
        return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        api, name = path.startswith("/api/"), path.partition("/resolve/")[2].partition("/")[2]
        self.hub.requests.append((self.command, "api" if api else name, self.headers.get("Range", "")))
        self.hub.authorized += [self.headers["Authorization"]] if "Authorization" in self.headers else []
        if self.hub.redirect_to and self.command == "GET" and name.endswith(".safetensors"):
            return self._send(302, b"", {"Location": self.hub.redirect_to + self.path})
        status = self.hub.status.get("api" if api else name, 0)
        if status:
            self._send(status, b'{"error": "no"}', {"X-Error-Code": self.hub.error_code} if self.hub.error_code else {})
        elif api:
            info = {"id": "a/b", "modelId": "a/b", "sha": COMMIT, "siblings": []}
            body = self.hub.tree() if "/tree/" in path else info
            self._send(200, json.dumps(body).encode(), {"Content-Type": "application/json"})
        elif name in self.hub.files:
            self._file(name)
        else:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _file(self, name: str) -> None:
        data, etag = self.hub.files[name], self.hub.etag(name)
        if name in self.hub.damaged:
            data = data[:-1] + bytes([data[-1] ^ 1])
        ranged = "" if self.hub.ignore_range else self.headers.get("Range", "")
        start = int(ranged[6:].split("-")[0]) if ranged else 0
        body = data[start:]
        self.send_response(206 if start else 200)
        for key, value in {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes",
                           "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if self.command == "GET":
            self._body(name, body)

    def _body(self, name: str, body: bytes) -> None:
        cuts = self.hub.cut_after.get(name)
        if cuts:
            self.wfile.write(body[: cuts.pop(0)])
            self.close_connection = True
            return
        if name in self.hub.hold:
            half = len(body) // 2
            self.wfile.write(body[:half])
            self.wfile.flush()
            if name in self.hub.reached:
                self.hub.reached[name].set()
            self.hub.hold[name].wait(20)
            body = body[half:]
        try:
            self.wfile.write(body)
        except OSError:                    # the reader went away, as in a cancelled download
            self.close_connection = True


@contextmanager
def serve(files: dict[str, bytes] | None = None) -> Iterator[FakeHub]:
    """A running hub with one repository; every repository name leads to the same files."""
    hub = FakeHub(repository() if files is None else files)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        for event in hub.hold.values():
            event.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
