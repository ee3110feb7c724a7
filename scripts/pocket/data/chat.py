"""Greetings, identity, thanks and other small talk, in English and Indonesian."""

from __future__ import annotations

import random

from scripts.pocket.data.sample import Sample, Split, pick_wording
from scripts.pocket.data.style import loosen
from scripts.pocket.data.tables import intents

FREQUENT = ("identity", "greeting", "abilities", "foreign")  # asked more often than the others


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one small-talk sample; `task` is not used, all of them are "chat"."""
    weights = [3 if intent.key in FREQUENT else 1 for intent in intents()]
    intent = rng.choices(intents(), weights)[0]
    question = loosen(rng, pick_wording(rng, intent.wordings, split), intent.language)
    return Sample(
        task="chat",
        question=question,
        thinking=intent.thinking,
        answer=intent.answer,
        language=intent.language,
        must_contain=(intent.must,),
        problem=f"{intent.key}-{intent.language}",
    )
