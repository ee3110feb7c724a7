"""Ask the pocket models what a new user might type; `python -m scripts.pocket.transcript` writes the answers down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from scripts.pocket.answers import Reply, complete, load
from scripts.pocket.data.sample import Sample, render
from scripts.pocket.recipes import RECIPES

PROMPTS = Path(__file__).with_name("transcript.yaml")
TARGET = Path("docs/POCKET_TRANSCRIPT.md")
HEAD = """# What the pocket models answer

Made by `python -m scripts.pocket.transcript`; the judgements stand in `scripts/pocket/transcript.yaml`. These prompts
were typed as a new user would, not taken from the generators, and were not used in training. Greedy decoding; a model
that can think does so, and the first lines of its thoughts are shown.

"""
THOUGHT_LINES = 3


def quoted(text: str) -> str:
    """Return the text as a Markdown quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().split("\n"))


def entry(prompt: dict[str, Any], reply: Reply) -> str:
    """Return prompt, thoughts, answer and judgement of one question."""
    thought = reply.text.partition("</think>")[0].removeprefix("<think>").strip() if "</think>" in reply.text else ""
    lines = thought.split("\n")
    shown = "\n".join(lines[:THOUGHT_LINES]) + ("\n…" if len(lines) > THOUGHT_LINES else "")
    parts = [f"**{prompt['ask'].partition(chr(10))[0]}**"]
    if "\n" in prompt["ask"]:
        parts.append(prompt["ask"].partition("\n")[2])
    if thought:
        parts.append("_thinks:_\n" + quoted(shown))
    parts.append(quoted(reply.answer if reply.stopped else reply.answer + " …(cut)"))
    judgement = f"{prompt['judgement'].capitalize()}. {prompt.get('why', '')}".strip()
    parts.append(judgement if judgement.endswith(".") else judgement + ".")
    return "\n\n".join(parts)


def transcript() -> str:
    """Return the whole document."""
    sections = []
    for name, prompts in yaml.safe_load(PROMPTS.read_text(encoding="utf-8")).items():
        recipe = RECIPES[name]
        tokenizer, model = load(recipe.folder)
        samples = [Sample("free", prompt["ask"], "", "") for prompt in prompts]
        asked = [render(sample, True if recipe.thinks else None)[0] for sample in samples]
        entries = [entry(prompt, reply) for prompt, reply in
                   zip(prompts, complete(tokenizer, model, asked), strict=True)]  # fmt: skip
        sections.append(f"## {name}\n\n" + "\n\n---\n\n".join(entries) + "\n")
    return HEAD + "\n".join(sections)


if __name__ == "__main__":
    TARGET.write_text(transcript(), encoding="utf-8")
