"""The vision network: its configuration, its initial weights and a fast forward pass for training.

The weights live in a Hugging Face `Qwen3VLForConditionalGeneration`; `hidden_states` computes the same
function as its forward pass for pictures of one size, in bf16 and with less overhead on a CPU.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F

from scripts.pocket.model import CausalSoftmax, feed_forward, normalise, rotate
from scripts.pocket.vision.batches import Batch
from scripts.pocket.vision.recipe import VisionRecipe

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, Qwen3VLConfig, Qwen3VLForConditionalGeneration

MEAN = (0.48145466, 0.4578275, 0.40821073)  # of the picture's channels, as the image processor subtracts it
DEVIATION = (0.26862954, 0.26130258, 0.27577711)
Tables = tuple[torch.Tensor, torch.Tensor]


def build_config(recipe: VisionRecipe, tokenizer: PreTrainedTokenizerBase) -> Qwen3VLConfig:
    """Return the Hugging Face configuration of the recipe."""
    from transformers import Qwen3VLConfig

    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": recipe.hidden_size,
        "intermediate_size": recipe.feed_forward_size,
        "num_hidden_layers": recipe.layers,
        "num_attention_heads": recipe.heads,
        "num_key_value_heads": recipe.heads,
        "head_dim": recipe.head_size,
        "max_position_embeddings": recipe.max_positions,
        "tie_word_embeddings": True,
        "pad_token_id": tokenizer.pad_token_id,
        "rope_parameters": {
            "rope_type": "default", "rope_theta": recipe.rope_theta, "mrope_section": list(recipe.mrope_section),
            "mrope_interleaved": True,
        },
    }  # fmt: skip
    vision = {
        "depth": recipe.vision_depth,
        "hidden_size": recipe.vision_hidden_size,
        "intermediate_size": recipe.vision_feed_forward_size,
        "num_heads": recipe.vision_heads,
        "patch_size": recipe.patch_size,
        "spatial_merge_size": recipe.merge_size,
        "temporal_patch_size": 2,
        "out_hidden_size": recipe.hidden_size,
        "num_position_embeddings": recipe.position_grid**2,
        "deepstack_visual_indexes": list(recipe.deepstack_layers),
    }
    names = {"image_token_id": "<|image_pad|>", "video_token_id": "<|video_pad|>",
             "vision_start_token_id": "<|vision_start|>", "vision_end_token_id": "<|vision_end|>"}  # fmt: skip
    ids = {key: tokenizer.convert_tokens_to_ids(token) for key, token in names.items()}
    return Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=True, **ids)


def build_model(recipe: VisionRecipe, tokenizer: PreTrainedTokenizerBase) -> Qwen3VLForConditionalGeneration:
    """Return the untrained network in float32, initialised from torch's current seed."""
    from transformers import GenerationConfig, Qwen3VLForConditionalGeneration

    model = Qwen3VLForConditionalGeneration(build_config(recipe, tokenizer))
    # Smaller residual outputs keep the variance of the residual stream independent of the depth.
    with torch.no_grad():
        for layer in model.model.language_model.layers:
            layer.self_attn.o_proj.weight.mul_(1 / math.sqrt(2 * recipe.layers))
            layer.mlp.down_proj.weight.mul_(1 / math.sqrt(2 * recipe.layers))
    model.generation_config = GenerationConfig(
        do_sample=False,
        eos_token_id=[tokenizer.convert_tokens_to_ids("<|im_end|>"), tokenizer.pad_token_id],
        pad_token_id=tokenizer.pad_token_id,
        max_new_tokens=96,
    )
    return model


def linear(module: Any, x: torch.Tensor) -> torch.Tensor:
    """Return the output of a linear layer in the type of x."""
    return F.linear(x, module.weight.to(x.dtype), None if module.bias is None else module.bias.to(x.dtype))


def layer_norm(module: Any, x: torch.Tensor) -> torch.Tensor:
    """Return the LayerNorm of x in the type of x."""
    return F.layer_norm(x, x.shape[-1:], module.weight.to(x.dtype), module.bias.to(x.dtype), module.eps)


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return attention [batch, heads, length, head size]; on a CPU plain products have the faster backward pass."""
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask if mask.ndim else None)
    return CausalSoftmax.apply(q @ k.transpose(-1, -2), mask, q.shape[-1] ** -0.5) @ v


def patches_of(pixels: torch.Tensor, size: int, merge: int, dtype: torch.dtype) -> torch.Tensor:
    """Return normalised patches [pictures, patches, 3 * size * size], those that are merged next to each other."""
    count, height, width, _ = pixels.shape
    scale = torch.tensor(DEVIATION, device=pixels.device) * 255
    shift = torch.tensor(MEAN, device=pixels.device) * 255
    x = ((pixels.float() - shift) / scale).to(dtype)
    x = x.reshape(count, height // size // merge, merge, size, width // size // merge, merge, size, 3)
    return x.permute(0, 1, 4, 2, 5, 7, 3, 6).reshape(count, height * width // size**2, -1)


def merged(module: Any, x: torch.Tensor) -> torch.Tensor:
    """Return one vector [tokens, hidden] for each group of merged patches."""
    width = module.hidden_size
    if module.use_postshuffle_norm:
        x = layer_norm(module.norm, x.reshape(-1, width))
    else:
        x = layer_norm(module.norm, x).reshape(-1, width)
    return linear(module.linear_fc2, F.gelu(linear(module.linear_fc1, x)))


def vision_tables(visual: Any, height: int, width: int, dtype: torch.dtype) -> tuple[torch.Tensor, Tables]:
    """Return the learned positions [patches, hidden] and the rotary tables for a grid of patches."""
    from transformers.vision_utils import get_vision_interpolation_indices_and_weights, get_vision_position_ids

    grid = torch.tensor([[1, height, width]], device=visual.pos_embed.weight.device)
    merge = visual.spatial_merge_size
    indices, weights = get_vision_interpolation_indices_and_weights(
        grid, visual.num_grid_per_side, mode="bilinear", align_corners=True, spatial_merge_size=merge
    )
    learned = (F.embedding(indices, visual.pos_embed.weight) * weights[:, :, None]).sum(1)
    cos, sin = visual.rotary_pos_emb(learned, get_vision_position_ids(grid, merge))
    return learned.to(dtype), (cos[None, None].to(dtype), sin[None, None].to(dtype))


def vision_features(
    visual: Any, pixels: torch.Tensor, dtype: torch.dtype
) -> tuple[torch.Tensor, list[torch.Tensor], torch.Tensor]:
    """Return the picture tokens and the deepstack features, each [tokens, hidden], of uint8 pictures of one size.

    The third result are the vectors of the patches, [pictures, patches, width].
    """
    size, merge = visual.patch_size, visual.spatial_merge_size
    learned, tables = vision_tables(visual, pixels.shape[1] // size, pixels.shape[2] // size, dtype)
    # A still picture is shown as two equal frames, so the weights of both can be added.
    patch = visual.patch_embed.proj
    x = F.linear(patches_of(pixels, size, merge, dtype), patch.weight.sum(2).flatten(1).to(dtype), patch.bias.to(dtype))
    x = x + learned
    count, length, width = x.shape
    deep = []
    everywhere = torch.zeros((), dtype=dtype, device=x.device)
    for i, block in enumerate(visual.blocks):
        heads = block.attn.num_heads
        qkv = linear(block.attn.qkv, layer_norm(block.norm1, x)).reshape(count, length, 3, heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        out = attend(rotate(q, *tables), rotate(k, *tables), v, everywhere)
        x = x + linear(block.attn.proj, out.transpose(1, 2).reshape(count, length, width))
        hidden = F.gelu(linear(block.mlp.linear_fc1, layer_norm(block.norm2, x)), approximate="tanh")
        x = x + linear(block.mlp.linear_fc2, hidden)
        if i in visual.deepstack_visual_indexes:
            deep.append(merged(visual.deepstack_merger_list[len(deep)], x))
    return merged(visual.merger, x), deep, x


def text_attention(module: Any, x: torch.Tensor, tables: Tables, mask: torch.Tensor) -> torch.Tensor:
    """Return the attention output [batch, length, hidden] of one layer of the text part."""
    batch, length, _ = x.shape
    weights = torch.cat([module.q_proj.weight, module.k_proj.weight, module.v_proj.weight]).to(x.dtype)
    q, k, v = F.linear(x, weights).reshape(batch, length, 3, -1, module.head_dim).unbind(2)
    q = rotate(normalise(q, module.q_norm).transpose(1, 2), *tables)
    k = rotate(normalise(k, module.k_norm).transpose(1, 2), *tables)
    out = attend(q, k, v.transpose(1, 2), mask).transpose(1, 2).reshape(batch, length, -1)
    return F.linear(out, module.o_proj.weight.to(x.dtype))


def hidden_states(
    model: Any, batch: Batch, dtype: torch.dtype = torch.bfloat16
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return the final hidden states [rows, length, hidden] of a batch, and the vectors of its patches."""
    text = model.model.language_model
    rows, length = batch.ids.shape
    x = F.embedding(batch.ids, text.embed_tokens.weight).to(dtype).flatten(0, 1)
    places = (batch.ids.flatten() == model.config.image_token_id).nonzero().squeeze(1)
    deep: list[torch.Tensor] = []
    patches = None
    if len(places):
        tokens, deep, patches = vision_features(model.model.visual, batch.pixels, dtype)
        x = x.index_copy(0, places, tokens)
    x = x.reshape(rows, length, -1)
    cos, sin = text.rotary_emb(x, batch.positions)
    tables = cos[:, None], sin[:, None]
    mask = batch.mask(dtype)
    for i, layer in enumerate(text.layers):
        x = x + text_attention(layer.self_attn, normalise(x, layer.input_layernorm), tables, mask)
        x = x + feed_forward(layer.mlp, normalise(x, layer.post_attention_layernorm))
        if i < len(deep):
            x = x.flatten(0, 1).index_add(0, places, deep[i]).reshape(rows, length, -1)
    return normalise(x, text.norm), patches


def target_loss(
    model: Any, batch: Batch, dtype: torch.dtype = torch.bfloat16
) -> tuple[torch.Tensor, int, int, torch.Tensor | None]:
    """Return the weighted mean cross-entropy in nats, how many target tokens there were and were right, the patches."""
    states, patches = hidden_states(model, batch, dtype)
    hidden = states[:, :-1].flatten(0, 1)
    shifted = batch.labels[:, 1:].flatten()
    places = (shifted != -100).nonzero().squeeze(1)
    logits = F.linear(hidden[places], model.model.language_model.embed_tokens.weight.to(dtype)).float()
    losses = F.cross_entropy(logits, shifted[places], reduction="none")
    weights = batch.weights[:, 1:].flatten()[places]
    right = int((logits.detach().argmax(-1) == shifted[places]).sum())
    return (losses * weights).sum() / weights.sum(), len(places), right, patches


def check_forward(model: Any, batch: Batch) -> float:
    """Return the largest difference to the Hugging Face forward, in float32, over a batch of one question a row."""
    pixels = patches_of(batch.pixels, 16, 2, torch.float32)
    count, length, width = pixels.shape
    # The image processor gives both frames: [patches, channels, 2 frames, rows, columns].
    frames = pixels.reshape(count * length, 3, 1, -1).expand(-1, -1, 2, -1).reshape(count * length, 2 * width)
    grid = torch.tensor([[1, batch.pixels.shape[1] // 16, batch.pixels.shape[2] // 16]] * count)
    with torch.no_grad():
        reference = model.model(
            input_ids=batch.ids, pixel_values=frames, image_grid_thw=grid.to(batch.ids.device),
            mm_token_type_ids=(batch.ids == model.config.image_token_id).int(), use_cache=False,
        ).last_hidden_state  # fmt: skip
        difference = (reference - hidden_states(model, batch, torch.float32)[0]).abs().max(-1).values
    return float(difference[batch.segments >= 0].max())
