"""Runs models with transformers: the reference engine, for every text model that transformers knows."""
from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from playground.discover import discover
from playground.engines._checkpoint import check_weights, folder_of
from playground.engines._device import device, good_threads, placement
from playground.engines._load_lock import LOAD_LOCK
from playground.engines._memory import give_back
from playground.engines._model import TransformersModel
from playground.engines._progress import watched_weights
from playground.engines._prompter import TransformersPrompter
from playground.errors import Cancelled, LoadFailed, OutOfMemory, Unavailable
from playground.paths import ROOT
from playground.types import CancelToken, LoadProgress, ModelSpec, Quantization, Variant

log = logging.getLogger(__name__)


class TransformersEngine:
    """Loads checkpoints in the safetensors format. threads: CPU threads per request, 0 chooses by model size."""

    id = "transformers"

    def __init__(self, threads: int = 0, root: Path = ROOT) -> None:
        self._threads, self._root = threads, root
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
        scheme = _scheme(variant.quantization)
        folder = folder_of(variant.model, self._root)
        check_weights(folder)
        with LOAD_LOCK, _load_errors(variant):
            _stage(cancel, progress, "libraries")
            import torch
            import transformers

            _quiet()
            prompter = self.prompter(variant.model)
            stage, target = "quantise" if scheme.bits < 16 else "weights", device()
            _stage(cancel, progress, stage)
            with watched_weights(stage, progress, cancel):
                model, report = getattr(transformers, variant.model.auto_class).from_pretrained(
                    folder, local_files_only=True, use_safetensors=True, output_loading_info=True,
                    **placement(target), **scheme.load_kwargs(),
                )
            _check_complete(variant, model, report)
            _check_blocks(variant, model)
            model = model.eval() if target.type != "mps" else model.to(target).eval()
            _stage(cancel, progress, "warm-up")
            threads = self._threads or good_threads(sum(p.numel() for p in model.parameters()))
            loaded = TransformersModel(model, prompter, scheme.max_concurrency, threads)
            del model, report
            with torch.inference_mode():  # the first forward touches every page, and nf4 repacks its weights in it
                loaded.warm_up()
        give_back()
        _stage(cancel, progress, "warm-up")
        return loaded


# ---------------------------------------------------------------- loading
def _scheme(name: str) -> Quantization:
    """The storage scheme of that name. Raises Unavailable when there is none, or when it cannot run here."""
    schemes: dict[str, Quantization] = {s.id: s for s in discover("playground.quantizations", "QUANTIZATION")}
    if name not in schemes:
        raise Unavailable(f"There is no storage scheme {name!r}.", f"Known: {', '.join(sorted(schemes))}.")
    if why := schemes[name].unavailable():
        raise Unavailable(f"{schemes[name].title} {why}", "Pick bf16 or fp32.")
    return schemes[name]


def _read_prompter(model: ModelSpec, folder: Path) -> TransformersPrompter:
    """Holds the load lock: the caller took it."""
    from transformers import AutoTokenizer, GenerationConfig

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        eos = []
        if (folder / "generation_config.json").is_file():
            ids = GenerationConfig.from_pretrained(folder, local_files_only=True).eos_token_id
            eos = ids if isinstance(ids, list) else [ids]
    except (OSError, ValueError, KeyError) as error:
        raise LoadFailed(f"{model.name}: the tokenizer cannot be read.", "Download or copy the model again.") from error
    ends = dict.fromkeys(token for token in [*eos, tokenizer.eos_token_id] if token is not None)
    if not ends:
        raise LoadFailed(f"{model.name} names no end-of-text token.", "Pick a chat (instruct) model.")
    return TransformersPrompter(model, tokenizer, tuple(ends))


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
    except MemoryError as error:
        raise _too_large(variant) from error
    except ImportError as error:
        raise Unavailable(f"{variant.key} needs a package that is missing: {error}", "pip install it.") from error
    except (OSError, ValueError, KeyError) as error:
        # what the libraries say names folders of this machine, which readers must not see
        log.warning("%s could not be loaded: %s", variant.key, error)
        raise LoadFailed(f"{variant.key} could not be loaded.",
                         "Download or copy the model again; the server's log has the details.") from error
    except RuntimeError as error:         # torch's own out-of-memory errors are RuntimeErrors
        if "out of memory" in str(error) or "not enough memory" in str(error):
            raise _too_large(variant) from error
        raise


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
    """On a CPU bitsandbytes repacks 4-bit rows in whole blocks, as all Qwen models have them; tiny ones may not."""
    for module in model.modules():
        state = getattr(getattr(module, "weight", None), "quant_state", None)
        if state is not None and model.device.type == "cpu" and module.in_features % state.blocksize:
            raise LoadFailed(f"The layers of {variant.model.name} are too small for {variant.quantization} on a CPU.",
                             "Pick another variant.")


ENGINE = TransformersEngine()
