"""The process between the server and one program: starts it shut in, watches it, ends it with all it started.

It stays outside of the program's namespaces, so nothing in there can see it, signal it or look inside it. It ends the
program when its own standard input is closed, when a limit is reached, and when the server dies.
"""
from __future__ import annotations

import marshal
import os
import select
import signal
import sys
import time

from playground.guard.sandbox import inside, kernel
from playground.guard.sandbox.inside import ENDED, FAILED, RUNNING, SET_UP
from playground.guard.sandbox.names import BEGUN

TYPE_CHECKING = False             # typing itself would take longer to load than all of this
if TYPE_CHECKING:
    from typing import NoReturn

    from playground.guard.sandbox.job import End, Job, Report

START_S = 20                      # for Python to be up in the sandbox, on a machine that is busy
TICK_S = 0.05                     # between two looks at what the program uses


def main() -> NoReturn:
    """Arguments: the descriptor for the report, the process that must stay alive. Standard input: one Job."""
    report, parent = (int(each) for each in sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    kernel.die_with_parent(signal.SIGTERM)               # not KILL: the folder has to be removed
    if os.getppid() != parent:
        sys.exit(1)
    os.set_inheritable(report, False)
    job: Job = marshal.loads(_read(0))
    os.write(report, BEGUN)                              # from here on the program may have run
    os.write(report, marshal.dumps({**_run(job)}))
    os._exit(0)


def _read(pipe: int) -> bytes:
    """One message: its length in eight bytes, then itself. The pipe stays open behind it."""
    return _exactly(pipe, int.from_bytes(_exactly(pipe, 8), "little"))


def _exactly(pipe: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        parts.append(os.read(pipe, min(size, 1 << 20)))
        if not parts[-1]:
            sys.exit(1)                                  # the server is gone, or does not want it any more
        size -= len(parts[-1])
    return b"".join(parts)


def _run(job: Job) -> Report:
    try:
        if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
            raise kernel.KernelRefused("/proc does not tell which processes belong to a program")
        return _run_narrow(job) if job["narrow"] else _run_wide(job)
    except (kernel.KernelRefused, NotImplementedError, OSError) as error:
        return {"end": "not started", "how": 0, "seconds": 0, "message": str(error)}


def _run_wide(job: Job) -> Report:
    _new_processes()
    return _watch(job, *_fork(job, ""))


def _run_narrow(job: Job) -> Report:
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="sandbox-")
    try:
        inside.write(job["files"], folder)
        for place, _, names in os.walk(folder):
            for path in [place, *(os.path.join(place, name) for name in names)]:
                os.chmod(path, 0o755)                    # the program may be another user; it must read all of it
        return _watch(job, *_fork(job, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _new_processes() -> None:
    """The next child will be process 1 of a namespace. A normal user needs a user namespace to be allowed to."""
    user = os.geteuid()
    if user == 0:
        kernel.unshare(kernel.CLONE_NEWPID)
        return
    group = os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWPID)
    myself = os.open("/proc/self", os.O_PATH | os.O_DIRECTORY)
    inside.map_users(myself, user, group)
    os.close(myself)


def _fork(job: Job, folder: str) -> tuple[int, int]:
    """The child's process number and the pipe it tells its state on."""
    status, told = os.pipe()
    child = os.fork()
    if child:
        os.close(told)
        return child, status
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(status)
        if job["narrow"]:
            inside.run_narrow(job, told, folder)
        else:
            inside.run_wide(job, told)
    except BaseException as error:
        os.write(told, FAILED + (str(error) or type(error).__name__).encode())
    finally:
        os._exit(1)


def _watch(job: Job, child: int, status: int) -> Report:
    """Wait for the end, the limits and the server, and leave no process behind."""
    limits = job["limits"]
    told, started, until = b"", 0.0, time.monotonic() + START_S
    end: End = "exit"
    alive = os.pidfd_open(child)
    try:
        while True:
            ready = select.select([0, alive, status] if status >= 0 else [0, alive], [], [], TICK_S)[0]
            now = time.monotonic()
            if status in ready:
                part = os.read(status, 4096)
                told += part
                if not started and told.startswith(SET_UP + RUNNING):
                    started, until = now, now + limits["seconds"]
                if not part:
                    os.close(status)
                    status = -1
            if alive in ready:
                break
            if 0 in ready:
                end = "stopped"
            elif now > until:
                end = "timeout"
            elif started:
                end = _too_much(job, child)
            if end != "exit":
                break
    finally:
        os.kill(child, signal.SIGKILL)                   # not yet waited for, so the number is still its own
        how = os.waitpid(child, 0)[1]                    # comes back when its whole namespace is gone
        os.close(alive)
    seconds = time.monotonic() - started if started else 0
    while status >= 0 and (part := os.read(status, 4096)):
        told += part
    if not started and not told.startswith(SET_UP + RUNNING):
        return {"end": "stopped" if end == "stopped" else "not started", "how": 0, "seconds": 0, "message": _why(told)}
    if end == "exit" and not job["narrow"]:
        if ENDED not in told:
            end = "vanished"
        else:
            how = int(told.partition(ENDED)[2])
    return {"end": end, "how": how, "seconds": seconds, "message": ""}


def _why(told: bytes) -> str:
    if FAILED in told:
        return told.partition(FAILED)[2].decode(errors="replace")
    return "Python did not start in the sandbox"


# ---------------------------------------------------------------- what the program uses
def _too_much(job: Job, child: int) -> End:
    """"memory" or "processes" when all processes together use too much, else "exit"."""
    limits, memory, tasks = job["limits"], 0, 0
    for used, threads in _family(child):
        memory, tasks = memory + used, tasks + threads
    if memory > limits["memory_bytes"]:
        return "memory"
    return "processes" if tasks > limits["processes"] + 1 else "exit"


def _family(child: int) -> list[tuple[int, int]]:
    """(bytes in memory, threads) of the process and of everything that came from it."""
    found, waiting = [], [child]
    while waiting:
        pid = waiting.pop()
        try:
            with open(f"/proc/{pid}/status", "rb") as file:
                lines = dict(line.split(b":", 1) for line in file.read().splitlines() if b":" in line)
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                    waiting += [int(each) for each in file.read().split()]
        except OSError:                                  # it ended meanwhile
            continue
        used = sum(int(lines[name].split()[0]) << 10 for name in (b"RssAnon", b"RssShmem") if name in lines)
        found.append((used, int(lines.get(b"Threads", b"1"))))
    return found
