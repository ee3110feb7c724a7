"""What a model really holds, and how to give memory back."""
from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from playground.errors import OutOfMemory


def held_bytes(model: Any) -> int:
    """Bytes of parameters, buffers and quantisation state, each storage once (tied weights share one)."""
    storages: dict[int, int] = {}
    for tensor in _tensors(model):
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = max(storages.get(storage.data_ptr(), 0), tensor.numel() * tensor.element_size())
    return sum(storages.values())


def _tensors(model: Any) -> Iterator[Any]:
    """Everything with bytes. bitsandbytes keeps scales beside the parameter (4 bit) or on the module (8 bit)."""
    for parameter in model.parameters():
        yield parameter
        state = getattr(parameter, "quant_state", None)
        for part in (state, getattr(state, "state2", None)):
            yield from _attributes(part, "absmax", "code", "offset")
        yield from _attributes(parameter, "CB", "SCB")
    yield from model.buffers()
    for module in model.modules():
        yield from _attributes(getattr(module, "state", None), "CB", "SCB")


def _attributes(owner: Any, *names: str) -> Iterator[Any]:
    for name in names:
        value = getattr(owner, name, None)
        if hasattr(value, "untyped_storage"):
            yield value


def set_libraries_aside() -> None:
    """Before each load: what libraries made is never garbage, and without it a collection stops the other threads for
    milliseconds instead of a tenth of a second. Libraries import more as they go, so this looks for news each time.

    A loaded model is set aside with them and no collection finds it any more: see `take_apart`.
    """
    _set_aside(len(sys.modules))


@cache
def _set_aside(modules: int) -> None:
    """Once for each number of imported modules."""
    gc.collect()
    gc.freeze()


def take_apart(model: Any) -> None:
    """Empty every module: the weights are free at once, whatever refers to the model or goes round in it."""
    for module in list(model.modules()):
        vars(module).clear()


def ran_out(error: BaseException) -> bool:
    """Whether the error says that memory did not suffice. On a CPU torch says so in a text alone."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or torch is not None and isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error) for words in ("out of memory", "not enough memory"))


def answer_ran_out() -> OutOfMemory:
    """What the reader of an answer is told then."""
    return OutOfMemory("The machine ran out of memory while answering.",
                       "Shorten the conversation, or pick a smaller variant.")


def give_back() -> None:
    """Free what nobody refers to any more, down to the system: Python, CUDA's caches, then the C heap."""
    gc.collect()                          # a load that failed sits in reference cycles
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()          # of every GPU
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        except (OSError, AttributeError):
            pass                          # another C library; it has no such call
