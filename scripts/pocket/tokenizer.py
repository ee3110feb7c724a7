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

TEMPLATE = Path(__file__).with_name("chat_template.jinja")

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

# Words of code and of polynomials, so that later models can share this tokenizer.
CODE = """
def solve(xs): return sum(x * x for x in xs if x % 2 == 0)
def f(n): return n % 2 == 1
for i in range(len(numbers)): total += numbers[i]
    if value > 0: result.append(value) else: continue
while left <= right: mid = (left + right) // 2
print(max(values), min(values), sorted(items), len(text), abs(x), str(n), int(s), list(data), set(words))
import math from collections import Counter class Stack: self.items = [] True False None and or not in is lambda
```python
Write a Python function that returns the largest even number in a list. count string list reverse word first last
f(x) = x^3 + 2x^2 - 5x + 3, f'(x) = 3x² + 4x − 5 derivative of the polynomial differentiate turunan
a red circle, a blue square, a green triangle in the image. How many shapes? bar chart colour gambar lingkaran
"""

CORPUS_SHARES = {
    "arithmetic": Share(15, 0.5),
    "facts": Share(40, 0.5),
    "chat": Share(15, 0.5),
    "refusals": Share(25, 0.5),
    "followups": Share(5, 0.5),
}


def corpus(samples: int, seed: int) -> Iterator[str]:
    """Yield the texts that the merges are learned from."""
    for sample, _ in itertools.islice(stream(CORPUS_SHARES, seed), samples):
        for message in messages_of(sample):
            yield f"{message['role']}\n{message['content']}"
        yield sample.thinking + "\n"
        yield sample.answer
    for _ in range(samples // 200):
        yield CODE


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
    tokenizer.chat_template = TEMPLATE.read_text(encoding="utf-8")
    tokenizer.model_max_length = 4096
    tokenizer.save_pretrained(folder)
    for file in folder.iterdir():
        file.chmod(0o644)
    return AutoTokenizer.from_pretrained(folder)
