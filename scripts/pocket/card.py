"""Write the model card (README.md) of a pocket model from its measured figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from scripts.pocket.recipes import Recipe

TEMPLATE = Path(__file__).with_name("card_template.md")
WORDS = Path(__file__).with_name("card_words.yaml")
CLASSES = {"qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM", "qwen3_moe": "Qwen3MoeForCausalLM"}


def words() -> dict[str, Any]:
    """Return the names of tasks and what each card says in words."""
    found: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return found


def percent(figures: dict[str, Any]) -> str:
    """Return a share with its interval, such as "99.0 % [97-100]"."""
    low, high = (round(100 * x) for x in figures["interval"])
    return f"{100 * figures['right'] / figures['n']:.1f} % [{low}-{high}]"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def task_table(tasks: dict[str, Any]) -> str:
    """Return the accuracy of each task in each mode."""
    names, modes = words()["tasks"], list(next(iter(tasks.values())))
    heads = {"thinking": "thinking", "plain": "non-thinking"} if len(modes) > 1 else {"plain": "right"}
    rows = []
    for task, figures in tasks.items():
        first = figures[modes[0]]
        tokens = " / ".join(f"{figures[mode]['tokens_per_answer']:.0f}" for mode in modes)
        rows.append([names[task], str(first["n"]), str(first["distinct_problems"]),
                     *(percent(figures[mode]) for mode in modes), tokens])  # fmt: skip
    return table(["task", "questions", "distinct problems", *map(heads.get, modes), "tokens per answer"], rows)


def wordings_table(evaluation: dict[str, Any]) -> str:
    """Return the accuracy in wordings of the training and in held-out ones; "" without such tasks."""
    names, mode = words()["tasks"], next(iter(next(iter(evaluation["tasks"].values()))))
    rows = [
        [names[task], percent(figures), percent(evaluation["tasks"][task][mode])]
        for task, figures in evaluation["trained_wordings"].items()
    ]
    if not rows:
        return ""
    return "How much of that is the wording:\n\n" + table(["wordings", "trained", "held out"], rows) + "\n\n"


def unseen_table(unseen: dict[str, Any]) -> str:
    """Return the accuracy on the hand-written questions."""
    names, modes = words()["unseen"], list(next(iter(unseen.values())))
    heads = {"thinking": "thinking", "plain": "non-thinking"} if len(modes) > 1 else {"plain": "right"}
    rows = [
        [names[group], str(figures[modes[0]]["n"]), *(percent(figures[mode]) for mode in modes)]
        for group, figures in unseen.items()
    ]
    return table(["hand-written questions", "questions", *(heads[mode] for mode in modes)], rows)


def budget_table(evaluation: dict[str, Any]) -> str:
    """Return the accuracy by thinking budget; "" for a model that does not think."""
    if "budgets" not in evaluation:
        return ""
    found = evaluation["budgets"]
    rows = [[budget, *(percent(figures[budget]) for figures in found.values())] for budget in found["all"]]
    intro = "When the thinking is closed after so many tokens, this much is right:\n\n"
    heads = ["tokens of thinking at most", *(words()["budgets"][name] for name in found)]
    return intro + table(heads, rows) + "\n\n"


def routing_table(evaluation: dict[str, Any]) -> str:
    """Return what each expert gets in the layer where tasks differ most; "" for a dense model."""
    if "routing" not in evaluation:
        return ""
    found = evaluation["routing"]
    least = min(share for row in found["all"] for share in row)
    kinds = [kind for kind in found if kind != "all"]

    def spread(layer: int) -> float:
        columns = zip(*(found[kind][layer] for kind in kinds), strict=True)
        return sum(max(column) - min(column) for column in columns)

    layer = max(range(len(found["all"])), key=spread)
    rows = [[kind, *(f"{100 * share:.0f}" for share in found[kind][layer])] for kind in [*kinds, "all"]]
    head = ["tokens of", *(f"expert {i + 1}" for i in range(len(found["all"][layer])))]
    intro = (
        f"Over all layers the least busy expert gets {100 * least:.1f} % of the choices. Layer {layer + 1} differs "
        "most between tasks and languages; its experts get, in percent:\n\n"
    )
    return intro + table(head, rows) + "\n\n"


def quantised_table(quantised: dict[str, Any]) -> str:
    """Return how many of the same questions are right in each storage scheme, all tasks together."""
    rows = [[scheme, f"{f['right']} of {f['n']}"] for scheme, f in quantised.items()]
    return table(["weights", "right, all tasks together"], rows)


def sampled_text(evaluation: dict[str, Any]) -> str:
    """Return how many answers were right with sampling, as a sentence; "" for a model that does not think."""
    if "sampled_thinking" not in evaluation:
        return ""
    add, product = evaluation["sampled_thinking"]["add3"], evaluation["sampled_thinking"]["mul22"]
    return (
        "\nWith Qwen3's settings for thinking (temperature 0.6, top-p 0.95, top-k 20) "
        f"{add['right']} of {add['n']} three-digit sums and {product['right']} of {product['n']} 2 x 2-digit products "
        "were right."
    )


def stops_text(tasks: dict[str, Any]) -> str:
    """Return how many of all answers ended by themselves."""
    figures = [figures for modes in tasks.values() for figures in modes.values()]
    stopped, n = sum(f["stopped"] for f in figures), sum(f["n"] for f in figures)
    return f"{stopped:,} of {n:,} answers ({100 * stopped / n:.2f} %) ended by themselves; the others met the limit."


def run_text(run: dict[str, Any]) -> str:
    """Return command, size, time and machine of the training, and the remark on it, as a paragraph."""
    millions = f"{run['tokens'] / 1e6:.1f} million tokens ({run['target_tokens'] / 1e6:.1f} million of them targets)"
    time = f"{run['wall_minutes']:g} minutes of wall time, {run['cpu_minutes']:g} CPU minutes"
    text = f"`{run['command']}`: {run['step']:,} steps, {millions}, {time} on a {run['machine']}, torch {run['torch']}."
    return " ".join(filter(None, (text, run["note"])))


def layers_text(recipe: Recipe) -> str:
    """Return what one layer is made of."""
    extra = "biases on q, k and v" if recipe.architecture == "qwen2" else "QK-norm"
    inner = f"feed-forward size {recipe.feed_forward_size}"
    if recipe.experts:
        inner = f"{recipe.experts} experts of size {recipe.expert_size}, {recipe.experts_per_token} for each token"
    return f"{recipe.layers} of hidden size {recipe.hidden_size}, {inner}, {extra}, tied embeddings"


def render_card(recipe: Recipe, folder: Path) -> str:
    """Return the card of the model in `folder` as Markdown."""
    evaluation = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    own = words()["models"][recipe.name]
    values = {key: getattr(recipe, key) for key in recipe.__dataclass_fields__} | evaluation["speed_one_thread"]
    values["mixture"] = ", ".join(f"{name} {share.weight:g}" for name, share in recipe.mixture.items())
    bullets = {key: "\n".join(f"* {line}" for line in own[key]) for key in ("held_out", "limits")}
    return TEMPLATE.read_text(encoding="utf-8").format(
        **values,
        **bullets,
        class_name=CLASSES[recipe.architecture],
        about=own["about"],
        question=own["question"],
        layers_text=layers_text(recipe),
        switch="    enable_thinking=True,\n" if recipe.thinks else "",
        parameters=training["parameters"],
        machine=evaluation["machine"],
        seed=evaluation["seed"],
        megabytes=sum(file.stat().st_size for file in folder.glob("*.safetensors")) / 1e6,
        sampled=sampled_text(evaluation),
        task_table=task_table(evaluation["tasks"]),
        stops=stops_text(evaluation["tasks"]),
        wordings_table=wordings_table(evaluation),
        unseen_table=unseen_table(evaluation["unseen"]),
        budget_table=budget_table(evaluation),
        routing_table=routing_table(evaluation),
        quantised_table=quantised_table(evaluation["quantised"]),
        run=run_text(training),
    )


def write_card(recipe: Recipe, folder: Path) -> Path:
    """Write README.md into `folder` and return its path."""
    path = folder / "README.md"
    path.write_text(render_card(recipe, folder), encoding="utf-8")
    return path
