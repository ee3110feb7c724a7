"""`python -m playground.guard.sandbox < program.py` prints how the program ended, as one line of JSON."""
from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, fields

from playground.errors import InvalidRequest
from playground.guard.sandbox.run import Limits, Sandbox


def main() -> None:
    """Exit status 0 whenever the line was printed, whatever became of the program; 2 for bad options."""
    parser = argparse.ArgumentParser(prog="python -m playground.guard.sandbox", description=__doc__, allow_abbrev=False)
    for each in fields(Limits):
        kind = float if each.name == "seconds" else int
        parser.add_argument("--" + each.name.replace("_", "-"), type=kind, default=each.default, metavar="N",
                            help=f"default {each.default}")
    parser.add_argument("--packages", action="store_true", help="let it import what is installed here (sympy, numpy)")
    options = vars(parser.parse_args())
    packages = options.pop("packages")
    try:
        outcome = Sandbox(Limits(**options), packages=packages).run(sys.stdin.buffer.read().decode("utf-8", "replace"))
    except InvalidRequest as error:
        parser.error(str(error))
    print(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    main()
