"""Ask a trained model: load it, generate in batches, cut its thinking, measure its speed."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from scripts.pocket.data.sample import Sample, render

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BATCH = 150
MAX_NEW_TOKENS = 448


@dataclass(frozen=True)
class Reply:
    """The text the model wrote, thinking included, the number of tokens of it, and whether it ended by itself."""

    text: str
    tokens: int
    stopped: bool = True

    @property
    def answer(self) -> str:
        """The text after the thinking block; without one all of it, for a space may belong to code."""
        return self.text.split("</think>")[-1].strip("\n ") if "</think>" in self.text else self.text


def load(folder: Path, scheme: str = "") -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Return (tokenizer, model): in float32, the fastest on a CPU, or in one of the app's storage schemes."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)  # a line per layer and token
    how: dict[str, Any] = {"dtype": torch.float32}
    if scheme:
        from playground.discover import discover

        schemes = {each.id: each for each in discover("playground.quantizations", "QUANTIZATION")}
        how = schemes[scheme].load_kwargs()
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    return tokenizer, AutoModelForCausalLM.from_pretrained(folder, **how).eval()


def generate(
    tokenizer: PreTrainedTokenizerBase,
    model: PreTrainedModel,
    samples: Sequence[Sample],
    thinking: bool | None,
    **settings: Any,
) -> list[Reply]:
    """Return one reply for each question, greedy unless `settings` ask for sampling."""
    return complete(tokenizer, model, [render(sample, thinking)[0] for sample in samples], **settings)


def complete(
    tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, prompts: Sequence[str], **settings: Any
) -> list[Reply]:
    """Return what the model writes after each prompt, in the order of the prompts."""
    replies: list[Reply | None] = [None] * len(prompts)
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    ends = model.generation_config.eos_token_id
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        inputs = tokenizer([prompts[i] for i in part], return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.inference_mode():
            output = model.generate(**inputs, **{"max_new_tokens": MAX_NEW_TOKENS, **settings})
        for row, i in enumerate(part):
            new = output[row, inputs["input_ids"].shape[1] :].tolist()
            stop = next((k for k, token in enumerate(new) if token in ends), None)
            text = tokenizer.decode(new[:stop], skip_special_tokens=True)
            replies[i] = Reply(text, len(new) if stop is None else stop + 1, stop is not None)
    return [reply for reply in replies if reply is not None]


def budgeted(
    tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, samples: Sequence[Sample], budgets: Sequence[int]
) -> dict[int, list[Reply]]:
    """Return the replies when the thinking is closed after so many tokens, for each budget.

    The full thinking is written once; each budget keeps its beginning.
    """
    prompts = [render(sample, True)[0] for sample in samples]
    full = complete(tokenizer, model, prompts)
    found = {}
    for budget in budgets:
        cut = []
        for reply in full:
            thought = tokenizer(reply.text.split("</think>")[0], add_special_tokens=False)["input_ids"]
            whole = len(thought) <= budget
            text = tokenizer.decode(thought[:budget]) or "<think>\n"
            cut.append(text + ("</think>\n\n" if whole else "\n</think>\n\n"))
        asked = [prompt + thought for prompt, thought in zip(prompts, cut, strict=True)]
        found[budget] = complete(tokenizer, model, asked, max_new_tokens=32)
    return found


def measure_speed(tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel) -> dict[str, float]:
    """Return seconds to the first token and tokens per second for one prompt on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is 47 * 36?"}], tokenize=False, add_generation_prompt=True
    )
    inputs = tokenizer(text, return_tensors="pt")
    firsts, rates = [], []
    for _ in range(5):
        with torch.inference_mode():
            start = time.perf_counter()
            model.generate(**inputs, max_new_tokens=1)
            first = time.perf_counter()
            model.generate(**inputs, max_new_tokens=100, min_new_tokens=100)
            rates.append(100 / (time.perf_counter() - first))
        firsts.append(first - start)
    torch.set_num_threads(threads)
    return {"first_token_seconds": round(sorted(firsts)[2], 4), "tokens_per_second": round(sorted(rates)[2], 1)}
