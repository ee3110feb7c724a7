"""Which experts a mixture of experts uses, by task and language."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import torch

from scripts.pocket.data.mixture import GENERATORS
from scripts.pocket.data.sample import Language, render

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

LANGUAGES: tuple[Language, ...] = ("en", "id")


def shares(model: PreTrainedModel, ids: list[list[int]]) -> list[list[float]]:
    """Return for each layer the share of the choices that each expert gets, over all tokens of the texts."""
    count, chosen = model.config.num_experts, model.config.num_experts_per_tok
    totals = torch.zeros(model.config.num_hidden_layers, count)
    with torch.inference_mode():
        for text in ids:
            logits = model(torch.tensor([text]), output_router_logits=True).router_logits  # per layer (tokens, experts)
            for layer, each in enumerate(logits):
                totals[layer] += torch.bincount(each.topk(chosen, -1).indices.flatten(), minlength=count)
    return [[round(float(x), 4) for x in row / row.sum()] for row in totals]


def routing(
    tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, groups: list[str], n: int, seed: int = 2024
) -> dict[str, Any]:
    """Return the shares for each group of the data in each language, and for all of it."""
    found: dict[str, Any] = {}
    everything: list[list[int]] = []
    for group in groups:
        rng, texts = random.Random(f"{seed}-{group}"), {language: [] for language in LANGUAGES}
        while any(len(each) < n for each in texts.values()):
            sample = GENERATORS[group](rng, "test", None)
            if len(texts[sample.language]) < n:
                text = "".join(render(sample, True))
                texts[sample.language].append(tokenizer(text, add_special_tokens=False)["input_ids"])
        for language, ids in texts.items():
            found[f"{group} {language}"] = shares(model, ids)
            everything += ids
    found["all"] = shares(model, everything)
    return found
