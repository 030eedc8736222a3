"""JSON forms of simple values, and of an object as a CSV row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from bmtui.money import Money


class Time(str):
    """Text of a time in ISO 8601 and UTC, for scripts; `at` is the time itself, for tables."""

    at: datetime


def simple(value: Any) -> Any:
    """Return an amount, a time or a day as a text; other values unchanged."""
    if isinstance(value, Money):
        return value.decimal
    if isinstance(value, datetime):
        return time(value)
    return value.isoformat() if isinstance(value, date) else value


def time(at: datetime) -> Time:
    """Return a time as JSON text."""
    text = Time(at.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    text.at = at
    return text


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object as a CSV row: nested values become columns with a dot in their name."""
    columns: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            columns |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            columns[name] = value
    return columns
