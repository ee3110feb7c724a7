"""bf16: 16 bits a weight, as Qwen publishes them."""
from playground.quantizations._plain import PlainDtype

QUANTIZATION = PlainDtype("bf16", "bf16 (16 bit)", 16, "bfloat16")
