"""Sampling with a random generator of its own per request, token for token what `model.generate` draws by itself.

Two requests at once never share random numbers: transformers would draw from torch's global generator. The cuts are
transformers' own, in its order.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from playground.engines._sink import Steer
from playground.types import SamplingParams


class Chooser:
    """Chooses the next token of one request."""

    def __init__(self, sampling: SamplingParams, prompt: Sequence[int], device: Any) -> None:
        import torch
        from transformers import RepetitionPenaltyLogitsProcessor

        self.settings = (sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p)
        """What decides the distribution beside the model: rows that agree in it are cut together."""
        self.greedy = sampling.temperature == 0
        self.cuts = [] if self.greedy else _cuts(sampling)
        self.random = torch.Generator(device).manual_seed(int(sampling.seed or 0))
        self._seen = list(prompt)
        self.penalty = (RepetitionPenaltyLogitsProcessor(float(sampling.repetition_penalty))
                        if sampling.repetition_penalty != 1.0 else None)

    def penalised(self, scores: Any) -> Any:
        """The scores (1, vocabulary) with the repetition penalty."""
        import torch

        if self.penalty is None:
            return scores
        return self.penalty(torch.tensor([self._seen], device=scores.device), scores)

    def note(self, token: int) -> None:
        """The token was written; the penalty counts it from now on."""
        if self.penalty is not None:
            self._seen.append(token)


def choose(choosers: Sequence[Chooser], logits: Any, steers: Sequence[Steer]) -> list[int]:
    """The next token of each row of `logits` (rows, vocabulary), each drawn by its own generator.

    A token that is written for the model costs no random number: a script that writes it too draws the same ones.
    """
    import torch

    scores = logits.to(torch.float32)
    if any(steer.banned for steer in steers):
        scores = scores.clone()
        for i, steer in enumerate(steers):
            scores[i, list(steer.banned)] = -torch.inf
    if any(chooser.penalty is not None for chooser in choosers):
        scores = torch.cat([chooser.penalised(scores[i : i + 1]) for i, chooser in enumerate(choosers)])
    tokens = scores.argmax(dim=-1).tolist()
    groups: dict[tuple[float, ...], list[int]] = {}
    for i, chooser in enumerate(choosers):
        if not chooser.greedy and steers[i].token is None:
            groups.setdefault(chooser.settings, []).append(i)
    for rows in groups.values():
        part = scores if len(rows) == len(choosers) else scores[rows]
        for cut in choosers[rows[0]].cuts:
            part = cut(None, part)
        shares = part.softmax(dim=-1)
        for i, share in zip(rows, shares, strict=True):
            tokens[i] = int(torch.multinomial(share[None], 1, generator=choosers[i].random))
    tokens = [token if steer.token is None else steer.token for token, steer in zip(tokens, steers, strict=True)]
    for chooser, token in zip(choosers, tokens, strict=True):
        chooser.note(token)
    return tokens


def generation_kwargs(sampling: SamplingParams, prompt: Sequence[int], device: Any, steer: Callable[[], Steer]
                      ) -> dict[str, Any]:
    """Arguments for `model.generate` with the same choice of tokens; it takes the argmax of what is left."""
    import torch
    from transformers import LogitsProcessor, LogitsProcessorList

    chooser = Chooser(sampling, prompt, device)

    class Only(LogitsProcessor):
        """Leaves the one token that is chosen."""

        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            token = torch.tensor([choose([chooser], scores, [steer()])], device=scores.device)
            return torch.full_like(scores, -torch.inf).scatter_(1, token, 0.0)             # (1, vocabulary)

    return {"max_new_tokens": int(sampling.max_tokens), "do_sample": False,
            "logits_processor": LogitsProcessorList([Only()])}


def _cuts(sampling: SamplingParams) -> list[Any]:
    from transformers import MinPLogitsWarper, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    cuts: list[Any] = []
    if sampling.temperature != 1.0:
        cuts.append(TemperatureLogitsWarper(float(sampling.temperature)))
    if sampling.top_k:
        cuts.append(TopKLogitsWarper(int(sampling.top_k)))
    if sampling.top_p < 1.0:
        cuts.append(TopPLogitsWarper(float(sampling.top_p)))
    if sampling.min_p > 0.0:
        cuts.append(MinPLogitsWarper(float(sampling.min_p)))
    return cuts
