"""A transformers tokenizer and its chat template, made safe: what people type never becomes a control token."""
from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from playground.engines._images import IMAGE_TOKEN, ImageReader
from playground.errors import InvalidRequest, LoadFailed
from playground.text.segment import Segmenter
from playground.types import (
    Fill,
    GenerationRequest,
    Message,
    ModelSpec,
    Picture,
    PixelBounds,
    RenderedPrompt,
    TokenPiece,
)

_PRIVATE = range(0xE000, 0xF8FF)
"""Private-use characters: stand-ins for control tokens while the template runs."""
_FILL_ENDS = ("<|endoftext|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>", "<|repo_name|>",
              "<|file_sep|>")
"""Where a filled hole is over: Qwen2.5-Coder goes on with another file after it."""


class TransformersPrompter:
    """Renders prompts and reads tokens. Thread-safe: encoding is one at a time, decoding changes nothing."""

    def __init__(self, model: ModelSpec, tokenizer: Any, eos_token_ids: tuple[int, ...],
                 images: ImageReader | None = None) -> None:
        self._model, self._tokenizer, self._images = model, tokenizer, images
        self.eos_token_ids = eos_token_ids
        self._added: dict[str, int] = dict(tokenizer.get_added_vocab())
        self._added_ids = frozenset(self._added.values())
        self._hidden = frozenset(tokenizer.all_special_ids)
        self._image_id = self._added.get(IMAGE_TOKEN)
        self._open_id, self._close_id = self._added.get("<think>"), self._added.get("</think>")
        longest_first = sorted(self._added, key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, longest_first))) if longest_first else re.compile(r"(?!)")
        self._lock = threading.Lock()

    def render(self, request: GenerationRequest) -> RenderedPrompt:
        """The prompt exactly as the model's own template writes it. Raises InvalidRequest when the template refuses."""
        if request.fill is not None:
            return self._render_fill(request.fill)
        pictures = tuple(picture for message in request.messages for picture in message.pictures)
        if pictures and self._images is None:
            raise InvalidRequest(f"{self._model.name} cannot see pictures.", "Pick one that does.", field="picture")
        messages, typed = self._disarm(request.messages)
        text = self._apply_template(messages, request.thinking)
        if pictures:
            text = self._with_places(text, pictures, request.pixels)
        if typed:
            ids = self._encode_disarmed(text, typed)
            text = "".join(typed.get(character, character) for character in text)
        else:
            ids = self._encode(text)
        if request.start:
            ids, text = [*ids, *request.start], text + self.decode(request.start)
        return RenderedPrompt(text, tuple(ids), self._opens_thinking(ids), self.eos_token_ids, bool(typed),
                              self.close_ids(), pictures=pictures, pixels=request.pixels)

    def image_inputs(self, prompt: RenderedPrompt) -> dict[str, Any]:
        """What the model takes for the prompt's pictures, beside its token ids; {} without pictures."""
        if not prompt.pictures or self._images is None:
            return {}
        import torch

        # without the marks a model generates something else, and says nothing
        marks = torch.tensor([[int(token == self._image_id) for token in prompt.token_ids]])     # (1, tokens)
        return {**self._images.inputs(prompt.pictures, prompt.pixels), "mm_token_type_ids": marks}

    def pieces(self, token_ids: tuple[int, ...]) -> tuple[TokenPiece, ...]:
        """Each token as people read it; bytes that are no whole character show as \\xe6."""
        return tuple(self._piece(token_id) for token_id in token_ids)

    def segmenter(self, *, inside: bool) -> Segmenter:
        """For one answer of this model. inside: the prompt already opened the thinking."""
        return Segmenter(self.decode, self._open_id, self._close_id, inside=inside, hidden=self._hidden)

    def decode(self, token_ids: Sequence[int]) -> str:
        """Plain text of the ids, control tokens included."""
        return self._tokenizer.backend_tokenizer.decode(token_ids, skip_special_tokens=False)

    def _apply_template(self, messages: list[dict[str, Any]], thinking: bool | None) -> str:
        from jinja2.exceptions import TemplateError

        if not messages:
            raise InvalidRequest("There is no message to answer.", "Write something first.")
        if not self._tokenizer.chat_template:
            raise LoadFailed(f"{self._model.name} has no chat template.", "Pick a chat (instruct) model.")
        switch = {"enable_thinking": thinking} if thinking is not None and self._model.thinking == "hybrid" else {}
        try:
            return self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **switch)
        except TemplateError as error:
            raise InvalidRequest(f"The model's template refuses this conversation: {error}",
                                 "Put the system message first and let user and assistant take turns.") from error

    def _disarm(self, messages: Sequence[Message]) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Messages for the template with a stand-in for every control token someone typed, and what each stands for."""
        everything = "".join(message.text + message.reasoning for message in messages)
        found = sorted(set(self._control.findall(everything)))
        free = (chr(code) for code in _PRIVATE if chr(code) not in everything)
        stand_in = dict(zip(found, free, strict=False))
        if len(stand_in) < len(found):
            raise InvalidRequest("The message uses too many unusual characters.", "Shorten it.")

        def disarmed(text: str) -> str:
            return self._control.sub(lambda match: stand_in[match[0]], text) if found else text

        rows = []
        for message in messages:
            row: dict[str, Any] = {"role": message.role, "content": disarmed(message.text)}
            if message.pictures:
                row["content"] = [*({"type": "image"} for _ in message.pictures),
                                  {"type": "text", "text": disarmed(message.text)}]
            if message.reasoning:
                row["reasoning_content"] = disarmed(message.reasoning)
            rows.append(row)
        return rows, {character: token for token, character in stand_in.items()}

    def _encode(self, text: str) -> list[int]:
        with self._lock:                  # a tokenizer that is being set up refuses a second user
            return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _encode_disarmed(self, text: str, typed: dict[str, str]) -> list[int]:
        """The template's own control tokens as such, those behind a stand-in as plain text."""
        ids: list[int] = []
        for part in re.split(f"([{''.join(typed)}])", text):
            if part:
                ids += self._encode_plain(typed[part]) if part in typed else self._encode(part)
        return ids

    def _encode_plain(self, token: str) -> list[int]:
        """A control token's letters as ordinary text: cut somewhere in the middle, it is no longer that token."""
        for cut in range(1, len(token)):
            ids = self._encode(token[:cut]) + self._encode(token[cut:])
            if not self._added_ids.intersection(ids):
                return ids
        raise InvalidRequest(f"{token!r} cannot be sent to this model as plain text.", "Leave it out.")

    def _with_places(self, text: str, pictures: tuple[Picture, ...], bounds: PixelBounds | None) -> str:
        """The template's one place for each picture, as many times as the picture has tokens."""
        parts = text.split(IMAGE_TOKEN)
        if self._images is None or self._image_id is None or len(parts) != len(pictures) + 1:
            raise InvalidRequest("The model's template has no place for these pictures.", "Put them into the question.",
                                 field="picture")
        counts = self._images.token_counts(pictures, bounds)
        return parts[0] + "".join(IMAGE_TOKEN * count + part for count, part in zip(counts, parts[1:], strict=True))

    def _render_fill(self, fill: Fill) -> RenderedPrompt:
        """The code before and after the hole between the tokens that name them. Raises InvalidRequest without such."""
        marks = [self._added.get(f"<|fim_{name}|>") for name in ("prefix", "suffix", "middle")]
        if None in marks:
            raise InvalidRequest(f"{self._model.name} was not trained to fill a hole in code.", "Pick a Coder model.")
        ids: list[int] = []
        for mark, part in zip(marks, (fill.prefix, fill.suffix, ""), strict=True):
            ids += [int(mark or 0), *self._encode_typed(part)]
        ends = [self._added[name] for name in _FILL_ENDS if name in self._added]
        return RenderedPrompt(self.decode(ids), tuple(ids), False, (*dict.fromkeys([*self.eos_token_ids, *ends]),),
                              escaped=bool(self._control.search(fill.prefix + fill.suffix)))

    def encode(self, text: str) -> tuple[int, ...]:
        """Token ids of plain text: control tokens in it are text too."""
        return tuple(self._encode_typed(text))

    def _encode_typed(self, text: str) -> list[int]:
        ids: list[int] = []
        at = 0
        for found in self._control.finditer(text):
            ids += self._encode(text[at : found.start()]) + self._encode_plain(found[0])
            at = found.end()
        return ids + self._encode(text[at:])

    def close_ids(self) -> tuple[int, ...]:
        """What closes the thinking for the model, `</think>` included; () when it never thinks."""
        if self._close_id is None or self._model.thinking == "none":
            return ()
        return tuple(self._encode(self._model.thinking_close))

    def _opens_thinking(self, ids: Sequence[int]) -> bool:
        """Whether the last of the tags is open, and nothing has ended its turn since."""
        for token_id in reversed(ids):
            if token_id == self._open_id:
                return True
            if token_id == self._close_id or token_id in self._hidden:
                return False
        return False

    def _piece(self, token_id: int) -> TokenPiece:
        if token_id in self._added_ids:
            return TokenPiece(token_id, self.decode([token_id]), control=True)
        token = self._tokenizer.convert_ids_to_tokens(token_id) if token_id < len(self._tokenizer) else None
        if not token:
            return TokenPiece(token_id, f"<{token_id}>", control=True)     # padding rows of the embedding
        table = _byte_of_character()
        if all(character in table for character in token):
            raw = bytes(table[character] for character in token)
            return TokenPiece(token_id, raw.decode("utf-8", errors="backslashreplace"))
        return TokenPiece(token_id, self.decode([token_id]))


@lru_cache(maxsize=1)
def _byte_of_character() -> dict[str, int]:
    """How byte-level tokenizers write bytes: printable ones as themselves, the others as U+0100 and up."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}
