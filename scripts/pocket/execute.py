"""Run code that a pocket model wrote, together with assertions, in a limited child process.

It is meant for the output of the project's own models, during evaluation on a developer's machine. It keeps
endless loops, crashes, prints and large allocations away from the caller. It is no sandbox for strangers' code:
the child runs as the same user, can read and write that user's files, and can open network connections.
It needs a POSIX system (fork, resource limits, signals).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

MEMORY_BYTES = 512 * 1024 * 1024
CHUNK = 64  # programs for one worker process
WORKERS = 2

# Forks a child for every program. A child that comes to the end of its program exits with 42.
WORKER = """
import json, os, resource, signal, sys

def run(source, timeout_s):
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    seconds = int(timeout_s) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    try:
        exec(compile(source, "<answer>", "exec"), {"__name__": "__main__"})
    except BaseException:
        os._exit(1)
    os._exit(42)

def main():
    work = json.load(sys.stdin)
    results = []
    for source in work["sources"]:
        child = os.fork()
        if child == 0:
            run(source, work["timeout_s"])
        status = os.waitpid(child, 0)[1]
        results.append(os.WIFEXITED(status) and os.WEXITSTATUS(status) == 42)
    json.dump(results, sys.stdout)

main()
""".replace("MEMORY", str(MEMORY_BYTES))


def runs(code: str, tests: str, timeout_s: float = 5) -> bool:
    """Return whether the code and then the assertions run to their end in time."""
    return run_all([(code, tests)], timeout_s)[0]


def run_all(pairs: Sequence[tuple[str, str]], timeout_s: float = 5) -> list[bool]:
    """Return for each (code, assertions) whether both run to their end, each within `timeout_s`."""
    sources = [f"{code}\n\n{tests}\n" for code, tests in pairs]
    chunks = [sources[i : i + CHUNK] for i in range(0, len(sources), CHUNK)]
    with ThreadPoolExecutor(WORKERS) as pool:
        done = pool.map(lambda chunk: _run_chunk(chunk, timeout_s), chunks)
        return [result for results in done for result in results]


def _run_chunk(sources: list[str], timeout_s: float) -> list[bool]:
    """Run the programs one after the other in one worker process; a program that ends the worker fails alone."""
    work = json.dumps({"sources": sources, "timeout_s": timeout_s})
    with tempfile.TemporaryDirectory() as folder:
        worker = subprocess.Popen(
            [sys.executable, "-I", "-c", WORKER], env={}, cwd=folder, start_new_session=True, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            output, _ = worker.communicate(work, timeout=timeout_s * len(sources) + 10)
            results = json.loads(output)
        except (subprocess.TimeoutExpired, ValueError):
            results = None
        finally:
            _end(worker)
    if results is not None:
        return [bool(result) for result in results]
    if len(sources) == 1:
        return [False]
    return [result for source in sources for result in _run_chunk([source], timeout_s)]


def _end(worker: subprocess.Popen[str]) -> None:
    """End the worker and whatever it started."""
    try:
        os.killpg(worker.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    worker.wait()
