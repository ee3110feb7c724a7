"""nf4-dq: nf4 with double quantisation, so that the scales take 1 byte instead of 4; the QLoRA format."""
from playground.quantizations._bitsandbytes import FourBit

QUANTIZATION = FourBit("nf4-dq", "nf4-dq (4 bit)", "nf4", double=True)
