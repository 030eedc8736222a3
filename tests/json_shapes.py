"""What commands print with ``--json`` against `bmtui/cli/json_shapes.json`; ``BMTUI_DRAW=1`` adds to that file.

    BMTUI_DRAW=1 python -m pytest tests/cli       # shapes that tests see and the file does not have; look at the diff

What stands in the file stays: also what was written by hand, as that a value may be null, or that keys are free.
"""

from __future__ import annotations

import argparse
import fcntl
import functools
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from json_schema import is_time, wrong

from bmtui.cli import json_schemas
from bmtui.cli.parser import whole_parser

DRAW = bool(os.environ.get("BMTUI_DRAW"))
_ALIKE = 0.5
"""Objects with this share of their fields in common are one kind; others are another one, beside it."""
_LEAST_OF_A_VIEW = 3
_AMOUNT = r"^-?\d+(\.\d+)?$"
_WIDE = 120


def commands(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of each command that takes ``--json``."""
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
    """Name of the schema of what `bmtui WORDS` prints."""
    parser, found = _whole(), []
    for word in words:
        if word in (below := _below(parser)):
            found.append(word)
            parser = below[word]
    return "_".join(found).replace("-", "_")


def check(words: Sequence[str], printed: str) -> None:
    """Fail unless what a command printed is JSON as its schema says."""
    document = json.loads(printed)
    name = name_of(words)
    problems = list(wrong(document, _schema(name))) if name in json_schemas.names() else ["it has no schema"]
    if problems and DRAW:
        _add(name, document)
        return
    assert not problems, (
        f"'bmtui {' '.join(words)}' prints what 'bmtui help schema {name}' does not say: {'; '.join(problems[:5])}. "
        "If it should, BMTUI_DRAW=1 adds it to bmtui/cli/json_shapes.json."
    )


@functools.cache
def _schema(name: str) -> dict[str, Any]:
    return json_schemas.schema(name)


def _add(name: str, document: Any) -> None:
    with json_schemas.SHAPES.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        shapes = json.load(file)
        shapes[name] = _widened(shapes[name], document) if name in shapes else _shape(document)
        file.seek(0)
        file.write(_written(dict(sorted(shapes.items()))) + "\n")
        file.truncate()
    _schema.cache_clear()
    json_schemas._shapes.cache_clear()


def _written(value: Any, indent: str = "") -> str:
    """JSON in which what fits a line stands on one."""
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
    """The schema of this document alone."""
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
    """The view that the object is, with what stands beside its fields."""
    found = []
    for name, view in json_schemas.views().items():
        fields = view["properties"]
        inside = {key: value for key, value in document.items() if key in fields}
        if len(fields) < _LEAST_OF_A_VIEW or list(wrong(inside, view)):
            continue
        beside = {key: _shape(value) for key, value in document.items() if key not in fields}
        more = {"properties": beside, "required": list(beside)} if beside else {}
        found.append((len(beside), {"$ref": name, **more}))
    return min(found, key=lambda one: one[0])[1] if found else None


def _widened(shape: dict[str, Any], document: Any) -> dict[str, Any]:
    """The schema of what fits `shape`, and of this document."""
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
    """One schema of both, if they are of one kind."""
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
    kinds = {*([kind] if isinstance(kind, str) else kind), new["type"]} - ({"integer"} if new["type"] == "number" else set())
    kept = shape if document is None else new if kind == "null" else {n: v for n, v in shape.items() if new.get(n) == v}
    return {**kept, "type": min(kinds) if len(kinds) == 1 else sorted(kinds)}
