"""Tokenizers and chat templates by model, each read once."""
from __future__ import annotations

import threading
from collections.abc import Callable

from playground.types import ModelSpec, Prompter


class Prompters:
    """Keeps every prompter it ever made; they are small beside weights. Thread-safe."""

    def __init__(self, make: Callable[[ModelSpec], Prompter]) -> None:
        self._make = make
        self._lock = threading.Lock()     # guards the two dictionaries, never held while reading files
        self._made: dict[str, Prompter] = {}
        self._once: dict[str, threading.Lock] = {}

    def get(self, model: ModelSpec) -> Prompter:
        """The model's prompter; the first caller makes it, others wait for that one. An error is not kept."""
        with self._lock:
            if model.id in self._made:
                return self._made[model.id]
            once = self._once.setdefault(model.id, threading.Lock())
        with once:
            if model.id not in self._made:
                prompter = self._make(model)
                with self._lock:
                    self._made[model.id] = prompter
            return self._made[model.id]
