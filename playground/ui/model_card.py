"""What the picker says about a model: its purpose, size, licence, and whether it fits this machine."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground import memory
from playground.types import ModelSpec, Variant
from playground.ui.context import UiContext
from playground.ui.view import Say, size

CONTEXT_SHOWN = 4096                      # tokens of context that the predicted memory counts, or less if it has less


@dataclass(slots=True)
class DownloadView:
    """What the download panel shows. start: the button's text, "" hides it."""

    absent: bool
    running: bool
    start: str
    progress: dict[str, Any]


def choices(ctx: UiContext, say: Say) -> list[tuple[str, str]]:
    """(label, model id) of every model: its name, size and whether it fits."""
    catalog = ctx.playground.catalog
    available = available_bytes(ctx)
    return [(_label(ctx, catalog.variant(model.id), available, say), model.id) for model in catalog.models()]


def schemes(ctx: UiContext, model_id: str) -> list[tuple[str, str]]:
    """(title, id) of every variant of a model that can run on this machine."""
    catalog = ctx.playground.catalog
    usable = [catalog.quantization(v.quantization) for v in catalog.variants(model_id)]
    return [(scheme.title, scheme.id) for scheme in usable if not scheme.unavailable()]


def card(ctx: UiContext, variant: Variant, say: Say) -> dict[str, Any]:
    """Facts about the picked variant, the most important first."""
    model = variant.model
    language = say("app.language_code")
    items = [{"text": say("bar.pocket"), "kind": "pocket"}] if model.pocket else []
    items.append({"text": model.purpose.get(language) or model.purpose.get("en", ""), "kind": "purpose"})
    if model.parameters:
        active = "bar.parameters_active" if model.active_parameters != model.parameters else "bar.parameters"
        items.append({"text": say(active, total=count(model.parameters), active=count(model.active_parameters))})
    items.append({"text": say("bar.context", n=f"{model.context_tokens:,}".replace(",", "\u202f"))})
    items += [{"text": say("bar.licence", name=model.license)}, {"text": where(ctx, model, say)}]
    items += _memory_items(ctx, variant, say)
    if set(model.modalities) - {"text"}:
        items.append({"text": say("bar.input", kinds=", ".join(model.modalities)) + "; " + say("bar.only_text")})
    items += [{"text": say("bar.unavailable", title=scheme.title, reason=scheme.unavailable()), "kind": "quiet"}
              for scheme in ctx.playground.catalog.quantizations() if scheme.unavailable()]
    if model.notes:
        items.append({"text": say("bar.unverified", facts=", ".join(model.notes)), "kind": "quiet"})
    return {"label": say("bar.about"), "items": [item for item in items if item["text"]]}


def where(ctx: UiContext, model: ModelSpec, say: Say) -> str:
    """Whether its files are here, or how much there is to download."""
    state = ctx.downloads.state(model)
    if state in ("shipped", "on_disk"):
        return say(f"bar.{state}")
    return say("bar.download_size", size=size(ctx.downloads.size_bytes(model)))


def _memory_items(ctx: UiContext, variant: Variant, say: Say) -> list[dict[str, str]]:
    if not variant.weight_bytes:
        return [{"text": say("bar.unknown_need")}]
    tokens = min(CONTEXT_SHOWN, variant.model.context_tokens)
    plan = _plan(ctx, variant)
    fit = memory.fit(plan.total_bytes, available_bytes(ctx))
    return [{"text": say("bar.needs", size=size(plan.total_bytes), tokens=f"{tokens:,}".replace(",", "\u202f"))},
            {"text": say(f"bar.{fit}"), "kind": f"fit-{fit}"}]


def download(ctx: UiContext, model: ModelSpec, say: Say) -> DownloadView:
    """The download panel for one model."""
    state = ctx.downloads.state(model)
    if state in ("shipped", "on_disk"):
        return DownloadView(False, False, "", {})
    total = size(ctx.downloads.size_bytes(model))
    latest = ctx.downloads.latest(model)
    start = say("download.resume" if state == "partial" else "download.start", size=total)
    if ctx.downloads.offline:
        return DownloadView(True, False, "", {"items": [say("download.title"), say("download.offline")]})
    if latest is None:
        return DownloadView(True, False, start, {"items": [say("download.title")]})
    progress = latest.progress()
    if progress.state == "running":
        share = progress.done_bytes / progress.total_bytes if progress.total_bytes else 0.0
        text = say("download.progress", done=size(progress.done_bytes), total=size(progress.total_bytes),
                   speed=size(progress.bytes_per_s), eta=duration(progress.eta_s)) if progress.total_bytes \
            else say("download.starting")
        return DownloadView(True, True, "", {"items": [text], "share": share})
    if progress.state == "stopping":
        return DownloadView(True, False, "", {"items": [say("download.stopping")]})
    if progress.state == "failed":
        return DownloadView(True, False, start, {"items": [progress.message, progress.hint]})
    return DownloadView(True, False, start, {"items": [say(f"download.{progress.state}")]})


def _plan(ctx: UiContext, variant: Variant) -> memory.Plan:
    tokens = min(CONTEXT_SHOWN, variant.model.context_tokens)
    return memory.plan(variant.model, ctx.playground.catalog.quantization(variant.quantization), tokens)


def _label(ctx: UiContext, variant: Variant, available: int, say: Say) -> str:
    if not variant.weight_bytes:
        return variant.model.name
    fit = memory.fit(_plan(ctx, variant).total_bytes, available)
    return f"{variant.model.name} · {size(variant.weight_bytes)} · {say(f'bar.{fit}')}"


def available_bytes(ctx: UiContext) -> int:
    """What a model may take here, on the device that allows most: its budget, or what the machine still has where that
    is less and the device shares it."""
    left = ctx.machine().available_bytes
    return max(each.budget_bytes if each.own else min(each.budget_bytes, left + each.used_bytes)
               for each in ctx.playground.cache.devices())


def count(number: float) -> str:
    """Parameters as people say them: 2.1 M, 0.6 B, 235 B."""
    for unit, scale in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= 0.1 * scale or unit == "k":
            value = number / scale
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"
    return str(number)


def duration(seconds: float | None) -> str:
    """A time that is left: 40 s, 12 min, 3 h; "…" when it is not known yet."""
    if seconds is None:
        return "…"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
