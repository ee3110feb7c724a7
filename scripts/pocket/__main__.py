"""Command line: `python -m scripts.pocket tokenizer|train|evaluate|card NAME`."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

# Idle OpenMP threads must not spin: on shared cores they would slow everything down.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the parsed command line."""
    from scripts.pocket.recipes import RECIPES
    from scripts.pocket.vision.recipe import POCKET_VL

    parser = argparse.ArgumentParser(prog="python -m scripts.pocket", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    helps = {
        "tokenizer": "train the tokenizer",
        "train": "train the model",
        "evaluate": "measure the accuracy on held-out problems",
        "card": "write the model card from the measured figures",
    }
    parsers = {name: commands.add_parser(name, help=text) for name, text in helps.items()}
    for sub in parsers.values():
        sub.add_argument("name", choices=[*sorted(RECIPES), POCKET_VL.name])
        sub.add_argument("--out", type=Path, help="folder of the model, instead of the shipped one")
        sub.add_argument("--smoke", action="store_true", help="a small network and two easy tasks, to try it")
    train = parsers["train"]
    train.add_argument("--minutes", type=float, help="wall time; the learning rate follows it")
    train.add_argument("--steps", type=int, help="stop after this many steps instead")
    train.add_argument("--resume", action="store_true", help="continue from the checkpoint in the folder")
    train.add_argument("--start", type=Path, help="folder of a model whose weights the training starts from")
    train.add_argument("--rate", type=float, default=1.0, help="with --start: learning rates relative to the recipe")
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

    sees = args.name not in RECIPES
    recipe: Any = vision_recipe(args.smoke) if sees else RECIPES[args.name]
    if args.smoke:
        recipe = recipe if sees else smoke(recipe)
        args.out = args.out or Path("build") / f"smoke-{args.name}"
    folder: Path = args.out or recipe.folder
    if args.command == "tokenizer":
        from scripts.pocket import tokenizer

        size = RECIPES["pocket-qwen3"].vocabulary_size  # one tokenizer for the family
        print(f"{len(tokenizer.build(folder, size))} tokens in {folder}")
    elif args.command == "train":
        run_training(args, recipe, folder, sees)
    elif args.command == "evaluate":
        run_evaluation(args, recipe, folder, sees)
    else:
        if sees:
            from scripts.pocket.vision.card import write_card
        else:
            from scripts.pocket.card import write_card
        print(write_card(recipe, folder))
    return 0


def vision_recipe(smaller_one: bool) -> Any:
    """Return the recipe of the vision model, or of a smaller one to try it."""
    from scripts.pocket.vision.recipe import POCKET_VL, smaller

    return smaller() if smaller_one else POCKET_VL


def run_training(args: argparse.Namespace, recipe: Any, folder: Path, sees: bool) -> None:
    """Train one model, and note the command in its folder."""
    from scripts.pocket.runs import Budget

    minutes = args.minutes or recipe.minutes
    length = f"--steps {args.steps}" if args.steps else f"--minutes {minutes:g}"
    options = f"{length} --seed {args.seed} --threads {args.threads}"
    options += f" --start {args.start}" if args.start else ""
    if args.rate != 1:  # a gentle continuation decays from the beginning
        options += f" --rate {args.rate:g}"
        rates = {"muon_rate": args.rate * recipe.muon_rate, "adam_rate": args.rate * recipe.adam_rate}
        recipe = replace(recipe, **rates, decay_share=1.0 if args.rate < 1 else recipe.decay_share)
    options += " --smoke" if args.smoke else ""
    about = {"command": f"python -m scripts.pocket train {args.name} {options}", "note": args.note}
    how = {"seed": args.seed, "threads": args.threads, "resume": args.resume, "start": args.start, "about": about}
    if sees:
        from scripts.pocket.vision.train import train as train_vision

        train_vision(folder, Budget(minutes, args.steps), recipe=recipe, **how)
    else:
        from scripts.pocket.train import train

        train(recipe, folder, Budget(minutes, args.steps), **how)


def run_evaluation(args: argparse.Namespace, recipe: Any, folder: Path, sees: bool) -> None:
    """Measure one model and write the figures."""
    target = args.json or folder / "evaluation.json"
    if sees:
        from scripts.pocket.vision.evaluate import evaluate as evaluate_vision

        evaluate_vision(folder, target, n=args.n, threads=args.threads)
    else:
        from scripts.pocket.evaluate import evaluate

        evaluate(recipe, folder, target, n=args.n, threads=args.threads)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
