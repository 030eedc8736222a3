"""What all tables share: the database they are bound to, and columns that are the same on every database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Self, cast

from peewee import AutoField, BigIntegerField, BooleanField, DatabaseProxy, Field, Model, TextField, fn

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
        return folded == (name_folded(other) if isinstance(other, str) else other)

    __hash__ = TextField.__hash__


def name_folded(text: str) -> str:
    """A name as it is compared: with its ASCII letters small."""
    return text.encode().lower().decode()


class JsonField(TextField):
    """A JSON value, stored as text with sorted keys so that equal values have equal texts."""

    def db_value(self, value: Any) -> Any:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def python_value(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


class Row(Model):
    """A row of a table. One that is read by its key, or made, is so by a statement that is written once.

    Peewee writes it anew each time, which takes longer than the database for its answer.
    """

    _dirty: set[str]

    class Meta:
        database = database
        legacy_table_names = False

    @classmethod
    def get_by_id(cls, pk: Any) -> Self:
        """The row with this key. Raises `DoesNotExist`."""
        key = cls._meta.primary_key
        found = None
        if isinstance(key, Field):
            sql, names, convert = _reading(cls, database.param)
            found = database.execute_sql(sql, (key.db_value(pk),)).fetchone()
        if found is None:
            # Several columns are the key; or the row is not there, which peewee says.
            return super().get_by_id(pk)
        values = list(found)
        for place, to_python in convert:
            values[place] = to_python(values[place])
        row = cls(__no_default__=True)
        row.__data__.update(zip(names, values, strict=True))
        return row

    @classmethod
    def create(cls, **values: Any) -> Self:
        """Insert a row and return it, with its number where it has one."""
        row = cls(**values)
        row.insert_this()
        return row

    def insert_this(self) -> None:
        """Insert this row, which then has its number."""
        meta = self._meta
        sql, convert = _inserting(type(self), tuple(self.__data__), database.param)
        found = database.execute_sql(sql, [to_db(self.__data__[name]) for name, to_db in convert])
        if isinstance(meta.primary_key, AutoField):
            ((self.__data__[meta.primary_key.name],),) = found.fetchall()
        self._dirty.clear()


@cache
def _reading(model: type[Row], mark: str) -> tuple[str, tuple[str, ...], tuple[tuple[int, Callable[[Any], Any]], ...]]:
    """The statement that reads a row by its key, the fields' names, and how values become those of Python."""
    meta = model._meta
    columns = ", ".join(f'"{field.column_name}"' for field in meta.sorted_fields)
    key = cast(Field, meta.primary_key).column_name
    sql = f'SELECT {columns} FROM "{meta.table_name}" WHERE "{key}" = {mark}'  # noqa: S608
    others = (BooleanField, UtcField, JsonField)
    fields = enumerate(meta.sorted_fields)
    convert = tuple((place, field.python_value) for place, field in fields if isinstance(field, others))
    return sql, tuple(field.name for field in meta.sorted_fields), convert


@cache
def _inserting(
    model: type[Row], names: tuple[str, ...], mark: str
) -> tuple[str, tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """The statement that inserts a row of these fields, and how values become those of the database."""
    meta = model._meta
    fields = [meta.fields[name] for name in names]
    columns, marks = ", ".join(f'"{field.column_name}"' for field in fields), ", ".join(mark for _ in fields)
    sql = f'INSERT INTO "{meta.table_name}" ({columns}) VALUES ({marks})'  # noqa: S608 - names of ours
    if isinstance(meta.primary_key, AutoField):
        sql += f' RETURNING "{meta.primary_key.column_name}"'
    return sql, tuple((field.name, field.db_value) for field in fields)
