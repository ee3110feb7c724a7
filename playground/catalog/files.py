"""Read a family's data file (playground/models/*.yaml) into ModelSpecs, and say what is wrong with a bad one."""
from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import yaml

from playground.catalog.folder import facts
from playground.errors import InvalidRequest, LoadFailed, UnknownName
from playground.memory import parameter_count
from playground.types import THINKING_CLOSE, Architecture, ModelSpec, ProgramOutput, SamplingParams, Thinking

FILE_KEYS = ("family", "sources", "defaults", "models")
ABOUT_THE_FACTS = ("source", "unverified")
MODEL_KEYS = tuple(f.name for f in fields(ModelSpec) if f.name != "family") + ABOUT_THE_FACTS
MODALITIES = ("text", "image", "video", "audio")
LANGUAGES = ("en", "id")
SUFFIXES = {"B": 10**9, "M": 10**6, "K": 10**3}


def read_family(file: Path, root: Path) -> tuple[list[ModelSpec], list[str]]:
    """The models of one file, and a sentence for each model whose folder (under `root`) is missing or broken.

    Raises UnknownName for a key that does not exist, InvalidRequest for a wrong value; both name the file.
    """
    try:
        data = yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise InvalidRequest(f"{file.name} is not valid YAML{where}.", "Check indents, colons and quotes.") from error
    data = _mapping(data, file.name)
    known_keys(data, FILE_KEYS, file.name)
    for key in ("family", "models"):
        if not data.get(key):
            raise InvalidRequest(f"{file.name} has no {key}.", f"Add {key}; the other files show the shape.")
    defaults = _mapping(data.get("defaults") or {}, f"{file.name}: defaults")
    known_keys(defaults, MODEL_KEYS, f"{file.name}: defaults")
    if not isinstance(data["models"], list):
        raise InvalidRequest(f"{file.name}: models must be a list.", "Begin each model with '- repo:' or '- path:'.")
    models, problems = [], []
    for number, entry in enumerate(data["models"], 1):
        entry = _mapping(entry, f"{file.name}: model {number}")
        where = f"{file.name}: {entry.get('id') or entry.get('repo') or f'model {number}'}"
        known_keys(entry, MODEL_KEYS, where)
        merged = _merge(defaults, entry)
        try:
            found = facts(root / merged["path"]) if merged.get("path") else {}
        except (LoadFailed, UnknownName) as error:
            problems.append(f"{where}: {error}")
            continue
        models.append(spec(_merge(found, merged), str(data["family"]), root, where))
    return models, problems


def spec(values: dict[str, Any], family: str, root: Path, where: str) -> ModelSpec:
    """One ModelSpec from merged values. `where` names the file and model in errors."""
    repo, path = _text(values, "repo", "", where), _text(values, "path", "", where)
    if bool(repo) == bool(path):
        raise InvalidRequest(f"{where} needs either repo or path.", "Give the hub id, or the folder with the weights.")
    short = (repo or path).rstrip("/").rpartition("/")[2]
    arch = _architecture(values.get("architecture"), where)
    parameters = _count(values.get("parameters", parameter_count(arch) if arch else None), "parameters", where)
    context = _count(values.get("context_tokens"), "context_tokens", where)
    extended = _count(values.get("extended_context_tokens", context), "extended_context_tokens", where)
    thinking = _one_of(values.get("thinking", "none"), get_args(Thinking), "thinking", where)
    sampling = values.get("sampling", {})
    thinking_sampling = sampling if thinking == "none" else values.get("thinking_sampling", sampling)
    purpose = _mapping(values.get("purpose") or {}, f"{where}: purpose")
    known_keys(purpose, LANGUAGES, f"{where}: purpose")
    examples = _mapping(values.get("examples") or {}, f"{where}: examples")
    known_keys(examples, LANGUAGES, f"{where}: examples")
    return ModelSpec(
        id=_text(values, "id", short.lower(), where), name=_text(values, "name", short.replace("-", " "), where),
        family=family, repo=repo, revision=_text(values, "revision", "main" if repo else "", where),
        license=_text(values, "license", "unknown", where), parameters=parameters,
        active_parameters=_count(values.get("active_parameters", parameters), "active_parameters", where),
        context_tokens=context, extended_context_tokens=extended,
        modalities=tuple(_one_of(m, MODALITIES, "modalities", where) for m in values.get("modalities", ("text",))),
        thinking=thinking, sampling=_sampling(sampling, f"{where}: sampling"),
        thinking_sampling=_sampling(thinking_sampling, f"{where}: thinking_sampling"), purpose=dict(purpose),
        architecture=arch, dtype=_text(values, "dtype", "bfloat16", where),
        path=str((root / path).resolve()) if path else "", quantized=_text(values, "quantized", "", where),
        engine=_text(values, "engine", "transformers", where),
        notes=_notes(values, where), pocket=bool(values.get("pocket", False)),
        program_output=_one_of(values.get("program_output", "continue"), get_args(ProgramOutput), "program_output",
                               where),
        thinking_close=_text(values, "thinking_close", THINKING_CLOSE, where), fills=bool(values.get("fills", False)),
        examples={language: _texts(lines, f"{where}: examples") for language, lines in examples.items()},
    )


def known_keys(data: Iterable[str], valid: Iterable[str], where: str) -> None:
    """Raises UnknownName for the first key that is not in `valid`, naming the nearest one."""
    valid = list(valid)
    for key in data:
        if key not in valid:
            near = difflib.get_close_matches(str(key), valid, 1)
            raise UnknownName(f"{where} has the key {key!r}, which does not exist.",
                              f"Did you mean {near[0]!r}?" if near else f"Valid keys: {', '.join(valid)}.")


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`; mappings merge key by key, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRequest(f"{where} must hold keys and values, got {type(value).__name__}.",
                             "The other files of playground/models show the shape.")
    return value


def _text(values: dict[str, Any], key: str, default: str, where: str) -> str:
    value = values.get(key, default)
    if not isinstance(value, str):
        raise InvalidRequest(f"{where}: {key} must be text, got {value!r}.", f"Put {key} in quotes.")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InvalidRequest(f"{where} must be a list of texts, got {value!r}.", "Put each one in quotes.")
    return tuple(value)


def _count(value: Any, key: str, where: str) -> int:
    """A positive whole number; "7.61B" and "494M" are understood."""
    text = str(value).upper()
    try:
        number = round(float(text[:-1]) * SUFFIXES[text[-1]]) if text[-1:] in SUFFIXES else int(text)
    except ValueError:
        number = 0
    if isinstance(value, bool) or number < 1:
        raise InvalidRequest(f"{where}: {key} must be a number above 0 such as 32768 or 7.61B, got {value!r}.",
                             f"Change {key}.")
    return number


def _one_of(value: Any, valid: Iterable[str], key: str, where: str) -> Any:
    valid = list(valid)
    if value not in valid:
        near = difflib.get_close_matches(str(value), valid, 1)
        raise InvalidRequest(f"{where}: {key} cannot be {value!r}.",
                             f"Did you mean {near[0]!r}?" if near else f"Choose from {', '.join(valid)}.")
    return value


def _architecture(value: Any, where: str) -> Architecture | None:
    if value is None or isinstance(value, Architecture):
        return value
    known_keys(value, [f.name for f in fields(Architecture)], f"{where}: architecture")
    try:
        return Architecture(**value)
    except TypeError as error:
        missing = str(error).partition(": ")[2]
        raise InvalidRequest(f"{where}: architecture lacks {missing}.", "Copy the numbers from config.json.") from error


def _sampling(value: Any, where: str) -> SamplingParams:
    known_keys(_mapping(value, where), [f.name for f in fields(SamplingParams)], where)
    try:
        return SamplingParams(**value)
    except InvalidRequest as error:
        raise InvalidRequest(f"{where}: {error}", error.hint) from error


def _notes(values: dict[str, Any], where: str) -> tuple[str, ...]:
    unverified = values.get("unverified", ())
    known_keys(unverified, MODEL_KEYS, f"{where}: unverified")
    marked = (f"not verified: {', '.join(unverified)}",) if unverified else ()
    return tuple(values.get("notes", ())) + marked
