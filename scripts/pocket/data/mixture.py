"""The training mixture: which generator is used how often, with or without thinking."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from scripts.pocket.data import arithmetic, chat, facts, followups, refusals
from scripts.pocket.data.sample import Sample, Split
from scripts.pocket.data.style import system_prompt

Generator = Callable[[random.Random, Split, str | None], Sample]

GENERATORS: dict[str, Generator] = {
    "arithmetic": arithmetic.generate,
    "facts": facts.generate,
    "chat": chat.generate,
    "refusals": refusals.generate,
    "followups": followups.generate,
}


@dataclass(frozen=True)
class Share:
    """How often a group is drawn (relative weight) and the share of its samples with thinking."""

    weight: float
    thinking: float


def dress(rng: random.Random, sample: Sample) -> Sample:
    """Return the sample with, at random, a system prompt, an earlier turn or "/no_think"."""
    if rng.random() < 0.2:
        sample = replace(sample, system=system_prompt(rng))
    if not sample.history and rng.random() < 0.14:
        turns = [followups.earlier_turn(rng) for _ in range(rng.choice((1, 1, 1, 2)))]
        sample = replace(sample, history=tuple((turn.question, turn.answer) for turn in turns))
    if rng.random() < 0.02:
        sample = replace(sample, question=sample.question + " /no_think")
    return sample


def stream(mixture: Mapping[str, Share], seed: int, split: Split = "train") -> Iterator[tuple[Sample, bool]]:
    """Yield (sample, thinking) without end; the same seed yields the same samples."""
    rng = random.Random(seed)
    names, weights = list(mixture), [share.weight for share in mixture.values()]
    while True:
        name = rng.choices(names, weights)[0]
        sample = GENERATORS[name](rng, split, None)
        yield dress(rng, sample), rng.random() < mixture[name].thinking
