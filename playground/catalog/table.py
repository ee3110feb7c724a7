"""The table of models for the documentation: `python -m playground.catalog.table > docs/MODELS.md`."""
from __future__ import annotations

from itertools import groupby

from playground.catalog import Catalog
from playground.memory import GIB
from playground.types import ModelSpec

HEAD = """# Models

Made by `python -m playground.catalog.table`; do not edit by hand. The facts stand in `playground/models/*.yaml`, with
their sources. Memory is predicted from the config numbers: weights only, and what one conversation adds per 1,000
tokens in bf16. Mixtures of experts shrink little under nf4-dq, because transformers leaves their experts in 16 bit.

The app also ships tiny models of its own (the last table), which show the mechanism at once and offline, and takes any
folder with a Qwen model. A number in brackets after the parameters is what one token uses, after the context what
a documented extension (YaRN) reaches. A star marks a value that could not be checked against Qwen's own files.
"""
COLUMNS = ("Model", "Licence", "Parameters", "Context", "Input", "Thinking", "bf16 GiB", "nf4-dq GiB",
           "MiB per 1,000 tokens")


def table(catalog: Catalog) -> str:
    """The whole page as Markdown, one section a family; models from folders are left out."""
    parts = [HEAD]
    models = [model for model in catalog.models() if model.repo]
    for family, members in groupby(models, key=lambda model: model.family):
        rows = [_row(catalog, model) for model in members]
        lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS), *rows]
        parts.append(f"## {family}\n\n" + "\n".join(lines) + "\n")
    return "\n".join([*parts, _pocket(catalog)])


def _pocket(catalog: Catalog) -> str:
    """The models that come with the project, each with a link to its card."""
    rows = [f"| [`{model.id}`](../assets/models/{model.id}/README.md) | {model.parameters / 1e6:.1f} M | "
            f"{model.architecture.model_type if model.architecture else '?'} | {model.purpose['en']} |"
            for model in catalog.models() if model.pocket]
    head = ["| Model | Parameters | Architecture | What it is for |", "| --- | --- | --- | --- |"]
    return "## pocket\n\n" + "\n".join([*head, *rows]) + "\n"


def _row(catalog: Catalog, model: ModelSpec) -> str:
    bf16, nf4 = catalog.variant(f"{model.id}:bf16"), catalog.variant(f"{model.id}:nf4-dq")
    active = f" ({_billions(model.active_parameters)})" if model.active_parameters != model.parameters else ""
    longer = f" ({model.extended_context_tokens:,})" if model.extended_context_tokens != model.context_tokens else ""
    unsure = "".join(note.partition(": ")[2] for note in model.notes if note.startswith("not verified")).split(", ")
    context = "context_tokens" in unsure or "extended_context_tokens" in unsure
    cells = (
        f"`{model.id}`", model.license + "*" * ("license" in unsure), _billions(model.parameters) + active,
        f"{model.context_tokens:,}{longer}" + "*" * context, ", ".join(model.modalities), model.thinking,
        f"{bf16.weight_bytes / GIB:.1f}", f"{nf4.weight_bytes / GIB:.1f}",
        f"{bf16.kv_bytes_per_token * 1000 / 1024**2:.0f}",
    )
    return "| " + " | ".join(cells) + " |"


def _billions(count: int) -> str:
    return f"{count / 1e9:.3g} B"


if __name__ == "__main__":
    print(table(Catalog.load()), end="")
