"""Start a network from another one's weights: the same layers, rows of the embedding matched by their tokens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from scripts.pocket.transplant import transplant_embeddings

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

JITTER = 0.02  # relative noise that makes equal experts part


def start_from(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> list[str]:
    """Copy what fits from the model in `folder`, and return the names of the parameters that did not fit.

    A dense feed-forward layer becomes experts that together compute the same at the beginning.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    old = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    rows = transplant_embeddings(old, AutoTokenizer.from_pretrained(folder), tokenizer)
    weights = dict(old.named_parameters())
    left: list[str] = []
    with torch.no_grad():
        model.model.embed_tokens.weight.copy_(rows[: model.config.vocab_size])
        for name, parameter in model.named_parameters():
            if "embed_tokens" in name or ".mlp.experts." in name or ".mlp.gate." in name:
                continue
            if name in weights and weights[name].shape == parameter.shape:
                parameter.copy_(weights[name])
            else:
                left.append(name)
        for new, dense in zip(model.model.layers, old.model.layers, strict=True):
            if hasattr(new.mlp, "experts"):
                upcycle(new.mlp, dense.mlp)
    return left


def upcycle(mixture: Any, dense: Any) -> None:
    """Fill the experts from a dense layer: expert k and expert k + half hold its two halves and are chosen together.

    Of each half the units with the largest weights are kept. Two experts count half each, so their outputs are doubled.
    """
    held, units = mixture.experts, dense.gate_proj.weight.shape[0]
    half = held.num_experts // 2
    size = dense.up_proj.weight.norm(dim=1) * dense.down_proj.weight.norm(dim=0)
    parts = []
    for first in (0, units // 2):
        best = size[first : first + units // 2].topk(held.intermediate_dim).indices.sort().values + first
        parts.append(best)
    direction = torch.randn(half, mixture.gate.weight.shape[1]) * mixture.gate.weight.shape[1] ** -0.5
    for i in range(held.num_experts):
        kept = parts[i // half]
        gate_up = torch.cat([dense.gate_proj.weight[kept], dense.up_proj.weight[kept]])
        held.gate_up_proj[i].copy_(noisy(gate_up))
        held.down_proj[i].copy_(noisy(2 * dense.down_proj.weight[:, kept]))
        mixture.gate.weight[i].copy_(noisy(direction[i % half]))


def noisy(x: torch.Tensor) -> torch.Tensor:
    """Return x with a little noise relative to its size."""
    return x + JITTER * x.std() * torch.randn_like(x)
