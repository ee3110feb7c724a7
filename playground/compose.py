"""The one file that knows every name: it builds each part once and hands it to those that need it."""
from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.routing import BaseRoute

import playground
from playground.api.context import ApiContext, ModelState
from playground.api.routes import api_routes
from playground.cache import ModelCache
from playground.catalog import Catalog
from playground.discover import discover
from playground.downloads import Downloads
from playground.engines._quant_cache import QuantCache
from playground.engines.transformers import KV_LIMIT_BYTES, TransformersEngine
from playground.errors import PlaygroundError
from playground.guard import RequestGuard
from playground.guard.caller import CallerOf, HasClient, is_local
from playground.guard.limits import RateLimiter
from playground.guard.programs import Programs
from playground.guard.validate import Limits
from playground.monitor.machine import Gpu, Machine, gpus, look, private_bytes, torch_has_cuda
from playground.monitor.metrics import Metrics
from playground.paths import ROOT
from playground.service import Playground
from playground.settings import Settings, visible_gpus
from playground.start.quick_torch import map_libraries
from playground.types import Engine, Variant
from playground.ui.context import UiContext

log = logging.getLogger(__name__)
AUTOMATIC_SHARE = 0.7                     # of the available memory; the rest is for prompts and other programs
GPU_SHARE = 0.9                           # of a GPU's free memory; CUDA itself takes some, and other programs rarely do

MAY_CONTROL: dict[str, Callable[[HasClient], bool]] = {
    "everyone": lambda request: True, "local": is_local, "nobody": lambda request: False}


@dataclass(frozen=True, slots=True)
class App:
    """The finished house, before it is on the network."""

    settings: Settings
    cache: ModelCache
    playground: Playground
    ui: UiContext
    api: ApiContext
    default: Variant

    @property
    def routes(self) -> list[BaseRoute]:
        """Our addresses beside the page."""
        return api_routes(self.api)

    def preload(self) -> None:
        """Begin to load the default model, when that is wanted and needs no download. Problems are only logged:
        who asks for the model will be told."""
        if not self.settings.preload:
            return
        try:
            if self.ui.downloads.is_here(self.default.model):
                map_libraries()
                self.cache.preload(self.default)
        except PlaygroundError as error:
            log.warning("%s was not loaded: %s %s", self.default.key, error, error.hint)


def compose(settings: Settings, catalog: Catalog | None = None, engines: Mapping[str, Engine] | None = None) -> App:
    """Every part, connected. Tests pass their own catalogue and engines. Raises UnknownName for the default model."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    catalog = catalog or Catalog.load(extra_folders=[Path(folder).expanduser() for folder in settings.models_folders])
    for problem in catalog.problems:
        log.warning("%s", problem)
    default = catalog.variant(settings.default_model)
    budgets = memory_budgets(settings, _usable_machine(), lambda: gpus(visible_gpus()))
    cache = ModelCache(
        engines or _engines(settings, min(budgets.values())), budgets, max_wait_s=settings.max_wait_s,
        max_queue=settings.max_queue, keep_alive_s=settings.keep_alive_s, held=_held_bytes,
        alternatives=lambda variant: catalog.variants(variant.model.id))
    limits = Limits(settings.max_message_chars, settings.max_total_chars, settings.max_messages,
                    settings.max_tokens_per_answer)
    metrics = Metrics(cache)
    guard = RequestGuard(limits, RateLimiter(settings.requests_per_minute))
    service = Playground(cache, catalog, guard, metrics.observe, guard.check)
    caller_of = CallerOf(settings.trusted_proxies)
    downloads = Downloads(offline=settings.offline)
    ui = UiContext(playground=service, downloads=downloads, machine=look, caller=caller_of,
                   default_variant=default.key, max_tokens=settings.max_tokens_per_answer, language=settings.language,
                   programs=Programs(settings.programs_at_once), model_control=settings.model_control,
                   may_control=MAY_CONTROL[settings.model_control])
    api = ApiContext(
        stream=service.stream, variant_of=catalog.variant, usable=lambda: _usable(catalog, downloads),
        states=lambda: [ModelState(each.key, each.state, each.memory_bytes) for each in cache.status()],
        queue_length=lambda: cache.queue_length, metrics=metrics.text, ps=metrics.ps,
        limits=limits, caller_of=caller_of, api_key=settings.api_key,
        version=playground.__version__)
    return App(settings, cache, service, ui, api, default)


def _engines(settings: Settings, budget_bytes: int) -> dict[str, Engine]:
    engines: dict[str, Engine] = {engine.id: engine for engine in discover("playground.engines", "ENGINE")}
    kept = QuantCache(Path(settings.quant_cache_folder).expanduser(), int(settings.quant_cache_gb * 1e9))
    engines[TransformersEngine.id] = TransformersEngine(
        settings.threads, quantised=kept, kv_limit_bytes=min(KV_LIMIT_BYTES, budget_bytes // 4))
    return engines


def _held_bytes() -> int:
    """Memory this process has for itself, on the machine and on its GPUs."""
    torch = sys.modules.get("torch")
    count = torch.cuda.device_count() if torch is not None and torch.cuda.is_available() else 0
    return private_bytes() + sum(int(torch.cuda.memory_allocated(number)) for number in range(count) if torch)


def _usable_machine() -> Machine:
    """This machine, without a GPU that the installed torch was not built for: its models are loaded on the CPU."""
    here = look(ROOT)
    return here if here.device != "cuda" or torch_has_cuda() else replace(here, device="cpu")


def memory_budgets(settings: Settings, here: Machine, ask: Callable[[], Sequence[Gpu] | None]) -> dict[str, int]:
    """What loaded models may take, by device as torch names it. `ask` gives the memory of each GPU, None when it is not
    known."""
    limit = int(settings.memory_budget_gb * 1e9)
    on_host = limit or int(here.available_bytes * AUTOMATIC_SHARE)
    if here.device != "cuda":
        return {here.device: on_host}     # Apple's GPU shares the machine's memory
    found = ask()
    if found is None:
        log.warning("nvidia-smi does not say how much memory the GPU has; models may take %d MB. The setting "
                    "memory_budget_gb gives another limit.", on_host // 10**6)
        return {"cuda:0": on_host}        # without a working driver that GPU's models end up on the CPU
    if not found:
        return {"cpu": on_host}           # CUDA_VISIBLE_DEVICES hides them all
    return {f"cuda:{number}": min(limit, gpu.total_bytes) if limit else int(gpu.free_bytes * GPU_SHARE)
            for number, gpu in enumerate(found)}


def _usable(catalog: Catalog, downloads: Downloads) -> Sequence[Variant]:
    """Every variant whose weights are on this disk and whose scheme can run here."""
    schemes = {scheme.id for scheme in catalog.quantizations() if not scheme.unavailable()}
    here = [model for model in catalog.models() if downloads.is_here(model)]
    return [variant for model in here for variant in catalog.variants(model.id) if variant.quantization in schemes]
