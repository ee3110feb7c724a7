"""Errors a reader can act on: what happened, then what to do next. Imports nothing."""
from __future__ import annotations


class PlaygroundError(Exception):
    """Base of every error that users may see. `hint` says what to do next; `code` is stable and machine readable.

    `params` are the values named in the message, so that the interface can say it in the reader's language.
    """

    code = "error"

    def __init__(self, message: str, hint: str = "", **params: object) -> None:
        super().__init__(message)
        self.hint = hint
        self.params = params


class Cancelled(PlaygroundError):
    """Raised when a request is stopped while it waits, loads or generates."""

    code = "cancelled"


class InvalidRequest(PlaygroundError, ValueError):
    """Raised when a value is out of bounds; the message names the field, the value and the bound."""

    code = "invalid_request"


class UnknownName(PlaygroundError, KeyError):
    """Raised for a model, variant, setting or prompt that does not exist; the hint names the nearest one."""

    code = "not_found"

    def __str__(self) -> str:  # KeyError would show the repr
        return str(self.args[0])


class ContextFull(PlaygroundError):
    """Raised when the prompt leaves no room for an answer. params: needed, available (tokens)."""

    code = "context_full"


class OutOfMemory(PlaygroundError):
    """Raised before loading when a variant cannot fit, or when the device runs out."""

    code = "out_of_memory"


class Busy(PlaygroundError):
    """Raised when the queue is full or a wait took too long."""

    code = "busy"


class RateLimited(PlaygroundError):
    """Raised when one caller asks too often. params: wait_s."""

    code = "rate_limited"


class Unavailable(PlaygroundError):
    """Raised when a scheme, engine or model cannot run on this machine; the message says why."""

    code = "unavailable"


class LoadFailed(PlaygroundError):
    """Raised when weights are missing, truncated or of the wrong kind."""

    code = "load_failed"


class DownloadFailed(PlaygroundError):
    """Raised when files cannot be fetched: offline, disk full, cut connection, unknown repository."""

    code = "download_failed"
