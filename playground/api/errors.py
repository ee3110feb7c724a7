"""Errors in OpenAI's shape, with the status codes its clients understand."""
from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import JSONResponse

from playground.errors import PlaygroundError
from playground.types import Failed

# our code: (status, type, code as OpenAI names it, is it worth trying again)
STATUS: dict[str, tuple[int, str, str, bool]] = {
    "invalid_request": (400, "invalid_request_error", "invalid_value", False),
    "context_full": (400, "invalid_request_error", "context_length_exceeded", False),
    "not_found": (404, "invalid_request_error", "model_not_found", False),
    "rate_limited": (429, "rate_limit_error", "rate_limit_exceeded", True),
    "busy": (503, "server_error", "busy", True),
    "cancelled": (503, "server_error", "cancelled", True),
    "out_of_memory": (503, "server_error", "out_of_memory", False),
    "unavailable": (503, "server_error", "unavailable", False),
    "download_failed": (503, "server_error", "download_failed", False),
    "load_failed": (500, "server_error", "load_failed", False),
}
INTERNAL = (500, "server_error", "internal", False)
BUSY_RETRY_S = 5


@dataclass(eq=False)
class ApiError(Exception):
    """Raised inside a route; becomes `{"error": {message, type, param, code}}` with this status."""

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    retry_after_s: int | None = None
    retry: bool = False

    def body(self) -> dict[str, object]:
        """The JSON of the answer; also sent inside a stream that already began."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}

    def response(self) -> JSONResponse:
        """The answer, with Retry-After where it helps and a note to OpenAI's clients not to retry where it does not."""
        headers = {} if self.retry else {"x-should-retry": "false"}
        if self.retry_after_s is not None:
            headers["retry-after"] = str(self.retry_after_s)
        if self.status == 401:
            headers["www-authenticate"] = "Bearer"
        return JSONResponse(self.body(), self.status, headers)


def from_failed(failed: Failed) -> ApiError:
    """How a stream's failure is told over HTTP."""
    status, kind, code, retry = STATUS.get(failed.code, INTERNAL)
    field, wait_s = failed.params.get("field"), failed.params.get("wait_s")
    after = wait_s if isinstance(wait_s, int) else BUSY_RETRY_S if failed.code == "busy" else None
    return ApiError(status, f"{failed.message} {failed.hint}".strip(), kind, field if isinstance(field, str) else None,
                    code, after, retry)


def from_error(error: PlaygroundError) -> ApiError:
    """The same for an error that was raised."""
    return from_failed(Failed.of(error))
