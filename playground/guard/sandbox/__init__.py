"""Python code that nobody has read, run where it can do no harm. `run.py` is the door, docs/sandbox.md the promise."""
