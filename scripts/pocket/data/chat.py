"""Greetings, identity, thanks and other small talk, in English and Indonesian."""

from __future__ import annotations

import random

from scripts.pocket.data.sample import Sample, Split, pick_wording
from scripts.pocket.data.style import loosen, varied
from scripts.pocket.data.tables import Intent, intents

WEIGHTS = {"identity": 5, "abilities": 3, "greeting": 3, "foreign": 3, "program": 2, "praise": 2, "complaint": 2,
           "filler": 2, "limits": 2}  # fmt: skip
RARE = ("morning", "afternoon", "day", "sore", "evening", "to-indonesian", "to-english", "wishes", "sorry", "stop")


def weight(intent: Intent) -> float:
    """Return how often people say this, relative to the others."""
    return 0.5 if intent.key in RARE else WEIGHTS.get(intent.key, 1)


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one small-talk sample; `task` is not used, all of them are "chat"."""
    intent = rng.choices(intents(), [weight(intent) for intent in intents()])[0]
    question = loosen(rng, varied(rng, pick_wording(rng, intent.wordings, split)), intent.language)
    return Sample(
        task="chat",
        question=question,
        thinking=intent.thinking,
        answer=intent.answer,
        language=intent.language,
        must_contain=(intent.must,),
        problem=f"{intent.key}-{intent.language}",
    )
