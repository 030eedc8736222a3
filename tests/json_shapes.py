"""Checks of command output against `bmtui/cli/json_shapes.json`; ``BMTUI_DRAW=1`` adds missing shapes to that file.

    BMTUI_DRAW=1 python -m pytest tests/cli       # then look at the diff

Shapes are only widened, so corrections by hand stay. Make them where the code allows more than the tests show: a value
that may be null, keys that are data (``additionalProperties``).
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import fcntl
import functools
import importlib
import json
import os
import pkgutil
import re
from collections.abc import Iterator, Sequence
from typing import Any

from json_schema import is_time, wrong

import bmtui.desk
from bmtui.cli import json_schemas
from bmtui.cli.parser import whole_parser

DRAW = bool(os.environ.get("BMTUI_DRAW"))
_ALIKE = 0.5
"""Least share of common fields of two objects that are merged into one shape; others stand side by side."""
_LEAST_OF_A_VIEW = 3
_AMOUNT = r"^-?\d+(\.\d+)?$"
_WIDE = 120


def commands(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command that takes ``--json``."""
    if "--json" in parser._option_string_actions:
        yield words
    for name, inner in _below(parser).items():
        yield from commands(inner, (*words, name))


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found[0].choices) if found else {}


@functools.cache
def _whole() -> argparse.ArgumentParser:
    return whole_parser()


def name_of(words: Sequence[str]) -> str:
    """Return the name of the schema for the output of `bmtui WORDS`."""
    parser, found = _whole(), []
    for word in words:
        if word in (below := _below(parser)):
            found.append(word)
            parser = below[word]
    return "_".join(found).replace("-", "_")


def check(words: Sequence[str], printed: str) -> None:
    """Fail unless the output of a command is JSON that fits its schema."""
    document = json.loads(printed)
    name = name_of(words)
    problems = list(wrong(document, _schema(name))) if name in json_schemas.names() else ["it has no schema"]
    if problems and DRAW:
        _add(name, document)
        return
    assert not problems, (
        f"'bmtui {' '.join(words)}' does not fit 'bmtui help schema {name}': {'; '.join(problems[:5])}. "
        "If the output is right, BMTUI_DRAW=1 adds it to bmtui/cli/json_shapes.json."
    )


@functools.cache
def _schema(name: str) -> dict[str, Any]:
    return json_schemas.schema(name)


def _add(name: str, document: Any) -> None:
    file = json_schemas.SHAPES
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        # Several processes run tests.
        fcntl.flock(folder, fcntl.LOCK_EX)
        shapes = json.loads(file.read_text(encoding="utf-8"))
        shapes[name] = _widened(shapes[name], document) if name in shapes else _shape(document)
        new = file.with_suffix(".new")
        new.write_text(_written(dict(sorted(shapes.items()))) + "\n", encoding="utf-8")
        new.replace(file)
    finally:
        os.close(folder)
    _schema.cache_clear()
    json_schemas._shapes.cache_clear()


def _written(value: Any, indent: str = "") -> str:
    """Format JSON with values on one line where they fit."""
    line = json.dumps(value)
    if len(indent) + len(line) < _WIDE or not value or not isinstance(value, dict | list):
        return line
    inner = indent + " "
    if isinstance(value, list):
        return "[\n" + ",\n".join(inner + _written(one, inner) for one in value) + f"\n{indent}]"
    rows = (f"{inner}{json.dumps(name)}: {_written(one, inner)}" for name, one in value.items())
    return "{\n" + ",\n".join(rows) + f"\n{indent}}}"


def _fits(document: Any, shape: Any) -> bool:
    return not list(wrong(document, json_schemas.resolved(shape)))


def _shape(document: Any) -> dict[str, Any]:
    """Return the schema of this document alone."""
    if isinstance(document, dict):
        if view := _view_of(document):
            return view
        return {
            "type": "object",
            "properties": {name: _shape(inner) for name, inner in document.items()},
            "required": list(document),
        }
    if isinstance(document, list):
        shape: dict[str, Any] = {"type": "array"}
        for inner in document:
            shape["items"] = _widened(shape["items"], inner) if "items" in shape else _shape(inner)
        return shape
    if isinstance(document, str):
        if is_time(document):
            return {"type": "string", "format": "date-time"}
        return {"type": "string", **({"pattern": _AMOUNT} if re.fullmatch(r"-?\d+\.\d{2,3}", document) else {})}
    kinds = {bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return {"type": kinds[type(document)]}


def _view_of(document: dict[str, Any]) -> dict[str, Any] | None:
    """Find the view, with extra fields beside it, or the dataclass of the desk that the object comes from."""
    found = []
    for name in json_schemas.views():
        view = json_schemas.resolved({"$ref": name})
        fields = view["properties"]
        inside = {key: value for key, value in document.items() if key in fields}
        if list(wrong(inside, view)):
            continue
        beside = {key: _shape(value) for key, value in document.items() if key not in fields}
        more = {"properties": beside, "required": list(beside)} if beside else {}
        found.append((len(beside), {"$ref": name, **more}))
    if found:
        return min(found, key=lambda one: one[0])[1]
    known = _dataclasses().get(frozenset(document), ())
    return next(({"$ref": name} for name in known if _fits(document, {"$ref": name})), None)


@functools.cache
def _dataclasses() -> dict[frozenset[str], list[str]]:
    """List the dataclasses of the desk by the names of their fields in JSON."""
    found: dict[frozenset[str], list[str]] = {}
    for module in pkgutil.walk_packages(bmtui.desk.__path__, "bmtui.desk."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if getattr(value, "__module__", "") != module.name or not dataclasses.is_dataclass(value):
                continue
            with contextlib.suppress(KeyError, TypeError, ValueError, NameError, AttributeError, StopIteration):
                fields = json_schemas.resolved({"$ref": f"{module.name}:{name}"})["properties"]
                if len(fields) >= _LEAST_OF_A_VIEW:
                    found.setdefault(frozenset(fields), []).append(f"{module.name}:{name}")
    return found


def _widened(shape: dict[str, Any], document: Any) -> dict[str, Any]:
    """Return the schema of all that fits `shape`, and of this document."""
    if _fits(document, shape):
        return shape
    if "anyOf" in shape:
        return {"anyOf": _among(shape["anyOf"], document)}
    merged = _merged(shape, document)
    return merged if merged is not None else {"anyOf": [shape, _shape(document)]}


def _among(shapes: list[dict[str, Any]], document: Any) -> list[dict[str, Any]]:
    for place, one in enumerate(shapes):
        if (merged := _merged(one, document)) is not None:
            return [*shapes[:place], merged, *shapes[place + 1 :]]
    return [*shapes, _shape(document)]


def _merged(shape: dict[str, Any], document: Any) -> dict[str, Any] | None:
    """Return one schema for both, or None if they are of different kinds."""
    kind, new = shape.get("type"), _shape(document)
    if "$ref" in shape:
        return None
    if isinstance(document, dict) and "properties" in shape and "$ref" not in new:
        known = shape["properties"]
        if len(known.keys() & document.keys()) < _ALIKE * len(known.keys() | document.keys()):
            return None
        inner = {name: _widened(known[name], value) if name in known else _shape(value)
                 for name, value in document.items()}  # fmt: skip
        return {**shape, "properties": {**known, **inner}, "required": [n for n in shape["required"] if n in document]}
    if isinstance(document, dict) and "additionalProperties" in shape:
        value_shape = shape["additionalProperties"]
        for inner in document.values():
            value_shape = _widened(value_shape, inner)
        return {**shape, "additionalProperties": value_shape}
    if isinstance(document, list) and kind == "array":
        items = shape.get("items")
        for inner in document:
            items = _shape(inner) if items is None else _widened(items, inner)
        return {"type": "array", **({"items": items} if items else {})}
    if isinstance(document, dict | list) or kind in ("object", "array") or kind is None:
        return None
    kinds = {*([kind] if isinstance(kind, str) else kind), new["type"]}
    kinds -= {"integer"} if "number" in kinds else set()
    kept = {name: value for name, value in shape.items() if new.get(name) == value}
    kept = shape if document is None else new if kind == "null" else kept
    return {**kept, "type": min(kinds) if len(kinds) == 1 else sorted(kinds)}
