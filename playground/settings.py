"""Every setting of the app, read once: defaults < spaces.yaml profile < environment < command line.

The only reader of the environment and of spaces.yaml. `python -m playground.settings --table` prints the documentation.
"""
from __future__ import annotations

import argparse
import difflib
import ipaddress
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from playground.errors import InvalidRequest, UnknownName
from playground.paths import ROOT
from playground.settings_text import PREFIX, help_text, markdown_table

BORROWED = {"GRADIO_SERVER_NAME": "host", "GRADIO_SERVER_PORT": "port", "HF_HUB_OFFLINE": "offline"}
"""Variables of Gradio and the Hugging Face tools that set the same thing; our own variables win over them."""
LOCAL_PROFILE, SPACE_PROFILE = "local", "cpu-space"
WANTED = {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "text"}
BOOLS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _setting(default: Any, text: str, *, unit: str = "", low: float | None = None, high: float | None = None,
             choices: tuple[str, ...] = (), secret: bool = False) -> Any:
    meta = {"help": text, "unit": unit, "low": low, "high": high, "choices": choices, "secret": secret}
    return field(default=default, repr=not secret, metadata=meta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be configured. Raises InvalidRequest naming field, value and bound when a value is out of bounds."""

    host: str = _setting("127.0.0.1", "Address to listen on; 0.0.0.0 lets other machines in.")
    port: int = _setting(7860, "Port to listen on.", low=1, high=65535)
    default_model: str = _setting("pocket-qwen3", "Model chosen at the start: an id, or id:variant such as "
                                                  "qwen3-0.6b:nf4-dq.")
    preload: bool = _setting(True, "Load the default model in the background as soon as the page is up.")
    memory_budget_gb: float = _setting(0.0, "Memory for loaded models, on each GPU where there is one; 0 means 70 % of "
                                            "what is available at the start, and 90 % on a GPU.",
                                       unit="GB", low=0, high=100_000)
    keep_alive_s: float = _setting(900.0, "A model is unloaded this long after its last answer; 0 unloads it at once, "
                                          "-1 keeps it until its memory is needed.", unit="seconds", low=-1,
                                   high=31_536_000)
    threads: int = _setting(0, "CPU threads for generation; 0 lets PyTorch choose.", low=0, high=1024)
    models_folders: tuple[str, ...] = _setting((), "Folders with models you downloaded yourself.", unit="list of paths")
    quant_cache_folder: str = _setting("~/.cache/qwen-playground/quantised", "Where quantised weights are kept, so "
                                       "that a model is quantised once.")
    quant_cache_gb: float = _setting(10.0, "Most disk space for them, and never more than a tenth of what is free "
                                           "there; 0 keeps none.", unit="GB", low=0, high=100_000)
    offline: bool = _setting(False, "Never connect to a model hub; use what is on this disk.")
    max_message_chars: int = _setting(20_000, "Longest single message.", unit="characters", low=1, high=10_000_000)
    max_total_chars: int = _setting(200_000, "Longest conversation sent to a model.", unit="characters", low=1,
                                    high=100_000_000)
    max_messages: int = _setting(200, "Most messages in one conversation.", low=1, high=10_000)
    max_tokens_per_answer: int = _setting(8192, "Most tokens one answer may have.", unit="tokens", low=1, high=131_072)
    requests_per_minute: int = _setting(120, "Answers one caller may start in a minute.", low=1, high=1_000_000)
    max_queue: int = _setting(32, "Requests that may wait for a model at once.", low=1, high=10_000)
    max_wait_s: float = _setting(300.0, "Longest time a request waits for a model.", unit="seconds", low=1, high=86_400)
    programs_at_once: int = _setting(2, "Programs of models and visitors that may run at once, each in the sandbox; 0 "
                                        "turns them off.", low=0, high=64)
    api_key: str = _setting("", "When set, /v1 asks for it as a bearer token. Better in the environment than on the "
                                "command line, where other users can see it.", secret=True)
    model_control: str = _setting("local", "Who may load, unload and pin models on the Models tab; all may look. "
                                           "local: a browser on this machine. Say nobody behind a proxy on this "
                                           "machine that adds no header.", choices=("everyone", "local", "nobody"))
    trusted_proxies: tuple[str, ...] = _setting((), "Proxies whose X-Forwarded-For header is believed.",
                                                unit="list of addresses or networks")
    language: str = _setting("en", "Language of the page for a first visit.", choices=("en", "id"))
    log_level: str = _setting("warning", "How much is logged.", choices=("debug", "info", "warning", "error"))

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            _check(each, value)
            if isinstance(value, int) and each.type == "float":
                object.__setattr__(self, each.name, float(value))
        for proxy in self.trusted_proxies:
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError:
                raise InvalidRequest(f"trusted_proxies: {proxy!r} is not an address or network.",
                                     "Write for example 10.0.0.0/8.") from None

    def table(self) -> str:
        """These settings as text, one a line, with secrets hidden."""
        return "\n".join(f"{each.name} = {self._shown(each)}" for each in fields(self))

    def _shown(self, each: Field[Any]) -> str:
        value = getattr(self, each.name)
        return ("(set)" if value else "(not set)") if each.metadata["secret"] else str(value)


def load_settings(argv: Sequence[str] = (), environ: Mapping[str, str] | None = None,
                  spaces_yaml: Path = ROOT / "spaces.yaml") -> Settings:
    """The settings for this run. Raises UnknownName (with the nearest name) or InvalidRequest; --help exits with 0."""
    env = os.environ if environ is None else environ
    line = _command_line(argv)
    own = _environment(env)
    profile = line.pop("profile", None) or own.pop("profile", None) or (
        SPACE_PROFILE if env.get("SPACE_ID") else LOCAL_PROFILE)
    own.pop("profile", None)
    merged: dict[str, Any] = {}
    for source, values in (
        (f"profile {profile} in {spaces_yaml.name}", _profile(spaces_yaml, profile)),
        ("the environment", {name: env[key] for key, name in BORROWED.items() if env.get(key)}),
        ("the environment", own),
        ("the command line", line),
    ):
        merged |= {name: _parsed(_FIELDS[name], value, source) for name, value in values.items()}
    return Settings(**merged)


def visible_gpus(environ: Mapping[str, str] | None = None) -> str | None:
    """Which GPUs CUDA lets this process use, in CUDA's own words; None: all. It is CUDA's setting, not one of ours."""
    return (os.environ if environ is None else environ).get("CUDA_VISIBLE_DEVICES")


# ---------------------------------------------------------------- one value
def _parsed(each: Field[Any], value: Any, source: str) -> Any:
    """`value` as the field's type; text is read, a value of a wrong type is refused."""
    kind = str(each.type)
    try:
        if kind == "bool":
            return value if isinstance(value, bool) else BOOLS[str(value).strip().lower()]
        if kind in ("int", "float"):
            if isinstance(value, bool):
                raise ValueError
            return int(str(value)) if kind == "int" else float(value)
        if kind.startswith("tuple"):
            parts: Iterable[Any] = value.split(",") if isinstance(value, str) else value
            return tuple(str(part).strip() for part in parts if str(part).strip())
        if not isinstance(value, str):
            raise ValueError
        return value
    except (KeyError, TypeError, ValueError):
        shown = "that value" if each.metadata["secret"] else repr(value)
        wanted = WANTED.get(kind, "a list")
        raise InvalidRequest(f"{each.name}: {shown} is not {wanted} (from {source}).", f"Change {each.name}.") from None


def _check(each: Field[Any], value: Any) -> None:
    low, high, choices = (each.metadata[key] for key in ("low", "high", "choices"))
    if choices and value not in choices:
        raise InvalidRequest(f"{each.name}: {value!r} is not one of {', '.join(choices)}.", f"Change {each.name}.")
    if low is None or high is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidRequest(f"{each.name}: {value!r} is not between {low} and {high}.", f"Change {each.name}.")


# ---------------------------------------------------------------- the three sources
def _nearest(name: str, valid: Iterable[str], shown: str, hint_prefix: str = "") -> UnknownName:
    close = difflib.get_close_matches(name, list(valid), 1, 0.0)
    return UnknownName(f"{shown} is not a setting.", f"Did you mean {hint_prefix}{close[0]}?" if close else "")


def _profile(path: Path, name: str) -> dict[str, Any]:
    """The settings of one deployment profile; {} for the local profile of a checkout without the file."""
    if not path.exists():
        if name == LOCAL_PROFILE:
            return {}
        raise UnknownName(f"There is no profile {name!r}: {path} does not exist.", "Leave the profile out.")
    import yaml

    try:
        data = yaml.safe_load(path.read_text("utf-8")) or {}
    except yaml.YAMLError as error:
        raise InvalidRequest(f"{path.name} is not valid YAML: {error}", "Fix the line it names.") from None
    profiles = data.get("profiles") or {} if isinstance(data, dict) else {}
    if name not in profiles:
        close = difflib.get_close_matches(name, list(profiles), 1, 0.0)
        raise UnknownName(f"There is no profile {name!r} in {path.name}.", f"Did you mean {close[0]}?" if close else "")
    values = profiles[name] or {}
    for key in values:
        if key not in _FIELDS:
            raise _nearest(str(key), _FIELDS, f"{key!r} (profile {name} in {path.name})")
    return dict(values)


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for key, value in env.items():
        if key.upper().startswith(PREFIX):
            name = key[len(PREFIX):].lower()
            if name not in _FIELDS and name != "profile":
                raise _nearest(name.upper(), [n.upper() for n in _FIELDS] + ["PROFILE"], key, PREFIX)
            found[name] = value
    return found


def _command_line(argv: Sequence[str]) -> dict[str, str]:
    parser = _parser()
    known, rest = parser.parse_known_args(list(argv))
    if rest:
        name = rest[0].partition("=")[0]
        if not name.startswith("-"):
            raise UnknownName(f"{rest[0]!r} is not an option.", "See --help.")
        raise _nearest(name, [_option(n) for n in [*_FIELDS, "profile"]], name)
    return {name: value for name, value in vars(known).items() if value is not None}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="app.py", allow_abbrev=False, description="Qwen Playground: try and learn the Qwen models in a browser.",
        epilog=f"Each option can also be set as an environment variable, {PREFIX}PORT for --port, "
               "or in a profile of spaces.yaml.")
    parser.add_argument("--profile", metavar="NAME", help=f"Profile of spaces.yaml to start from. Default: "
                                                          f"{SPACE_PROFILE} on a Space, else {LOCAL_PROFILE}.")
    for each in _FIELDS.values():
        metavar = "VALUE" if each.type != "bool" else "true|false"
        extra: dict[str, Any] = {"nargs": "?", "const": "true"} if each.type == "bool" else {}
        parser.add_argument(_option(each.name), metavar=metavar, help=help_text(each).replace("%", "%%"), **extra)
    return parser


_FIELDS: dict[str, Field[Any]] = {each.name: each for each in fields(Settings)}

if __name__ == "__main__":
    print(markdown_table(_FIELDS.values()) if sys.argv[1:] == ["--table"] else load_settings(sys.argv[1:]).table())
