"""JSON of the released views: fields may be added, never removed, and keep their kind."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from view_samples import AT, sample

import bmtui.desk
from bmtui.cli import documents, json_schemas
from bmtui.cli.documents import to_json
from bmtui.money import Money

SNAPSHOT = Path(__file__).parent / "json_fields.json"
PRINTED = tuple(json_schemas.views().values())
"""Views that commands print."""


def kinds(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and kind of each field of a JSON value; ``[]`` is the element of an array."""
    yield path, type(value).__name__
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from kinds(inner, f"{path}.{name}" if path else name)
    if isinstance(value, list):
        yield from kinds(value[0], f"{path}[]")


def fields_of(view: type) -> dict[str, str]:
    document = json.loads(json.dumps(to_json(sample(view))))
    return {path: kind for path, kind in kinds(document) if path}


def views_of_the_desk() -> list[type]:
    """Return the dataclasses of desk/ whose names end in View or Row, printed or not."""
    found: dict[str, type] = {}
    for module in pkgutil.walk_packages(bmtui.desk.__path__, "bmtui.desk."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if name.endswith(("View", "Row")) and isinstance(value, type) and dataclasses.is_dataclass(value):
                found[f"{value.__module__}.{name}"] = value
    return [found[name] for name in sorted(found) if found[name].__module__.startswith("bmtui.desk.")]


def test_released_json_fields_exist_with_the_same_kind() -> None:
    """Add freely; with a release, `python tests/release/test_json_fields.py` writes the snapshot anew."""
    released = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert set(released) == {view.__name__ for view in PRINTED}
    for view in PRINTED:
        now = fields_of(view)
        assert {path: now.get(path) for path in released[view.__name__]} == released[view.__name__], view.__name__


@pytest.mark.parametrize("view", dict.fromkeys((*PRINTED, *views_of_the_desk())), ids=lambda view: view.__name__)
def test_amounts_of_a_view_are_decimals_beside_their_currency_and_times_are_utc(view: type) -> None:
    instance = sample(view)
    document = json.loads(json.dumps(to_json(instance), default=lambda value: f"not JSON: {value!r}"))
    for field in dataclasses.fields(instance):
        value = getattr(instance, field.name)
        if field.name not in document:
            continue
        if isinstance(value, Money):
            assert document[field.name] == "-12.50"
            assert document["currency"] in ("SEK", "text"), "a view may have a currency of its own"
        if value == AT:
            assert document[field.name] == "2026-11-20T12:30:00Z"


def test_schema_exceptions_are_of_views_that_commands_print() -> None:
    assert set(documents._exceptions()) <= set(PRINTED)


if __name__ == "__main__":
    SNAPSHOT.write_text(
        json.dumps({view.__name__: fields_of(view) for view in PRINTED}, indent=1, sort_keys=True) + "\n",
        encoding="utf-8",
    )
