"""Tokenised samples in micro-batches of similar length."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

from scripts.pocket.data.mixture import stream
from scripts.pocket.data.sample import Sample, Split, render
from scripts.pocket.recipes import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Batch = tuple[torch.Tensor, torch.Tensor]
WIDTH = 32  # rows are padded to a multiple of this many tokens, so that few shapes occur


def encode(
    tokenizer: PreTrainedTokenizerBase, pairs: list[tuple[Sample, bool | None]], limit: int
) -> list[tuple[list[int], int]]:
    """Return (token ids, prompt length) of each (sample, thinking) that fits into `limit` tokens."""
    texts = [render(sample, thinking) for sample, thinking in pairs]
    backend = tokenizer.backend_tokenizer
    prompts = backend.encode_batch([prompt for prompt, _ in texts], add_special_tokens=False)
    targets = backend.encode_batch([target for _, target in texts], add_special_tokens=False)
    rows = [(p.ids + t.ids, len(p.ids)) for p, t in zip(prompts, targets, strict=True)]
    return [row for row in rows if len(row[0]) <= limit]


def width_of(row: tuple[list[int], int]) -> int:
    """Return the padded length of a row in tokens."""
    return -(-len(row[0]) // WIDTH) * WIDTH


def stack(rows: list[tuple[list[int], int]], pad_id: int) -> Batch:
    """Return (ids, labels), each [rows, width]; labels are -100 on the prompt and the padding."""
    width = max(width_of(row) for row in rows)
    ids = torch.full((len(rows), width), pad_id)
    labels = torch.full((len(rows), width), -100)
    for i, (tokens, prompt) in enumerate(rows):
        ids[i, : len(tokens)] = torch.tensor(tokens)
        labels[i, prompt : len(tokens)] = ids[i, prompt : len(tokens)]
    return ids, labels


def micro_batches(rows: list[tuple[list[int], int]], tokens: int, pad_id: int, rng: random.Random) -> list[Batch]:
    """Return the rows as batches of one width and at most `tokens` tokens each, in random order."""
    groups: dict[int, list[tuple[list[int], int]]] = {}
    for row in rows:
        groups.setdefault(width_of(row), []).append(row)
    batches = []
    for width, group in groups.items():
        count = max(1, tokens // width)
        batches += [stack(group[i : i + count], pad_id) for i in range(0, len(group), count)]
    rng.shuffle(batches)
    return batches


def training_batches(
    recipe: Recipe, tokenizer: PreTrainedTokenizerBase, seed: int, first_block: int
) -> Iterator[tuple[int, Batch]]:
    """Yield (block number, batch) without end. Block k depends on `seed` and k alone."""
    for block in itertools.count(first_block):
        block_seed = seed * 1_000_003 + block
        pairs = list(itertools.islice(stream(recipe.mixture, block_seed), 6000))
        rows = encode(tokenizer, pairs, recipe.max_sample_tokens)
        for batch in micro_batches(rows, recipe.micro_batch_tokens, tokenizer.pad_token_id, random.Random(block_seed)):
            yield block, batch


def validation_batches(
    recipe: Recipe, tokenizer: PreTrainedTokenizerBase, group: str, thinking: bool | None, split: Split = "test"
) -> list[Batch]:
    """Return a fixed set of held-out batches of one group of the mixture."""
    only = {group: recipe.mixture[group]}
    pairs = [(sample, thinking) for sample, _ in itertools.islice(stream(only, 99, split), 64)]
    rows = encode(tokenizer, pairs, recipe.max_sample_tokens)
    return micro_batches(rows, 4096, tokenizer.pad_token_id, random.Random(0))
