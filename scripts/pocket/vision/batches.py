"""Pictures of one size with their questions, as tensors for one training step.

A row holds one picture and a few questions about it. Usually every question sees only the picture
and itself, as if it were asked alone: the picture is encoded once for all of them. Some rows are
conversations instead, in which a question sees those before it.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import torch

from playground.pictures.drawing import draw
from playground.pictures.questions import Question
from playground.pictures.scenes import SIZES, random_scene
from scripts.pocket.data.sample import Split
from scripts.pocket.data.style import system_prompt
from scripts.pocket.vision.hints import Hints, hints_of
from scripts.pocket.vision.questions import questions
from scripts.pocket.vision.recipe import VisionRecipe
from scripts.pocket.vision.talk import talk

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

EASY_LAYOUTS = {"single": 8, "few": 3, "crowd": 1, "bars": 3}  # at the start of a training
WIDTH = 16  # rows are padded to a multiple of this many tokens, so that few shapes occur
PADDING = -1  # segment of the padding


@dataclass
class Batch:
    """One step. Segment 0 is seen by all later tokens, another segment only by itself."""

    pixels: torch.Tensor  # uint8 [pictures, height, width, 3], in the order of the rows that have a picture
    ids: torch.Tensor  # [rows, length]
    labels: torch.Tensor  # [rows, length], -100 where nothing is to be learned
    weights: torch.Tensor  # [rows, length], what a token counts in the loss
    positions: torch.Tensor  # [3, rows, length]: time, row and column for the rotary positions
    segments: torch.Tensor  # [rows, length]
    hints: Hints
    questions: tuple[tuple[Question, ...], ...] = ()  # of each row, in the order of their segments

    def to(self, device: str) -> Batch:
        """Return the batch with its tensors on a device."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return Batch(**{k: v.to(device) if isinstance(v, (torch.Tensor, Hints)) else v for k, v in values.items()})

    def mask(self, dtype: torch.dtype) -> torch.Tensor:
        """Return what is added to the attention scores [rows, 1, length, length]."""
        length = self.ids.shape[1]
        before = torch.ones(length, length, dtype=torch.bool, device=self.ids.device).tril()
        keys, queries = self.segments[:, None, :], self.segments[:, :, None]
        seen = before & ((keys == queries) | (keys == 0))
        zero = torch.zeros((), dtype=dtype, device=self.ids.device)
        return torch.where(seen, zero, float("-inf"))[:, None]


class Encoder:
    """Turns texts into token ids."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.backend = tokenizer.backend_tokenizer
        self.pad = tokenizer.pad_token_id
        self.image, self.end = tokenizer.convert_tokens_to_ids(["<|image_pad|>", "<|im_end|>"])
        self.newline = self("\n")

    def __call__(self, text: str) -> list[int]:
        """Return the ids of one text."""
        ids: list[int] = self.backend.encode(text, add_special_tokens=False).ids
        return ids

    def turn(self, question: Question) -> tuple[list[int], list[int]]:
        """Return (what the model reads, what it writes), without the opening of the user's turn."""
        prompt = self(f"{question.text}<|im_end|>\n<|im_start|>assistant\n")
        return prompt, self(question.answer) + [self.end]


class Row:
    """One row under construction."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.labels: list[int] = []
        self.weights: list[float] = []
        self.segments: list[int] = []
        self.positions: list[tuple[int, int, int]] = []
        self.questions: list[Question] = []

    def text(self, ids: list[int], start: int, segment: int, learn: bool = False) -> int:
        """Append text that starts at a position and return the position after it."""
        self.ids += ids
        self.labels += ids if learn else [-100] * len(ids)
        self.weights += [len(ids) ** -0.5] * len(ids)
        self.segments += [segment] * len(ids)
        self.positions += [(start + i,) * 3 for i in range(len(ids))]
        return start + len(ids)

    def picture(self, token: int, rows: int, columns: int, start: int) -> int:
        """Append the places of the picture's tokens and return the position after them."""
        count = rows * columns
        self.text([token] * count, start, 0)
        self.positions[-count:] = [(start, start + i // columns, start + i % columns) for i in range(count)]
        return start + max(rows, columns)


def build_row(
    encoder: Encoder, asked: list[Question], grid: tuple[int, int] | None, chained: bool, system: str, room: int
) -> Row:
    """Return the row of one picture of `grid` tokens, or of none, with those questions that fit into `room` tokens."""
    row = Row()
    opening = encoder("<|im_start|>user\n")
    position = row.text(encoder(f"<|im_start|>system\n{system}<|im_end|>\n"), 0, 0) if system else 0
    if grid:
        position = row.text(opening + encoder("<|vision_start|>"), position, 0)
        position = row.picture(encoder.image, *grid, position)
        position = row.text(encoder("<|vision_end|>"), position, 0)
    room += len(row.ids)
    for question in asked:
        segment = 0 if chained else len(row.questions) + 1
        prompt, answer = encoder.turn(question)
        if not grid or (chained and row.questions):
            prompt = opening + prompt
        if row.questions and len(row.ids) + len(prompt) + len(answer) + 1 > room:
            continue
        row.questions.append(question)
        after = row.text(prompt, position, segment)
        after = row.text(answer, after, segment, learn=True)
        if chained:
            position = row.text(encoder.newline, after, segment)
    return row


def stack(rows: list[Row], pixels: np.ndarray, hints: Hints, pad: int) -> Batch:
    """Return the rows, right padded, as one batch."""
    length = -(-max(len(row.ids) for row in rows) // WIDTH) * WIDTH

    def padded(name: str, filling: int) -> torch.Tensor:
        return torch.tensor([getattr(row, name) + [filling] * (length - len(row.ids)) for row in rows])

    positions = torch.zeros(3, len(rows), length, dtype=torch.long)
    for i, row in enumerate(rows):
        positions[:, i, : len(row.ids)] = torch.tensor(row.positions).T
    return Batch(
        torch.from_numpy(pixels), padded("ids", pad), padded("labels", -100), padded("weights", 0), positions,
        padded("segments", PADDING), hints, tuple(tuple(row.questions) for row in rows),
    )  # fmt: skip


def make_batch(recipe: VisionRecipe, encoder: Encoder, seed: int, index: int, split: Split = "train") -> Batch:
    """Return batch number `index`: the same for the same seed, on every machine."""
    rng = random.Random(f"{split}-{seed}-{index}")
    width, height = rng.choices(list(SIZES), list(SIZES.values()))[0]
    unit = recipe.patch_size * recipe.merge_size
    patches = width * height // recipe.patch_size**2
    count = min(recipe.most_pictures, max(1, recipe.step_patches // patches))
    system = system_prompt(rng) if rng.random() < recipe.system_share else ""
    chained_share = recipe.chained_share if split == "train" else 0.0
    easy = split == "train" and index < recipe.easy_steps
    rows, pictures, hints = [], [], []
    for _ in range(count):
        scene = random_scene(rng, (width, height), layouts=EASY_LAYOUTS if easy else None)
        asked = questions(scene, rng, recipe.most_questions, split, easy)
        pictures.append(np.asarray(draw(scene, rng.getrandbits(32))))
        hints.append(hints_of(scene, recipe.patch_size, recipe.merge_size))
        chained = rng.random() < chained_share
        rows.append(build_row(encoder, asked, (height // unit, width // unit), chained, system, recipe.room))
    for _ in range(round(count * recipe.talk_share)):
        asked = [talk(rng, split) for _ in range(recipe.most_questions)]
        rows.append(build_row(encoder, asked, None, rng.random() < chained_share, system, recipe.room))
    told = Hints(*(torch.from_numpy(np.stack(part)) for part in zip(*hints, strict=True)))
    return stack(rows, np.stack(pictures), told, encoder.pad)


def batches(
    recipe: VisionRecipe, tokenizer: PreTrainedTokenizerBase, seed: int, start: int, workers: int = 0
) -> Iterator[Batch]:
    """Yield the batches from number `start` on for ever, made here or by worker processes."""
    encoder = Encoder(tokenizer)
    if not workers:
        while True:
            yield make_batch(recipe, encoder, seed, start)
            start += 1
    from torch import multiprocessing

    with multiprocessing.get_context("spawn").Pool(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        waiting: deque = deque()
        while True:
            while len(waiting) < 4 * workers:
                waiting.append(pool.apply_async(make_batch, (recipe, encoder, seed, start)))
                start += 1
            yield waiting.popleft().get()
