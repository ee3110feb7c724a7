"""How much memory a model needs, from its config numbers alone. Imports no torch and reads no file.

Covers weights, KV cache, the constant state of linear attention, and the working memory of a forward pass. Memory that
other programs take is not covered.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from playground.types import Architecture, ModelSpec, Quantization

GIB = 1024**3
PROCESS_BYTES = 384 * 1024**2             # libraries and allocator, on top of weights and cache
PREFILL_TOKENS = 512                      # prompt tokens worked on at once
TIGHT_FRACTION = 0.85                     # above this share of what is free, one more tab can push it over

Fit = Literal["fits", "tight", "too_big"]


class Linear(NamedTuple):
    """`copies` equal matrices that a scheme quantises."""

    copies: int
    out_features: int
    in_features: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Predicted bytes of one loaded model with one conversation of a given length."""

    weight_bytes: int
    kv_bytes: int
    activation_bytes: int                 # of the forward pass that needs most: a part of a long prompt
    process_bytes: int = PROCESS_BYTES    # once, however many models there are

    @property
    def working_bytes(self) -> int:
        """What answering takes beside the weights."""
        return self.kv_bytes + self.activation_bytes

    @property
    def total_bytes(self) -> int:
        return self.weight_bytes + self.working_bytes + self.process_bytes


# ---------------------------------------------------------------- weights
def parameter_count(arch: Architecture) -> int:
    """Number of weights, tied matrices counted once."""
    return sum(n * out * into for n, out, into in _linears(arch)) + _kept(arch)


def active_parameter_count(arch: Architecture) -> int:
    """Weights used for one token: of the experts, only the routed ones."""
    idle = arch.num_experts - arch.num_experts_per_tok if arch.num_experts else 0
    return parameter_count(arch) - arch.num_hidden_layers * idle * _expert(arch)


def weight_bytes(model: ModelSpec | Architecture, quantization: Quantization) -> int:
    """Bytes of the loaded weights. Without config numbers: `parameters` times the scheme's bits, a lower bound.

    int8 and the 4-bit schemes touch linear layers only; embeddings, lm_head, norms, biases and MoE experts stay in
    16 bit (transformers holds experts as 3D tensors, which bitsandbytes does not quantise). Of a vision tower without
    files all counts as linear, which is 1 % too low for it. It is the format as stored; on CPUs with
    AVX512-BF16 the first forward pass turns 4-bit scales into 2 bytes each, whatever they were.

    A checkpoint that is published quantised is charged what it becomes in memory, not what its files have.
    """
    arch = model if isinstance(model, Architecture) else model.architecture
    published = model.quantized if isinstance(model, ModelSpec) else ""
    if arch is None:
        assert isinstance(model, ModelSpec)
        return int(model.parameters * (max(quantization.bits, 16) if published else quantization.bits) / 8)
    stored = PUBLISHED.get(published, quantization.linear_bytes)
    quantised = sum(n * stored(out, into) for n, out, into in _linears(arch))
    if stored is quantization.linear_bytes and quantization.bits >= 16:
        return quantised + _kept(arch) * kept_bytes(quantization)
    other = sum(stored(out, into) for out, into in arch.other_linears or _tower(arch))
    kept = _kept(arch) - sum(out * into for out, into in arch.other_linears or _tower(arch))
    return quantised + other + kept * kept_bytes(quantization)


def _tower(arch: Architecture) -> tuple[tuple[int, int], ...]:
    """The `other_parameters` as linear layers, as 99 % of a vision or audio tower is. Their usual width: 1280."""
    return ((arch.other_parameters // 1280, 1280),) if arch.other_parameters >= 1280 else ()


def _groups_of_128(out_features: int, in_features: int) -> int:
    """GPTQ and AWQ at 4 bits: for every 128 weights a scale of 2 bytes and a zero point of 4 bits."""
    groups = out_features * -(-in_features // 128)
    return out_features * in_features // 2 + 2 * groups + -(-groups // 2)


PUBLISHED: dict[str, Callable[[int, int], int]] = {
    "gptq": _groups_of_128, "awq": _groups_of_128,
    "bnb4": lambda out, into: out * into // 2 + 4 * -(-out * into // 64) + 64,
    "bnb8": lambda out, into: out * into + 4 * out,
}
"""Bytes of a linear layer of a checkpoint published in few bits, where it stays so in memory. All others, fp8 first of
all, become plain floats without a GPU that has the kernels; with one they need less than predicted. GPTQ and AWQ do not
load at all without their kernels, so theirs is what they need where they do."""


def kept_bytes(quantization: Quantization) -> int:
    """Bytes per weight of what a scheme leaves alone: 4 under fp32, 2 otherwise."""
    return int(max(quantization.bits, 16) / 8)


def _linears(arch: Architecture) -> list[Linear]:
    """The matrices inside the layers, without experts, router and lm_head."""
    full, linear = _layers(arch)
    hidden, query = arch.hidden_size, arch.num_attention_heads * arch.head_dim
    key = arch.num_key_value_heads * arch.head_dim
    found = [
        Linear(full, query * (2 if arch.attention_output_gate else 1), hidden),
        Linear(2 * full, key, hidden),
        Linear(full, hidden, query),
    ]
    if linear:
        value = arch.linear_num_value_heads * arch.linear_head_dim
        found += [
            Linear(linear, _linear_qkv(arch), hidden),
            Linear(linear, value, hidden),                                # the gate z
            Linear(2 * linear, arch.linear_num_value_heads, hidden),      # decay and write strength
            Linear(linear, hidden, value),
        ]
    inner = arch.shared_expert_intermediate_size if arch.num_experts else arch.intermediate_size
    if inner:
        found += [Linear(2 * arch.num_hidden_layers, inner, hidden), Linear(arch.num_hidden_layers, hidden, inner)]
    if arch.num_experts and arch.shared_expert_intermediate_size:
        found.append(Linear(arch.num_hidden_layers, 1, hidden))           # gate of the shared expert
    return found


def _kept(arch: Architecture) -> int:
    """Weights that int8 and the 4-bit schemes leave in 16 bit."""
    full, linear = _layers(arch)
    hidden, layers = arch.hidden_size, arch.num_hidden_layers
    kept = arch.vocab_size * hidden * (1 if arch.tie_word_embeddings else 2)
    kept += (2 * layers + 1) * hidden                                     # norms
    if arch.attention_bias:
        kept += full * (arch.num_attention_heads + 2 * arch.num_key_value_heads) * arch.head_dim
    if arch.qk_norm:
        kept += full * 2 * arch.head_dim
    if linear:
        conv = _linear_qkv(arch) * arch.linear_conv_kernel_dim
        kept += linear * (conv + 2 * arch.linear_num_value_heads + arch.linear_head_dim)
    kept += layers * arch.num_experts * (_expert(arch) + hidden)          # experts and router
    return kept + arch.other_parameters


def _expert(arch: Architecture) -> int:
    return 3 * arch.moe_intermediate_size * arch.hidden_size


def _layers(arch: Architecture) -> tuple[int, int]:
    """(full-attention layers, linear-attention layers)."""
    full = arch.num_hidden_layers if arch.full_attention_layers is None else arch.full_attention_layers
    return full, arch.num_hidden_layers - full


def _linear_qkv(arch: Architecture) -> int:
    return (2 * arch.linear_num_key_heads + arch.linear_num_value_heads) * arch.linear_head_dim


# ---------------------------------------------------------------- what grows with a conversation
def kv_bytes_per_token(arch: Architecture, bytes_per_value: int = 2) -> int:
    """Bytes of keys and values one token leaves behind, over all full-attention layers."""
    return 2 * _layers(arch)[0] * arch.num_key_value_heads * arch.head_dim * bytes_per_value


def state_bytes(arch: Architecture, bytes_per_value: int = 2) -> int:
    """Bytes of the linear-attention state of one conversation; it does not grow with length. 0 without such layers."""
    recurrent = arch.linear_num_value_heads * arch.linear_head_dim**2 * 4          # kept in float32
    return _layers(arch)[1] * (recurrent + _linear_qkv(arch) * arch.linear_conv_kernel_dim * bytes_per_value)


def plan(model: ModelSpec, quantization: Quantization, context_tokens: int) -> Plan:
    """What `model` needs with one conversation of `context_tokens` tokens."""
    weights, arch = weight_bytes(model, quantization), model.architecture
    if arch is None:
        return Plan(weights, 0, weights // 10)
    value = kept_bytes(quantization)
    kv = context_tokens * kv_bytes_per_token(arch, value) + state_bytes(arch, value)
    return Plan(weights, kv, _activations(arch, value, context_tokens))


def _activations(arch: Architecture, bytes_per_value: int, context_tokens: int) -> int:
    """Of one layer on the last part of a prompt; queries that share keys and values get a copy each, and a mask."""
    tokens = min(context_tokens, PREFILL_TOKENS)
    inner = max(arch.intermediate_size, arch.shared_expert_intermediate_size,
                arch.moe_intermediate_size * arch.num_experts_per_tok)
    passed_on = tokens * bytes_per_value * (2 * inner + 4 * arch.hidden_size)
    copies = 2 * context_tokens * arch.num_attention_heads * arch.head_dim * bytes_per_value
    mask = tokens * context_tokens * bytes_per_value
    logits = 4 * arch.vocab_size * 4                                      # float32 copies while sampling
    return passed_on + copies + mask + logits


def fit(total_bytes: int, available_bytes: int) -> Fit:
    """"fits" with room to spare, "tight" when little would be left, "too_big" when it cannot be loaded."""
    if total_bytes > available_bytes:
        return "too_big"
    return "tight" if total_bytes > TIGHT_FRACTION * available_bytes else "fits"
