"""The networks: their configuration, their initial weights and a fast forward pass for training.

The weights live in Hugging Face models (`Qwen2ForCausalLM`, `Qwen3ForCausalLM`, `Qwen3MoeForCausalLM`); `hidden_states`
computes the same function as their forward pass, in bf16 and with less overhead on a CPU.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F

from scripts.pocket.experts import Balance, bind_matrices, mix_experts
from scripts.pocket.recipes import Recipe

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase


def build_config(recipe: Recipe, tokenizer: PreTrainedTokenizerBase) -> PretrainedConfig:
    """Return the Hugging Face configuration of the recipe."""
    import transformers

    shared = {
        "vocab_size": recipe.vocabulary_size,
        "hidden_size": recipe.hidden_size,
        "intermediate_size": recipe.feed_forward_size,
        "num_hidden_layers": recipe.layers,
        "num_attention_heads": recipe.query_heads,
        "num_key_value_heads": recipe.key_value_heads,
        "tie_word_embeddings": True,
        "max_position_embeddings": recipe.max_positions,
        "rope_parameters": {"rope_type": "default", "rope_theta": recipe.rope_theta},
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    if recipe.architecture == "qwen2":  # has no head_dim of its own
        return transformers.Qwen2Config(**shared)
    if recipe.architecture == "qwen3":
        return transformers.Qwen3Config(**shared, head_dim=recipe.head_size)
    return transformers.Qwen3MoeConfig(
        **shared,
        head_dim=recipe.head_size,
        num_experts=recipe.experts,
        num_experts_per_tok=recipe.experts_per_token,
        moe_intermediate_size=recipe.expert_size,
        norm_topk_prob=True,
    )


def build_model(recipe: Recipe, tokenizer: PreTrainedTokenizerBase, device: str = "cpu") -> PreTrainedModel:
    """Return the untrained network in float32, initialised from torch's current seed."""
    from transformers import AutoModelForCausalLM, GenerationConfig

    model = AutoModelForCausalLM.from_config(build_config(recipe, tokenizer))
    # Smaller residual outputs keep the variance of the residual stream independent of the depth.
    scale = 1 / math.sqrt(2 * recipe.layers)
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.mul_(scale)
            (layer.mlp.experts.down_proj if recipe.experts else layer.mlp.down_proj.weight).mul_(scale)
            if recipe.experts:
                torch.nn.init.normal_(layer.mlp.gate.weight, std=0.02)
    model.generation_config = GenerationConfig(
        do_sample=False,
        eos_token_id=[tokenizer.eos_token_id, tokenizer.pad_token_id],
        pad_token_id=tokenizer.pad_token_id,
        max_new_tokens=512,
    )
    model.to(device)
    bind_matrices(model)
    return model


class FastRMSNorm(torch.autograd.Function):
    """RMSNorm over the last axis that keeps one tensor for the backward pass."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:
        """Return x / rms(x) * weight, in the type of x."""
        squares = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32).square()
        inverse = torch.rsqrt(squares / x.shape[-1] + epsilon).to(x.dtype)
        normal = x * inverse
        ctx.save_for_backward(normal, weight, inverse)
        return normal * weight

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        """Return the gradients of x and of the weight."""
        normal, weight, inverse = ctx.saved_tensors
        gradient = gradients[0]
        for_weight = (gradient * normal).flatten(0, -2).sum(0, dtype=torch.float32).to(weight.dtype)
        scaled = gradient * weight
        along = (scaled * normal).mean(-1, keepdim=True)
        return (scaled - normal * along) * inverse, for_weight, None


class CausalSoftmax(torch.autograd.Function):
    """softmax(scores * scale + mask), computed in place to save memory traffic."""

    @staticmethod
    def forward(ctx: Any, scores: torch.Tensor, mask: torch.Tensor, scale: float) -> torch.Tensor:
        """Return attention probabilities [batch, heads, queries, keys]."""
        probabilities = torch.softmax(scores.mul_(scale).add_(mask), -1)
        ctx.save_for_backward(probabilities)
        ctx.scale = scale
        return probabilities

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Return the gradient of the scores."""
        (probabilities,) = ctx.saved_tensors
        gradient = gradients[0]
        inner = (gradient * probabilities).sum(-1, keepdim=True)
        return (gradient - inner).mul_(probabilities).mul_(ctx.scale), None, None


def normalise(x: torch.Tensor, module: torch.nn.Module) -> torch.Tensor:
    """Return the RMSNorm of x with the weights of a Hugging Face norm module."""
    return FastRMSNorm.apply(x, module.weight.to(x.dtype), module.variance_epsilon)


def rotary_tables(length: int, head_size: int, theta: float, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (cos, sin), each [1, 1, length, head_size], in the type and on the device of `like`."""
    frequencies = theta ** (-torch.arange(0, head_size, 2, device=like.device).float() / head_size)
    angles = torch.outer(torch.arange(length, device=like.device).float(), frequencies)
    angles = torch.cat([angles, angles], -1)[None, None]
    return angles.cos().to(like.dtype), angles.sin().to(like.dtype)


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Return x [batch, heads, length, head_size] with positions encoded by RoPE."""
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat([-right, left], -1) * sin


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Return causal attention [batch, heads, length, head_size].

    On a CPU the backward pass of the fused kernel is slow, so plain products are used there.
    """
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    length = q.shape[2]
    mask = torch.full((length, length), float("-inf"), dtype=q.dtype).triu(1)
    return CausalSoftmax.apply(q @ k.transpose(-1, -2), mask, q.shape[-1] ** -0.5) @ v


def self_attention(module: Any, x: torch.Tensor, tables: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Return the attention output [batch, length, hidden] of one layer; one product makes q, k and v.

    Qwen2 has biases and no norms on q and k, Qwen3 the other way round.
    """
    batch, length, _ = x.shape
    size, inputs = module.head_dim, (module.q_proj, module.k_proj, module.v_proj)
    weights = torch.cat([p.weight for p in inputs]).to(x.dtype)
    bias = None if inputs[0].bias is None else torch.cat([p.bias for p in inputs]).to(x.dtype)
    widths = [p.weight.shape[0] for p in inputs]
    q, k, v = (part.reshape(batch, length, -1, size) for part in F.linear(x, weights, bias).split(widths, -1))
    if hasattr(module, "q_norm"):
        q, k = normalise(q, module.q_norm), normalise(k, module.k_norm)
    q, k = rotate(q.transpose(1, 2), *tables), rotate(k.transpose(1, 2), *tables)
    repeats = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(repeats, 1), v.transpose(1, 2).repeat_interleave(repeats, 1)
    out = attend(q, k, v).transpose(1, 2).reshape(batch, length, -1)
    return F.linear(out, module.o_proj.weight.to(x.dtype))


def feed_forward(module: Any, x: torch.Tensor) -> torch.Tensor:
    """Return the SwiGLU output [batch, length, hidden] of one layer."""
    both = torch.cat([module.gate_proj.weight, module.up_proj.weight]).to(x.dtype)
    gate, up = F.linear(x, both).chunk(2, -1)
    return F.linear(F.silu(gate) * up, module.down_proj.weight.to(x.dtype))


def hidden_states(
    model: PreTrainedModel, ids: torch.Tensor, dtype: torch.dtype = torch.bfloat16, balance: Balance | None = None
) -> torch.Tensor:
    """Return the final hidden states [batch, length, hidden] for token ids [batch, length].

    Rows are right padded and attention is causal, so padding needs no mask. `balance` collects how busy experts are.
    """
    config, network = model.config, model.model
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    x = F.embedding(ids, network.embed_tokens.weight).to(dtype)
    tables = rotary_tables(ids.shape[1], size, config.rope_parameters["rope_theta"], x)
    for layer in network.layers:
        x = x + self_attention(layer.self_attn, normalise(x, layer.input_layernorm), tables)
        y = normalise(x, layer.post_attention_layernorm)
        x = x + (mix_experts(layer.mlp, y, balance) if hasattr(layer.mlp, "experts") else feed_forward(layer.mlp, y))
    return normalise(x, network.norm)


def target_loss(
    model: PreTrainedModel, ids: torch.Tensor, labels: torch.Tensor, dtype: torch.dtype = torch.bfloat16,
    balance: Balance | None = None,
) -> torch.Tensor:
    """Return the summed cross-entropy in nats over the target tokens (labels other than -100)."""
    hidden = hidden_states(model, ids, dtype, balance)[:, :-1].flatten(0, 1)
    shifted = labels[:, 1:].flatten()
    places = (shifted != -100).nonzero().squeeze(1)
    # A multiple of 256 rows: few different shapes, so the CPU kernels are prepared only once each.
    extra = -len(places) % 256
    answers = F.pad(shifted[places], (0, extra), value=-100)
    rows = hidden[F.pad(places, (0, extra))]
    logits = F.linear(rows, model.model.embed_tokens.weight.to(dtype)).float()
    return F.cross_entropy(logits, answers, ignore_index=-100, reduction="sum")


def check_forward(model: PreTrainedModel) -> float:
    """Return the largest difference between `hidden_states` in float32 and the Hugging Face forward."""
    ids = torch.arange(80).reshape(2, 40) * 17 % model.config.vocab_size
    ids = ids.to(model.device)
    with torch.no_grad():
        reference = model.model(ids).last_hidden_state
        return float((reference - hidden_states(model, ids, torch.float32)).abs().max())
