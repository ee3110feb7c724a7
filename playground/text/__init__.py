"""Pure functions on text and token ids."""
