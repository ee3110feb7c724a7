"""Fetching models from a hub, with progress, cancel and resume."""
from playground.downloads.downloads import Download, Downloads, Progress

__all__ = ["Download", "Downloads", "Progress"]
