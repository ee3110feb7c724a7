"""Ways to solve a problem with a model: step by step, with programs that are run, by majority vote. No interface."""
