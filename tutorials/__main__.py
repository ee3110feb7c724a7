"""Check the lessons: `python -m tutorials check [--json PATH]`. Exit code 1 when something is wrong."""
from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from tutorials.check import check_lessons


def main(argv: list[str] | None = None) -> int:
    """0 when every check passed or could not run here, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tutorials", description="Check the lessons.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check texts and structure, and run every cell on the default model")
    check.add_argument("--json", type=Path, metavar="PATH", help="also write the results to this file")
    given = parser.parse_args(argv)
    results = check_lessons()
    for result in results:
        print(f"{result.outcome:8} {result.lesson}: {result.what}" + (f" ({result.detail})" if result.detail else ""))
    if given.json:
        given.json.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n", "utf-8")
    return int(any(result.outcome == "failed" for result in results))


if __name__ == "__main__":
    sys.exit(main())
