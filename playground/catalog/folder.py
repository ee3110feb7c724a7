"""What a folder with a Qwen model says about itself: config.json, generation_config.json and safetensors headers."""
from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from playground.checkpoint.header import Header, read_header
from playground.errors import LoadFailed, UnknownName
from playground.memory import parameter_count
from playground.types import SAMPLING_BOUNDS, Architecture

BIASED = {"qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl", "qwen2_audio"}
MODALITIES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "qwen3_next", "qwen3_5_text", "qwen3_5_moe_text"),
                    ("text",)),
    **dict.fromkeys(("qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe", "qwen3_5", "qwen3_5_moe"),
                    ("text", "image", "video")),
    "qwen2_audio": ("text", "audio"),
}
DTYPES = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}
NOT_LOADED = ("mtp.", "model.mtp.")       # extra prediction layers in some files; transformers leaves them out


def is_model_folder(folder: Path) -> bool:
    """Whether it holds a config.json and at least one safetensors file."""
    return (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))


def facts(folder: Path) -> dict[str, Any]:
    """Values for a data file's keys: architecture, context_tokens, parameters, dtype, modalities, thinking,
    quantized, sampling.

    Raises LoadFailed when the folder is no model or a file is broken, UnknownName when it is not a Qwen model.
    """
    if not is_model_folder(folder):
        raise LoadFailed(f"The folder {folder.name} has no config.json with safetensors files beside it.",
                         "Name the folder that holds config.json and the *.safetensors files.")
    config = _json(folder / "config.json")
    model_type = str(config.get("model_type", ""))
    if model_type not in MODALITIES:
        raise UnknownName(f"The folder {folder.name} holds a model of type {model_type or '?'!r}, not a Qwen model.",
                          f"Known types: {', '.join(sorted(MODALITIES))}.")
    arch = architecture(config)
    headers = [read_header(path) for path in sorted(folder.glob("*.safetensors"))]
    skip = NOT_LOADED + (("lm_head.",) if arch.tie_word_embeddings else ())
    quantized = _quantized(config)        # the shapes in such files are those of packed weights and scales
    parameters = parameter_count(arch) if quantized else sum(header.parameters(without=skip) for header in headers)
    other = max(0, parameters - parameter_count(arch))
    arch = replace(arch, other_parameters=other, other_linears=_tower(headers) if other else ())
    found: dict[str, Any] = {
        "architecture": arch, "parameters": parameters, "modalities": MODALITIES[model_type],
        "context_tokens": _number(_text(config), "max_position_embeddings"),
        "dtype": _dtype(headers), "thinking": _thinking(folder),
        "quantized": quantized,
    }
    sampling = _sampling(folder)
    return found | ({"sampling": sampling} if sampling else {})


def _tower(headers: list[Header]) -> tuple[tuple[int, int], ...]:
    """(out, in) of the linear layers of a vision or audio tower: its matrices that are no tables of positions."""
    shapes = [(name, shape) for header in headers for name, shape in sorted(header.shapes.items())]
    return tuple((shape[0], shape[1]) for name, shape in shapes
                 if len(shape) == 2 and re.search(r"(^|\.)(visual|audio_tower|multi_modal_projector)\.", name)
                 and "embed" not in name)


def _quantized(config: dict[str, Any]) -> str:
    """The scheme a checkpoint was published in: "fp8", "gptq", "awq", "bnb4", "bnb8", ...; "" for plain weights."""
    found = config.get("quantization_config")
    if not isinstance(found, dict):
        return ""
    method = str(found.get("quant_method") or "bitsandbytes")
    return method if method != "bitsandbytes" else "bnb4" if found.get("load_in_4bit") else "bnb8"


def architecture(config: dict[str, Any]) -> Architecture:
    """The numbers of a config.json; those of the language model when it has parts. Raises LoadFailed naming a gap."""
    text, model_type = _text(config), config["model_type"]
    layers, hidden, heads = (_number(text, key) for key in ("num_hidden_layers", "hidden_size", "num_attention_heads"))
    mixed, experts = _layer_types(text, layers), _number(text, "num_experts", 0)
    experts = experts or _number(text, "num_local_experts", 0)        # as transformers 5 saves it

    def only(condition: bool, key: str) -> int:
        return _number(text, key, 0) if condition else 0

    return Architecture(
        model_type=model_type, num_hidden_layers=layers, hidden_size=hidden, num_attention_heads=heads,
        num_key_value_heads=_number(text, "num_key_value_heads", 0) or heads,
        head_dim=_number(text, "head_dim", 0) or hidden // heads,
        intermediate_size=_number(text, "intermediate_size", 0), vocab_size=_number(text, "vocab_size"),
        tie_word_embeddings=bool(config.get("tie_word_embeddings", text.get("tie_word_embeddings", False))),
        attention_bias=model_type in BIASED and bool(text.get("qkv_bias", True)),
        qk_norm=model_type.startswith("qwen3"),
        num_experts=experts, num_experts_per_tok=only(experts > 0, "num_experts_per_tok"),
        moe_intermediate_size=only(experts > 0, "moe_intermediate_size"),
        shared_expert_intermediate_size=only(experts > 0, "shared_expert_intermediate_size"),
        full_attention_layers=mixed, attention_output_gate=mixed is not None,
        linear_num_key_heads=only(mixed is not None, "linear_num_key_heads"),
        linear_num_value_heads=only(mixed is not None, "linear_num_value_heads"),
        linear_head_dim=only(mixed is not None, "linear_value_head_dim"),
        linear_conv_kernel_dim=only(mixed is not None, "linear_conv_kernel_dim"),
    )


def _layer_types(text: dict[str, Any], layers: int) -> int | None:
    """Number of full-attention layers where the others are linear, else None."""
    if "linear_num_value_heads" not in text:
        return None
    types = text.get("layer_types")
    if isinstance(types, list):
        return types.count("full_attention")
    return layers // (_number(text, "full_attention_interval", 0) or 4)


def _text(config: dict[str, Any]) -> dict[str, Any]:
    text = config.get("text_config")
    return text if isinstance(text, dict) else config


def _number(text: dict[str, Any], key: str, low: int = 1) -> int:
    """A whole number of at least `low`; a key that may be 0 may also be absent."""
    value = text.get(key) if low else text.get(key) or 0
    if not isinstance(value, int) or value < low:
        raise LoadFailed(f"config.json has {key} = {value!r}; a whole number of at least {low} is needed.",
                         "Copy config.json from the original model again.")
    return value


def _dtype(headers: list[Header]) -> str:
    kinds = set().union(*(header.dtypes for header in headers))
    return next((name for key, name in DTYPES.items() if key in kinds), "bfloat16")


def _thinking(folder: Path) -> str:
    """How the chat template treats thinking, read off its text."""
    template = folder / "chat_template.jinja"
    text = template.read_text("utf-8", "replace") if template.is_file() else ""
    if not text and (folder / "tokenizer_config.json").is_file():
        text = str(_json(folder / "tokenizer_config.json").get("chat_template") or "")
    if "enable_thinking" in text:
        return "hybrid"
    return "prefilled" if "assistant\\n<think>" in text else "none"


def _sampling(folder: Path) -> dict[str, Any]:
    if not (folder / "generation_config.json").is_file():
        return {}
    config = _json(folder / "generation_config.json")
    if config.get("do_sample") is False:
        return {"temperature": 0.0}
    found = {key: config[key] for key in ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
             if isinstance(config.get(key), int | float)}
    return {key: min(max(value, SAMPLING_BOUNDS[key][0]), SAMPLING_BOUNDS[key][1]) for key, value in found.items()}


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LoadFailed(f"{path.name} is not readable JSON: {type(error).__name__}.",
                         "Copy the file from the original model again.") from error
    if not isinstance(value, dict):
        raise LoadFailed(f"{path.name} holds a {type(value).__name__}, not an object.", "Copy the file again.")
    return value
