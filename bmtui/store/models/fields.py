"""What all tables share: the database they are bound to, and columns that are the same on every database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import BigIntegerField, DatabaseProxy, Model, TextField, fn

database = DatabaseProxy()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Microseconds since 1970 UTC of an aware datetime, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC datetime of `to_micros`."""
    return _EPOCH + value * _MICROSECOND


class UtcField(BigIntegerField):
    """An aware UTC datetime, stored as integer microseconds: sortable, and the same on every database."""

    def db_value(self, value: Any) -> Any:
        return to_micros(value) if isinstance(value, datetime) else value

    def python_value(self, value: Any) -> Any:
        return from_micros(value) if isinstance(value, int) else value


class NameField(TextField):
    """A text that equals another whatever the case of its ASCII letters, as SQLite's NOCASE has it."""

    def __eq__(self, other: object) -> Any:
        folded = fn.LOWER(self)
        return folded == (other.encode().lower().decode() if isinstance(other, str) else other)

    __hash__ = TextField.__hash__


class JsonField(TextField):
    """A JSON value, stored as text with sorted keys so that equal values have equal texts."""

    def db_value(self, value: Any) -> Any:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def python_value(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


class Row(Model):
    class Meta:
        database = database
        legacy_table_names = False
