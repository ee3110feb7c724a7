"""nf4: bitsandbytes 4-bit NormalFloat, whose 16 values fit weights that are spread like a bell (arXiv 2305.14314)."""
from playground.quantizations._bitsandbytes import FourBit

QUANTIZATION = FourBit("nf4", "nf4 (4 bit)", "nf4", double=False)
