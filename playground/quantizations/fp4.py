"""fp4: bitsandbytes 4-bit floating point; of the same size as nf4 and usually less exact, here to compare."""
from playground.quantizations._bitsandbytes import FourBit

QUANTIZATION = FourBit("fp4", "fp4 (4 bit)", "fp4", double=False)
