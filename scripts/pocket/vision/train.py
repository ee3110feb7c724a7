"""Train the vision model from scratch: the same loop on a CPU and on a GPU.

The learning rate follows the wall clock (or the step number): warm-up, constant, then linear decay to zero.
A run can be stopped and continued with `resume`, or started from the weights of another with `start`.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from scripts.pocket.optimizers import make_optimizers, rate_factor, set_rates, update
from scripts.pocket.runs import CHECKPOINT, Budget, Counters, cost, write_checkpoint
from scripts.pocket.vision.batches import Batch, Encoder, batches, make_batch
from scripts.pocket.vision.files import export, load_tokenizer, start_from
from scripts.pocket.vision.hints import HintHead
from scripts.pocket.vision.judge import is_right
from scripts.pocket.vision.model import build_model, check_forward, hidden_states, target_loss, vision_features
from scripts.pocket.vision.recipe import POCKET_VL, VisionRecipe

SAVE_EVERY_SECONDS = 180.0
LOG_EVERY_STEPS = 50
VALIDATE_EVERY_STEPS = 400
VALIDATION_BATCHES = 8


@dataclass
class Progress(Counters):
    """Counters of a run, with the pictures and questions it has seen."""

    pictures: int = 0
    questions: int = 0


class Run:
    """The state of one training run: network, optimizers, data position and counters."""

    def __init__(self, recipe: VisionRecipe, out: Path, seed: int, device: str, start: Path | None) -> None:
        torch.manual_seed(seed)
        if start:  # the first lessons are over
            recipe = replace(recipe, hint_steps=0, easy_steps=0)
        self.recipe, self.out, self.seed, self.device = recipe, out, seed, device
        self.tokenizer = load_tokenizer(out)
        model = start_from(start, recipe, self.tokenizer) if start else build_model(recipe, self.tokenizer)
        self.model = model.to(device)
        self.encoder = Encoder(self.tokenizer)
        alone = replace(recipe, most_questions=1, most_pictures=2, talk_share=0)
        difference = check_forward(self.model, make_batch(alone, self.encoder, seed, 0).to(device))
        if difference > 1e-2:
            raise RuntimeError(f"the fast forward pass differs from Qwen3-VL's by {difference:.2e}")
        self.head = HintHead(recipe.vision_hidden_size).to(device)
        self.optimizers = make_optimizers(self.model.named_parameters(), recipe, self.head.parameters())
        self.progress = Progress()
        self.earlier: list[dict[str, Any]] = []
        if start and (start / CHECKPOINT).exists():
            self.head.load_state_dict(torch.load(start / CHECKPOINT, map_location=device, weights_only=True)["head"])
        if start and (start / "training.json").exists():
            self.earlier = json.loads((start / "training.json").read_text(encoding="utf-8"))["stages"]

    def resume(self) -> None:
        """Continue from the checkpoint in the output folder, at the next batch."""
        state = torch.load(self.out / CHECKPOINT, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.head.load_state_dict(state["head"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.progress = Progress(**state["progress"])
        self.earlier = state["earlier"]
        if self.earlier:  # a run that started from another model may be resumed without naming it again
            self.recipe = replace(self.recipe, hint_steps=0, easy_steps=0)

    def save(self) -> None:
        """Write the checkpoint, replacing the old one when complete, and the model in its shipped form."""
        state = {
            "model": self.model.state_dict(),
            "head": self.head.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "progress": asdict(self.progress),
            "earlier": self.earlier,
        }
        write_checkpoint(state, self.out)
        export(self.model, self.tokenizer, self.recipe, self.out)

    def step(self, batch: Batch, factor: float) -> tuple[float, float]:
        """Make one optimizer step and return the loss in nats per token and the share of right tokens."""
        set_rates(self.optimizers, factor)
        batch, progress = batch.to(self.device), self.progress
        if progress.step < self.recipe.hint_steps:
            _, _, patches = vision_features(self.model.model.visual, batch.pixels, torch.bfloat16)
            answers = loss = self.head.loss(patches, batch.hints)
            targets, right = 1, self.head.accuracy(patches, batch.hints)[0]
        else:
            answers, targets, right, patches = target_loss(self.model, batch)
            loss = answers + self.recipe.hint_weight * self.head.loss(patches, batch.hints)
            progress.questions += sum(map(len, batch.questions))
            progress.tokens += batch.ids.numel()
            progress.target_tokens += targets
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        update(self.optimizers)
        progress.step += 1
        progress.pictures += len(batch.pixels)
        return float(answers.detach()), right / targets

    def validate(self) -> str:
        """Return the share of right answers of each task on held-out pictures and wordings, as one line."""
        right: Counter[str] = Counter()
        asked: Counter[str] = Counter()
        patches = []
        for i in range(VALIDATION_BATCHES):
            batch = make_batch(self.recipe, self.encoder, 1, i, "test").to(self.device)
            found, vectors = forced_answers(self.model, self.tokenizer, batch)
            patches.append(self.head.accuracy(vectors, batch.hints))
            for question, answer in found:
                asked[question.task] += 1
                right[question.task] += is_right(question, answer)
        kind, colour, error = (sum(values) / len(patches) for values in zip(*patches, strict=True))
        hints = f"patches: kind {100 * kind:.1f} colour {100 * colour:.1f} box error {error:.3f}"
        return "held-out: " + ", ".join(f"{t} {100 * right[t] / asked[t]:.0f}" for t in sorted(asked)) + "; " + hints


@torch.no_grad()
def forced_answers(model: Any, tokenizer: Any, batch: Batch) -> tuple[list[tuple[Any, str]], torch.Tensor]:
    """Return each question with the most likely token at each place of its true answer, as text, and the patches."""
    states, patches = hidden_states(model, batch)
    logits = F.linear(states, model.model.language_model.embed_tokens.weight.to(torch.bfloat16))
    choice = logits.argmax(-1)
    found = []
    for row, asked in enumerate(batch.questions):
        for i, question in enumerate(asked):
            places = (batch.segments[row] == i + 1) & (batch.labels[row] != -100)
            ids = choice[row, places.nonzero().squeeze(1)[:-1] - 1]
            found.append((question, tokenizer.decode(ids, skip_special_tokens=True)))
    return found, patches


def statistics(run: Run, minutes: float, threads: int, about: dict[str, str]) -> dict[str, Any]:
    """Return what the model card tells about the training; the last of the stages is this run."""
    progress = asdict(run.progress)
    stage = {
        **about,
        **cost(run.progress, run.seed, minutes, threads, run.device),
        **{key: progress[key] for key in ("step", "pictures", "questions", "tokens", "target_tokens", "losses")},
    }
    stages = [*run.earlier, stage]
    totals = ("wall_minutes", "cpu_minutes", "step", "pictures", "questions", "tokens", "target_tokens")
    return {
        "parameters": sum(p.numel() for p in run.model.parameters()),
        **{key: round(sum(s[key] for s in stages), 1) for key in totals},
        "stages": stages,
    }


def train(
    out: Path,
    budget: Budget,
    *,
    recipe: VisionRecipe = POCKET_VL,
    seed: int = 0,
    threads: int = 1,
    workers: int = 0,
    resume: bool = False,
    start: Path | None = None,
    about: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Train, export the model to `out` and return the statistics that go into training.json.

    `start` is the folder of a trained model to begin with; `workers` processes draw the pictures, for a GPU.
    """
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    run = Run(recipe, out, seed, "cuda" if torch.cuda.is_available() else "cpu", start)
    if resume and (out / CHECKPOINT).exists():
        run.resume()
    loop(run, budget, workers, lambda: write_statistics(run, budget.minutes, threads, about or {}))
    return write_statistics(run, budget.minutes, threads, about or {})


def write_statistics(run: Run, minutes: float, threads: int, about: dict[str, str]) -> dict[str, Any]:
    """Write training.json into the output folder and return its content."""
    result = statistics(run, minutes, threads, about)
    (run.out / "training.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return result


def loop(run: Run, budget: Budget, workers: int, saved: Any) -> None:
    """Step until the budget is used up, logging, validating and saving on the way."""
    progress = run.progress
    data = batches(run.recipe, run.tokenizer, run.seed, progress.step, workers)
    clock, cpu = time.monotonic() - progress.seconds, time.process_time() - progress.cpu_seconds
    last_save, recent = progress.seconds, []
    while (done := budget.done(progress)) < 1:
        recent.append(run.step(next(data), rate_factor(done, progress.step, run.recipe)))
        progress.seconds, progress.cpu_seconds = time.monotonic() - clock, time.process_time() - cpu
        if progress.step % LOG_EVERY_STEPS == 0:
            loss, right = (sum(values) / len(recent) for values in zip(*recent, strict=True))
            progress.losses.append((progress.step, round(loss, 4)))
            recent = []
            print(report(progress, done, loss, right), flush=True)
        if progress.step % VALIDATE_EVERY_STEPS == 0:
            print(run.validate(), flush=True)
        if progress.seconds - last_save > SAVE_EVERY_SECONDS:
            run.save()
            saved()
            last_save = progress.seconds
    run.save()


def report(progress: Progress, done: float, loss: float, right: float) -> str:
    """Return one line of progress with the estimated time left."""
    left = progress.seconds / max(done, 1e-6) * (1 - done) / 60
    return (
        f"step {progress.step} {100 * done:.1f}% loss {loss:.4f} tokens right {100 * right:.1f}% "
        f"pictures {progress.pictures / 1000:.1f}k {progress.pictures / max(progress.seconds, 1e-6):.0f}/s "
        f"questions {progress.questions / 1000:.0f}k, {progress.seconds / 60:.1f} min wall "
        f"{progress.cpu_seconds / 60:.1f} min CPU, {left:.1f} min left"
    )
