"""Write the model card (README.md) of a pocket model from its measured figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.pocket.recipes import Recipe

TEMPLATE = Path(__file__).with_name("card_template.md")

TASK_NAMES = {
    "add1": "1-digit a + b", "add2": "2-digit a + b", "add3": "3-digit a + b", "add4": "4-digit a + b",
    "sub1": "1-digit a - b", "sub2": "2-digit a - b", "sub3": "3-digit a - b", "sub4": "4-digit a - b",
    "mul11": "1 x 1-digit a * b", "mul21": "2 x 1-digit a * b", "mul22": "2 x 2-digit a * b",
    "mul31": "3 x 1-digit a * b", "mul41": "4 x 1-digit a * b", "mul32": "3 x 2-digit a * b",
    "expr3": "three numbers, + - * and brackets", "followup_sum": "\"and times 2?\" after a sum",
    "definition": "definitions", "fact": "facts about the Qwen family", "specification": "numbers of one Qwen model",
    "chat": "greetings, identity, small talk", "refusal": "says that it does not know",
    "out_of_range": "says that a calculation is out of its range", "followup_talk": "questions about the turn before",
}  # fmt: skip
GROUP_NAMES = {
    "sums": "sums", "terms": "definitions", "qwen": "Qwen facts", "chat": "small talk",
    "unknown": "should say that it does not know",
}  # fmt: skip


def percent(figures: dict[str, Any]) -> str:
    """Return a share with its interval, such as "99.0 % [97-100]"."""
    low, high = (round(100 * x) for x in figures["interval"])
    return f"{100 * figures['right'] / figures['n']:.1f} % [{low}-{high}]"


def task_table(tasks: dict[str, Any]) -> str:
    """Return the accuracy of each task, thinking against non-thinking, as a Markdown table."""
    lines = [
        "| task | questions | distinct problems | thinking | non-thinking | tokens per answer |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for task, modes in tasks.items():
        thinking, plain = modes["thinking"], modes["plain"]
        lines.append(
            f"| {TASK_NAMES[task]} | {thinking['n']} | {thinking['distinct_problems']} | {percent(thinking)} "
            f"| {percent(plain)} | {thinking['tokens_per_answer']:.0f} / {plain['tokens_per_answer']:.0f} |"
        )
    return "\n".join(lines)


def wordings_table(evaluation: dict[str, Any]) -> str:
    """Return, for answers in words, wordings of the training against held-out ones as a Markdown table."""
    lines = ["| answers in words, thinking | trained wordings | held-out wordings |", "| --- | --- | --- |"]
    for task, figures in evaluation["trained_wordings"].items():
        held_out = evaluation["tasks"][task]["thinking"]
        lines.append(f"| {TASK_NAMES[task]} | {percent(figures)} | {percent(held_out)} |")
    return "\n".join(lines)


def unseen_table(unseen: dict[str, Any]) -> str:
    """Return the accuracy on the hand-written questions as a Markdown table."""
    lines = ["| hand-written questions | thinking | non-thinking |", "| --- | --- | --- |"]
    for group, name in GROUP_NAMES.items():
        cells = [f"{unseen[mode][group]['right']} of {unseen[mode][group]['n']}" for mode in ("thinking", "plain")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def sampled_text(sampled: dict[str, Any]) -> str:
    """Return how many answers were right with sampling, as a clause."""
    add, product = sampled["add3"], sampled["mul22"]
    sums = f"{add['right']} of {add['n']} three-digit sums"
    return f"{sums} and {product['right']} of {product['n']} 2 x 2-digit products were right"


def run_text(run: dict[str, Any]) -> str:
    """Return command, size, time and machine of the training, and the remark on it, as a paragraph."""
    millions = f"{run['tokens'] / 1e6:.1f} million tokens ({run['target_tokens'] / 1e6:.1f} million of them targets)"
    time = f"{run['wall_minutes']:g} minutes of wall time, {run['cpu_minutes']:g} CPU minutes"
    text = f"`{run['command']}`: {run['step']:,} steps, {millions}, {time} on a {run['machine']}, torch {run['torch']}."
    return " ".join(filter(None, (text, run["note"])))


def render_card(recipe: Recipe, folder: Path) -> str:
    """Return the card of the model in `folder` as Markdown."""
    evaluation = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    values = {key: getattr(recipe, key) for key in recipe.__dataclass_fields__} | evaluation["speed_one_thread"]
    values["mixture"] = ", ".join(f"{name} {share.weight:g} %" for name, share in recipe.mixture.items())
    return TEMPLATE.read_text(encoding="utf-8").format(
        **values,
        parameters=training["parameters"],
        machine=evaluation["machine"],
        seed=evaluation["seed"],
        megabytes=(folder / "model.safetensors").stat().st_size / 1e6,
        sampled=sampled_text(evaluation["sampled_thinking"]),
        task_table=task_table(evaluation["tasks"]),
        wordings_table=wordings_table(evaluation),
        unseen_table=unseen_table(evaluation["unseen"]),
        run=run_text(training),
    )


def write_card(recipe: Recipe, folder: Path) -> Path:
    """Write README.md into `folder` and return its path."""
    path = folder / "README.md"
    path.write_text(render_card(recipe, folder), encoding="utf-8")
    return path
