"""Files of the vision model's folder: weights, tokenizer, template and image processor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from scripts.pocket import files
from scripts.pocket import tokenizer as tokenizers
from scripts.pocket.transplant import transplant_embeddings
from scripts.pocket.vision.model import build_model
from scripts.pocket.vision.recipe import VisionRecipe

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, Qwen2VLImageProcessorPil, Qwen3VLForConditionalGeneration

TEMPLATE = Path(__file__).with_name("chat_template.jinja")


def load_tokenizer(folder: Path | None = None) -> PreTrainedTokenizerBase:
    """Return the tokenizer in `folder`, else the one that all pocket models share, with the vision template."""
    from transformers import AutoTokenizer

    if folder is None or not (folder / "tokenizer.json").exists():
        folder = tokenizers.HOME
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = TEMPLATE.read_text(encoding="utf-8")
    return tokenizer


def image_processor(recipe: VisionRecipe) -> Qwen2VLImageProcessorPil:
    """Return the processor that resizes pictures and cuts them into patches; it needs no torchvision."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(
        patch_size=recipe.patch_size,
        temporal_patch_size=2,
        merge_size=recipe.merge_size,
        size={"shortest_edge": recipe.min_pixels, "longest_edge": recipe.max_pixels},
    )


def export(
    model: Qwen3VLForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, recipe: VisionRecipe, folder: Path
) -> None:
    """Write a bf16 copy of the model with everything that `from_pretrained` needs."""
    folder.mkdir(parents=True, exist_ok=True)
    image_processor(recipe).save_pretrained(folder)
    files.export(model, tokenizer, folder)


def load_model(folder: Path) -> Qwen3VLForConditionalGeneration:
    """Return the model of a folder in float32."""
    from transformers import Qwen3VLForConditionalGeneration

    return Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)


def start_from(
    folder: Path, recipe: VisionRecipe, tokenizer: PreTrainedTokenizerBase
) -> Qwen3VLForConditionalGeneration:
    """Return a network for `tokenizer` with the weights of a trained one; its own tokenizer may be another."""
    old = load_model(folder)
    model = build_model(recipe, tokenizer)
    weights = old.state_dict()
    embeddings = transplant_embeddings(old, load_tokenizer(folder), tokenizer)
    for name in ("model.language_model.embed_tokens.weight", "lm_head.weight"):
        weights[name] = embeddings
    model.load_state_dict(weights)
    return model
