"""What a request must pass before it may wait for a model: sizes first, then how often its caller asked."""
from __future__ import annotations

from playground.guard.limits import RateLimiter
from playground.guard.validate import Limits, validate
from playground.types import GenerationRequest


class RequestGuard:
    """The `playground.service.Guard`: raises InvalidRequest or RateLimited. A refused size costs the caller nothing."""

    def __init__(self, limits: Limits, limiter: RateLimiter) -> None:
        self.limits, self._limiter = limits, limiter

    def __call__(self, caller: str, request: GenerationRequest) -> None:
        self.check(request)
        self._limiter.take(caller)

    def check(self, request: GenerationRequest) -> None:
        """The sizes alone."""
        validate(request, self.limits)
