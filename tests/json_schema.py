"""Validator for the part of JSON Schema that bmtui uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def wrong(value: Any, schema: Any, path: str = "", *, extra: bool = False) -> Iterator[str]:
    """Yield the parts of a JSON value that do not fit its schema."""
    kinds = {
        "string": str,
        "integer": int,
        "number": float,
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    if "const" in schema and value != schema["const"]:
        yield f"{path} is not {schema['const']}"
    wanted = schema.get("type", [])
    allowed = [kinds[name] for name in ([wanted] if isinstance(wanted, str) else wanted)]
    if allowed and type(value) not in allowed:
        yield f"{path} is {value!r}"
    if isinstance(value, dict) and "properties" in schema:
        yield from (f"{path}.{name} is missing" for name in schema["required"] if name not in value)
        yield from (f"{path}.{name} is unknown" for name in value if not extra and name not in schema["properties"])
        for name, inner in value.items():
            yield from wrong(inner, schema["properties"].get(name, {}), f"{path}.{name}", extra=extra)
    if isinstance(value, list):
        for inner in value:
            yield from wrong(inner, schema.get("items", {}), f"{path}[]", extra=extra)
