"""bitsandbytes schemes: linear layers are quantised while loading, embeddings and norms stay bf16."""
from __future__ import annotations

import importlib.util
from dataclasses import dataclass

BLOCK = 64                                # weights that share one scale
BLOCKS_PER_GROUP = 256                    # scales that share one scale of their own, with double quantisation
CODE_BYTES = 16 * 4                       # the 16 values a weight can have, float32
NESTED_BYTES = 256 * 4                    # the 256 values a scale can have, float32 (double quantisation)


def unavailable() -> str:
    """Why bitsandbytes cannot be used here, "" when it can."""
    missing = [name for name in ("bitsandbytes", "accelerate") if importlib.util.find_spec(name) is None]
    if missing:
        return f"needs the package {missing[0]}: pip install {missing[0]}"
    return ""


@dataclass(frozen=True, slots=True)
class FourBit:
    """4 bits a weight and a scale for every 64 of them. double: the scales are quantised as well, to 8 bits."""

    id: str
    title: str
    kind: str                             # of bitsandbytes: "nf4", "fp4"
    double: bool
    bits: float = 4
    max_concurrency: int = 1              # the first forward on a CPU repacks the weights in place

    def unavailable(self) -> str:
        return unavailable()

    def linear_bytes(self, out_features: int, in_features: int) -> int:
        """The weights, two in a byte, their scales, and the tables that say what a code stands for."""
        weights = out_features * in_features
        blocks = -(-weights // BLOCK)
        packed = -(-weights // 2) + CODE_BYTES
        if not self.double:
            return packed + 4 * blocks
        return packed + blocks + 4 * -(-blocks // BLOCKS_PER_GROUP) + NESTED_BYTES + 4     # 4: the scales' mean

    def load_kwargs(self) -> dict[str, object]:
        import torch
        from transformers import BitsAndBytesConfig

        config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type=self.kind,
                                    bnb_4bit_use_double_quant=self.double, bnb_4bit_compute_dtype=torch.bfloat16)
        return {"dtype": torch.bfloat16, "quantization_config": config}

    def load_source(self) -> str:
        return (f'dtype=torch.bfloat16, quantization_config=BitsAndBytesConfig(load_in_4bit=True, '
                f'bnb_4bit_quant_type="{self.kind}", bnb_4bit_use_double_quant={self.double}, '
                f'bnb_4bit_compute_dtype=torch.bfloat16)')
