"""Predicted memory against module trees built on torch's meta device, and the catalogue against the prediction."""
from __future__ import annotations

from dataclasses import replace

import pytest

from playground.catalog import Catalog
from playground.memory import (
    GIB,
    PROCESS_BYTES,
    Plan,
    active_parameter_count,
    fit,
    kept_bytes,
    kv_bytes_per_token,
    parameter_count,
    plan,
    state_bytes,
    weight_bytes,
)
from playground.quantizations import bf16, fp32, int8, nf4
from playground.types import Architecture, ModelSpec

CATALOG = Catalog.load()
MODELS = [model for model in CATALOG.models() if model.architecture is not None]
MIXTURES = [model for model in MODELS if model.active_parameters != model.parameters]
SHAPES = ("qwen2.5-0.5b-instruct", "qwen2.5-7b-instruct", "qwen1.5-moe-a2.7b-chat", "qwen2-57b-a14b-instruct",
          "qwen3-0.6b", "qwen3-32b", "qwen3-30b-a3b", "qwen3-next-80b-a3b-instruct")


def arch(model_id: str) -> Architecture:
    found = CATALOG.model(model_id).architecture
    assert found is not None
    return found


def meta_model(shape: Architecture):  # type: ignore[no-untyped-def]
    """The transformers model of this shape, without memory for its weights."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    numbers = {"vocab_size": shape.vocab_size, "hidden_size": shape.hidden_size, "head_dim": shape.head_dim,
               "intermediate_size": shape.intermediate_size, "num_hidden_layers": shape.num_hidden_layers,
               "num_attention_heads": shape.num_attention_heads, "num_key_value_heads": shape.num_key_value_heads,
               "tie_word_embeddings": shape.tie_word_embeddings}
    if shape.num_experts:
        numbers |= {"num_experts": shape.num_experts, "num_experts_per_tok": shape.num_experts_per_tok,
                    "moe_intermediate_size": shape.moe_intermediate_size, "mlp_only_layers": [],
                    "shared_expert_intermediate_size": shape.shared_expert_intermediate_size}
    if shape.full_attention_layers is not None:
        numbers |= {"linear_num_key_heads": shape.linear_num_key_heads, "linear_key_head_dim": shape.linear_head_dim,
                    "linear_num_value_heads": shape.linear_num_value_heads,
                    "linear_value_head_dim": shape.linear_head_dim}
    config = transformers.AutoConfig.for_model(shape.model_type, **numbers)
    with torch.device("meta"):
        return transformers.AutoModelForCausalLM.from_config(config)


# ---------------------------------------------------------------- exact counts
@pytest.mark.parametrize("model_id", SHAPES)
def test_the_predicted_count_is_the_count_of_the_real_module_tree(model_id: str) -> None:
    shape = arch(model_id)
    assert parameter_count(shape) == sum(weight.numel() for weight in meta_model(shape).parameters())


@pytest.mark.parametrize("model_id", ("qwen3-0.6b", "qwen2.5-0.5b-instruct", "qwen1.5-moe-a2.7b-chat"))
def test_a_scheme_changes_exactly_the_linear_layers_that_bitsandbytes_replaces(model_id: str) -> None:
    from torch import nn

    model, shape = meta_model(arch(model_id)), arch(model_id)
    linears = {id(m.weight): m for name, m in model.named_modules() if type(m) is nn.Linear and name != "lm_head"}
    kept = sum(weight.numel() for weight in model.parameters() if id(weight) not in linears)
    for scheme in (int8.QUANTIZATION, nf4.QUANTIZATION):
        stored = sum(scheme.linear_bytes(m.out_features, m.in_features) for m in linears.values())
        assert weight_bytes(shape, scheme) == stored + 2 * kept


def test_qwen3_0_6b_has_the_published_numbers() -> None:
    shape = arch("qwen3-0.6b")
    assert parameter_count(shape) == 596_049_920
    assert weight_bytes(shape, bf16.QUANTIZATION) == 2 * 596_049_920
    assert weight_bytes(shape, fp32.QUANTIZATION) == 4 * 596_049_920
    assert kv_bytes_per_token(shape) == 114_688 and kv_bytes_per_token(shape, 4) == 229_376


@pytest.mark.parametrize(("model_id", "count"), [
    ("qwen2.5-7b-instruct", 7_615_616_512), ("qwen2.5-vl-7b-instruct", 8_292_166_656),
    ("qwen2-vl-2b-instruct", 2_208_985_600), ("qwen2-audio-7b-instruct", 8_397_094_912),
    ("qwen3-vl-4b-instruct", 4_437_815_808), ("qwen3-30b-a3b", 30_532_122_624), ("qwen3-235b-a22b", 235_093_634_560),
])
def test_the_count_is_the_one_in_the_published_weight_files(model_id: str, count: int) -> None:
    assert parameter_count(arch(model_id)) == count


def test_linear_attention_keeps_the_cache_small_and_adds_a_constant_state() -> None:
    hybrid = arch("qwen3-next-80b-a3b-instruct")
    assert kv_bytes_per_token(hybrid) == 2 * 12 * 2 * 256 * 2
    assert state_bytes(hybrid) == 36 * (32 * 128 * 128 * 4 + 8192 * 4 * 2)
    assert state_bytes(arch("qwen3-0.6b")) == 0


# ---------------------------------------------------------------- the catalogue against the prediction
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_the_catalogues_figure_agrees_with_its_architecture(model: ModelSpec) -> None:
    assert model.architecture is not None
    assert parameter_count(model.architecture) == pytest.approx(model.parameters, rel=0.015)


@pytest.mark.parametrize("model", MIXTURES, ids=lambda model: model.id)
def test_the_active_figure_agrees_with_the_experts(model: ModelSpec) -> None:
    """Qwen rounds 3.35 B to "3B" or "3.3B" and leaves embeddings or the vision tower out, hence the wide bound."""
    assert model.architecture is not None
    assert 0.75 < model.active_parameters / active_parameter_count(model.architecture) < 1.05


# ---------------------------------------------------------------- plans
def test_a_plan_grows_with_the_conversation_and_adds_up() -> None:
    model = CATALOG.model("qwen3-0.6b")
    short, long = (plan(model, bf16.QUANTIZATION, tokens) for tokens in (1000, 3000))
    assert long.kv_bytes - short.kv_bytes == 2000 * 114_688
    assert short.total_bytes == short.weight_bytes + short.kv_bytes + short.activation_bytes + PROCESS_BYTES
    assert 1.4 * GIB < short.total_bytes < 2 * GIB


def test_a_model_without_numbers_is_estimated_from_its_parameters() -> None:
    model = replace(CATALOG.model("qwen3-0.6b"), architecture=None, parameters=1000)
    assert weight_bytes(model, nf4.QUANTIZATION) == 500
    assert plan(model, bf16.QUANTIZATION, 100).kv_bytes == 0


def test_four_bits_do_not_shrink_experts() -> None:
    shape = arch("qwen3-30b-a3b")
    assert weight_bytes(shape, nf4.QUANTIZATION) > 0.9 * weight_bytes(shape, bf16.QUANTIZATION)


def test_kept_weights_are_wide_only_under_fp32() -> None:
    assert [kept_bytes(s.QUANTIZATION) for s in (fp32, bf16, int8, nf4)] == [4, 2, 2, 2]


def test_fit_says_tight_before_it_says_no() -> None:
    assert [fit(total, 100) for total in (85, 86, 100, 101)] == ["fits", "tight", "tight", "too_big"]
    assert Plan(1, 2, 3, 4).total_bytes == 10 and Plan(1, 2, 3).working_bytes == 5
