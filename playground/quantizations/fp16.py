"""fp16: 16 bits a weight, finer than bf16 but with a smaller range; for GPUs that know no bf16."""
from playground.quantizations._plain import PlainDtype

QUANTIZATION = PlainDtype("fp16", "fp16 (16 bit)", 16, "float16")
