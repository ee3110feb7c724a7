"""Find a Chromium for the tests, and on a Debian machine where we are root install one: `--install`.

Prints its path. Exit code 0 without one unless CI=true, so that the other tests still run; the browser tests then fail
with the same advice.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
ADVICE = ("No Chromium was found for the browser tests. Install one (Debian: apt install chromium), "
          "or set CHROMIUM to its path.")


def find_browser() -> str | None:
    """Path of a Chromium: the variable CHROMIUM, then PATH, then the usual places."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    on_path = next((found for name in NAMES if (found := shutil.which(name))), None)
    return on_path or next((place for place in PLACES if Path(place).exists()), None)


def install() -> None:
    """With apt, when we are root; otherwise nothing."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=sys.stderr)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "chromium"],
            check=False,
            stdout=sys.stderr,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )


def main() -> int:
    if find_browser() is None and "--install" in sys.argv[1:]:
        install()
    if path := find_browser():
        print(path)
        return 0
    print(ADVICE, file=sys.stderr)
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    raise SystemExit(main())
