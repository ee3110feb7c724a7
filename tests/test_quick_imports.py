"""The two shortcuts of the start: they must save time and change nothing else."""
from __future__ import annotations

import subprocess
import sys

import pytest

from playground.paths import ROOT


def python(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr


def test_gradio_is_imported_without_writing_stubs_and_still_works():
    python("""
import sys
from playground.start.quick_gradio import without_stubs
finders = list(sys.meta_path)
without_stubs()
assert len(sys.meta_path) == len(finders) + 1
import gradio, gradio.component_meta as meta
assert sys.meta_path == finders or set(finders) <= set(sys.meta_path)
assert meta.create_or_modify_pyi("nothing", "is", "parsed") is None
assert gradio.Textbox(value="a").value == "a" and callable(gradio.Textbox.change)
""")


def test_asking_twice_or_too_late_is_harmless():
    python("""
import sys
from playground.start.quick_gradio import without_stubs
without_stubs(); without_stubs()
import gradio
before = list(sys.meta_path)
without_stubs()
assert sys.meta_path == before
""")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the shortcut exists on Linux only")
def test_torch_works_after_its_library_was_mapped():
    python("""
import sys
from playground.start.quick_torch import map_libraries
assert map_libraries() is True
assert "torch" not in sys.modules
import torch
assert torch.ones(3, 3).matmul(torch.ones(3, 3)).sum().item() == 27
assert map_libraries() is False
""")
