"""Find the pieces: every module of a package exports one object under an agreed name."""
from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def discover(package: str, name: str) -> list[Any]:
    """The object `name` of every module in `package`, in file-name order; files that start with "_" are skipped.

    Raises ImportError naming the file when a module does not define it.
    """
    found = []
    paths = importlib.import_module(package).__path__
    for info in sorted(pkgutil.iter_modules(paths, package + "."), key=lambda i: i.name):
        if info.name.rpartition(".")[2].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        if not hasattr(module, name):
            raise ImportError(f"{info.name} must define {name}; the other files of {package} show the shape.")
        found.append(getattr(module, name))
    return found
