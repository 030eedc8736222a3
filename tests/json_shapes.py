"""Checks of command output against `bmtui/cli/json_shapes.json`, and the shape to begin with for new output.

Correct that by hand where the code allows more than a test shows: a value that may be null, a field that may be
missing, keys that are data (``additionalProperties``), another document with ``--dry-run`` (``anyOf``).
"""

from __future__ import annotations

import argparse
import functools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from json_schema import is_time, wrong

from bmtui.cli import json_schemas
from bmtui.cli.parser import whole_parser

_AMOUNT = r"^-?\d+(\.\d+)?$"


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
    document, name = json.loads(printed), name_of(words)
    problems = list(wrong(document, _schema(name))) if name in json_schemas.names() else ["it has no schema"]
    assert not problems, (
        f"The output of 'bmtui {' '.join(words)}' does not fit 'bmtui help schema {name}': {'; '.join(problems[:5])}. "
        f"If the output is right, correct '{name}' in bmtui/cli/json_shapes.json; this document alone is "
        f"{json.dumps(shape_of(document))}"
    )


@functools.cache
def _schema(name: str) -> dict[str, Any]:
    return json_schemas.schema(name)


def shape_of(document: Any) -> dict[str, Any]:
    """Return the schema of this document alone; views are named by ``$ref``."""
    if isinstance(document, dict):
        return _view_of(document) or {"type": "object", **_fields(document)}
    if isinstance(document, list):
        return {"type": "array", **({"items": shape_of(document[0])} if document else {})}
    if isinstance(document, str):
        if is_time(document):
            return {"type": "string", "format": "date-time"}
        return {"type": "string", **({"pattern": _AMOUNT} if re.fullmatch(r"-?\d+\.\d{2,3}", document) else {})}
    kinds = {bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return {"type": kinds[type(document)]}


def _fields(document: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {name: shape_of(value) for name, value in document.items()}, "required": list(document)}


def _view_of(document: dict[str, Any]) -> dict[str, Any] | None:
    """Find the view that the object comes from, with the fewest extra fields beside it."""
    found = []
    for name in json_schemas.views():
        view = json_schemas.resolved({"$ref": name})
        beside = {key: value for key, value in document.items() if key not in view["properties"]}
        if not list(wrong({key: value for key, value in document.items() if key not in beside}, view)):
            found.append((len(beside), {"$ref": name, **(_fields(beside) if beside else {})}))
    return min(found, key=lambda one: one[0])[1] if found else None
