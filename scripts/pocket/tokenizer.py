"""Train the byte-level BPE tokenizer that all pocket models share, with Qwen's special tokens."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.pocket.data.mixture import Share, stream
from scripts.pocket.data.sample import messages_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

HOME = Path("assets/models/pocket-qwen3")  # where the shipped tokenizer is taken from

# Qwen3's added tokens, in its order. The second group is plain text for `skip_special_tokens`.
SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
VISIBLE = (
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>", "</think>",
)  # fmt: skip

# Words of the questions about pictures.
PICTURES = """
What is in the picture? What shape is this? What colour is the shape? How many shapes are there?
Where is the red circle?
a red circle, a blue square, a green triangle, a yellow star, an orange cross, purple, pink, black, white, grey, brown
Which bar is the tallest? Which bar is the shortest? What is the value of the blue bar? Read the chart as a table.
left right top bottom middle larger smaller than more fewer Find the square. {"bbox_2d": [120, 340, 560, 780]}
Apa yang ada di gambar ini? Bentuk apa ini? Apa warna bentuknya? Berapa banyak bentuk? Di mana lingkaran merah?
lingkaran merah, persegi biru, segitiga hijau, bintang kuning, salib jingga, ungu, merah muda, hitam, putih, cokelat
Batang mana yang paling tinggi? paling pendek? Berapa nilai batang biru? kiri kanan atas bawah tengah lebih besar kecil
"""

CORPUS_SHARES = {
    "arithmetic": Share(10, 0.5),
    "problems": Share(14, 0.5),
    "lists": Share(5, 0.5),
    "facts": Share(22, 0.5),
    "chat": Share(12, 0.5),
    "refusals": Share(12, 0.5),
    "followups": Share(3, 0.5),
    "mathematics": Share(10),
    "code": Share(20),
}


def corpus(samples: int, seed: int) -> Iterator[str]:
    """Yield the texts that the merges are learned from."""
    for sample, _ in itertools.islice(stream(CORPUS_SHARES, seed), samples):
        if sample.prompt:  # its tokens between the parts are no text
            continue
        for message in messages_of(sample):
            yield f"{message['role']}\n{message['content']}"
        yield sample.thinking + "\n"
        yield sample.answer
    for _ in range(samples // 200):
        yield PICTURES


def train_merges(size: int, samples: int, seed: int) -> dict[str, Any]:
    """Return the BPE model ("vocab" and "merges") of `size` entries, all 256 bytes included."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=10,
        special_tokens=[],
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(samples, seed), trainer)
    model: dict[str, Any] = json.loads(tokenizer.to_str())["model"]
    return model


def template(thinks: bool) -> str:
    """Return the chat template, with or without the thinking switch."""
    name = "chat_template.jinja" if thinks else "chat_template_plain.jinja"
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def build(folder: Path, vocabulary_size: int, samples: int = 40_000, seed: int = 7) -> PreTrainedTokenizerBase:
    """Train the tokenizer, save it to `folder` and return it as `AutoTokenizer` loads it.

    The special tokens take the last ids, so BPE gets `vocabulary_size` minus their number.
    """
    from tokenizers import AddedToken
    from transformers import AutoTokenizer, Qwen2Tokenizer

    model = train_merges(vocabulary_size - len(SPECIAL) - len(VISIBLE), samples, seed)
    vocabulary = dict(model["vocab"])
    for token in SPECIAL + VISIBLE:
        vocabulary[token] = len(vocabulary)
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    tokenizer = Qwen2Tokenizer(
        vocab=vocabulary, merges=merges, unk_token=None, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    tokenizer.add_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL], special_tokens=True)
    tokenizer.add_tokens([AddedToken(t, special=False, normalized=False) for t in VISIBLE])
    tokenizer.chat_template = template(thinks=True)
    tokenizer.model_max_length = 4096
    tokenizer.save_pretrained(folder)
    for file in folder.iterdir():
        file.chmod(0o644)
    return AutoTokenizer.from_pretrained(folder)
