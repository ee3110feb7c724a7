"""Starting and ending the program, as a person at a terminal does."""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from playground.paths import ROOT
from tests.fake_house import free_port

START_S = 60                              # a busy machine; benchmarks/startup.py measures the real time
# the app as it is, with an engine whose load never ends and cannot be interrupted
STUCK = """
import runpy, sys, time
import playground.compose as compose
class Stuck:
    id = "transformers"
    def prompter(self, model): raise NotImplementedError
    def load(self, variant, progress, cancel):
        while True: time.sleep(60)
compose._engines = lambda settings, budget: {"transformers": Stuck()}
compose.Downloads.is_here = lambda downloads, model: True
sys.argv = ["app.py", *sys.argv[1:]]
runpy.run_path("app.py", run_name="__main__")
"""


def run(*argv: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "app.py", *argv], cwd=ROOT, capture_output=True, text=True, timeout=START_S,
                          env={**os.environ, **(env or {})})


@contextmanager
def running(*command: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The app once it printed its address, and that address."""
    port = free_port()
    argv = [sys.executable, *command, "--port", str(port), "--default-model", "qwen3-0.6b", "--offline"]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if " is on http" in line:
                break
        else:
            raise AssertionError("the app ended: " + "".join(said))
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def test_help_explains_the_settings_without_starting_anything():
    done = run("--help")
    assert done.returncode == 0 and "--memory-budget-gb" in done.stdout and "Default: 7860" in done.stdout


@pytest.mark.parametrize(("argv", "env", "said"), [
    (("--prot", "1"), {}, "Did you mean --port?"),
    (("--port", "70000"), {}, "between 1 and 65535"),
    ((), {"QWEN_PLAYGROUND_MAX_QUEU": "3"}, "QWEN_PLAYGROUND_MAX_QUEUE"),
])
def test_a_wrong_setting_ends_with_code_2_and_one_line(argv, env, said):
    done = run(*argv, env=env)
    assert done.returncode == 2 and said in done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1


def test_an_unknown_default_model_ends_with_code_2_and_the_nearest_name():
    done = run("--default-model", "qwen3-0.6", "--port", str(free_port()))
    assert done.returncode == 2 and "qwen3-0.6b" in done.stderr and "Traceback" not in done.stderr


def test_a_port_in_use_ends_with_code_1_and_names_a_free_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("--port", str(port))
    assert done.returncode == 1 and f"Port {port} is in use" in done.stderr and "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_host_of_another_machine_ends_with_code_1():
    done = run("--host", "192.0.2.1", "--port", str(free_port()))
    assert done.returncode == 1 and "192.0.2.1" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_page_and_the_api_share_one_port():
    with running("app.py", "--preload", "false") as (process, url):
        assert httpx.get(f"{url}/health").json()["status"] == "ok"
        page = httpx.get(url)
        assert page.status_code == 200 and "gradio" in page.text
        assert "googleapis" not in page.text and "gstatic" not in page.text
        assert httpx.get(f"{url}/v1/models").json()["object"] == "list"
        assert httpx.get(f"{url}/docs").status_code == httpx.get(f"{url}/openapi.json").status_code == 404
        refused = httpx.post(f"{url}/v1/chat/completions", json={"model": "nonsense", "messages": []})
        assert refused.json()["error"]["code"] == "model_not_found"
        assert process.poll() is None


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGINT reaches one process of ours on POSIX only")
def test_ctrl_c_during_a_load_ends_at_once():
    with running("-c", STUCK) as (process, url):
        until = time.monotonic() + START_S
        while httpx.get(f"{url}/health", timeout=START_S).json()["status"] != "loading":
            assert time.monotonic() < until, "the load never began"
        process.send_signal(signal.SIGINT)
        assert process.wait(START_S) == 130     # the load itself never ends
