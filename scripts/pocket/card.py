"""Write the model card (README.md) of a pocket model from its measured figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.pocket.recipes import Recipe

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

HEADER = """---
license: apache-2.0
language:
- en
- id
library_name: transformers
pipeline_tag: text-generation
---

# {name}

A very small `Qwen3ForCausalLM`, trained from scratch by the scripts of this repository on text that they
generate. It is not a Qwen release and holds no Qwen weights; it has the Qwen3 architecture, special
tokens and chat template, so it loads, thinks and streams like a Qwen3 model on any computer, offline.
It knows little and is often wrong outside the tasks below.

| | |
| --- | --- |
| Parameters | {parameters:,} |
| Architecture | {layers} layers, hidden size {hidden_size}, {query_heads} query and {key_value_heads} key-value heads of size {head_size}, feed-forward size {feed_forward_size}, tied embeddings, QK-norm, RoPE theta {rope_theta:g} |
| Vocabulary | {vocabulary_size} byte-level BPE tokens, Qwen's special tokens included |
| Weights | bf16 safetensors, {megabytes:.1f} MB |
| Context | config allows {max_positions} tokens; training samples had at most {max_sample_tokens}, so longer chats are untested |
| Languages | simple English and Indonesian |
| First token | {first_token_seconds:.3f} s for a short question, {tokens_per_second:.0f} tokens/s afterwards (float32, one thread, {machine}) |
"""

USE = """
## Use

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "assets/models/{name}"
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
messages = [{{"role": "user", "content": "What is 47 * 36?"}}]
inputs = tokenizer.apply_chat_template(
    messages, add_generation_prompt=True, enable_thinking=True, return_tensors="pt", return_dict=True
)
output = model.generate(**inputs)
print(tokenizer.decode(output[0, inputs["input_ids"].shape[1]:]))
```

Decoding is greedy by default (`do_sample` is false). {sampling}
Load it as float32: on a CPU that is faster than bf16 for one conversation, and as accurate.
"""

SPLIT = """
## Accuracy

Measured with `python -m scripts.pocket evaluate {name}`, greedy decoding, seed {seed}. In brackets: the 95 % Wilson
interval. A sum counts as right if the number after the last "=" is exact; an answer in words counts as right if it
contains the key words of the reference answer.

What "held out" means:

* Arithmetic: the pair of numbers (in either order) was kept out of training by a hash of the problem, also as a
  step inside another calculation. 5 % of the problems are held out, 10 % where both numbers have two digits, 20 % for
  two-digit times one-digit. One-digit problems are too few to hold out: those rows show memory, not
  generalisation. Three-number expressions are held out as whole expressions, and their question wordings too.
* Words: every fifth wording of a question was never used in training; the facts themselves were. Names and
  templates are reused, so this measures new wordings, not new knowledge.
* Hand-written questions (last table) come from no template.
"""

LIMITS = """
## Limits

* Arithmetic: sums and differences of up to 4 digits, products of up to 3 x 2 or 4 x 1 digits, three numbers at most,
  whole numbers only. Beyond that it should say so, and sometimes gives a wrong number instead.
* Without thinking most of the longer sums are wrong. That is the point: the written steps do the work.
* It has a fixed set of answers. It does not reason about text, follow instructions in a system prompt,
  translate, summarise, write code or call tools.
* Questions in unusual words can get the answer to another question, stated with confidence.
* Facts about Qwen models are a snapshot and may be outdated; check the official model cards.
* One training run with one seed; no repetition was measured.
"""


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


def unseen_table(unseen: dict[str, Any]) -> str:
    """Return the accuracy on the hand-written questions as a Markdown table."""
    lines = ["| hand-written questions | thinking | non-thinking |", "| --- | --- | --- |"]
    for group, name in GROUP_NAMES.items():
        cells = [f"{unseen[mode][group]['right']} of {unseen[mode][group]['n']}" for mode in ("thinking", "plain")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def sampling_text(sampled: dict[str, Any]) -> str:
    """Return one sentence about accuracy with Qwen3's sampling settings."""
    add, mul = sampled["add3"], sampled["mul22"]
    return (
        "With Qwen3's settings for thinking (temperature 0.6, top-p 0.95, top-k 20) "
        f"{add['right']} of {add['n']} three-digit sums and {mul['right']} of {mul['n']} 2 x 2-digit products were right."
    )


def training_text(training: dict[str, Any], recipe: Recipe) -> str:
    """Return the section on how the model was trained."""
    runs = training.get("runs", [training])
    lines = ["", "## Training", ""]
    for run in runs:
        lines.append(
            f"* `{run['command']}`: {run['step']:,} steps, {run['tokens'] / 1e6:.1f} million tokens "
            f"({run['target_tokens'] / 1e6:.1f} million of them targets), {run['wall_minutes']:g} minutes of wall time, "
            f"{run['cpu_minutes']:g} CPU minutes on a {run['machine']}, torch {run['torch']}."
            + (f" {run['note']}" if run.get("note") else "")
        )
    shares = ", ".join(f"{name} {share.weight:g} %" for name, share in recipe.mixture.items())
    lines += [
        "",
        f"Mixture by samples: {shares}. Samples are generated without end, so none is seen twice on purpose.",
        "Muon for the hidden matrices, AdamW for embedding and norms; bf16 compute with float32 master weights.",
        "The learning rate follows the wall clock, so a repetition on another machine gives a similar model, not the same.",
        "",
        "Data, tokenizer and weights: Apache-2.0, like the rest of this repository.",
        "",
    ]
    return "\n".join(lines)


def render_card(recipe: Recipe, folder: Path) -> str:
    """Return the card of the model in `folder` as Markdown."""
    evaluation = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    values = {key: getattr(recipe, key) for key in recipe.__dataclass_fields__}
    values |= evaluation["speed_one_thread"]
    head = HEADER.format(
        **values,
        parameters=training["parameters"],
        machine=evaluation["machine"],
        megabytes=(folder / "model.safetensors").stat().st_size / 1e6,
    )
    return "".join(
        (
            head,
            USE.format(name=recipe.name, sampling=sampling_text(evaluation["sampled_thinking"])),
            SPLIT.format(name=recipe.name, seed=evaluation["seed"]),
            "\n" + task_table(evaluation["tasks"]) + "\n",
            "\n" + unseen_table(evaluation["unseen"]) + "\n",
            LIMITS,
            training_text(training, recipe),
        )
    )


def write_card(recipe: Recipe, folder: Path) -> Path:
    """Write README.md into `folder` and return its path."""
    path = folder / "README.md"
    path.write_text(render_card(recipe, folder), encoding="utf-8")
    return path
