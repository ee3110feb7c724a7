"""What the model card of the vision model tells, from its measured figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playground.pictures.scenes import BACKGROUNDS, COLOURS, KINDS, SIZES
from scripts.pocket.card import percent, table
from scripts.pocket.vision.recipe import VisionRecipe

TEMPLATE = Path(__file__).with_name("card_template.md")
TASK_NAMES = {
    "colour": "colour of a shape", "shape": "kind of a shape", "count": "number of shapes, 1 to 5",
    "count_some": "number of shapes of one kind or colour", "position": "place in the picture, nine parts",
    "relation": "what is left of, right of, above or below a shape", "larger": "which of two is larger or smaller",
    "more": "more of one kind than of another", "exists": "whether something is there", "what": "all that is there",
    "box": "box of a shape, overlap (IoU) of at least 0.7", "tallest": "tallest bar", "shortest": "shortest bar",
    "value": "value of a bar, within one mark", "bars": "number of bars",
    "table": "all bars with their values, each within one mark", "taller": "whether a bar is taller than another",
    "chat": "greetings, identity, abilities", "refusal": "says that it cannot answer",
    "missing": "says that there is no picture",
}  # fmt: skip


def task_table(evaluation: dict[str, Any]) -> str:
    """Return the accuracy of each task, held-out wordings against those of the training, as a Markdown table."""
    rows = []
    for task, figures in evaluation["tasks"].items():
        exact = f"{100 * figures['word_for_word'] / figures['n']:.1f} %"
        trained = percent(evaluation["trained_wordings"][task])
        rows.append([TASK_NAMES[task], str(figures["n"]), percent(figures), exact, trained])
    return table(["task", "questions", "held-out wordings", "word for word", "trained wordings"], rows)


def split_table(evaluation: dict[str, Any], name: str) -> str:
    """Return the accuracy of each task about pictures by size, background or language (`by_size` and so on)."""
    tasks = {task: figures[name] for task, figures in evaluation["tasks"].items() if name in figures}
    columns = list(next(iter(tasks.values())))
    rows = []
    for task, groups in tasks.items():
        cells = [f"{100 * groups[c]['right'] / groups[c]['n']:.0f} %" if c in groups else "" for c in columns]
        rows.append([TASK_NAMES[task], *cells])
    return table(["task", *columns], rows)


def stages_text(training: dict[str, Any]) -> str:
    """Return one line for each run that the weights went through."""
    lines = []
    for stage in training["stages"]:
        lines.append(
            f"- `{stage['command']}`: {stage['step']:,} steps, {stage['pictures']:,} pictures, "
            f"{stage['questions']:,} questions, {stage['wall_minutes']:g} minutes of wall time, "
            f"{stage['cpu_minutes']:g} CPU minutes on a {stage['machine']}. {stage['note']}".rstrip()
        )
    return "\n".join(lines)


def card_values(recipe: VisionRecipe, folder: Path) -> dict[str, Any]:
    """Return everything that a card can show of the model in `folder`, by name."""
    evaluation = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    return {
        **{key: getattr(recipe, key) for key in recipe.__dataclass_fields__},
        **{key: value for key, value in training.items() if key != "stages"},
        "megabytes": (folder / "model.safetensors").stat().st_size / 1e6,
        "machine": evaluation["machine"],
        "evaluation_seed": evaluation["seed"],
        "seconds_per_question": evaluation["seconds_per_question"],
        "mean_overlap": evaluation["tasks"]["box"]["mean_overlap"],
        "colours": ", ".join(COLOURS),
        "kinds": ", ".join(KINDS),
        "sizes": ", ".join(f"{width}x{height}" for width, height in SIZES),
        "backgrounds": ", ".join(BACKGROUNDS),
        "task_table": task_table(evaluation),
        "size_table": split_table(evaluation, "by_size"),
        "background_table": split_table(evaluation, "by_background"),
        "language_table": split_table(evaluation, "by_language"),
        "stages": stages_text(training),
    }


def render_card(recipe: VisionRecipe, folder: Path) -> str:
    """Return the card of the model in `folder` as Markdown."""
    return TEMPLATE.read_text(encoding="utf-8").format(**card_values(recipe, folder))


def write_card(recipe: VisionRecipe, folder: Path) -> Path:
    """Write README.md into `folder` and return its path."""
    path = folder / "README.md"
    path.write_text(render_card(recipe, folder), encoding="utf-8")
    return path
