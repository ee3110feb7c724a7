"""A checkpoint with random weights in a real shape: `python -m scripts.random_checkpoint --out FOLDER`.

For benchmarks: bytes and speed are those of the real model, the words are not. It takes the tokenizer of a pocket
model and the vocabulary size of the real one.
"""
from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from playground.paths import ROOT

TOKENIZER = ROOT / "assets" / "models" / "pocket-qwen3"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "vocab.json", "merges.txt")
QWEN3_06B: dict[str, Any] = dict(
    vocab_size=151_936, hidden_size=1024, intermediate_size=3072, num_hidden_layers=28, num_attention_heads=16,
    num_key_value_heads=8, head_dim=128, max_position_embeddings=40_960, tie_word_embeddings=True)
_SMALL: dict[str, Any] = dict(
    vocab_size=480, hidden_size=128, intermediate_size=192, num_hidden_layers=4, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=512)
_EXPERTS: dict[str, Any] = dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=64)
_LINEAR: dict[str, Any] = dict(
    linear_num_key_heads=2, linear_num_value_heads=4, linear_key_head_dim=32, linear_value_head_dim=32)
_ROPE: dict[str, Any] = {"rope_type": "default", "mrope_section": [4, 6, 6], "rope_theta": 10_000.0}
KINDS = ("qwen2", "qwen3", "qwen3-0.6b", "qwen3_moe", "qwen3_next", "qwen3_vl", "qwen2_5_vl")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write, outside of the repository")
    parser.add_argument("--kind", choices=KINDS, default="qwen3-0.6b", help="all but the default are tiny")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    make(options.kind, options.out, options.seed)
    for name in TOKENIZER_FILES:
        if (TOKENIZER / name).is_file():
            shutil.copy(TOKENIZER / name, options.out / name)


def make(kind: str, out: Path, seed: int = 0) -> Path:
    """The weights and config of a random model of that kind in `out`, bf16, without a tokenizer."""
    import torch

    model = _model(kind).to_empty(device="cpu").to(torch.bfloat16)
    random = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        if parameter.dim() == 1:
            torch.nn.init.ones_(parameter)
        else:
            parameter.data.normal_(0, 0.02, generator=random)
    model.tie_weights()
    model.save_pretrained(out)
    return out


def _model(kind: str) -> Any:
    """Without memory for its weights."""
    import torch
    import transformers as hf

    with torch.device("meta"):
        if kind == "qwen2":
            return hf.Qwen2ForCausalLM(hf.Qwen2Config(**_SMALL, tie_word_embeddings=True))
        if kind == "qwen3":
            return hf.Qwen3ForCausalLM(hf.Qwen3Config(**_SMALL, head_dim=32, tie_word_embeddings=False))
        if kind == "qwen3-0.6b":
            return hf.Qwen3ForCausalLM(hf.Qwen3Config(**QWEN3_06B))
        if kind == "qwen3_moe":
            return hf.Qwen3MoeForCausalLM(hf.Qwen3MoeConfig(**_SMALL, **_EXPERTS, head_dim=32))
        if kind == "qwen3_next":
            return hf.Qwen3NextForCausalLM(hf.Qwen3NextConfig(
                **_SMALL, **_EXPERTS, **_LINEAR, head_dim=32, shared_expert_intermediate_size=64))
        tower: dict[str, Any] = dict(depth=2, hidden_size=64, intermediate_size=128, num_heads=2, out_hidden_size=128)
        if kind == "qwen3_vl":
            config: Any = hf.Qwen3VLConfig(
                text_config=_SMALL | {"head_dim": 32, "rope_parameters": _ROPE}, tie_word_embeddings=True,
                vision_config=tower | {"deepstack_visual_indexes": [0], "num_position_embeddings": 64})
            return hf.Qwen3VLForConditionalGeneration(config)
        config = hf.Qwen2_5_VLConfig(
            text_config=_SMALL | {"rope_parameters": _ROPE}, vision_config=tower | {"fullatt_block_indexes": [1]})
        return hf.Qwen2_5_VLForConditionalGeneration(config)


if __name__ == "__main__":
    main()
