"""A loaded model of transformers: it answers requests, and gives its memory back."""
from __future__ import annotations

from typing import Any

from playground.engines._device import use_threads
from playground.engines._memory import give_back, held_bytes
from playground.engines._prompter import TransformersPrompter
from playground.engines._sampling import generation_kwargs
from playground.engines._sink import sink as make_sink
from playground.errors import OutOfMemory
from playground.types import CancelToken, Emit, FinishReason, RenderedPrompt, SamplingParams


class TransformersModel:
    """A model on one device. Safe for `max_concurrency` requests at once; the forward pass keeps no state."""

    def __init__(self, model: Any, prompter: TransformersPrompter, max_concurrency: int, threads: int) -> None:
        from transformers import GenerationConfig

        self.max_concurrency = max_concurrency
        self._prompter, self._threads = prompter, threads
        self._model: Any = model
        # the checkpoint's own sampling defaults would otherwise fill in whatever a request leaves neutral
        model.generation_config = GenerationConfig(
            eos_token_id=list(prompter.eos_token_ids), pad_token_id=prompter.eos_token_ids[0],
        )
        self.memory_bytes = held_bytes(model)

    def warm_up(self) -> None:
        """One tiny forward pass, then measure again what is held."""
        import torch

        use_threads(self._threads)
        self._model(torch.tensor([[self._prompter.eos_token_ids[0]]], device=self._model.device))  # (batch, tokens)
        self.memory_bytes = held_bytes(self._model)

    def generate(
        self, prompt: RenderedPrompt, sampling: SamplingParams, cancel: CancelToken, emit: Emit
    ) -> FinishReason:
        """Emit the answer token by token. The same prompt, sampling and seed give the same tokens at any load."""
        import torch

        if cancel.cancelled:
            return "cancelled"
        use_threads(self._threads)
        model = self._model
        ends = frozenset(self._prompter.eos_token_ids)
        sink = make_sink(self._prompter.segmenter(inside=prompt.opens_thinking), ends, cancel, emit)
        ids = torch.tensor([prompt.token_ids], device=model.device)                     # (1, tokens)
        try:
            with torch.inference_mode():
                model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), streamer=sink, stopping_criteria=[sink.stop],
                    **generation_kwargs(sampling, model.device),
                )
        except (MemoryError, torch.OutOfMemoryError) as error:
            raise OutOfMemory("The machine ran out of memory while answering.",
                              "Shorten the conversation, or pick a smaller variant.") from error
        sink.finish()
        return sink.reason(sampling.max_tokens)

    def close(self) -> None:
        """Drop the weights and give their memory back. The cache calls it when nobody uses the model."""
        self._model = None
        give_back()
