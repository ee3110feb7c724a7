"""Measure the vision model on new pictures, with wordings that were held out of the training."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from playground.pictures.chart_questions import CHART_ASKS
from playground.pictures.coordinates import overlap
from playground.pictures.drawing import draw
from playground.pictures.questions import TASKS, Question
from playground.pictures.scenes import BACKGROUNDS, LAYOUTS, SIZES, random_scene
from scripts.pocket.data.sample import Split
from scripts.pocket.evaluate import wilson
from scripts.pocket.files import machine
from scripts.pocket.vision.answers import Answerer
from scripts.pocket.vision.judge import box_of, is_right
from scripts.pocket.vision.questions import ask
from scripts.pocket.vision.talk import TALK_TASKS, talk

SEED = 2024
EXAMPLES = 4  # wrong answers kept for each task


@dataclass(frozen=True)
class Case:
    """One question with its picture, if it has one, and the size and background of that."""

    question: Question
    picture: Image.Image | None = None
    size: str = ""
    background: str = ""


def cases(task: str, n: int, split: Split = "test", seed: int = SEED) -> list[Case]:
    """Return `n` cases of a task; every size and every background has an equal share."""
    rng = random.Random(f"{seed}-{split}-{task}")
    if task in TALK_TASKS:
        found = {(q := talk(rng, split, task)).text: Case(q) for _ in range(30 * n)}
        return list(found.values())[:n]
    result: list[Case] = []
    while len(result) < n:
        i = len(result)
        size = list(SIZES)[i % len(SIZES)]
        background = list(BACKGROUNDS)[i // len(SIZES) % len(BACKGROUNDS)]
        layout = "bars" if task in CHART_ASKS else rng.choice([name for name in LAYOUTS if name != "bars"])
        if task == "what" and i % 5 == 0:
            layout = "bars"
        scene = random_scene(rng, size, background, layout)
        question = ask(scene, task, rng, split)
        if question:
            result.append(Case(question, draw(scene, rng.getrandbits(32)), f"{size[0]}x{size[1]}", background))
    return result


def score(items: list[tuple[Case, str]]) -> dict[str, Any]:
    """Return n, right answers and the 95 % Wilson interval."""
    right = sum(is_right(case.question, answer) for case, answer in items)
    return {"n": len(items), "right": right, "interval": [round(x, 4) for x in wilson(right, len(items))]}


def figures(items: list[tuple[Case, str]]) -> dict[str, Any]:
    """Return the figures of one task: all, word for word, by size, by background, by language, wrong answers."""
    result = score(items)
    result["word_for_word"] = sum(case.question.answer == answer for case, answer in items)
    groups = {"by_language": lambda case: case.question.language}
    if items[0][0].picture is not None:
        groups |= {"by_size": lambda case: case.size, "by_background": lambda case: case.background}
    for name, key in groups.items():
        result[name] = {
            value: score([item for item in items if key(item[0]) == value])
            for value in sorted({key(case) for case, _ in items})
        }
    if items[0][0].question.task == "box":
        overlaps = [overlap(box_of(a) or [0.0] * 4, box_of(case.question.answer) or [0.0] * 4) for case, a in items]
        result["mean_overlap"] = round(sum(overlaps) / len(overlaps), 4)
    result["wrong_examples"] = [
        {"question": case.question.text, "answer": answer, "expected": case.question.answer, "size": case.size}
        for case, answer in items
        if not is_right(case.question, answer)
    ][:EXAMPLES]
    return result


def answered(model: Answerer, found: list[Case]) -> list[tuple[Case, str]]:
    """Return each case with the model's answer; pictures of one size are asked together."""
    found = sorted(found, key=lambda case: (case.size, len(case.question.text)))
    return list(zip(found, model.answers([(case.picture, case.question.text) for case in found]), strict=True))


def seconds_per_question(model: Answerer) -> float:
    """Return the median time of one short answer about a picture, asked alone on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    times = []
    for case in cases("colour", 15, seed=SEED + 1):
        start = time.perf_counter()
        model.answers([(case.picture, case.question.text)])
        times.append(time.perf_counter() - start)
    torch.set_num_threads(threads)
    return round(sorted(times)[len(times) // 2], 4)


def evaluate(folder: Path, target: Path, *, n: int = 300, threads: int = 1) -> dict[str, Any]:
    """Evaluate the model in `folder`, print and write the figures to `target`, and return them."""
    torch.set_num_threads(threads)
    model = Answerer(folder)
    result: dict[str, Any] = {
        "machine": machine(),
        "decoding": "greedy",
        "seed": SEED,
        "seconds_per_question": seconds_per_question(model),
        "tasks": {},
        "trained_wordings": {},
    }
    for task in (*TASKS, *TALK_TASKS):
        result["tasks"][task] = figures(answered(model, cases(task, n)))
        # New pictures, but questions as they were worded in the training.
        result["trained_wordings"][task] = score(answered(model, cases(task, max(1, n // 3), "train")))
        held_out, trained = result["tasks"][task], result["trained_wordings"][task]
        parts = f"{held_out['right']}/{held_out['n']} {held_out['interval']}"
        print(f"{task:12s} {parts} trained wordings {trained['right']}/{trained['n']}", flush=True)
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return result
