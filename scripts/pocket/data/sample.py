"""The sample type, the held-out split and the rendering of a sample as ChatML text."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

Split = Literal["train", "test"]
Language = Literal["en", "id"]
T = TypeVar("T")

EMPTY_THINKING = "<think>\n\n</think>\n\n"


@dataclass(frozen=True)
class Sample:
    """One conversation whose last assistant turn is the training target.

    `must_contain` lists texts that a right answer contains (compared in lower case).
    For arithmetic `gold` is the exact result as a decimal string.
    `problem` names what is asked, independent of the wording; tests use it to compare splits.
    `tests` are Python assertions that the code in a right answer passes.
    `prompt` is the whole prompt of a task that is no chat (fill in the middle); the question is then not shown.
    """

    task: str
    question: str
    thinking: str
    answer: str
    language: Language = "en"
    must_contain: tuple[str, ...] = ()
    gold: str | None = None
    problem: str = ""
    history: tuple[tuple[str, str], ...] = ()
    system: str | None = None
    tests: str = ""
    prompt: str = ""


def hash_percent(key: str) -> int:
    """Return a stable number from 0 to 99 for `key`, the same on every machine and run."""
    return zlib.crc32(key.encode("utf-8")) % 100


def wordings(items: Sequence[T], split: Split) -> list[T]:
    """Return the items of one split: every fifth item is held out for the test."""
    return [item for i, item in enumerate(items) if (i % 5 == 4) == (split == "test")]


def pick_wording(rng: random.Random, items: Sequence[T], split: Split) -> T:
    """Return one item of the split; lists with fewer than five items have no held-out wording."""
    return rng.choice(wordings(items, split) or list(items))


def messages_of(sample: Sample) -> list[dict[str, str]]:
    """Return the prompt of the sample as chat messages, the last one from the user."""
    messages = [{"role": "system", "content": sample.system}] if sample.system else []
    for question, answer in sample.history:
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": answer})
    return [*messages, {"role": "user", "content": sample.question}]


def render(sample: Sample, thinking: bool | None) -> tuple[str, str]:
    """Return (prompt, target) text, equal to what the chat template makes of the messages.

    Without thinking the prompt ends with the empty think block that the template inserts
    for `enable_thinking=False`. A question that ends in "/no_think" is answered after an
    empty block that the model writes itself, as Qwen3 does. `thinking` is None for a model
    without the switch. A task that is no chat ends with the token that ends a document.
    """
    if sample.prompt:
        return sample.prompt, f"{sample.answer}<|endoftext|>"
    prompt = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages_of(sample))
    prompt += "<|im_start|>assistant\n"
    ending = f"{sample.answer}<|im_end|>\n"
    if thinking is None:
        return prompt, ending
    if not thinking:
        return prompt + EMPTY_THINKING, ending
    if sample.question.endswith("/no_think"):
        return prompt, EMPTY_THINKING + ending
    return prompt, f"<think>\n{sample.thinking}\n</think>\n\n{ending}"
