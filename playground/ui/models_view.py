"""The Models tab as values to draw: the memory, what is in it, and what happened. Pure; no Gradio import."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from playground.monitor.machine import Machine
from playground.types import CacheEvent, DeviceMemory, ModelStatus
from playground.ui.view import Say, size

EVENTS_SHOWN = 30
LOADED_COLUMNS = ("variant", "state", "memory", "requests", "uses", "last_load", "leaves")
EVENT_COLUMNS = ("time", "what", "variant", "seconds", "bytes")
KNOWN_CODES = ("out_of_memory", "busy", "load_failed", "unavailable", "cancelled")


# ---------------------------------------------------------------- memory
def device_name(device: str, say: Say) -> str:
    """A device as people call it: "CPU", "GPU 0", "Apple GPU"."""
    kind, _, number = device.partition(":")
    return say(f"device.{kind}", n=number)


def memory_meters(devices: Sequence[DeviceMemory], models: Sequence[ModelStatus], machine: Machine, say: Say
                  ) -> dict[str, Any]:
    """What the meter draws: one bar for each device."""
    return {"meters": [memory_meter(each, [model for model in models if model.device == each.device], machine, say)
                       for each in devices]}


def memory_meter(memory: DeviceMemory, models: Sequence[ModelStatus], machine: Machine, say: Say) -> dict[str, Any]:
    """One device: its name, a line of text, how full its budget is, and what fills it. `models`: those that are there.
    """
    name = device_name(memory.device, say)
    items = [say("models.used", used=size(memory.used_bytes), budget=size(memory.budget_bytes))]
    if not memory.own:
        items.append(say("models.available", available=size(machine.available_bytes), total=size(machine.total_bytes)))
    if memory.leaked_bytes:
        items.append(say("models.leaked", bytes=size(memory.leaked_bytes)))
    filled = [(kind, taken) for kind, taken in _filled(memory, models).items() if taken > 0]
    return {"name": name, "label": say("models.meter", device=name), "items": items,
            "share": memory.used_bytes / max(1, memory.budget_bytes),
            "parts": [{"kind": kind, "share": taken / max(1, memory.budget_bytes),
                       "text": say(f"models.part_{kind}", bytes=size(taken))} for kind, taken in filled]}


def _filled(memory: DeviceMemory, models: Sequence[ModelStatus]) -> dict[str, int]:
    """Bytes by what they are: measured weights and conversations, then what is only set aside, then what is lost."""
    here = [model for model in models if model.state != "loading"]
    weights, kv = sum(model.memory_bytes for model in here), sum(model.kv_bytes for model in here)
    aside = sum(max(0, model.working_bytes - model.kv_bytes) for model in here)
    loading = memory.used_bytes - memory.leaked_bytes - weights - kv - aside
    return {"weights": weights, "kv": kv, "aside": aside, "loading": loading, "lost": memory.leaked_bytes,
            "free": memory.budget_bytes - memory.used_bytes}


# ---------------------------------------------------------------- what is in it
def in_memory(models: Iterable[ModelStatus], began: Mapping[str, float], now_s: float, say: Say) -> dict[str, Any]:
    """The table of loaded models. `began`: when the running load of a key began, seconds since 1970."""
    rows = [[{"text": model.key, "kind": "key"}, _state(model, now_s - began.get(model.key, now_s), say),
             _memory(model, say), _requests(model, say), _uses(model, say), _load_s(model, say), _leaves(model, say)]
            for model in models]
    return _table("loaded", LOADED_COLUMNS, rows, say)


def load_began(events: Iterable[CacheEvent]) -> dict[str, float]:
    """Key to the time its latest load began."""
    return {event.key: event.time_s for event in events if event.kind == "load_started"}


def state_text(model: ModelStatus, loading_s: float, say: Say) -> str:
    """"ready", "in use by 2", "closing", or the stage of the load, its share and its seconds."""
    if model.state == "loading":
        stage = say(f"stage.{model.stage or 'queued'}")
        share = "" if model.fraction is None else f" {model.fraction:.0%}"
        return say("models.state_loading", stage=stage + share, time=span(max(0.0, loading_s), say))
    if model.state == "ready" and model.refs:
        return say("models.state_in_use", n=model.refs)
    return say(f"models.state_{model.state}")


def _state(model: ModelStatus, loading_s: float, say: Say) -> dict[str, str]:
    note = {"note": say("models.pinned")} if model.pinned else {}
    return {"text": state_text(model, loading_s, say), **note}


def _memory(model: ModelStatus, say: Say) -> dict[str, str]:
    measured = size(model.memory_bytes) if model.memory_bytes else "–"
    note = say("models.predicted", bytes=size(model.predicted_bytes))
    if model.device.startswith("cuda"):
        note = f"{device_name(model.device, say)}; {note}"
    if model.kv_bytes:
        note += "; " + say("models.conversations", bytes=size(model.kv_bytes))
    return {"text": measured, "note": note}


def _requests(model: ModelStatus, say: Say) -> dict[str, str]:
    return {"text": say("models.running", n=model.refs), "note": say("models.waiting", n=model.waiting)}


def _uses(model: ModelStatus, say: Say) -> dict[str, str]:
    return {"text": say("models.loads", n=model.loads), "note": say("models.hits", n=model.hits)}


def _load_s(model: ModelStatus, say: Say) -> str:
    return "–" if model.load_s is None else span(model.load_s, say, exact=True)


def _leaves(model: ModelStatus, say: Say) -> dict[str, str] | str:
    if model.state != "ready" or model.refs:
        return "–"
    leaves = (say("models.stays") if model.expires_in_s is None
              else say("models.leaves_in", time=span(model.expires_in_s, say)))
    return {"text": say("models.idle", time=span(model.idle_s, say)), "note": leaves}


# ---------------------------------------------------------------- what happened
def happened(events: Sequence[CacheEvent], say: Say) -> dict[str, Any]:
    """The log: the latest events first. The same thing several times in a row is one line that counts."""
    rows: list[list[Any]] = []
    for event, times in _folded(events)[:EVENTS_SHOWN]:
        what = event_text(event, say)
        rows.append([{"time": event.time_s}, what if times == 1 else say("models.times", what=what, n=times),
                     {"text": event.key, "kind": "key"}, span(event.seconds, say, exact=True) if event.seconds else "–",
                     size(event.bytes) if event.bytes else "–"])
    return _table("events", EVENT_COLUMNS, rows, say)


def _folded(events: Sequence[CacheEvent]) -> list[tuple[CacheEvent, int]]:
    """(latest of a run of equal events, how many), newest run first."""
    runs: list[tuple[CacheEvent, int]] = []
    for event in reversed(events):
        last = runs[-1] if runs else None
        if last and not event.bytes and (event.kind, event.key, event.detail) == (
                last[0].kind, last[0].key, last[0].detail):
            runs[-1] = (last[0], last[1] + 1)
        else:
            runs.append((event, 1))
    return runs


def event_text(event: CacheEvent, say: Say) -> str:
    """What happened, in words."""
    if event.kind == "evicted":
        return say(f"models.left_{event.detail}")
    if event.kind == "load_failed" and event.detail == "retry":
        return say("models.event_load_retried")
    if event.kind in ("load_failed", "refused"):
        why = say(f"models.code_{event.detail}") if event.detail in KNOWN_CODES else event.detail
        return say(f"models.event_{event.kind}", why=why)
    return say(f"models.event_{event.kind}")


# ---------------------------------------------------------------- small steps
def _table(name: str, columns: Sequence[str], rows: list[list[Any]], say: Say) -> dict[str, Any]:
    """What the table drawer takes."""
    return {"label": say(f"models.label_{name}"), "empty": say(f"models.none_{name}"),
            "columns": [say(f"models.column_{column}") for column in columns], "rows": rows}


def span(seconds: float, say: Say, *, exact: bool = False) -> str:
    """A time as people read it: 8 s, 12 min, 3.0 h. exact: two digits also of a short one, 0.42 s and 6.3 s."""
    if exact and seconds < 10:
        return say("models.seconds", n=f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}")
    if seconds < 90:
        return say("models.seconds", n=f"{seconds:.0f}")
    return (say("models.minutes", n=f"{seconds / 60:.0f}") if seconds < 5400
            else say("models.hours", n=f"{seconds / 3600:.1f}"))
