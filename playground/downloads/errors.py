"""Turn what went wrong in a download into a sentence and a next step; no path, token or address gets into it."""
from __future__ import annotations

import errno

from playground.errors import DownloadFailed, PlaygroundError
from playground.types import ModelSpec

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
RESUME = "Start the download again: it goes on where it stopped."


def explain(error: BaseException, spec: ModelSpec) -> PlaygroundError:
    """The error to show. Never raises."""
    if isinstance(error, PlaygroundError):
        return error
    for cause in _chain(error):
        found = _known(cause, spec)
        if found:
            return found
    return DownloadFailed(f"The download of {spec.name} failed ({type(error).__name__}).", RESUME)


def _known(error: BaseException, spec: ModelSpec) -> DownloadFailed | None:
    import httpx2
    from filelock import Timeout
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled, RepositoryNotFoundError

    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return DownloadFailed(f"The disk is full; {spec.name} is only partly downloaded and will not be used.",
                              "Free some space, then start again: it goes on where it stopped.")
    if isinstance(error, Timeout):
        return DownloadFailed(f"Another program is downloading {spec.name} just now.", "Wait until it has finished.")
    if isinstance(error, OfflineModeIsEnabled):
        return DownloadFailed(f"{spec.name} is not on this computer, and HF_HUB_OFFLINE forbids downloads.",
                              "Unset HF_HUB_OFFLINE, or choose a model that is on disk.")
    if isinstance(error, GatedRepoError):
        return _refused(spec)
    if isinstance(error, RepositoryNotFoundError):
        return _missing(spec)
    if isinstance(error, HfHubHTTPError | httpx2.HTTPStatusError) and error.response is not None:
        return _status(error.response.status_code, spec)
    if isinstance(error, httpx2.TransportError):
        return DownloadFailed(f"The model hub does not answer, so {spec.name} cannot be downloaded.",
                              "Check the internet connection or proxy, or choose a model that is on disk.")
    if isinstance(error, PermissionError):
        return DownloadFailed(f"{spec.name} cannot be stored: the cache folder is not writable.",
                              "Set HF_HOME to a folder you may write to.")
    return None


def _status(status: int, spec: ModelSpec) -> DownloadFailed:
    if status in (401, 403):
        return _refused(spec)
    if status == 404:
        return _missing(spec)
    return DownloadFailed(f"The model hub answered with error {status} for {spec.name}.", f"Wait a minute. {RESUME}")


def _refused(spec: ModelSpec) -> DownloadFailed:
    return DownloadFailed(f"The hub refuses {spec.repo}: it needs an account that has accepted its terms.",
                          "Accept the terms on the model's page, run `hf auth login`, then start again.")


def _missing(spec: ModelSpec) -> DownloadFailed:
    revision = spec.revision or "main"
    return DownloadFailed(f"The hub has no repository {spec.repo} with revision {revision}, or it is private.",
                          "Check the name in the data file; for a private one run `hf auth login`.")


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and what caused it, outermost first."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
