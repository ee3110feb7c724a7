"""A loaded model of transformers: it answers requests, and gives its memory back."""
from __future__ import annotations

from typing import Any

from playground.engines._batch import MOST_ROWS, Batch, can_batch
from playground.engines._device import use_threads
from playground.engines._memory import answer_ran_out, give_back, held_bytes, ran_out, take_apart
from playground.engines._prompter import TransformersPrompter
from playground.engines._sampling import generation_kwargs
from playground.engines._sink import Answer, streamer
from playground.types import CancelToken, Emit, FinishReason, RenderedPrompt, SamplingParams


class TransformersModel:
    """A model on one device. Safe for `max_concurrency` requests at once.

    Text models answer them together (`_batch`); what cannot be padded takes turns through transformers' `generate`.
    """

    def __init__(self, model: Any, prompter: TransformersPrompter, max_concurrency: int, threads: int,
                 kv_limit_bytes: int) -> None:
        from transformers import GenerationConfig

        self._prompter, self._threads = prompter, threads
        self._model: Any = model
        # the checkpoint's own sampling defaults would otherwise fill in whatever a request leaves neutral
        model.generation_config = GenerationConfig(
            eos_token_id=list(prompter.eos_token_ids), pad_token_id=prompter.eos_token_ids[0],
        )
        for parameter in model.parameters():
            # torch copies frozen bf16 weights into another layout at every call on a CPU: twice the time of a prompt,
            # and as much memory again as the largest matrix. Nothing is trained: all runs in inference mode.
            parameter.requires_grad_(parameter.is_floating_point())
        self._batch = Batch(model, threads, kv_limit_bytes, kv_limit_bytes // 8) if can_batch(model) else None
        # a scheme whose rows influence each other says 1, and its requests take turns
        self.max_concurrency = MOST_ROWS if self._batch and max_concurrency > 1 else max_concurrency
        self.memory_bytes = held_bytes(model)

    def warm_up(self) -> None:
        """One tiny forward pass, then measure again what is held."""
        import torch

        use_threads(self._threads)
        self._model(torch.tensor([[self._prompter.eos_token_ids[0]]], device=self._model.device))  # (batch, tokens)
        self.memory_bytes = held_bytes(self._model)

    @property
    def kv_bytes(self) -> int:
        """Keys and values held now. Not those of an answer that takes turns: they are what was set aside."""
        return self._batch.kv_bytes if self._batch is not None else 0

    def forget(self) -> None:
        """Drop past conversations, soon; running answers go on."""
        if self._batch is not None:
            self._batch.forget()

    def generate(
        self, prompt: RenderedPrompt, sampling: SamplingParams, cancel: CancelToken, emit: Emit
    ) -> FinishReason:
        """Emit the answer token by token. The same prompt, sampling and seed give the same tokens at any load."""
        if cancel.cancelled:
            return "cancelled"
        ends = frozenset(prompt.eos_token_ids or self._prompter.eos_token_ids)
        segmenter = self._prompter.segmenter(inside=prompt.opens_thinking)
        answer = Answer(segmenter, prompt, ends, int(sampling.max_tokens), emit)
        if self._batch is not None:
            return self._batch.answer(prompt.token_ids, sampling, cancel, answer)
        return self._generate_alone(prompt, sampling, cancel, answer)

    def _generate_alone(
        self, prompt: RenderedPrompt, sampling: SamplingParams, cancel: CancelToken, answer: Answer
    ) -> FinishReason:
        import torch

        use_threads(self._threads)
        sink = streamer(answer, cancel)
        ids = torch.tensor([prompt.token_ids], device=self._model.device)                 # (1, tokens)
        seen = {name: tensor.to(self._model.device) for name, tensor in self._prompter.image_inputs(prompt).items()}
        try:
            with torch.inference_mode():
                self._model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), **seen, streamer=sink,
                    stopping_criteria=[sink.stop],
                    eos_token_id=list(prompt.eos_token_ids or self._prompter.eos_token_ids),
                    **generation_kwargs(sampling, prompt.token_ids, self._model.device, answer.steer),
                )
        except (MemoryError, RuntimeError) as error:
            if not ran_out(error):
                raise
            raise answer_ran_out() from error
        return answer.finish()

    def close(self) -> None:
        """Drop the weights and give their memory back. The cache calls it when nobody uses the model."""
        if self._batch is not None:
            self._batch.close()
        if self._model is not None:
            take_apart(self._model)
        self._batch = self._model = None
        give_back()
