"""bitsandbytes schemes: linear layers are quantised while loading, embeddings and norms stay bf16."""
from __future__ import annotations

import importlib.util


def unavailable() -> str:
    """Why bitsandbytes cannot be used here, "" when it can."""
    if importlib.util.find_spec("bitsandbytes") is None:
        return "needs the package bitsandbytes: pip install bitsandbytes"
    return ""
