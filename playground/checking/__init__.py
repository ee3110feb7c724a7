"""Whether a mathematical answer is right: sympy decides, in the sandbox. `check.py` is the door."""
