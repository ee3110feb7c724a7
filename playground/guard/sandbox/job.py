"""What the server and the launcher tell each other. Types alone: the launcher must not spend time on loading them."""
from __future__ import annotations

from typing import Literal, TypedDict

End = Literal["exit", "timeout", "memory", "processes", "stopped", "not started", "vanished"]


class Limits(TypedDict):
    """See `run.Limits`; here in the units of the kernel."""

    seconds: float
    memory_bytes: int
    disk_bytes: int
    processes: int
    open_files: int


class Job(TypedDict):
    """One program and what it gets. `narrow`: without namespaces."""

    narrow: bool
    packages: list[str]           # folders it may import from
    files: dict[str, bytes]       # by relative path, the program among them
    stdin: bytes
    limits: Limits


class Report(TypedDict):
    """How it ended. `how` is the wait status when the program ended by itself, `message` says why it did not start."""

    end: End
    how: int
    seconds: float
    message: str
