"""Where models run, and on how many CPU threads."""
from __future__ import annotations

import logging
import os
from typing import Any

from playground.errors import Unavailable

log = logging.getLogger(__name__)
_SMALL_PARAMETERS = 50_000_000
"""Below this one CPU thread is fastest: handing out the work costs more than doing it."""
_MOST_THREADS = 8


def device(wanted: str = "") -> Any:
    """The device of that name; "" is the first GPU, Apple's, or the CPU. The CPU also stands in for a kind of GPU that
    torch cannot use at all. Raises Unavailable for a GPU beyond the last one."""
    import torch

    kind, _, number = wanted.partition(":")
    if kind in ("", "cuda") and torch.cuda.is_available():
        if int(number or 0) >= torch.cuda.device_count():
            raise Unavailable(f"There is no {wanted} here: GPUs: {torch.cuda.device_count()}.",
                              "Start the playground again, so that it counts the GPUs anew.")
        return torch.device("cuda", int(number or 0))
    if kind in ("", "mps") and torch.backends.mps.is_available():
        return torch.device("mps")
    if kind not in ("", "cpu"):
        log.warning("PyTorch cannot use %s; the model is loaded on the CPU, where the memory may be less", wanted)
    return torch.device("cpu")


def placement(device: Any) -> dict[str, Any]:
    """Arguments for from_pretrained that put all of it on one device: "auto" silently spills to the CPU or the disk.

    Nothing where the CPU is all there is. Beside a GPU it has to be said: bitsandbytes would take the GPU.
    """
    import torch

    said = device.type == "cuda" or device.type == "cpu" and torch.cuda.is_available()
    return {"device_map": {"": device}} if said else {}


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
