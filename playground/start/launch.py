"""Put the page on the network: a free port, the server, then the first model. Ends at once on Ctrl-C."""
from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

HANDLER_THREADS = 80                      # each open answer of the page holds one
EVENTS_WAITING = 512
PORTS_TRIED = 100
SWITCH_S = 0.0005                         # Python's own is 0.005
INTERRUPTED = 130                         # what shells expect after Ctrl-C
REFUSED = 2                               # a setting is wrong; the same as argparse's


def quiet_environment(offline: bool = False) -> None:
    """Tell the libraries, before they are imported, to connect to nothing by themselves.

    uvicorn must not rewrite the client's address either: `guard.caller` reads the headers, of trusted proxies only. And
    CUDA shall count GPUs as nvidia-smi does, which is asked how much memory each has.
    """
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", FORWARDED_ALLOW_IPS="")
    if offline:
        os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")


def check_port(host: str, port: int) -> None:
    """Nothing, or exit code 1 with one line that says what to do, when `port` cannot be listened on."""
    reason = port_problem(host, port)
    if reason is None:
        return
    if reason in (errno.EADDRINUSE, errno.EACCES):
        why = "is in use" if reason == errno.EADDRINUSE else "needs administrator rights"
        start = port + 1 if reason == errno.EADDRINUSE else 7860
        free = next((p for p in range(start, min(start + PORTS_TRIED, 65536)) if port_problem(host, p) is None), None)
        advice = f" Try: python app.py --port {free}" if free else ""
        message = f"Port {port} {why}.{advice}"
    else:
        message = f"Cannot listen on {host}: {os.strerror(reason)}. Change host."
    print(message, file=sys.stderr)
    raise SystemExit(1)


def port_problem(host: str, port: int) -> int | None:
    """The errno of listening on this port, None when it works."""
    bare = host.strip("[]")
    try:
        with socket.socket(socket.AF_INET6 if ":" in bare else socket.AF_INET) as probe:
            if os.name == "posix":        # elsewhere this would let two programs share a port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((bare, port))
    except socket.gaierror:
        return errno.EADDRNOTAVAIL
    except OSError as error:
        return error.errno
    return None


def serve(demo: Any, routes: list[Any], host: str, port: int, options: dict[str, Any],
          after: Callable[[], None]) -> None:
    """Serve `demo` (a gr.Blocks) with our routes, print the address, start `after` behind it, and stay until Ctrl-C."""
    # threads hand over sooner: the slowest /health while torch is imported fell from about 0.5 to 0.25 s on busy cores
    sys.setswitchinterval(SWITCH_S)
    # the cache decides who waits for a model; Gradio's own queue must neither hold handlers back nor grow without end
    demo.queue(default_concurrency_limit=None, max_size=EVENTS_WAITING, api_open=False)
    try:
        demo.launch(server_name=host, server_port=port, app_kwargs={"routes": routes, "docs_url": None,
                    "redoc_url": None, "openapi_url": None}, max_threads=HANDLER_THREADS, prevent_thread_lock=True,
                    quiet=True, share=False, run_history=False, ssr_mode=False, enable_monitoring=False, pwa=False,
                    mcp_server=False, inbrowser=False, **options)
    except OSError:
        check_port(host, port)            # somebody took the port since it was checked
        raise
    shown = "localhost" if host in ("0.0.0.0", "::", "[::]") else host
    print(f"Qwen Playground is on http://{shown}:{port}/  (Ctrl-C ends it)", flush=True)
    # an exception could be lost: Python drops one that arrives while it runs a finalizer
    signal.signal(signal.SIGINT, lambda number, frame: leave(INTERRUPTED))
    threading.Thread(target=after, name="preload", daemon=True).start()
    ended = threading.Event()
    while not ended.wait(1.0):            # without a time limit, Ctrl-C would not arrive on Windows
        pass


def leave(code: int, message: str = "") -> None:
    """End the process now: a load cannot be interrupted, and Python would wait for the threads of libraries."""
    if message:
        print(message.strip(), file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
