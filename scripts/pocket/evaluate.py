"""Measure a trained model on held-out problems, with and without thinking, as it is and quantised."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from scripts.pocket.answers import Reply, budgeted, generate, load, measure_speed
from scripts.pocket.data.mixture import GENERATORS
from scripts.pocket.data.sample import Sample, Split
from scripts.pocket.files import machine
from scripts.pocket.judge import TASKS, WORDS, are_right
from scripts.pocket.recipes import Recipe
from scripts.pocket.routing import routing
from scripts.pocket.unseen import unseen

SEED = 2024
EXAMPLES = 3  # wrong answers kept for each task
BUDGETS = (0, 25, 50, 75, 100, 150, 200, 300)  # tokens of thinking
LONG_TASK = "mul22"  # the one whose steps are all needed, to look at alone
SCHEMES = ("int8", "nf4")

Mode = tuple[str, bool | None]


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share as two numbers from 0 to 1."""
    share, spread = right / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def modes(recipe: Recipe) -> tuple[Mode, ...]:
    """Return (name, thinking) of each way to ask the model."""
    return (("thinking", True), ("plain", False)) if recipe.thinks else (("plain", None),)


def tasks_of(recipe: Recipe) -> list[tuple[str, str]]:
    """Return (group, task) of all that the model was trained to do."""
    return [(group, task) for group, share in recipe.mixture.items() for task in share.tasks or TASKS[group]]


def problems(
    group: str, task: str, n: int, seed: int = SEED, split: Split = "test", words: Split | None = None
) -> list[Sample]:
    """Return up to `n` samples of a task, held out unless asked otherwise, no two with the same prompt.

    `words` is the split of the wordings of a calculation, where it is not that of its numbers.
    """
    generate_one = partial(GENERATORS[group], words=words) if words else GENERATORS[group]
    rng = random.Random(f"{seed}-{task}")
    found: dict[tuple[Any, ...], Sample] = {}
    for _ in range(n * 30):
        sample = generate_one(rng, split, task)
        found.setdefault((sample.system, sample.history, sample.question, sample.prompt), sample)
        if len(found) == n:
            break
    return list(found.values())


def score(group: str, samples: Sequence[Sample], replies: Sequence[Reply]) -> dict[str, Any]:
    """Return the figures of one task in one mode: n, right, interval, tokens, stops, wrong answers."""
    right = are_right(group, samples, [reply.answer for reply in replies])
    wrong = [
        {"question": s.question or s.prompt, "answer": r.answer, "expected": s.answer}
        for s, r, ok in zip(samples, replies, right, strict=True)
        if not ok
    ]
    return {
        "n": len(samples),
        "distinct_problems": len({s.problem for s in samples}),
        "right": sum(right),
        "interval": [round(x, 4) for x in wilson(sum(right), len(samples))],
        "word_for_word": sum(s.answer == r.answer for s, r in zip(samples, replies, strict=True)),
        "stopped": sum(r.stopped for r in replies),
        "tokens_per_answer": round(sum(r.tokens for r in replies) / len(replies), 1),
        "wrong_examples": wrong[:EXAMPLES],
    }


class Exam:
    """One loaded model and the recipe it was trained by."""

    def __init__(self, recipe: Recipe, folder: Path, scheme: str = "") -> None:
        self.recipe = recipe
        self.tokenizer, self.model = load(folder, scheme)

    def ask(
        self, group: str, task: str, n: int, thinking: bool | None, split: Split = "test", words: Split | None = None
    ) -> dict[str, Any]:
        """Return the figures of one task."""
        samples = problems(group, task, n, split=split, words=words)
        return score(group, samples, generate(self.tokenizer, self.model, samples, thinking))

    def tasks(self, n: int) -> dict[str, dict[str, Any]]:
        """Return the figures of every task of the recipe in every mode."""
        found: dict[str, dict[str, Any]] = {}
        for group, task in tasks_of(self.recipe):
            found[task] = {name: self.ask(group, task, n, thinking) for name, thinking in modes(self.recipe)}
            print(f"{task:14s}", *(f"{name} {f['right']}/{f['n']}" for name, f in found[task].items()), flush=True)
        return found

    def trained_wordings(self, n: int) -> dict[str, Any]:
        """Return the figures in wordings of the training: answers in words, and calculations with held-out numbers."""
        thinking = modes(self.recipe)[0][1]
        found = {}
        for group, task in tasks_of(self.recipe):
            if group in WORDS:
                found[task] = self.ask(group, task, min(n, 100), thinking, "train")
            elif group == "arithmetic":
                found[task] = self.ask(group, task, n, thinking, words="train")
        return found

    def unseen(self, n: int) -> dict[str, dict[str, Any]]:
        """Return the figures of the questions that people wrote, for each group of them."""
        found: dict[str, dict[str, Any]] = {}
        for name, (group, samples) in unseen(self.recipe, n).items():
            found[name] = {}
            for mode, thinking in modes(self.recipe):
                found[name][mode] = score(group, samples, generate(self.tokenizer, self.model, samples, thinking))
            print(f"unseen {name:14s}", *(f"{m} {f['right']}/{f['n']}" for m, f in found[name].items()), flush=True)
        return found

    def sampled(self, n: int) -> dict[str, Any]:
        """Return how many calculations are right when sampling with Qwen3's settings, to compare with greedy."""
        torch.manual_seed(SEED)
        settings = {"do_sample": True, "temperature": 0.6, "top_p": 0.95, "top_k": 20}
        found = {}
        for task in ("add3", "mul22"):
            samples = problems("arithmetic", task, n)
            found[task] = score("arithmetic", samples, generate(self.tokenizer, self.model, samples, True, **settings))
        return found

    def budgets(self, n: int) -> dict[str, dict[str, Any]]:
        """Return the figures when the thinking is cut after so many tokens, for each budget.

        Of products of two-digit numbers, whose result stands at the end of the steps, and of
        `n` calculations of all kinds, short ones and long ones in equal parts.
        """
        tasks = TASKS["arithmetic"]
        mixed = [sample for task in tasks for sample in problems("arithmetic", task, math.ceil(n / len(tasks)))]
        found: dict[str, dict[str, Any]] = {}
        for name, samples in ((LONG_TASK, problems("arithmetic", LONG_TASK, n)), ("all", mixed)):
            replies = budgeted(self.tokenizer, self.model, samples, BUDGETS)
            found[name] = {str(budget): score("arithmetic", samples, cut) for budget, cut in replies.items()}
        return found


def quantised(recipe: Recipe, folder: Path, n: int) -> dict[str, Any]:
    """Return the figures of each task with quantised weights, beside those of the same problems unquantised."""
    found: dict[str, Any] = {}
    for scheme in ("", *SCHEMES):
        exam = Exam(recipe, folder, scheme)
        thinking = modes(recipe)[0][1]
        figures = [exam.ask(group, task, n, thinking) for group, task in tasks_of(recipe)]
        found[scheme or "fp32"] = {"n": sum(f["n"] for f in figures), "right": sum(f["right"] for f in figures)}
        print(f"weights in {scheme or 'fp32'}: {found[scheme or 'fp32']}", flush=True)
    return found


def evaluate(recipe: Recipe, folder: Path, target: Path, *, n: int = 300, threads: int = 2) -> dict[str, Any]:
    """Evaluate the model in `folder`, print and write the figures to `target`, and return them."""
    torch.set_num_threads(threads)
    exam = Exam(recipe, folder)
    result: dict[str, Any] = {
        "machine": machine(), "decoding": "greedy", "seed": SEED,
        "speed_one_thread": measure_speed(exam.tokenizer, exam.model),
        "tasks": exam.tasks(n),
        "trained_wordings": exam.trained_wordings(n),
        "unseen": exam.unseen(n),
    }  # fmt: skip
    if recipe.thinks:
        result["sampled_thinking"] = exam.sampled(min(n, 100))
        result["budgets"] = exam.budgets(n)
    if recipe.experts:
        result["routing"] = routing(exam.tokenizer, exam.model, list(recipe.mixture), min(n, 40))
    result["quantised"] = quantised(recipe, folder, min(n, 30))
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return result
