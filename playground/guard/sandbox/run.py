"""Run a Python program that nobody has read, shut in, and say how it ended.

Never in this process, and never without isolation: where it cannot be established the outcome is `unavailable` and the
program has not run. Linux only. What it does not protect against: docs/sandbox.md.
"""
from __future__ import annotations

import marshal
import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from playground.errors import InvalidRequest
from playground.guard.sandbox.job import End, Job
from playground.guard.sandbox.names import OUT_OF_MEMORY, PROGRAM
from playground.guard.sandbox.talk import GRACE_S, Talk
from playground.types import CancelToken

Status = Literal["ok", "error", "timeout", "memory", "killed", "unavailable"]
Isolation = Literal["namespaces", "one process", "none"]

_HERE = Path(__file__).resolve().parent
# The launcher without the packages around it: their imports would take longer than everything else.
_LAUNCH = f"""
import sys
for name, place in {[("playground", str(_HERE.parent.parent)), ("playground.guard", str(_HERE.parent)),
                     ("playground.guard.sandbox", str(_HERE))]!r}:
    sys.modules[name] = type(sys)(name)
    sys.modules[name].__path__ = [place]
from playground.guard.sandbox.launch import main
main()
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use at most, all its processes together unless said otherwise."""

    seconds: float = 5.0          # from its first line to its end
    memory_mb: int = 512          # also of address space in each process
    output_kb: int = 64           # of stdout, and as much of stderr
    disk_mb: int = 16             # what it writes; kept in memory
    processes: int = 32           # threads count as processes
    open_files: int = 64          # per process

    def __post_init__(self) -> None:
        for name, least, most in (("seconds", 0.05, 600), ("memory_mb", 64, 16_384), ("output_kb", 1, 65_536),
                                  ("disk_mb", 1, 1024), ("processes", 1, 256), ("open_files", 16, 512)):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InvalidRequest(f"{name} must be between {least} and {most}, got {value}.", field=name)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended. `reason` says it in one sentence, and is empty for `ok` and `error`."""

    status: Status
    stdout: str
    stderr: str
    seconds: float                # of the program alone; starting the sandbox is not in it
    truncated: bool = False       # it printed more than it may; the rest is lost
    exit_code: int | None = None  # None if it did not end by itself
    reason: str = ""
    isolation: Isolation = "none"


class Sandbox:
    """Runs programs one by one, each in a sandbox of its own. May be used by many threads at once."""

    def __init__(self, limits: Limits | None = None, *, packages: bool = False) -> None:
        """`packages`: programs may import, and read, what is installed beside this playground (sympy, numpy)."""
        self.limits = limits or Limits()
        self._packages = packages

    def run(self, code: str, *, files: Mapping[str, str] | None = None, stdin: str = "",
            cancel: CancelToken | None = None) -> Outcome:
        """Blocks until nothing of the program is left. `files`: text by relative path, in the program's folder.

        Raises InvalidRequest for a bad file name, or for more text than fits.
        """
        named = _checked(code, files or {}, stdin, self.limits)
        if not sys.platform.startswith("linux"):
            return _unavailable(f"Programs can be isolated on Linux only, this is {sys.platform}.")
        if cancel and cancel.cancelled:
            return _stopped()
        reasons = []
        for isolation in ("namespaces", "one process"):
            outcome = _run_once(isolation, self._job(isolation, named, stdin), self.limits, cancel)
            if outcome.status != "unavailable":
                return outcome
            reasons.append(f"{isolation}: {outcome.reason}")
        return _unavailable("This machine offers no way to isolate programs (" + "; ".join(reasons) + ").")

    def _job(self, isolation: Isolation, files: dict[str, bytes], stdin: str) -> bytes:
        limits = self.limits
        job: Job = {
            "narrow": isolation == "one process", "files": files, "stdin": _bytes(stdin),
            "packages": _site_packages() if self._packages else [],
            "limits": {"seconds": limits.seconds, "memory_bytes": limits.memory_mb << 20,
                       "disk_bytes": limits.disk_mb << 20, "processes": limits.processes,
                       "open_files": limits.open_files},
        }
        message = marshal.dumps({**job})
        return len(message).to_bytes(8, "little") + message


def probe() -> str:
    """Empty if programs can be isolated here, else the reason in one sentence. Tries it: takes about 0.1 s."""
    outcome = Sandbox(Limits(seconds=20)).run(_PROBE)
    if outcome.status == "ok" and outcome.stdout == "shut in\n":
        return ""
    if outcome.status == "unavailable":
        return outcome.reason
    return f"The sandbox did not hold its own test ({(outcome.stdout + outcome.stderr + outcome.reason).strip()})."


_PROBE = """
import socket
def opens(path):
    try:
        open(path).close()
    except OSError:
        return False
    return True
def connects():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 9))
    except OSError:
        return False
    return True
open_doors = [path for path in ("/etc/passwd", "/proc/1/environ", "/proc/self/environ") if opens(path)]
open_doors += ["network"] * connects()
print(f"open: {open_doors}" if open_doors else "shut in")
"""


# ---------------------------------------------------------------- what goes in
def _checked(code: str, files: Mapping[str, str], stdin: str, limits: Limits) -> dict[str, bytes]:
    """The program and its files as bytes. Raises InvalidRequest."""
    named = {PROGRAM: _bytes(code)}
    for name, text in files.items():
        path = PurePosixPath(name)
        if not name or str(path) != name or path.is_absolute() or ".." in path.parts or "\0" in name or \
                len(_bytes(name)) > 200 or name == PROGRAM or name == ".":
            raise InvalidRequest(f"{name!r} is not a name for a file in the program's folder.", field="files")
        named[name] = _bytes(text)
    for name in named:
        below = next((other for other in named if other.startswith(name + "/")), "")
        if below:
            raise InvalidRequest(f"{name!r} cannot be a file and the folder of {below!r}.", field="files")
    size, bound = sum(map(len, named.values())) + len(_bytes(stdin)), limits.disk_mb << 19
    if size > bound or len(named) > 500:
        raise InvalidRequest(f"Program, files and input have {size:,} bytes in {len(named)} files; "
                             f"{bound:,} bytes in 500 files are allowed.", field="files")
    return named


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")          # half a character is for Python to complain about


def _site_packages() -> list[str]:
    paths = sysconfig.get_paths()
    return list(dict.fromkeys(os.path.realpath(paths[name]) for name in ("purelib", "platlib")))


# ---------------------------------------------------------------- one run
def _run_once(isolation: Isolation, job: bytes, limits: Limits, cancel: CancelToken | None) -> Outcome:
    report, told = os.pipe()
    try:
        try:
            launcher = subprocess.Popen(
                [os.path.realpath(sys.executable), "-I", "-S", "-B", "-c", _LAUNCH, str(told), str(os.getpid())],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(told,), env={},
                cwd="/", start_new_session=True)
        except OSError as error:
            return _unavailable(f"Python could not be started: {error}.")
        finally:
            os.close(told)
        with Talk(launcher, report, limits.output_kb << 10) as talk:
            talk.run(job, time.monotonic() + limits.seconds + GRACE_S, cancel)
        return _outcome(talk, isolation, limits)
    finally:
        os.close(report)


def _unavailable(reason: str) -> Outcome:
    return Outcome("unavailable", "", "", 0.0, reason=reason)


def _stopped() -> Outcome:
    return Outcome("killed", "", "", 0.0, reason="It was stopped before it began.")


def _outcome(talk: Talk, isolation: Isolation, limits: Limits) -> Outcome:
    report, (stdout, stderr) = talk.report(), talk.texts()
    if report is None:
        if talk.begun:
            why = "hung and was" if talk.hung else "was"
            return Outcome("killed", stdout, stderr, 0.0, talk.truncated, None, f"Its launcher {why} ended.", isolation)
        if talk.cancelled:
            return _stopped()
        why = "it hung" if talk.hung else stderr.strip().rpartition("\n")[2] or "it vanished"
        return _unavailable(f"The launcher failed: {why}.")
    end, how, seconds = report["end"], report["how"], report["seconds"]
    if end == "stopped" and not seconds:
        return _stopped()
    if end == "not started":
        return _unavailable(f"{report['message']}{': ' if stderr else ''}{stderr.strip().rpartition(chr(10))[2]}")
    status, reason = _judge(end, how, talk, limits)
    code = os.waitstatus_to_exitcode(how) if end == "exit" and os.WIFEXITED(how) and not reason else None
    return Outcome(status, stdout, stderr, round(seconds, 3), talk.truncated, code, reason, isolation)


def _judge(end: End, how: int, talk: Talk, limits: Limits) -> tuple[Status, str]:
    """The status, and the reason unless the program itself decided to end."""
    if talk.truncated:
        return "killed", f"It printed more than {limits.output_kb} kB; the rest was cut off."
    match end:
        case "stopped":
            return "killed", "It was stopped."
        case "timeout":
            return "timeout", f"It took longer than {limits.seconds:g} s."
        case "memory":
            return "memory", f"It used more than {limits.memory_mb} MB."
        case "processes":
            return "killed", f"It had more than {limits.processes} processes and threads."
        case "vanished":
            return "killed", "The system ended it."
    if os.WIFSIGNALED(how):
        number = os.WTERMSIG(how)
        if number == signal.SIGXCPU:
            return "timeout", f"It took longer than {limits.seconds:g} s."
        return "killed", f"It was ended by {signal.Signals(number).name}."
    if os.WEXITSTATUS(how) == OUT_OF_MEMORY:
        return "memory", f"It needed more than {limits.memory_mb} MB."
    return ("ok" if how == 0 else "error"), ""
