"""Functions of the desk that need no more than the desk, or a desk and an order: found by their signatures."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import FunctionType
from typing import Any

from command_in_process import undone
from peewee import ModelSelect

from bmtui import desk as subjects
from bmtui.desk.core.context import Desk
from bmtui.errors import BmtuiError

_ADDRESS = re.compile(" at 0x[0-9a-f]+")
Of = Callable[..., Any]


def _functions() -> Iterator[tuple[str, Of]]:
    for module in pkgutil.walk_packages(subjects.__path__, f"{subjects.__name__}."):
        for name, found in vars(importlib.import_module(module.name)).items():
            if not isinstance(found, FunctionType) or inspect.iscoroutinefunction(found):
                continue
            if found.__module__ == module.name and not name.startswith("_"):
                yield f"{module.name.removeprefix('bmtui.desk.')}.{name}", found


def taking(*first: str) -> Mapping[str, Of]:
    """Return the public functions of the desk whose parameters without a default have these names."""
    found = {}
    for name, function in _functions():
        parameters = inspect.signature(function).parameters.values()
        needed = [one.name for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
        if tuple(needed) == first:
            found[name] = function
    return found


def answer(desk: Desk, function: Of, *args: object) -> str:
    """Return the answer of a function as text, of a desk that may not change anything; what it stores is undone."""
    said = ""
    with undone(desk):
        try:
            said = _text(function(replace(desk, read_only=True), *args))
        except BmtuiError as error:
            said = f"refused: {error}"
    return _ADDRESS.sub("", said)


def _text(found: object) -> str:
    if isinstance(found, ModelSelect):
        return repr(list(found.dicts()))
    return repr(list(found)) if isinstance(found, Iterator) else repr(found)
