"""Where models run, and on how many CPU threads."""
from __future__ import annotations

import os
from typing import Any

_SMALL_PARAMETERS = 50_000_000
"""Below this one CPU thread is fastest: handing out the work costs more than doing it."""
_MOST_THREADS = 8


def device() -> Any:
    """The first GPU, Apple's, or the CPU."""
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def placement(device: Any) -> dict[str, Any]:
    """Arguments for from_pretrained that put all of it on one device: "auto" silently spills to the CPU or the disk."""
    return {"device_map": {"": device}} if device.type == "cuda" else {}


def good_threads(parameters: int) -> int:
    """CPU threads for one request on a model of that size."""
    if parameters < _SMALL_PARAMETERS:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _MOST_THREADS))


def use_threads(threads: int) -> None:
    """For the calling thread: torch keeps the number per thread, and new threads start with the last one set."""
    import torch

    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
