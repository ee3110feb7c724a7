"""A second load of a known model without transformers: its modules are kept empty, and the file's tensors put in.

For plain weights on the CPU whose file holds each parameter under its own name, in the wanted dtype. Anything else is
`None` here, and from_pretrained loads it. The tensors are views of the mapped file, as from_pretrained makes them.
"""
from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

MOST = 8                                  # skeletons kept; each is a megabyte or two of Python objects
_LOOK = 64                                # values compared at both ends of each tensor


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A model without weights, and where each of its parameters lies: file, then (tensor, its places) pairs.

    A place is (module, attribute); a tied parameter has several.
    """

    model: Any
    plan: tuple[tuple[Path, tuple[tuple[str, tuple[tuple[str, str], ...]], ...]], ...]

    def attach(self) -> Any:
        """The whole model. Raises OSError or SafetensorError when a file cannot be read, KeyError for a lost tensor."""
        from safetensors import safe_open
        from torch import nn

        model = _copied(self.model)
        modules = dict(model.named_modules(remove_duplicate=False))
        for file, tensors in self.plan:
            with safe_open(file, framework="pt") as opened:
                for name, places in tensors:
                    parameter = nn.Parameter(opened.get_tensor(name), requires_grad=False)
                    for module, attribute in places:
                        modules[module]._parameters[attribute] = parameter
        return model


class Skeletons:
    """The last few models loaded, without their weights. The caller holds LOAD_LOCK."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Skeleton] = OrderedDict()

    def get(self, key: Hashable) -> Skeleton | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def drop(self, key: Hashable) -> None:
        self._kept.pop(key, None)

    def learn(self, key: Hashable, model: Any, folder: Path) -> None:
        """Keep the skeleton of a model that was just read from `folder` and has not run yet, if it is a plain one."""
        skeleton = skeleton_of(model, folder)
        if skeleton is not None:
            self._kept[key] = skeleton
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)


def skeleton_of(model: Any, folder: Path) -> Skeleton | None:
    """None for whatever is not plain: quantised, spread over devices, renamed, merged or cast while reading."""
    if hasattr(model, "hf_device_map") or getattr(model, "hf_quantizer", None) is not None:
        return None
    plan = _plan(model, folder)
    if plan is None:
        return None
    from torch import nn

    memo: dict[int, Any] = {id(parameter): nn.Parameter(parameter.detach().to("meta"), requires_grad=False)
                            for parameter in model.parameters()}
    return Skeleton(copy.deepcopy(model, memo), plan)


def _copied(model: Any) -> Any:
    """What copy.deepcopy makes of a module tree, in a fifth of the time: it looks at every number and empty dict."""
    memo: dict[int, Any] = {id(module): object.__new__(type(module)) for module in model.modules()}
    for module in model.modules():
        memo[id(module)].__dict__.update(
            (name, value if type(value) in _ATOMS else _copied_value(name, value, memo))
            for name, value in vars(module).items())
    return memo[id(model)]


def _copied_value(name: str, value: Any, memo: dict[int, Any]) -> Any:
    if name == "_modules":
        return {key: memo.get(id(child)) for key, child in value.items()}
    if name == "_parameters" or (type(value) in (dict, OrderedDict, set, list) and not value):
        return value.copy()               # every parameter is replaced, none is changed
    return copy.deepcopy(value, memo)


_ATOMS = frozenset((bool, int, float, str, type(None), type, FunctionType))


def _plan(model: Any, folder: Path) -> Any:
    from safetensors import safe_open

    places: dict[int, list[tuple[str, str]]] = {}
    names: dict[str, Any] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        module, _, attribute = name.rpartition(".")
        places.setdefault(id(parameter), []).append((module, attribute))
        names[name] = parameter
    if names.keys() != model.state_dict().keys():             # buffers that come from the file
        return None
    plan, found = [], set()
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as opened:
            tensors = []
            for name in opened.keys():
                parameter = names.get(name)
                if parameter is None or not _same(parameter, opened.get_tensor(name)):
                    return None
                if id(parameter) not in found:
                    tensors.append((name, tuple(places[id(parameter)])))
                found.add(id(parameter))
        plan.append((file, tuple(tensors)))
    return tuple(plan) if found == set(places) else None


def _same(parameter: Any, tensor: Any) -> bool:
    """Whether shape, dtype and both ends agree; reading all of it would cost what the short way saves."""
    if parameter.device.type != "cpu" or parameter.shape != tensor.shape or parameter.dtype != tensor.dtype:
        return False
    mine, theirs = parameter.detach().reshape(-1), tensor.reshape(-1)
    return bool((mine[:_LOOK] == theirs[:_LOOK]).all() and (mine[-_LOOK:] == theirs[-_LOOK:]).all())
