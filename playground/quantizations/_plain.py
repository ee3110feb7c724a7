"""Plain floating-point weights: the schemes differ in the dtype alone."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlainDtype:
    """Weights kept as published, cast to one dtype."""

    id: str
    title: str
    bits: float
    dtype: str                            # attribute of torch
    max_concurrency: int = 4              # the forward pass keeps no state between calls

    def unavailable(self) -> str:
        return ""

    def linear_bytes(self, out_features: int, in_features: int) -> int:
        return int(out_features * in_features * self.bits / 8)

    def load_kwargs(self) -> dict[str, object]:
        import torch

        return {"dtype": getattr(torch, self.dtype)}

    def load_source(self) -> str:
        return f"dtype=torch.{self.dtype}"
