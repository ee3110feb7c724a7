"""Command line: `python -m scripts.pocket tokenizer|train|evaluate|card NAME`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# Idle OpenMP threads must not spin: on shared cores they would slow everything down.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the parsed command line."""
    from scripts.pocket.recipes import RECIPES

    parser = argparse.ArgumentParser(prog="python -m scripts.pocket", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    helps = {
        "tokenizer": "train the tokenizer",
        "train": "train the model from scratch",
        "evaluate": "measure the accuracy on held-out problems",
        "card": "write the model card from the measured figures",
    }
    parsers = {name: commands.add_parser(name, help=text) for name, text in helps.items()}
    for sub in parsers.values():
        sub.add_argument("name", choices=sorted(RECIPES))
        sub.add_argument("--out", type=Path, help="folder of the model, instead of the shipped one")
        sub.add_argument("--smoke", action="store_true", help="a small network and two easy tasks, to try it")
    train = parsers["train"]
    train.add_argument("--minutes", type=float, help="wall time; the learning rate follows it")
    train.add_argument("--steps", type=int, help="stop after this many steps instead")
    train.add_argument("--resume", action="store_true", help="continue from the checkpoint in the folder")
    train.add_argument("--start", type=Path, help="folder of a model whose weights the training starts from")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--note", default="", help="a remark on the run for the model card")
    evaluate = parsers["evaluate"]
    evaluate.add_argument("--n", type=int, default=300, help="problems for each task")
    evaluate.add_argument("--json", type=Path, help="where to write the figures")
    for sub in (train, evaluate):
        sub.add_argument("--threads", type=int, default=2)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run one command and return the exit status."""
    args = parse(arguments)
    from scripts.pocket.recipes import RECIPES, smoke

    recipe = RECIPES[args.name]
    if args.smoke:
        recipe = smoke(recipe)
        args.out = args.out or Path("build") / f"smoke-{args.name}"
    folder: Path = args.out or recipe.folder
    if args.command == "tokenizer":
        from scripts.pocket import tokenizer

        print(f"{len(tokenizer.build(folder, recipe.vocabulary_size))} tokens in {folder}")
    elif args.command == "train":
        from scripts.pocket.train import Budget, train

        minutes = args.minutes or recipe.minutes
        options = f"--minutes {minutes:g} --seed {args.seed} --threads {args.threads}"
        options += f" --start {args.start}" if args.start else ""
        options += " --smoke" if args.smoke else ""
        command = f"python -m scripts.pocket train {args.name} {options}"
        budget = Budget(minutes, args.steps)
        about = {"command": command, "note": args.note}
        how = {"seed": args.seed, "threads": args.threads, "resume": args.resume, "start": args.start}
        train(recipe, folder, budget, about=about, **how)
    elif args.command == "evaluate":
        from scripts.pocket.evaluate import evaluate

        evaluate(recipe, folder, args.json or folder / "evaluation.json", n=args.n, threads=args.threads)
    else:
        from scripts.pocket.card import write_card

        print(write_card(recipe, folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
