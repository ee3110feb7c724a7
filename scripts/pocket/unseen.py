"""The questions that people wrote, for each model: no template produces them, and the training never sees them."""

from __future__ import annotations

from scripts.pocket.data import unseen as language
from scripts.pocket.data.code import unseen as code
from scripts.pocket.data.mathematics import unseen as mathematics
from scripts.pocket.data.sample import Sample
from scripts.pocket.recipes import Recipe


def unseen(recipe: Recipe, n: int) -> dict[str, tuple[str, list[Sample]]]:
    """Return for each kind of question (group for the judge, at most `n` samples)."""
    found: dict[str, tuple[str, list[Sample]]] = {}
    if "facts" in recipe.mixture:
        for item in language.unseen():
            right = item.any_of[0]
            sample = Sample("unseen", item.question, "", right, must_contain=item.any_of, gold=right.removeprefix("= "))
            judge = "arithmetic" if item.group.endswith("sums") else "by hand"
            found.setdefault(item.group, (judge, []))[1].append(sample)
    if "mathematics" in recipe.mixture:
        found["mathematics"] = ("mathematics", mathematics.unseen())
    if "code" in recipe.mixture:
        found["code"] = ("code", [item.sample() for item in code.UNSEEN])
    return {name: (group, spread(samples, n)) for name, (group, samples) in found.items()}


def spread(samples: list[Sample], n: int) -> list[Sample]:
    """Return at most `n` of the samples, evenly from all of them."""
    step = max(1, -(-len(samples) // n))
    return samples[::step]
