"""The mixture-of-experts layer of `Qwen3MoeForCausalLM` for training: few shapes, one small matrix per expert."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from transformers import PreTrainedModel

ROWS = 64  # tokens of one expert are padded to a multiple of this, so that few shapes occur


@dataclass
class Balance:
    """How busy the experts of each layer are; `real` marks the tokens that are no padding, [tokens] of bool."""

    real: torch.Tensor
    losses: list[torch.Tensor] = field(default_factory=list)
    shares: list[torch.Tensor] = field(default_factory=list)

    def add(self, probabilities: torch.Tensor, chosen: torch.Tensor) -> None:
        """Note one layer: router probabilities [tokens, experts] and the chosen experts [tokens, per token]."""
        count = probabilities.shape[-1]
        share = F.one_hot(chosen[self.real], count).float().mean((0, 1))  # sums to 1
        self.losses.append(count * (share * probabilities[self.real].mean(0)).sum())
        self.shares.append(share.detach())

    def loss(self) -> torch.Tensor:
        """Return the mean over the layers of the load-balancing loss of Switch Transformers; 1 is perfect balance."""
        return torch.stack(self.losses).mean()


def bind_matrices(model: PreTrainedModel) -> None:
    """Give each expert layer its weights as separate matrices that share the memory of the model's own.

    transformers holds all experts of a layer in one tensor; Muon wants matrices.
    """
    for layer in model.model.layers:
        if hasattr(layer.mlp, "experts"):
            held = layer.mlp.experts
            layer.mlp.matrices = [
                (torch.nn.Parameter(held.gate_up_proj.data[i]), torch.nn.Parameter(held.down_proj.data[i]))
                for i in range(held.num_experts)
            ]


def trained_parameters(model: PreTrainedModel) -> list[tuple[str, torch.nn.Parameter]]:
    """Return (name, parameter) of all that is trained, with the matrices of the experts in place of their stacks."""
    found = [(name, p) for name, p in model.named_parameters() if ".experts." not in name]
    for layer in model.model.layers:
        found += [("expert", matrix) for pair in getattr(layer.mlp, "matrices", ()) for matrix in pair]
    return found


def mix_experts(module: Any, x: torch.Tensor, balance: Balance | None) -> torch.Tensor:
    """Return the mixed outputs [batch, length, hidden] of the experts that the router chooses for each token."""
    flat = x.flatten(0, 1)
    probabilities = F.linear(flat, module.gate.weight.to(x.dtype)).float().softmax(-1)  # (tokens, experts)
    weights, chosen = probabilities.topk(module.gate.top_k, -1)  # (tokens, per token)
    weights = weights / weights.sum(-1, keepdim=True)
    if balance is not None:
        balance.add(probabilities, chosen)
    out = torch.zeros_like(flat)
    for expert, (gate_up, down) in enumerate(module.matrices):
        tokens, places = (chosen == expert).nonzero(as_tuple=True)
        if not len(tokens):
            continue
        extra = -len(tokens) % ROWS  # the rows added get weight 0
        share = F.pad(weights[tokens, places], (0, extra)).to(x.dtype)
        tokens = F.pad(tokens, (0, extra))
        gate, up = F.linear(flat[tokens], gate_up.to(x.dtype)).chunk(2, -1)
        out = out.index_add(0, tokens, F.linear(F.silu(gate) * up, down.to(x.dtype)) * share[:, None])
    return out.view_as(x)
