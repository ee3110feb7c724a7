"""The training mixture: which generator is used how often, with or without thinking."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from scripts.pocket.data import arithmetic, chat, code, facts, followups, lists, mathematics, problems, refusals
from scripts.pocket.data.sample import Sample, Split
from scripts.pocket.data.style import system_prompt

Generator = Callable[[random.Random, Split, str | None], Sample]

GENERATORS: dict[str, Generator] = {
    "arithmetic": arithmetic.generate,
    "facts": facts.generate,
    "chat": chat.generate,
    "refusals": refusals.generate,
    "followups": followups.generate,
    "problems": problems.generate,
    "lists": lists.generate,
    "mathematics": mathematics.generate,
    "code": code.generate,
}


@dataclass(frozen=True)
class Share:
    """How often a group is drawn (relative weight), and the share of its samples with thinking.

    thinking None: the model has no thinking switch. tasks: which ones of the group, equally often; all if empty.
    """

    weight: float
    thinking: float | None = None
    tasks: tuple[str, ...] = ()


def earlier_turns(rng: random.Random, mixture: Mapping[str, Share]) -> tuple[tuple[str, str], ...]:
    """Return one or two (question, answer) of the mixture, as they may stand before a question."""
    turns = []
    for _ in range(rng.choice((1, 1, 1, 2))):
        sample = GENERATORS[rng.choice(list(mixture))](rng, "train", None)
        if not sample.history and not sample.prompt:
            turns.append((sample.question, sample.answer))
    return tuple(turns)


def dress(rng: random.Random, sample: Sample, mixture: Mapping[str, Share], switch: bool) -> Sample:
    """Return the sample with, at random, a system prompt, an earlier turn or, with a `switch`, "/no_think"."""
    if sample.prompt or sample.system:
        return sample
    if rng.random() < 0.2:
        sample = replace(sample, system=system_prompt(rng))
    if not sample.history and rng.random() < 0.14:
        sample = replace(sample, history=earlier_turns(rng, mixture))
    if switch and rng.random() < 0.02:
        sample = replace(sample, question=sample.question + " /no_think")
    return sample


def stream(mixture: Mapping[str, Share], seed: int, split: Split = "train") -> Iterator[tuple[Sample, bool | None]]:
    """Yield (sample, thinking) without end; the same seed yields the same samples."""
    rng = random.Random(seed)
    names, weights = list(mixture), [share.weight for share in mixture.values()]
    while True:
        name = rng.choices(names, weights)[0]
        share = mixture[name]
        sample = GENERATORS[name](rng, split, rng.choice(share.tasks) if share.tasks else None)
        sample = dress(rng, sample, mixture, switch=share.thinking is not None)
        yield sample, None if share.thinking is None else rng.random() < share.thinking
