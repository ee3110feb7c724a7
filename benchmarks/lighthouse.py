"""Lighthouse's scores for the page of a running app: `python -m benchmarks.lighthouse http://127.0.0.1:7860/`.

Needs Node 18.20 or later and a Chromium; npx fetches Lighthouse itself on the first run. It simulates a slow phone
on a slow network, so read the performance as a comparison between versions, measured on an idle machine.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from scripts.find_browser import ADVICE, find_browser

LIGHTHOUSE = "lighthouse@12.8.2"          # the last line that runs on Node 18 and 20
CATEGORIES = ("accessibility", "performance", "best-practices")
LEAST = {"accessibility": 0.96}           # exit code 1 below it


def measure(url: str, *, desktop: bool) -> dict[str, Any]:
    """Lighthouse's whole report."""
    path = find_browser()
    if path is None:
        raise SystemExit(ADVICE)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json", f"--output-path={report}",
                   f"--only-categories={','.join(CATEGORIES)}",
                   "--chrome-flags=--headless=new --no-sandbox --disable-gpu --no-first-run"]
        command += ["--preset=desktop"] if desktop else []
        subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": path})
        return dict(json.loads(report.read_text("utf-8")))


def failing(report: dict[str, Any], category: str) -> list[str]:
    """The audits of a category that cost points, with the first elements they name."""
    lines = []
    for reference in report["categories"][category]["auditRefs"]:
        audit = report["audits"][reference["id"]]
        if reference["weight"] and audit["score"] is not None and audit["score"] < 0.9:
            nodes = [item.get("node", {}).get("snippet", "") for item in audit.get("details", {}).get("items", [])]
            lines.append(f"  {audit['id']}: {audit.get('displayValue') or audit['title']} "
                         + " ".join(node for node in nodes[:3] if node))
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description="Lighthouse's scores for the page of a running app.")
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:7860/?lang=en")
    parser.add_argument("--desktop", action="store_true", help="a desktop computer instead of a slow phone")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the scores and key figures there")
    wanted = parser.parse_args()
    report = measure(wanted.url, desktop=wanted.desktop)
    scores = {name: report["categories"][name]["score"] for name in CATEGORIES}
    for name, score in scores.items():
        print(f"{name:16} {score:.2f}")
        print("\n".join(failing(report, name)))
    figures = {name: report["audits"][name]["numericValue"] for name in (
        "first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift",
        "total-byte-weight")}
    for name, value in figures.items():
        print(f"{name:26} {value:.3g}")
    if wanted.json:
        wanted.json.write_text(json.dumps({"lighthouse": LIGHTHOUSE, "scores": scores, "figures": figures}, indent=2),
                               "utf-8")
    return any(scores[name] < least for name, least in LEAST.items())


if __name__ == "__main__":
    raise SystemExit(main())
