"""Validator for the part of JSON Schema that bmtui uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (float, int),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def wrong(value: Any, schema: Any, path: str = "", *, extra: bool = False) -> Iterator[str]:
    """Yield the parts of a JSON value that do not fit its schema; `extra` allows fields without a schema."""
    if "anyOf" in schema:
        tried = [list(wrong(value, one, path, extra=extra)) for one in schema["anyOf"]]
        yield from min(tried, key=len)
        return
    if "const" in schema and value != schema["const"]:
        yield f"{path} is not {schema['const']}"
    wanted = schema.get("type", [])
    allowed = [kind for name in ([wanted] if isinstance(wanted, str) else wanted) for kind in _KINDS[name]]
    if allowed and type(value) not in allowed:
        yield f"{path} is {value!r}, not {wanted}"
    if isinstance(value, str):
        yield from _wrong_text(value, schema, path)
    if isinstance(value, dict) and {"properties", "additionalProperties"} & set(schema):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        yield from (f"{path}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        if not extra and not others and "properties" in schema:
            yield from (f"{path}.{name} is unknown" for name in value if name not in known)
        for name, inner in value.items():
            yield from wrong(inner, known.get(name, others or {}), f"{path}.{name}", extra=extra)
    if isinstance(value, list):
        for inner in value:
            yield from wrong(inner, schema.get("items", {}), f"{path}[]", extra=extra)


def _wrong_text(value: str, schema: Any, path: str) -> Iterator[str]:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{path} is {value!r}, which {schema['pattern']} does not match"
    if schema.get("format") == "date-time" and not is_time(value):
        yield f"{path} is {value!r}, no time in UTC"


def is_time(text: str) -> bool:
    """Test for a time in UTC, in the form that commands print."""
    if not text.endswith("Z"):
        return False
    try:
        return datetime.fromisoformat(text).utcoffset() is not None
    except ValueError:
        return False
