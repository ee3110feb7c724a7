"""How long a start takes: `python -m benchmarks.startup --json startup.json`.

Starts app.py in a fresh process, several times, and measures from there: /health answers, the page is served whole, the
default model is ready. The first start of a machine also reads files from the disk; it is listed apart.
"""
from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
POLL_S, LONGEST_S = 0.02, 180.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the result")
    parser.add_argument("--starts", type=int, default=4, help="how many starts, the first one apart. Default: 4")
    options = parser.parse_args()
    first, *others = [one_start() for _ in range(options.starts)]
    result = {
        "first": first, "others": others,
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
    }
    print(json.dumps(result, indent=2))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")


def one_start() -> dict[str, float]:
    """Seconds from process start to each stage, and the slowest /health answer while the model loaded."""
    port = free_port()
    url, began = f"http://127.0.0.1:{port}", time.perf_counter()
    process = subprocess.Popen([sys.executable, "app.py", "--port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(process, url + "/health", began)
        health_s = time.perf_counter() - began
        wait_for(process, url + "/", began)
        page_s, slowest_s = time.perf_counter() - began, 0.0
        while True:
            asked = time.perf_counter()
            models = json.loads(wait_for(process, url + "/health", began))["models"]
            slowest_s = max(slowest_s, time.perf_counter() - asked)
            if any(model["state"] == "ready" for model in models):
                break
            time.sleep(POLL_S)
        ready_s = time.perf_counter() - began
        return {"health_s": round(health_s, 2), "page_s": round(page_s, 2), "model_ready_s": round(ready_s, 2),
                "slowest_health_while_loading_s": round(slowest_s, 3)}
    finally:
        process.kill()
        process.wait(10)


def wait_for(process: subprocess.Popen[Any], url: str, began: float) -> bytes:
    """The body of the first answer. Raises RuntimeError when the app ends or takes too long."""
    while time.perf_counter() - began < LONGEST_S:
        if process.poll() is not None:
            raise RuntimeError(f"the app ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return bytes(answer.read())
        except (urllib.error.URLError, ConnectionError):
            time.sleep(POLL_S)
    raise RuntimeError(f"{url} did not answer within {LONGEST_S:.0f} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
