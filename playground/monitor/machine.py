"""What this machine offers: memory, cores, device, disk. Respects container limits; imports neither torch nor Gradio.

The device is a hint from driver files; whether torch can really use it is for the engine to find out.
"""
from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

UNLIMITED_BYTES = 1 << 60                 # cgroup v1 writes a huge number for "no limit"
NVIDIA_SMI = ("nvidia-smi", "--query-gpu=uuid,memory.total,memory.free", "--format=csv,noheader,nounits")
NVIDIA_SMI_S = 5.0
CUDA_LIBRARIES = ("libtorch_cuda.so", "torch_cuda.dll")

Device = Literal["cpu", "cuda", "mps"]


class Limit(NamedTuple):
    """Memory a container may use and uses, in bytes; used without file pages that can be dropped."""

    limit_bytes: int
    used_bytes: int


class Gpu(NamedTuple):
    """Memory of one GPU, in bytes."""

    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Machine:
    """What a program may use right now. Bytes and whole cores."""

    total_bytes: int
    available_bytes: int
    cpus: int
    device: Device
    disk_free_bytes: int


def look(disk: Path = Path("."), root: Path = Path("/")) -> Machine:
    """This machine now. `root` is where /proc and /sys are; `disk` is the folder whose free space counts."""
    total, available = memory(root)
    return Machine(total, available, cpu_count(root), device(root), disk_free_bytes(disk))


# ---------------------------------------------------------------- memory
def memory(root: Path = Path("/"), host: Callable[[], tuple[int, int]] | None = None) -> tuple[int, int]:
    """(total, available) bytes: what the host has, cut to the tightest container limit."""
    total, available = (host or _host_memory)()
    for limit, used in cgroup_limits(root):
        total = min(total, limit)
        available = min(available, max(0, limit - used))
    return total, min(available, total)


def private_bytes(root: Path = Path("/")) -> int:
    """Memory this process has for itself: without files that are mapped, where the system tells them apart."""
    try:
        for line in (root / "proc/self/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    import psutil

    return int(psutil.Process().memory_info().rss)


def cgroup_limits(root: Path = Path("/")) -> list[Limit]:
    """Memory limits of this process's control groups, from its own group up to the root. Empty without any."""
    found = []
    for folder in _cgroup_folders(root, "memory"):
        limit = _number(folder / "memory.max")
        if limit is not None:
            used, cold = _number(folder / "memory.current") or 0, _stat(folder / "memory.stat", "inactive_file")
        else:
            limit = _number(folder / "memory.limit_in_bytes")
            used = _number(folder / "memory.usage_in_bytes") or 0
            cold = _stat(folder / "memory.stat", "total_inactive_file")
        if limit is not None and limit < UNLIMITED_BYTES:
            found.append(Limit(limit, max(0, used - cold)))
    return found


def _host_memory() -> tuple[int, int]:
    import psutil

    host = psutil.virtual_memory()
    return int(host.total), int(host.available)


# ---------------------------------------------------------------- cores
def cpu_count(root: Path = Path("/"), affinity: Callable[[], int] | None = None) -> int:
    """Cores this process may use: its affinity, cut to the container's quota, at least 1."""
    cores = (affinity or _affinity)()
    for folder in _cgroup_folders(root, "cpu"):
        quota = _quota(folder)
        if quota is not None:
            cores = min(cores, max(1, round(quota)))
    return max(1, cores)


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota(folder: Path) -> float | None:
    """Cores' worth of time a control group may use, None without a limit."""
    words = _read(folder / "cpu.max").split()
    if len(words) == 2:
        return None if words[0] == "max" else int(words[0]) / int(words[1])
    quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return quota / period if quota and period and quota > 0 else None


# ---------------------------------------------------------------- device and disk
def device(root: Path = Path("/"), system: str = "", processor: str = "",
           which: Callable[[str], str | None] = shutil.which) -> Device:
    """"cuda" where an NVIDIA driver is loaded, "mps" on a Mac with Apple's own chip, else "cpu"."""
    if (root / "proc/driver/nvidia/version").exists() or which("nvidia-smi"):
        return "cuda"
    if (system or platform.system()) == "Darwin" and (processor or platform.machine()) == "arm64":
        return "mps"
    return "cpu"


def torch_has_cuda(folder: Path | None = None) -> bool:
    """Whether the installed torch is built for NVIDIA's GPUs, told from its library: importing it takes seconds, and on
    Windows its version alone does not say so. `folder` is where torch is."""
    spec = find_spec("torch") if folder is None else None
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent
    return folder is not None and any((folder / "lib" / name).exists() for name in CUDA_LIBRARIES)


def _ask_driver() -> str:
    """What nvidia-smi says. Raises OSError or SubprocessError."""
    process = subprocess.Popen(NVIDIA_SMI, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        text, _ = process.communicate(timeout=NVIDIA_SMI_S)
    except subprocess.TimeoutExpired:
        process.kill()                    # and no wait, as `run` would: a broken driver does not even let it die
        raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, NVIDIA_SMI)
    return text


def gpus(visible: str | None = None, ask: Callable[[], str] = _ask_driver) -> list[Gpu] | None:
    """NVIDIA's GPUs as torch counts them; None when their driver does not answer, or not with numbers.

    visible: CUDA_VISIBLE_DEVICES, which nvidia-smi does not follow. As in CUDA, names after an unknown one count for
    nothing. Slices of a GPU ("MIG-...") have no line of their own, so that is no answer either.
    """
    try:
        rows = [[word.strip() for word in line.split(",")] for line in ask().splitlines() if line.strip()]
        known = {uuid: Gpu(int(total) << 20, int(free) << 20) for uuid, total, free in rows}
    except (OSError, ValueError, subprocess.SubprocessError):
        return None                       # an integrated GPU says "[N/A]": it has no memory of its own
    if not known or visible is not None and "MIG-" in visible:
        return None
    if visible is None:
        return list(known.values())
    chosen: dict[str, Gpu] = {}
    for name in map(str.strip, visible.split(",")):
        found = [uuid for number, uuid in enumerate(known)
                 if name == str(number) or name.startswith("GPU-") and uuid.startswith(name)]
        if len(found) != 1 or found[0] in chosen:
            break
        chosen[found[0]] = known[found[0]]
    return list(chosen.values())


def disk_free_bytes(path: Path) -> int:
    """Free bytes on the disk that holds `path`, or would hold it once created."""
    path = path.expanduser().absolute()
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


# ---------------------------------------------------------------- control groups
def _cgroup_folders(root: Path, controller: str) -> list[Path]:
    """Folders of the process's group and all groups above it, for cgroup v2 and for v1's `controller`."""
    base, found = root / "sys/fs/cgroup", []
    for line in _read(root / "proc/self/cgroup").splitlines() or ["0::/"]:
        number, names, group = line.split(":", 2) if line.count(":") >= 2 else ("", "", "/")
        if names == "" and number == "0":
            top = base
        elif controller in names.split(","):
            top = next((base / name for name in (names, controller) if (base / name).is_dir()), base / controller)
        else:
            continue
        below = top / group.lstrip("/")
        found += [folder for folder in (below, *below.parents) if folder == top or top in folder.parents]
    return [folder for folder in found if folder.is_dir()]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""


def _number(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.lstrip("-").isdigit() else None


def _stat(path: Path, key: str) -> int:
    for line in _read(path).splitlines():
        name, _, value = line.partition(" ")
        if name == key and value.isdigit():
            return int(value)
    return 0
