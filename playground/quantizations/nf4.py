"""nf4: bitsandbytes 4-bit NormalFloat with double quantisation, the QLoRA format (arXiv 2305.14314)."""
from __future__ import annotations

from dataclasses import dataclass

from playground.quantizations import _bitsandbytes


@dataclass(frozen=True, slots=True)
class Nf4:
    id: str = "nf4"
    title: str = "nf4 (4 bit)"
    bits: float = 4
    max_concurrency: int = 1              # the first forward on a CPU repacks the weights in place

    def unavailable(self) -> str:
        return _bitsandbytes.unavailable()

    def linear_bytes(self, out_features: int, in_features: int) -> int:
        """4 bits a weight, one byte a block of 64, one float32 a 256 blocks, and the fixed code tables."""
        weights = out_features * in_features
        blocks = -(-weights // 64)
        return weights // 2 + blocks + 4 * -(-blocks // 256) + 1088

    def load_kwargs(self) -> dict[str, object]:
        import torch
        from transformers import BitsAndBytesConfig

        config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
                                    bnb_4bit_compute_dtype=torch.bfloat16)
        return {"dtype": torch.bfloat16, "quantization_config": config}

    def load_source(self) -> str:
        return ('dtype=torch.bfloat16, quantization_config=BitsAndBytesConfig(load_in_4bit=True, '
                'bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=torch.bfloat16)')


QUANTIZATION = Nf4()
