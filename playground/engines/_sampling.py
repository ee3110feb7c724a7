"""Sampling with a random generator of its own per request, token for token what `model.generate` draws by itself."""
from __future__ import annotations

from typing import Any

from playground.types import SamplingParams


def generation_kwargs(sampling: SamplingParams, device: Any) -> dict[str, Any]:
    """Arguments for `model.generate`. Two requests at once never share random numbers.

    do_sample is off on purpose: transformers would draw from torch's global generator. The processors below cut in
    the order transformers cuts, draw, and leave exactly one token for its argmax.
    """
    kwargs: dict[str, Any] = {"max_new_tokens": int(sampling.max_tokens), "do_sample": False}
    if sampling.repetition_penalty != 1.0:
        kwargs["repetition_penalty"] = float(sampling.repetition_penalty)
    if sampling.temperature > 0:
        kwargs["logits_processor"] = _cuts(sampling)
        kwargs["logits_processor"].append(_draw(int(sampling.seed or 0), device))
    return kwargs


def _cuts(sampling: SamplingParams) -> Any:
    from transformers import (
        LogitsProcessorList,
        MinPLogitsWarper,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    cuts = LogitsProcessorList()
    if sampling.temperature != 1.0:
        cuts.append(TemperatureLogitsWarper(float(sampling.temperature)))
    if sampling.top_k:
        cuts.append(TopKLogitsWarper(int(sampling.top_k)))
    if sampling.top_p < 1.0:
        cuts.append(TopPLogitsWarper(float(sampling.top_p)))
    if sampling.min_p > 0.0:
        cuts.append(MinPLogitsWarper(float(sampling.min_p)))
    return cuts


def _draw(seed: int, device: Any) -> Any:
    import torch
    from transformers import LogitsProcessor

    class Draw(LogitsProcessor):
        """Leaves the one token that this request's generator draws."""

        def __init__(self) -> None:
            self._random = torch.Generator(device).manual_seed(seed)

        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            drawn = torch.multinomial(scores.softmax(dim=-1), 1, generator=self._random)   # (batch, 1)
            return torch.full_like(scores, -torch.inf).scatter_(1, drawn, 0.0)             # (batch, vocabulary)

    return Draw()
