"""The one lock around everything that reads a model, a tokenizer or a config from disk."""
from __future__ import annotations

import threading

LOAD_LOCK = threading.RLock()
"""Hold it for every `from_pretrained` in the process: transformers swaps process globals while it loads (the default
dtype, tie_weights, initialisers), so two loads at once leave models with weights on the meta device, silently."""
