"""Code that a model wrote: where it stands in an answer, tasks with hidden tests, and how often it passes them."""
