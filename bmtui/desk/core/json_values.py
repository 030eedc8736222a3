"""Simple values as JSON has them, and a JSON object as a row of a CSV."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from bmtui.money import Money


class Time(str):
    """ISO 8601 in UTC, as scripts read it; `at` is for a table, which is for people."""

    at: datetime


def simple(value: Any) -> Any:
    """An amount, a time or a day as a text; every other value as it is."""
    if isinstance(value, Money):
        return value.decimal
    if isinstance(value, datetime):
        return time(value)
    return value.isoformat() if isinstance(value, date) else value


def time(at: datetime) -> Time:
    """A time as JSON has it."""
    text = Time(at.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    text.at = at
    return text


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """A row for CSV: nested values become columns with a dot in their name."""
    columns: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            columns |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            columns[name] = value
    return columns
