"""The server's side of one run: feed the launcher, read what comes, ask it to stop."""
from __future__ import annotations

import marshal
import os
import selectors
import signal
import subprocess
import time

from playground.guard.sandbox.job import Report
from playground.guard.sandbox.names import BEGUN
from playground.types import CancelToken

GRACE_S = 30                      # for a machine that is busy, on top of the program's own time
TICK_S = 0.05                     # between two looks at the cancel token


class Talk:
    """One run. Used as a context, it leaves no process and no open file behind."""

    def __init__(self, launcher: subprocess.Popen[bytes], report: int, most: int) -> None:
        assert launcher.stdin and launcher.stdout and launcher.stderr
        self._launcher, self._stdin, self._most = launcher, launcher.stdin, most
        self.output: dict[int, bytearray] = {each: bytearray() for each in (
            launcher.stdout.fileno(), launcher.stderr.fileno(), report)}
        self._report = report
        self.truncated = self.cancelled = self.hung = False

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        """Also after an exception in here: the launcher ends the program when its standard input is closed."""
        self._stop()
        try:
            self._launcher.wait(GRACE_S if not self.hung else 0)
        except subprocess.TimeoutExpired:
            os.kill(self._launcher.pid, signal.SIGKILL)    # and the kernel ends the program with it
            self._launcher.wait()
        for pipe in (self._launcher.stdout, self._launcher.stderr):
            if pipe:
                pipe.close()

    def run(self, job: bytes, until: float, cancel: CancelToken | None) -> None:
        """Until the launcher and all that could print are gone, or `until` has come."""
        with selectors.DefaultSelector() as selector:
            os.set_blocking(self._stdin.fileno(), False)
            selector.register(self._stdin, selectors.EVENT_WRITE)
            for pipe in self.output:
                selector.register(pipe, selectors.EVENT_READ)
            rest = memoryview(job)
            while any(pipe in selector.get_map() for pipe in self.output):
                for key, _ in selector.select(TICK_S if cancel else 1):
                    if key.fileobj is self._stdin:
                        rest = rest[self._write(rest):]
                        if not rest:
                            selector.unregister(self._stdin)
                    elif not self._read(key.fd):
                        selector.unregister(key.fd)
                if cancel and cancel.cancelled:
                    self.cancelled = True
                if (self.cancelled or self.truncated) and not self._stdin.closed:
                    if self._stdin in selector.get_map():
                        selector.unregister(self._stdin)
                    self._stop()
                if time.monotonic() > until:
                    self.hung = True
                    return

    def _write(self, rest: memoryview) -> int:
        try:
            return os.write(self._stdin.fileno(), rest)
        except BrokenPipeError:                            # it ended early; its report says why
            return len(rest)

    def _read(self, pipe: int) -> bool:
        """False at the end. What is over the limit is read and dropped, so that nobody waits for a full pipe."""
        part = os.read(pipe, 1 << 16)
        room = self._most - len(self.output[pipe])
        if pipe == self._report or len(part) <= room:
            self.output[pipe] += part
        else:
            self.output[pipe] += part[:room]
            self.truncated = True
        return bool(part)

    def _stop(self) -> None:
        try:
            self._stdin.close()
        except BrokenPipeError:
            pass

    @property
    def begun(self) -> bool:
        """Whether the program may have run."""
        return self.output[self._report].startswith(BEGUN)

    def report(self) -> Report | None:
        said = bytes(self.output[self._report]).removeprefix(BEGUN)
        return marshal.loads(said) if said else None       # from our own launcher; the program cannot write there

    def texts(self) -> tuple[str, str]:
        stdout, stderr = (bytes(text).decode("utf-8", "replace") for pipe, text in self.output.items()
                          if pipe != self._report)
        return stdout, stderr
