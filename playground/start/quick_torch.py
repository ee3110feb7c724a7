"""Map PyTorch's big library before `import torch` does, without holding up the page.

`import torch` loads libtorch while it holds Python's global lock: no other thread, so no request either, runs for 0.4 s
or more. Called through ctypes the same step leaves the lock free, and the import that follows finds the library ready.
"""
from __future__ import annotations

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

GLOBAL, BIG = "libtorch_global_deps.so", ("libtorch_cpu.so",)


def map_libraries() -> bool:
    """True when the library is mapped. False where this is not known to work (not Linux, no torch); nothing is lost."""
    spec = find_spec("torch") if sys.platform == "linux" and "torch" not in sys.modules else None
    if spec is None or spec.origin is None:
        return False
    folder = Path(spec.origin).parent / "lib"
    try:
        ctypes.CDLL(str(folder / GLOBAL), mode=ctypes.RTLD_GLOBAL)   # first, as torch does
        dlopen = ctypes.CDLL(None).dlopen                            # a foreign call: it runs without the lock
    except (OSError, AttributeError):
        return False
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    return all([dlopen(os.fsencode(folder / name), os.RTLD_NOW) for name in BIG])
