"""Files of a model folder, and the name of the machine for the figures."""

from __future__ import annotations

import copy
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from scripts.pocket import tokenizer as tokenizers
from scripts.pocket.recipes import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

LARGEST_FILE = "9MB"  # a Space takes files of up to 10 MB without Git LFS


def load_tokenizer(recipe: Recipe, out: Path) -> PreTrainedTokenizerBase:
    """Return the family's tokenizer with the model's template: from `out`, else the shipped one, else a new one."""
    from transformers import AutoTokenizer

    found = next((folder for folder in (out, tokenizers.HOME) if (folder / "tokenizer.json").exists()), None)
    made = AutoTokenizer.from_pretrained(found) if found else tokenizers.build(out, recipe.vocabulary_size)
    made.chat_template = tokenizers.template(recipe.thinks)
    return made


def export(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write a bf16 copy of the model, with its tokenizer and template, as `from_pretrained` loads it."""
    folder.mkdir(parents=True, exist_ok=True)
    copy.deepcopy(model).to("cpu", torch.bfloat16).save_pretrained(folder, max_shard_size=LARGEST_FILE)
    tokenizer.save_pretrained(folder)
    for file in folder.iterdir():
        file.chmod(0o644)  # save_pretrained writes files that only their owner can read


def machine(device: str = "cpu") -> str:
    """Return the kind of machine, such as "2-core x86_64 CPU"."""
    if device == "cuda":
        return str(torch.cuda.get_device_name())
    return f"{os.cpu_count()}-core {platform.machine()} CPU"
