"""Pictures: what people upload made safe, how many tokens one is, what a model points at, and scenes of known truth."""
