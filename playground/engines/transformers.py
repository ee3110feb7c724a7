"""Runs models with transformers: the reference engine, for every text model that transformers knows."""
from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from playground.discover import discover
from playground.engines._attach import Skeletons
from playground.engines._checkpoint import check_weights, fingerprint, folder_of
from playground.engines._device import device, good_threads, placement
from playground.engines._images import ImageReader
from playground.engines._load_lock import LOAD_LOCK
from playground.engines._memory import give_back, ran_out, set_libraries_aside
from playground.engines._model import TransformersModel
from playground.engines._progress import watched_weights
from playground.engines._prompter import TransformersPrompter
from playground.engines._quant_cache import QuantCache, QuantKey
from playground.errors import Cancelled, LoadFailed, OutOfMemory, Unavailable
from playground.paths import ROOT
from playground.types import CancelToken, LoadProgress, ModelSpec, Quantization, Variant

log = logging.getLogger(__name__)
KV_LIMIT_BYTES = 2 << 30


class TransformersEngine:
    """Loads checkpoints in the safetensors format, whole on the variant's device. threads: CPU threads per request, 0
    chooses by model size.

    quantised: where quantised weights are kept on disk; None quantises anew each time. kv_limit_bytes: new requests
    wait while a model's running ones hold more keys and values; an eighth of it may be kept of past conversations.
    """

    id = "transformers"

    def __init__(self, threads: int = 0, root: Path = ROOT, quantised: QuantCache | None = None,
                 kv_limit_bytes: int = KV_LIMIT_BYTES) -> None:
        self._threads, self._root, self._quantised, self._kv_limit = threads, root, quantised, kv_limit_bytes
        self._skeletons = Skeletons()     # known models without their weights
        # a loaded model and its prompter share one tokenizer; this dictionary keeps none alive
        self._prompters: WeakValueDictionary[tuple[str, str, str], TransformersPrompter] = WeakValueDictionary()

    def prompter(self, model: ModelSpec) -> TransformersPrompter:
        """The model's tokenizer and template. Raises LoadFailed when the files are missing or broken."""
        name = (model.id, model.path or model.repo, model.revision)
        prompter = self._prompters.get(name)
        if prompter is None:
            with LOAD_LOCK:
                prompter = self._prompters.get(name)
                if prompter is None:
                    prompter = self._prompters[name] = _read_prompter(model, folder_of(model, self._root))
        return prompter

    def load(self, variant: Variant, progress: LoadProgress, cancel: CancelToken) -> TransformersModel:
        """The model, checked, warmed up and measured. Stops between stages when `cancel` is set."""
        scheme = _scheme(variant)
        folder = folder_of(variant.model, self._root)
        size = check_weights(folder)
        with LOAD_LOCK, _load_errors(variant):
            _stage(cancel, progress, "libraries")
            import torch
            import transformers  # noqa: F401 - the slow import is this stage

            _quiet()
            set_libraries_aside()
            prompter = self.prompter(variant.model)
            reading = _Reading(variant, scheme, folder, progress, cancel)
            if scheme.bits < 16:
                model = self._quantised_weights(reading, size)
            else:
                model = self._plain_weights(reading)
            _stage(cancel, progress, "warm-up")
            threads = self._threads or good_threads(sum(p.numel() for p in model.parameters()))
            loaded = TransformersModel(model, prompter, scheme.max_concurrency, threads, self._kv_limit)
            del model, reading
            with torch.inference_mode():  # the first forward touches every page, and nf4 repacks its weights in it
                loaded.warm_up()
        give_back()
        _stage(cancel, progress, "warm-up")
        return loaded

    def _plain_weights(self, reading: _Reading) -> Any:
        """Weights as floats: put into a known model where that is possible, else read by transformers."""
        from safetensors import SafetensorError

        key = (reading.variant.key, reading.folder, fingerprint(reading.folder))
        on_cpu = reading.target.type == "cpu"
        skeleton = self._skeletons.get(key) if on_cpu else None
        if skeleton is not None:
            _stage(reading.cancel, reading.progress, "weights")
            try:
                return skeleton.attach()      # complete: every parameter has its place in a file
            except (*_UNREADABLE, SafetensorError) as error:
                log.warning("%s is read anew: %s", reading.variant.key, error)
                self._skeletons.drop(key)
        model = reading.read(reading.folder, "weights", **reading.scheme.load_kwargs())
        if on_cpu and not reading.variant.model.quantized:
            self._skeletons.learn(key, model, reading.folder)
        return model

    def _quantised_weights(self, reading: _Reading, size: int) -> Any:
        """Weights in few bits: from the disk when kept there, else quantised now. size: bytes of the files."""
        cache = self._quantised if self._quantised is not None and self._quantised.wants(size) else None
        key = reading.key() if cache is not None else None
        if cache is not None and key is not None and (entry := cache.find(key)) is not None:
            try:
                return reading.read(entry, "weights", dtype="auto")
            except (*_UNREADABLE, LoadFailed) as error:
                log.warning("the stored %s is broken: %s", entry.name, error)
                cache.remove(entry)
        model = reading.read(reading.folder, "quantise", **reading.scheme.load_kwargs())
        if cache is not None and key is not None:
            _stage(reading.cancel, reading.progress, "cache-write")
            cache.write(key, model, lambda entry: reading.read(entry, "cache-write", dtype="auto"))
        return model


# ---------------------------------------------------------------- loading
_UNREADABLE = (OSError, ValueError, KeyError)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One load: what is read, who is told, and who may stop it. The caller holds LOAD_LOCK."""

    variant: Variant
    scheme: Quantization
    folder: Path
    progress: LoadProgress
    cancel: CancelToken

    @property
    def target(self) -> Any:
        """The device that the model goes to."""
        return device(self.variant.device)

    def read(self, folder: Path, stage: str, **kwargs: object) -> Any:
        """The model in `folder`, whole, on its device, ready to answer. Raises LoadFailed when it is not whole."""
        import transformers
        from safetensors import SafetensorError

        _stage(self.cancel, self.progress, stage)
        # on a CPU weights are converted one after the other: each thread that does it keeps a heap for itself, up to a
        # tenth of the model that an unload does not bring back
        os.environ["HF_DEACTIVATE_ASYNC_LOAD"] = str(int(self.target.type == "cpu"))
        with watched_weights(stage, self.progress, self.cancel):
            try:
                model, report = getattr(transformers, self.variant.model.auto_class).from_pretrained(
                    folder, local_files_only=True, use_safetensors=True, output_loading_info=True,
                    **placement(self.target), **kwargs,
                )
            except SafetensorError as error:
                raise OSError(f"{folder.name}: {error}") from error
        _check_complete(self.variant, model, report)
        _check_blocks(self.variant, model)
        return model.eval() if self.target.type != "mps" else model.to(self.target).eval()

    def key(self) -> QuantKey:
        model = self.variant.model
        return QuantKey(model.id, model.revision, fingerprint(self.folder), self.scheme.id, self.scheme.load_source(),
                        self.target.type)


def _scheme(variant: Variant) -> Quantization:
    """The variant's storage scheme. Raises Unavailable when there is none, or when it cannot run here."""
    name = variant.quantization
    schemes: dict[str, Quantization] = {s.id: s for s in discover("playground.quantizations", "QUANTIZATION")}
    if name not in schemes:
        raise Unavailable(f"There is no storage scheme {name!r}.", f"Known: {', '.join(sorted(schemes))}.")
    if why := schemes[name].unavailable():
        raise Unavailable(f"{schemes[name].title} {why}", "Pick bf16 or fp32.")
    if variant.model.quantized and schemes[name].bits < 16:
        raise Unavailable(f"{variant.model.name} is published quantised ({variant.model.quantized}) already.",
                          "Pick its bf16 variant, which loads it as it is.")
    return schemes[name]


def _read_prompter(model: ModelSpec, folder: Path) -> TransformersPrompter:
    """Holds the load lock: the caller took it."""
    from transformers import AutoTokenizer, GenerationConfig

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        images = _image_reader(folder) if "image" in model.modalities else None
        eos = []
        if (folder / "generation_config.json").is_file():
            ids = GenerationConfig.from_pretrained(folder, local_files_only=True).eos_token_id
            eos = ids if isinstance(ids, list) else [ids]
    except (OSError, ValueError, KeyError) as error:
        raise LoadFailed(f"{model.name}: the tokenizer cannot be read.", "Download or copy the model again.") from error
    ends = dict.fromkeys(token for token in [*eos, tokenizer.eos_token_id] if token is not None)
    if not ends:
        raise LoadFailed(f"{model.name} names no end-of-text token.", "Pick a chat (instruct) model.")
    return TransformersPrompter(model, tokenizer, tuple(ends), images)


def _image_reader(folder: Path) -> ImageReader | None:
    """That of the model in `folder`, None when it has none. Holds the load lock: the caller took it."""
    if not (folder / "preprocessor_config.json").is_file():
        return None
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return ImageReader(Qwen2VLImageProcessorPil.from_pretrained(folder, local_files_only=True))


def _stage(cancel: CancelToken, progress: LoadProgress, stage: str) -> None:
    if cancel.cancelled:
        raise Cancelled("The load was stopped.")
    progress(stage, None)


def _quiet() -> None:
    """No progress bars on the server's console, and not a warning per layer and token from 8-bit layers."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)


@contextmanager
def _load_errors(variant: Variant) -> Iterator[None]:
    """Turn what the libraries raise into errors that say what to do."""
    try:
        yield
    except ImportError as error:
        raise Unavailable(f"{variant.key} needs a package that is missing: {error}", "pip install it.") from error
    except (OSError, ValueError, KeyError) as error:
        # what the libraries say names folders of this machine, which readers must not see
        log.warning("%s could not be loaded: %s", variant.key, error)
        raise LoadFailed(f"{variant.key} could not be loaded.",
                         "Download or copy the model again; the server's log has the details.") from error
    except (MemoryError, RuntimeError) as error:
        if not ran_out(error):
            raise
        raise _too_large(variant) from error


def _too_large(variant: Variant) -> OutOfMemory:
    return OutOfMemory(f"The memory did not suffice to load {variant.key}.",
                       "Unload other models, or pick a smaller variant.", needed=variant.weight_bytes)


def _check_complete(variant: Variant, model: Any, report: dict[str, Any]) -> None:
    """transformers only warns about missing tensors and fills in random numbers; here that is an error."""
    missing = sorted(report["missing_keys"]) + sorted(map(str, report["mismatched_keys"]))
    missing += [name for name, tensor in model.named_parameters() if tensor.is_meta]
    if missing:
        raise LoadFailed(f"{variant.key}: {len(missing)} tensors are missing or of another shape, first {missing[0]}.",
                         "Download or copy the model again.", missing=len(missing))


def _check_blocks(variant: Variant, model: Any) -> None:
    """On a CPU bitsandbytes repacks 4-bit rows in whole blocks: tiny models have none, and the gate of a shared expert
    is a single row."""
    for module in model.modules():
        state = getattr(getattr(module, "weight", None), "quant_state", None)
        if state is not None and model.device.type == "cpu" and (
                module.in_features % state.blocksize or module.out_features % _ROWS and _repacks()):
            raise LoadFailed(f"The layers of {variant.model.name} are too small for {variant.quantization} on a CPU.",
                             "Pick another variant.")


_ROWS = 32                                # in a block that bitsandbytes repacks


def _repacks() -> bool:
    """Whether bitsandbytes repacks 4-bit weights on this CPU: it does so where it has instructions for bf16."""
    from bitsandbytes import functional

    return bool(getattr(functional, "has_avx512bf16", lambda: True)())


ENGINE = TransformersEngine()
