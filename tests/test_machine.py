"""What the machine offers, read from made-up /proc and /sys trees."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from playground.monitor.machine import (
    Gpu,
    Machine,
    cgroup_limits,
    cpu_count,
    device,
    disk_free_bytes,
    gpus,
    look,
    memory,
    private_bytes,
    torch_has_cuda,
)

GIB = 1024**3


def tree(root: Path, **files: str) -> Path:
    """Files by path, with "__" for "/" and "_DOT_" for "."."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def host() -> tuple[int, int]:
    return 16 * GIB, 10 * GIB


# ---------------------------------------------------------------- memory
def test_without_a_container_the_host_decides(tmp_path: Path) -> None:
    assert memory(tmp_path, host) == (16 * GIB, 10 * GIB)


def test_a_v2_limit_counts_and_droppable_file_pages_do_not(tmp_path: Path) -> None:
    tree(tmp_path, proc__self__cgroup="0::/app\n", sys__fs__cgroup__app__memory_DOT_max=f"{4 * GIB}\n",
         sys__fs__cgroup__app__memory_DOT_current=f"{3 * GIB}\n",
         sys__fs__cgroup__app__memory_DOT_stat=f"anon 5\ninactive_file {2 * GIB}\n")
    assert memory(tmp_path, host) == (4 * GIB, 3 * GIB)


def test_the_tightest_group_on_the_way_up_wins(tmp_path: Path) -> None:
    tree(tmp_path, proc__self__cgroup="0::/a/b\n", sys__fs__cgroup__a__memory_DOT_max=f"{2 * GIB}",
         sys__fs__cgroup__a__memory_DOT_current=str(GIB), sys__fs__cgroup__a__b__memory_DOT_max="max")
    assert memory(tmp_path, host) == (2 * GIB, GIB)


def test_a_v1_limit_counts_and_its_huge_number_means_none(tmp_path: Path) -> None:
    tree(tmp_path, proc__self__cgroup="5:memory:/box\n4:cpu,cpuacct:/box\n",
         sys__fs__cgroup__memory__box__memory_DOT_limit_in_bytes=str(8 * GIB),
         sys__fs__cgroup__memory__box__memory_DOT_usage_in_bytes=str(2 * GIB),
         sys__fs__cgroup__memory__box__memory_DOT_stat=f"total_inactive_file {GIB}\n",
         sys__fs__cgroup__memory__memory_DOT_limit_in_bytes="9223372036854771712")
    assert cgroup_limits(tmp_path) == [(8 * GIB, GIB)]
    assert memory(tmp_path, host) == (8 * GIB, 7 * GIB)


def test_a_container_that_sees_only_its_own_group_is_still_limited(tmp_path: Path) -> None:
    tree(tmp_path, proc__self__cgroup="0::/\n", sys__fs__cgroup__memory_DOT_max=str(GIB),
         sys__fs__cgroup__memory_DOT_current=str(2 * GIB))
    assert memory(tmp_path, host) == (GIB, 0)


@pytest.mark.parametrize("text", ["", "garbage", "0::\n", "1:name=systemd:/x\n"])
def test_odd_group_files_are_no_limit(tmp_path: Path, text: str) -> None:
    tree(tmp_path, proc__self__cgroup=text, sys__fs__cgroup__memory_DOT_max="not a number")
    assert memory(tmp_path, host) == (16 * GIB, 10 * GIB)


# ---------------------------------------------------------------- cores
@pytest.mark.parametrize(("quota", "cores"), [("max 100000", 8), ("200000 100000", 2), ("50000 100000", 1),
                                              ("150000 100000", 2), ("9000000 100000", 8)])
def test_a_v2_quota_cuts_the_cores(tmp_path: Path, quota: str, cores: int) -> None:
    tree(tmp_path, proc__self__cgroup="0::/app\n", sys__fs__cgroup__app__cpu_DOT_max=quota)
    assert cpu_count(tmp_path, lambda: 8) == cores


@pytest.mark.parametrize(("quota", "cores"), [("-1", 8), ("300000", 3)])
def test_a_v1_quota_cuts_the_cores(tmp_path: Path, quota: str, cores: int) -> None:
    tree(tmp_path, proc__self__cgroup="4:cpu,cpuacct:/box\n")
    for name, text in {"cpu.cfs_quota_us": quota, "cpu.cfs_period_us": "100000"}.items():
        path = tmp_path / "sys/fs/cgroup/cpu,cpuacct/box" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert cpu_count(tmp_path, lambda: 8) == cores


def test_there_is_always_one_core(tmp_path: Path) -> None:
    assert cpu_count(tmp_path, lambda: 0) == 1


# ---------------------------------------------------------------- device and disk
def nothing(name: str) -> None:
    return None


def test_a_driver_or_its_tool_hints_at_cuda(tmp_path: Path) -> None:
    assert device(tmp_path, "Linux", "x86_64", nothing) == "cpu"
    assert device(tmp_path, "Linux", "x86_64", lambda name: "/usr/bin/nvidia-smi") == "cuda"
    assert device(tree(tmp_path, proc__driver__nvidia__version="NVRM"), "Linux", "x86_64", nothing) == "cuda"


def test_only_apples_own_chip_is_mps(tmp_path: Path) -> None:
    assert device(tmp_path, "Darwin", "arm64", nothing) == "mps"
    assert device(tmp_path, "Darwin", "x86_64", nothing) == "cpu"


THREE = "GPU-aa11, 81559, 80994\nGPU-bb22, 24564, 100\n\nGPU-bb33, 8192, 8000\n"
A, B, C = Gpu(81559 << 20, 80994 << 20), Gpu(24564 << 20, 100 << 20), Gpu(8192 << 20, 8000 << 20)


@pytest.mark.parametrize(("visible", "found"), [
    (None, [A, B, C]), ("", []), ("-1", []), ("1", [B]), ("2,0", [C, A]), (" 1 , 2", [B, C]), ("0,9,1", [A]),
    ("GPU-bb2", [B]), ("GPU-bb", []), ("GPU-bb33,0", [C, A]), ("0,0", [A]), ("MIG-aa11", None),
])
def test_gpus_are_those_that_cuda_may_use_in_its_order(visible: str | None, found: list[Gpu] | None) -> None:
    assert gpus(visible, lambda: THREE) == found


@pytest.mark.parametrize("text", ["", "GPU-aa11, [N/A], [N/A]\n", "No devices were found\n", "GPU-aa11, 1\n"])
def test_a_driver_that_names_no_numbers_is_no_answer(text: str) -> None:
    assert gpus(None, lambda: text) is None


@pytest.mark.parametrize("error", [FileNotFoundError("nvidia-smi"), subprocess.TimeoutExpired("nvidia-smi", 5),
                                   subprocess.CalledProcessError(9, "nvidia-smi")])
def test_a_driver_that_fails_or_hangs_is_no_answer(error: Exception) -> None:
    def ask() -> str:
        raise error

    assert gpus(None, ask) is None


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
@pytest.mark.parametrize(("script", "found"), [
    ("echo GPU-a, 10, 5", [Gpu(10 << 20, 5 << 20)]), ("echo GPU-a, 10, 5; exit 9", None), ("sleep 30", None)])
def test_the_drivers_tool_is_asked_with_a_time_limit(tmp_path: Path, monkeypatch, script: str, found: object) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setattr("playground.monitor.machine.NVIDIA_SMI", (str(tool),))
    monkeypatch.setattr("playground.monitor.machine.NVIDIA_SMI_S", 0.5 if found is None else 5.0)
    assert gpus() == found


@pytest.mark.parametrize(("name", "has"), [("libtorch_cuda.so", True), ("torch_cuda.dll", True),
                                           ("libtorch_cpu.so", False)])
def test_the_library_beside_torch_tells_what_it_was_built_for(tmp_path: Path, name: str, has: bool) -> None:
    tree(tmp_path, **{f"lib__{name}": ""})
    assert torch_has_cuda(tmp_path) is has


def test_torch_itself_says_the_same_of_its_build() -> None:
    import torch

    assert torch_has_cuda() is (torch.version.cuda is not None)


def test_free_space_is_known_for_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    assert disk_free_bytes(tmp_path / "not" / "yet") > 0


def test_this_machine_makes_sense() -> None:
    here = look()
    assert isinstance(here, Machine) and 0 < here.available_bytes <= here.total_bytes and here.cpus >= 1


def test_looking_imports_no_torch() -> None:
    code = ("import sys; from playground.monitor.machine import look; look(); "
            "from playground.catalog import Catalog; Catalog.load(); import playground.downloads; "
            "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'gradio')))")
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_private_memory_leaves_mapped_files_out(tmp_path):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/status").write_text("VmRSS:\t 900 kB\nRssAnon:\t 300 kB\nRssFile:\t 600 kB\n")
    assert private_bytes(tmp_path) == 300 * 1024
    assert private_bytes(tmp_path / "nothing") > 0
