"""Read what a safetensors file says about itself: a few kilobytes of header, never the weights."""
from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path

from playground.errors import LoadFailed

MAX_HEADER_BYTES = 100_000_000            # the format's own limit; a larger number means the file is no safetensors


@dataclass(frozen=True, slots=True)
class Header:
    """Tensor shapes by name, and the size the file must have."""

    shapes: dict[str, tuple[int, ...]]
    dtypes: frozenset[str]                # "BF16", "F32", ...
    expected_bytes: int

    def parameters(self, without: tuple[str, ...] = ()) -> int:
        """Number of weights, leaving out tensors whose name starts with one of `without`."""
        return sum(math.prod(shape) for name, shape in self.shapes.items() if not name.startswith(without or ("\0",)))


def read_header(path: Path) -> Header:
    """Header of one file. Raises LoadFailed, naming the file without its folder, when it is not a safetensors file."""
    try:
        with path.open("rb") as file:
            size, = struct.unpack("<Q", file.read(8))
            if size > MAX_HEADER_BYTES:
                raise ValueError(f"header of {size} bytes")
            raw = json.loads(file.read(size))
        tensors = {name: entry for name, entry in raw.items() if name != "__metadata__"}
        end = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
        return Header(
            {name: tuple(entry["shape"]) for name, entry in tensors.items()},
            frozenset(entry["dtype"] for entry in tensors.values()),
            8 + size + end,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise LoadFailed(f"{path.name} is not a readable safetensors file: {type(error).__name__}.",
                         "Download or copy the model again.") from error


def is_complete(path: Path) -> bool:
    """Whether the file has exactly the size its header promises; False when it is cut off or not safetensors."""
    try:
        return read_header(path).expected_bytes == path.stat().st_size
    except (LoadFailed, OSError):
        return False
