"""What would fit: each model of the catalogue in each scheme, against the memory of this machine. Pure."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from playground import memory
from playground.types import ModelSpec, Quantization
from playground.ui.view import Say, size

CONTEXTS = (2048, 8192, 32_768)           # tokens
Shown = Literal["fitting", "here", "all"]
SHOWN: tuple[Shown, ...] = ("fitting", "here", "all")


@dataclass(frozen=True, slots=True)
class Cell:
    """One model in one scheme. total_bytes: weights, the context's KV cache, and working memory."""

    weight_bytes: int
    kv_bytes: int
    total_bytes: int
    verdict: memory.Fit | Literal["unknown"]


@dataclass(frozen=True, slots=True)
class Line:
    """One model. tokens: of the context that is counted, at most what the model reads. None: no such variant."""

    model: ModelSpec
    tokens: int
    cells: tuple[Cell | None, ...]

    @property
    def kv_bytes(self) -> int:
        """Of the context in 16 bit: the smallest that any scheme needs."""
        return min((cell.kv_bytes for cell in self.cells if cell is not None), default=0)

    @property
    def fits(self) -> bool:
        """At least one scheme can be loaded."""
        return any(cell is not None and cell.verdict in ("fits", "tight") for cell in self.cells)


def lines(models: Sequence[ModelSpec], schemes: Sequence[Quantization], loadable: Mapping[str, Sequence[str]],
          context_tokens: int, available_bytes: int) -> list[Line]:
    """A line for each model. `loadable`: model id to the ids of the schemes it comes in."""
    found = []
    for model in models:
        tokens = min(context_tokens, model.context_tokens)
        found.append(Line(model, tokens, tuple(
            _cell(model, scheme, tokens, available_bytes) if scheme.id in loadable[model.id] else None
            for scheme in schemes)))
    return found


def _cell(model: ModelSpec, scheme: Quantization, tokens: int, available_bytes: int) -> Cell:
    need = memory.plan(model, scheme, tokens)
    verdict = memory.fit(need.total_bytes, available_bytes) if need.weight_bytes else "unknown"
    return Cell(need.weight_bytes, need.kv_bytes, need.total_bytes, verdict)


def chosen(found: Sequence[Line], shown: str, here: Sequence[str]) -> list[Line]:
    """The lines a reader asked for. `here`: ids of the models whose files are on this machine."""
    if shown == "all":
        return list(found)
    return [line for line in found if (line.fits if shown == "fitting" else line.model.id in here)]


def table(found: Sequence[Line], schemes: Sequence[Quantization], where: Mapping[str, str], context_tokens: int,
          say: Say) -> dict[str, Any]:
    """What the table drawer takes. `where`: model id to where its files are, in words."""
    cannot_run = {scheme.id for scheme in schemes if scheme.unavailable()}
    rows: list[list[Any]] = []
    for line in found:
        kv: dict[str, str] = {"text": size(line.kv_bytes) if line.kv_bytes else "–"}
        if line.tokens < context_tokens:
            kv["note"] = say("models.reads_only", n=f"{line.tokens:,}".replace(",", "\u202f"))
        cells = [_drawn(cell, scheme.id in cannot_run, say) for cell, scheme in zip(line.cells, schemes, strict=True)]
        rows.append([{"text": line.model.name, "note": where[line.model.id]}, kv, *cells])
    columns = [say("models.column_model"), say("models.column_kv"), *(scheme.id for scheme in schemes)]
    return {"label": say("models.label_fit"), "empty": say("models.none_fit"), "columns": columns, "rows": rows}


def _drawn(cell: Cell | None, cannot_run: bool, say: Say) -> dict[str, str]:
    if cell is None:
        return {"text": say("models.cannot_run" if cannot_run else "models.not_offered"), "kind": "quiet"}
    if cell.verdict == "unknown":
        return {"text": say("models.not_known"), "kind": "quiet"}
    return {"text": size(cell.weight_bytes), "note": say(f"bar.{cell.verdict}"), "kind": f"fit-{cell.verdict}"}
