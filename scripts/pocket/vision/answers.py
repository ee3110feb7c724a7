"""Ask a trained model about pictures, with the tokenizer and image processor of its folder and without torchvision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image

from scripts.pocket.vision.files import load_model

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Asked = tuple[Image.Image | None, str]  # a picture, or none, and a question
MAX_NEW_TOKENS = 96


class Answerer:
    """A model folder, loaded for greedy answers."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoTokenizer
        from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

        self.tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder, padding_side="left")
        self.processor = Qwen2VLImageProcessorPil.from_pretrained(folder)
        self.model = load_model(folder).eval()

    def inputs(self, chats: Sequence[Asked]) -> dict[str, torch.Tensor]:
        """Return what `generate` takes for one question each."""
        pictures = [picture for picture, _ in chats if picture is not None]
        features: dict[str, torch.Tensor] = dict(self.processor(pictures, return_tensors="pt")) if pictures else {}
        grids = features["image_grid_thw"].prod(-1).tolist() if features else []
        counts = iter(patches // self.processor.merge_size**2 for patches in grids)
        texts = []
        for picture, question in chats:
            content: Any = question
            if picture is not None:
                content = [{"type": "image"}, {"type": "text", "text": question}]
            text = self.tokenizer.apply_chat_template(
                [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
            )
            # The template holds one place for a picture; the model wants one for each of its tokens.
            texts.append(text if picture is None else text.replace("<|image_pad|>", "<|image_pad|>" * next(counts)))
        tokens = self.tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        marks = (tokens["input_ids"] == self.model.config.image_token_id).int()
        return {**tokens, **features, "mm_token_type_ids": marks}

    def answers(self, chats: Sequence[Asked], batch: int = 50) -> list[str]:
        """Return the greedy answer to each question."""
        found: list[str] = []
        for start in range(0, len(chats), batch):
            inputs = self.inputs(chats[start : start + batch])
            with torch.inference_mode():
                output = self.model.generate(**inputs, max_new_tokens=MAX_NEW_TOKENS)
            new = output[:, inputs["input_ids"].shape[1] :]
            found += [text.strip() for text in self.tokenizer.batch_decode(new, skip_special_tokens=True)]
        return found
