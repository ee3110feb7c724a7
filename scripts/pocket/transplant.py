"""Carry trained token embeddings over to another tokenizer, so that training can go on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def transplant_embeddings(
    old_model: PreTrainedModel, old_tokenizer: PreTrainedTokenizerBase, new_tokenizer: PreTrainedTokenizerBase
) -> torch.Tensor:
    """Return one embedding row for each token of the new tokenizer, [tokens, hidden].

    A token that both have keeps its row. Another starts as the mean of the rows of the old tokens that spell it.
    """
    rows = old_model.get_input_embeddings().weight.detach()
    old = old_tokenizer.get_vocab()
    spell = old_tokenizer.backend_tokenizer.model.tokenize  # works on tokens in their byte-level spelling
    new_rows = rows.mean(0).repeat(len(new_tokenizer), 1)
    for token, i in new_tokenizer.get_vocab().items():
        pieces = [old[token]] if token in old else [piece.id for piece in spell(token)]
        if pieces:
            new_rows[i] = rows[pieces].mean(0)
    return new_rows
