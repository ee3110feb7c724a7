"""One file per storage scheme, each exporting QUANTIZATION (the protocol `playground.types.Quantization`)."""
