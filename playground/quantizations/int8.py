"""int8: bitsandbytes LLM.int8(), one byte a weight and one float32 scale a row."""
from __future__ import annotations

from dataclasses import dataclass

from playground.quantizations import _bitsandbytes


@dataclass(frozen=True, slots=True)
class Int8:
    id: str = "int8"
    title: str = "int8 (8 bit)"
    bits: float = 8
    max_concurrency: int = 1              # Linear8bitLt keeps per-call state on the module

    def unavailable(self) -> str:
        return _bitsandbytes.unavailable()

    def linear_bytes(self, out_features: int, in_features: int) -> int:
        return out_features * in_features + 4 * out_features

    def load_kwargs(self) -> dict[str, object]:
        import torch
        from transformers import BitsAndBytesConfig

        return {"dtype": torch.bfloat16, "quantization_config": BitsAndBytesConfig(load_in_8bit=True)}

    def load_source(self) -> str:
        return "dtype=torch.bfloat16, quantization_config=BitsAndBytesConfig(load_in_8bit=True)"


QUANTIZATION = Int8()
