"""Start a network from another one's weights: the same layers, rows of the embedding matched by their tokens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from scripts.pocket.transplant import transplant_embeddings

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

CALIBRATION = (  # an ordinary conversation
    "<|im_start|>user\nWhat is 47 * 36?<|im_end|>\n<|im_start|>assistant\n<think>\n47*36\n47*36=47*30+47*6\n"
    "47*3: 7*3=21, 1 carry 2; 4*3=12, 12+2=14, 141\n</think>\n\n47 * 36 = 1692<|im_end|>\n"
    "<|im_start|>user\nApa itu token?<|im_end|>\n"
)
JITTER = 0.02  # relative noise that makes equal experts part


def start_from(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> list[str]:
    """Copy what fits from the model in `folder`, and return the names of the parameters that did not fit.

    A dense feed-forward layer becomes experts that together compute the same at the beginning. For a class without
    norms on q and k, what they do on average goes into the matrices before them.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    old = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    old_tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = transplant_embeddings(old, old_tokenizer, tokenizer)
    if hasattr(old.model.layers[0].self_attn, "q_norm") and not hasattr(model.model.layers[0].self_attn, "q_norm"):
        fold_norms(old, old_tokenizer(CALIBRATION, return_tensors="pt")["input_ids"])
    weights = dict(old.named_parameters())
    left: list[str] = []
    with torch.no_grad():
        model.model.embed_tokens.weight.copy_(rows[: model.config.vocab_size])
        for name, parameter in model.named_parameters():
            if "embed_tokens" in name or (name not in weights and (".mlp.experts." in name or ".mlp.gate." in name)):
                continue
            if name in weights and weights[name].shape == parameter.shape:
                parameter.copy_(weights[name])
            else:
                left.append(name)
        for new, dense in zip(model.model.layers, old.model.layers, strict=True):
            if hasattr(new.mlp, "experts") and not hasattr(dense.mlp, "experts"):
                upcycle(new.mlp, dense.mlp)
    return left


def fold_norms(model: PreTrainedModel, ids: torch.Tensor) -> None:
    """Scale the rows of the q and k matrices as the norms after them do on average over the tokens `ids`."""
    with torch.no_grad():
        states = model.model(ids, output_hidden_states=True).hidden_states
        for layer, x in zip(model.model.layers, states, strict=False):
            attention, x = layer.self_attn, layer.input_layernorm(x)
            for matrix, norm in ((attention.q_proj, attention.q_norm), (attention.k_proj, attention.k_norm)):
                heads = matrix(x).unflatten(-1, (-1, norm.weight.shape[0]))  # (1, tokens, heads, size)
                spread = heads.square().mean((0, 1, 3), keepdim=True).sqrt()[0, 0]  # (heads, 1)
                matrix.weight.mul_((norm.weight / spread).flatten()[:, None])


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
