"""Measure a trained model on held-out problems, with and without thinking."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from scripts.pocket.data import arithmetic
from scripts.pocket.data.mixture import GENERATORS
from scripts.pocket.data.sample import Sample, Split, messages_of
from scripts.pocket.data.unseen import UNSEEN
from scripts.pocket.files import machine

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Message = dict[str, str]

ARITHMETIC_TASKS = (*arithmetic.TASK_WEIGHTS, "followup_sum")
LANGUAGE_TASKS = {
    "definition": "facts", "fact": "facts", "specification": "facts", "chat": "chat",
    "refusal": "refusals", "out_of_range": "refusals", "followup_talk": "followups",
}  # fmt: skip
BATCH = 64
MAX_NEW_TOKENS = 400
SEED = 2024
EXAMPLES = 3  # wrong answers kept for each task


@dataclass(frozen=True)
class Reply:
    """The text the model wrote, thinking included, and the number of tokens of it."""

    text: str
    tokens: int

    @property
    def answer(self) -> str:
        """The text after the thinking block."""
        return self.text.split("</think>")[-1].strip()


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share as two numbers from 0 to 1."""
    share, spread = right / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def problems(task: str, n: int, seed: int = SEED, split: Split = "test") -> list[Sample]:
    """Return up to `n` samples of a task, held out unless asked otherwise, no two with the same prompt."""
    group = LANGUAGE_TASKS.get(task) or ("followups" if task == "followup_sum" else "arithmetic")
    rng = random.Random(f"{seed}-{task}")
    found: dict[tuple[Any, str], Sample] = {}
    for _ in range(n * 30):
        sample = GENERATORS[group](rng, split, task)
        found.setdefault((sample.history, sample.question), sample)
        if len(found) == n:
            break
    return list(found.values())


def is_right(sample: Sample, answer: str) -> bool:
    """Return whether the answer has the exact result, or contains all the required words."""
    if sample.gold is not None:
        return answer.split("=")[-1].strip() == sample.gold
    text = f" {answer.lower()} "
    return all(words.lower() in text for words in sample.must_contain)


def load(folder: Path) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Return (tokenizer, model) in float32, which is the fastest type on a CPU for one prompt."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    return tokenizer, AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def generate(
    tokenizer: PreTrainedTokenizerBase,
    model: PreTrainedModel,
    chats: Sequence[list[Message]],
    thinking: bool,
    **settings: Any,
) -> list[Reply]:
    """Return one reply for each chat, greedy unless `settings` ask for sampling."""
    prompts = [
        tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True, enable_thinking=thinking)
        for chat in chats
    ]
    replies: list[Reply | None] = [None] * len(prompts)
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        inputs = tokenizer([prompts[i] for i in part], return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.inference_mode():
            output = model.generate(**inputs, max_new_tokens=MAX_NEW_TOKENS, **settings)
        for row, i in enumerate(part):
            new = output[row, inputs["input_ids"].shape[1] :]
            count = int((new != tokenizer.pad_token_id).sum())
            replies[i] = Reply(tokenizer.decode(new, skip_special_tokens=True), count)
    return [reply for reply in replies if reply is not None]


def score(samples: list[Sample], replies: list[Reply]) -> dict[str, Any]:
    """Return the figures of one task in one mode: n, right, exact, interval, tokens, wrong answers."""
    right = [is_right(s, r.answer) for s, r in zip(samples, replies, strict=True)]
    wrong = [
        {"question": s.question, "answer": r.answer, "expected": s.answer}
        for s, r, ok in zip(samples, replies, right, strict=True)
        if not ok
    ]
    return {
        "n": len(samples),
        "distinct_problems": len({s.problem for s in samples}),
        "right": sum(right),
        "word_for_word": sum(s.answer == r.answer for s, r in zip(samples, replies, strict=True)),
        "interval": [round(x, 4) for x in wilson(sum(right), len(samples))],
        "tokens_per_answer": round(sum(r.tokens for r in replies) / len(replies), 1),
        "wrong_examples": wrong[:EXAMPLES],
    }


def score_unseen(tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, thinking: bool) -> dict[str, Any]:
    """Return the figures of the hand-written questions, for each group."""
    replies = generate(tokenizer, model, [[{"role": "user", "content": u.question}] for u in UNSEEN], thinking)
    groups: dict[str, dict[str, Any]] = {}
    for item, reply in zip(UNSEEN, replies, strict=True):
        figures = groups.setdefault(item.group, {"n": 0, "right": 0, "wrong_examples": []})
        figures["n"] += 1
        if any(text in f" {reply.answer.lower()} " for text in item.any_of):
            figures["right"] += 1
        else:
            figures["wrong_examples"].append({"question": item.question, "answer": reply.answer})
    for figures in groups.values():
        figures["interval"] = [round(x, 4) for x in wilson(figures["right"], figures["n"])]
    return groups


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


def sampled(tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, n: int) -> dict[str, Any]:
    """Return how many long sums are right when sampling with Qwen3's settings, for comparison with greedy."""
    torch.manual_seed(SEED)
    figures = {}
    for task in ("add3", "mul22"):
        samples = problems(task, n)
        settings = {"do_sample": True, "temperature": 0.6, "top_p": 0.95, "top_k": 20}
        replies = generate(tokenizer, model, [messages_of(s) for s in samples], True, **settings)
        figures[task] = {key: score(samples, replies)[key] for key in ("n", "right", "interval")}
    return figures


def evaluate(folder: Path, target: Path, *, n: int = 300, threads: int = 2) -> dict[str, Any]:
    """Evaluate the model in `folder`, print and write the figures to `target`, and return them."""
    torch.set_num_threads(threads)
    tokenizer, model = load(folder)
    result: dict[str, Any] = {
        "machine": machine(),
        "decoding": "greedy",
        "seed": SEED,
        "tasks": {},
        "trained_wordings": {},
        "unseen": {},
        "speed_one_thread": measure_speed(tokenizer, model),
    }
    for task in (*ARITHMETIC_TASKS, *LANGUAGE_TASKS):
        samples = problems(task, n if task in ARITHMETIC_TASKS else min(n, 200))
        chats = [messages_of(sample) for sample in samples]
        for mode in ("thinking", "plain"):
            figures = score(samples, generate(tokenizer, model, chats, mode == "thinking"))
            result["tasks"].setdefault(task, {})[mode] = figures
            print(f"{task:14s} {mode:8s} {figures['right']}/{figures['n']}", flush=True)
    for task in LANGUAGE_TASKS:
        samples = problems(task, min(n, 100), split="train")
        replies = generate(tokenizer, model, [messages_of(sample) for sample in samples], thinking=True)
        result["trained_wordings"][task] = score(samples, replies)
        print(f"{task:14s} trained wordings {result['trained_wordings'][task]['right']}/{len(samples)}", flush=True)
    for mode in ("thinking", "plain"):
        result["unseen"][mode] = score_unseen(tokenizer, model, mode == "thinking")
        print("unseen", mode, {g: f"{f['right']}/{f['n']}" for g, f in result["unseen"][mode].items()}, flush=True)
    result["sampled_thinking"] = sampled(tokenizer, model, min(n, 100))
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return result
