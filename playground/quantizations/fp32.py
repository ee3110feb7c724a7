"""fp32: 32 bits a weight; the reference, and the fastest for tiny models on a CPU."""
from playground.quantizations._plain import PlainDtype

QUANTIZATION = PlainDtype("fp32", "fp32 (32 bit)", 32, "float32")
