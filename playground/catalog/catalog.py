"""The models this app knows: packaged data files, the shipped pocket model, and folders the user names."""
from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

from playground.catalog.files import read_family, spec
from playground.catalog.folder import facts, is_model_folder
from playground.discover import discover
from playground.errors import InvalidRequest, LoadFailed, UnknownName
from playground.memory import kept_bytes, kv_bytes_per_token, plan
from playground.paths import ROOT
from playground.types import ModelSpec, Quantization, Variant

MODELS_DIR = ROOT / "playground" / "models"
RESERVED_TOKENS = 2048                    # of a conversation that memory is set aside for, with every model
LOCAL = "local"                           # family of the folders a user names
LOCAL_PURPOSE = {"en": "A model from a folder on this computer.", "id": "Model dari folder di komputer ini."}


class Catalog:
    """Models and their loadable variants. Immutable after loading, so safe to share between threads.

    `problems` holds a sentence for each model that was left out because its folder is missing or broken.
    """

    def __init__(self, models: Sequence[ModelSpec], problems: Sequence[str] = ()) -> None:
        self._models = {model.id: model for model in models}
        self._quantizations: dict[str, Quantization] = {
            scheme.id: scheme for scheme in discover("playground.quantizations", "QUANTIZATION")
        }
        self.problems = tuple(problems)

    @classmethod
    def load(cls, models_dir: Path = MODELS_DIR, root: Path = ROOT, extra_folders: Sequence[Path] = ()) -> Catalog:
        """Read every data file; `path` in them is relative to `root`. Pocket models come first, then local folders.

        Raises UnknownName or InvalidRequest naming the file when a data file is malformed or an id appears twice.
        """
        models: list[ModelSpec] = []
        problems: list[str] = []
        for file in sorted(models_dir.glob("*.yaml")):
            found, missing = read_family(file, root)
            models += found
            problems += missing
        _check_ids(models)
        for folder in _model_folders(extra_folders):
            try:
                found = [*models, _local(folder)]
                _check_ids(found)
                models = found
            except (LoadFailed, UnknownName, InvalidRequest) as error:
                problems.append(str(error))
        models.sort(key=lambda model: (not model.pocket, model.family != LOCAL, model.family))
        return cls(models, problems)

    def models(self) -> tuple[ModelSpec, ...]:
        """All models: pocket first, then the user's folders, then the families in the order of their names."""
        return tuple(self._models.values())

    def model(self, model_id: str) -> ModelSpec:
        """The model with this id. Raises UnknownName; the hint names the nearest id."""
        if model_id not in self._models:
            raise UnknownName(f"There is no model {model_id!r}.", _nearest(model_id, self._models), name=model_id)
        return self._models[model_id]

    def quantizations(self) -> tuple[Quantization, ...]:
        """All storage schemes, whether or not this machine can run them."""
        return tuple(self._quantizations.values())

    def quantization(self, scheme_id: str) -> Quantization:
        """The storage scheme with this id. Raises UnknownName; the hint names the nearest id."""
        if scheme_id not in self._quantizations:
            hint = _nearest(scheme_id, self._quantizations)
            raise UnknownName(f"There is no scheme {scheme_id!r}.", hint, name=scheme_id)
        return self._quantizations[scheme_id]

    def variants(self, model_id: str) -> tuple[Variant, ...]:
        """Every loadable form of one model, the default one first. One published in few bits loads as it is only."""
        model = self.model(model_id)
        first = default_scheme(model)
        known = [scheme for scheme in self._quantizations.values() if not model.quantized or scheme.id == first]
        schemes = sorted(known, key=lambda scheme: scheme.id != first)
        return tuple(_variant(model, scheme) for scheme in schemes)

    def variant(self, key: str) -> Variant:
        """"qwen3-0.6b:nf4-dq", or "qwen3-0.6b" for the model's default. Raises UnknownName with the nearest name."""
        if key in self._models:
            model = self._models[key]
            return _variant(model, self.quantization(default_scheme(model)))
        model_id, _, scheme_id = key.rpartition(":")
        if model_id in self._models:
            return _variant(self._models[model_id], self.quantization(scheme_id))
        if scheme_id in self._quantizations:
            key = model_id
        return _variant(self.model(key), self.quantization("bf16"))     # raises: no such model


def default_scheme(model: ModelSpec) -> str:
    """fp32 for pocket models, the fastest on a CPU at that size; otherwise bf16, as Qwen publishes the weights."""
    return "fp32" if model.pocket else "bf16"


def _variant(model: ModelSpec, scheme: Quantization) -> Variant:
    arch, need = model.architecture, plan(model, scheme, min(RESERVED_TOKENS, model.context_tokens))
    return Variant(model, scheme.id, need.weight_bytes, kv_bytes_per_token(arch, kept_bytes(scheme)) if arch else 0,
                   need.working_bytes)


def _local(folder: Path) -> ModelSpec:
    """A folder the user named, as a model "local:<folder name>"."""
    folder = folder.expanduser().resolve()
    values = facts(folder) | {"path": str(folder), "id": f"{LOCAL}:{folder.name}", "name": folder.name,
                              "purpose": LOCAL_PURPOSE}
    return spec(values, LOCAL, folder, f"folder {folder.name}")


def _model_folders(folders: Sequence[Path]) -> list[Path]:
    """The folders themselves, or the model folders inside one that holds no model of its own."""
    found: list[Path] = []
    for folder in (each.expanduser() for each in folders):
        inside = [] if is_model_folder(folder) else [f for f in sorted(folder.glob("*")) if is_model_folder(f)]
        found += inside or [folder]
    return found


def _check_ids(models: Sequence[ModelSpec]) -> None:
    seen: set[str] = set()
    for model in models:
        if model.id in seen:
            raise InvalidRequest(f"The id {model.id!r} appears twice in the catalogue.",
                                 "Give one of the two models another id, or rename its folder.")
        seen.add(model.id)


def _nearest(name: str, valid: Iterable[str]) -> str:
    valid = list(valid)
    near = difflib.get_close_matches(name.lower(), valid, 1, cutoff=0.3)
    return f"Did you mean {near[0]!r}?" if near else f"Known names: {', '.join(valid[:10])}."
