"""Train a pocket model from scratch: the same loop on a CPU and on a GPU.

The learning rate follows the wall clock (or the step number with `--steps`): warm-up,
constant, then linear decay to zero. A run can be stopped and continued with `--resume`.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from scripts.pocket.batches import Batch, training_batches, validation_batches
from scripts.pocket.experts import Balance, trained_parameters
from scripts.pocket.files import export, load_tokenizer
from scripts.pocket.model import build_model, check_forward, target_loss
from scripts.pocket.optimizers import make_optimizers, rate_factor, set_rates, update
from scripts.pocket.recipes import Recipe
from scripts.pocket.runs import CHECKPOINT, Budget, Counters, cost, write_checkpoint
from scripts.pocket.start import start_from

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SAVE_EVERY_SECONDS = 240.0
LOG_EVERY_STEPS = 25
VALIDATE_EVERY_STEPS = 400


@dataclass
class Progress(Counters):
    """Counters of a run, with the number of the data block it is at."""

    block: int = 0


class Run:
    """The state of one training run: network, optimizers, data position and counters."""

    def __init__(self, recipe: Recipe, out: Path, seed: int, device: str, start: Path | None = None) -> None:
        torch.manual_seed(seed)
        self.recipe, self.out, self.seed, self.device = recipe, out, seed, device
        self.tokenizer: PreTrainedTokenizerBase = load_tokenizer(recipe, out)
        self.model = build_model(recipe, self.tokenizer, device)
        difference = check_forward(self.model)
        if difference > 1e-3:
            raise RuntimeError(f"the fast forward pass differs from {type(self.model).__name__} by {difference:.2e}")
        if start:
            start_from(self.model, self.tokenizer, start)
        self.busy: list[list[float]] = []
        self.optimizers = make_optimizers(trained_parameters(self.model), recipe)
        self.progress = Progress()

    def resume(self) -> None:
        """Continue from the checkpoint in the output folder, at the next data block."""
        state = torch.load(self.out / CHECKPOINT, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.progress = Progress(**state["progress"])
        self.progress.block += 1

    def save(self) -> None:
        """Write the checkpoint, replacing the old one when complete, and the model in its shipped form."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "progress": asdict(self.progress),
        }
        write_checkpoint(state, self.out)
        export(self.model, self.tokenizer, self.out)

    def step(self, batches: list[Batch], factor: float) -> float:
        """Make one optimizer step and return the mean loss in nats per target token."""
        set_rates(self.optimizers, factor)
        targets = sum(int((labels[:, 1:] != -100).sum()) for _, labels in batches)
        total = 0.0
        for ids, labels in batches:
            ids, labels = ids.to(self.device), labels.to(self.device)
            balance = Balance((ids != self.tokenizer.pad_token_id).flatten()) if self.recipe.experts else None
            loss = target_loss(self.model, ids, labels, balance=balance)
            total += float(loss.detach())
            loss = loss / targets
            if balance is not None:
                loss = loss + self.recipe.balance / len(batches) * balance.loss()
                self.busy = [[round(float(x), 3) for x in share] for share in balance.shares]
            loss.backward()
        torch.nn.utils.clip_grad_norm_([p for _, p in trained_parameters(self.model)], 1.0)
        update(self.optimizers)
        self.progress.step += 1
        self.progress.tokens += sum(ids.numel() for ids, _ in batches)
        self.progress.target_tokens += targets
        return total / targets

    def validate(self) -> str:
        """Return the held-out loss of each group, thinking / plain, as one line of text."""
        parts = []
        for group in self.recipe.mixture:
            values = []
            for thinking in (True, False) if self.recipe.thinks else (None,):
                batches = validation_batches(self.recipe, self.tokenizer, group, thinking)
                values.append(f"{mean_loss(self.model, batches, self.device):.3f}")
            parts.append(f"{group} {'/'.join(values)}")
        busy = f"; share of the tokens per expert and layer {self.busy}" if self.busy else ""
        return "held-out loss (thinking/plain): " + ", ".join(parts) + busy


def mean_loss(model: PreTrainedModel, batches: list[Batch], device: str) -> float:
    """Return the mean loss in nats per target token over the batches."""
    total, targets = 0.0, 0
    with torch.no_grad():
        for ids, labels in batches:
            total += float(target_loss(model, ids.to(device), labels.to(device)))
            targets += int((labels[:, 1:] != -100).sum())
    return total / targets


def statistics(run: Run, minutes: float, threads: int, about: dict[str, str]) -> dict[str, Any]:
    """Return what the model card tells about the training."""
    progress = asdict(run.progress)
    return {
        **about,
        **cost(run.progress, run.seed, minutes, threads, run.device),
        "parameters": sum(p.numel() for p in run.model.parameters()),
        **{key: progress[key] for key in ("step", "tokens", "target_tokens", "losses")},
    }


def train(
    recipe: Recipe,
    out: Path,
    budget: Budget,
    *,
    seed: int = 0,
    threads: int = 2,
    resume: bool = False,
    start: Path | None = None,
    about: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Train, export the model to `out` and return the statistics that go into training.json."""
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    run = Run(recipe, out, seed, "cuda" if torch.cuda.is_available() else "cpu", start)
    if resume and (out / CHECKPOINT).exists():
        run.resume()
    loop(run, budget)
    result = statistics(run, budget.minutes, threads, about or {})
    (out / "training.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return result


def loop(run: Run, budget: Budget) -> None:
    """Step until the budget is used up, logging, validating and saving on the way."""
    progress, recipe = run.progress, run.recipe
    data = training_batches(recipe, run.tokenizer, run.seed, progress.block)
    per_step = max(1, recipe.step_tokens // recipe.micro_batch_tokens)
    clock, cpu = time.monotonic() - progress.seconds, time.process_time() - progress.cpu_seconds
    last_save, recent = progress.seconds, []
    while (done := budget.done(progress)) < 1:
        batches = []
        for _ in range(per_step):
            progress.block, batch = next(data)
            batches.append(batch)
        recent.append(run.step(batches, rate_factor(done, progress.step, recipe)))
        progress.seconds, progress.cpu_seconds = time.monotonic() - clock, time.process_time() - cpu
        if progress.step % LOG_EVERY_STEPS == 0:
            loss = sum(recent) / len(recent)
            progress.losses.append((progress.step, round(loss, 4)))
            recent = []
            print(report(run, done, loss), flush=True)
        if progress.step % VALIDATE_EVERY_STEPS == 0:
            print(run.validate(), flush=True)
        if progress.seconds - last_save > SAVE_EVERY_SECONDS:
            run.save()
            last_save = progress.seconds
    run.save()


def report(run: Run, done: float, loss: float) -> str:
    """Return one line of progress with the estimated time left."""
    p = run.progress
    left = p.seconds / max(done, 1e-6) * (1 - done) / 60
    speed = p.tokens / max(p.seconds, 1e-6)
    return (
        f"step {p.step} {100 * done:.1f}% loss {loss:.4f} tokens {p.tokens / 1e6:.2f}M "
        f"{speed:.0f} tokens/s, {p.seconds / 60:.1f} min wall {p.cpu_seconds / 60:.1f} min CPU, {left:.1f} min left"
    )
