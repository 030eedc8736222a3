"""Base of all tables: the database they are bound to, and columns that are the same on every database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from peewee import (
    OP,
    BigIntegerField,
    BooleanField,
    CursorWrapper,
    DatabaseProxy,
    Expression,
    ForeignKeyField,
    IntegerField,
    Model,
    ModelSelect,
    Node,
    TextField,
    fn,
)

from bmtui.store import bulk

database = DatabaseProxy()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Return the microseconds since 1970 UTC of an aware datetime, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """Return the aware UTC datetime of `to_micros`."""
    return _EPOCH + value * _MICROSECOND


class UtcField(BigIntegerField):
    """Aware UTC datetime, stored as integer microseconds: sortable, and the same on every database."""

    def db_value(self, value: Any) -> Any:
        return to_micros(value) if isinstance(value, datetime) else value

    def python_value(self, value: Any) -> Any:
        return from_micros(value) if isinstance(value, int) else value


class NameField(TextField):
    """Text that equals another whatever the case of its ASCII letters, as SQLite's NOCASE has it.

    What it is compared with is folded here: PostgreSQL's `lower` folds a column by the collation "C" of all columns,
    but a value by the locale of the database, which may know É.
    """

    def __eq__(self, other: object) -> Any:
        return fn.LOWER(self) == _folded(other)

    def __ne__(self, other: object) -> Any:
        return fn.LOWER(self) != _folded(other)

    __hash__ = TextField.__hash__


def _folded(other: object) -> object:
    return name_folded(other) if isinstance(other, str) else other


def name_folded(text: str) -> str:
    """Return a name as it is compared: with its ASCII letters in lower case."""
    return text.encode().lower().decode()


class JsonField(TextField):
    """JSON value, stored as text with sorted keys so that equal values have equal texts."""

    def db_value(self, value: Any) -> Any:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def python_value(self, value: Any) -> Any:
        return _loads(value) if isinstance(value, str) else value


_SCAN: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def _loads(text: str) -> Any:
    """Parse a JSON text as it is stored; `json.loads` looks for white space around it, too, and takes twice as long."""
    try:
        value, end = _SCAN(text, 0)
    except StopIteration:
        end = -1
    return value if end == len(text) else json.loads(text)


class Row(Model):
    """Row of a table, made at once where a query reads all columns: peewee checks each column of each result."""

    _dirty: set[str]

    class Meta:
        database = database
        legacy_table_names = False

    @classmethod
    def having(cls, *, by: str = "id", **equal: Any) -> list[Self]:
        """Return the rows in which these fields have these values, sorted `by` fields named with commas."""
        columns = _columns(cls)
        return [_made(cls, columns, found) for found in bulk.rows(cls, by, equal)]

    if not TYPE_CHECKING:  # typed as peewee's

        @classmethod
        def create(cls, **values):
            made = cls(**values)
            ids = bulk.insert(cls, [made.__data__])
            if ids:
                made._pk = ids[0]
            made._dirty.clear()
            return made

        @classmethod
        def select(cls, *fields):
            return _Rows(cls, fields or cls._meta.sorted_fields, is_default=not fields)

        @classmethod
        def get(cls, *query, **filters):
            found = cls.get_or_none(*query, **filters)
            if found is None:
                # peewee's builds the statement once more, to say it.
                raise cls.DoesNotExist(f"no such row in {cls._meta.table_name}")
            return found

        @classmethod
        def get_or_none(cls, *query, **filters):
            if len(query) == 1 and not filters and _is_key(cls, query[0]):
                found = cls._meta.database.row_of(cls, query[0].rhs)
                return None if found is None else _made(cls, _columns(cls), found)
            chosen = cls.select()
            if query:
                chosen = chosen.where(*query)
            if filters:
                chosen = chosen.filter(**filters)
            return chosen.first()


def _is_key(model: type[Model], condition: Any) -> bool:
    """Return whether the condition asks for one value of the primary key."""
    return (
        type(condition) is Expression
        and condition.op == OP.EQ
        and condition.lhs is model._meta.primary_key
        and not isinstance(condition.rhs, Node)
    )


class _Rows(ModelSelect):
    """Query that makes rows with all columns of one table at once."""

    model: type[Model]

    def _get_model_cursor_wrapper(self, cursor: Any) -> Any:
        how: Any = self
        if how._is_default and not how._joins and len(how._from_list) == 1:
            return _WholeRows(cursor, self.model)
        return super()._get_model_cursor_wrapper(cursor)  # type: ignore[misc]


class _WholeRows(CursorWrapper):
    """Cursor over rows with all columns of a table, in the order of its fields."""

    def __init__(self, cursor: Any, model: type[Model]) -> None:
        super().__init__(cursor)
        self._model = model
        self._columns = _columns(model)

    def process_row(self, row: tuple[Any, ...]) -> Any:
        return _made(self._model, self._columns, row)


_Column: TypeAlias = tuple[str, type | None, Callable[[Any], Any]]


def _made(model: type[Model], columns: tuple[_Column, ...], row: tuple[Any, ...]) -> Any:
    made: Any = model.__new__(model)
    made.__data__ = {
        name: cell if cell is None or type(cell) is plain else convert(cell)
        for (name, plain, convert), cell in zip(columns, row, strict=True)
    }
    made.__rel__ = {}
    made._dirty = set()
    return made


@cache
def _columns(model: type[Model]) -> tuple[_Column, ...]:
    """Return each field's name, the type that needs no conversion (None: always convert), and its conversion."""
    return tuple((field.name, _plain(field), field.python_value) for field in model._meta.sorted_fields)


def _plain(field: Any) -> type | None:
    if isinstance(field, ForeignKeyField):
        return _plain(field.rel_field)
    kinds = ((UtcField, None), (JsonField, None), (BooleanField, bool), (IntegerField, int), (TextField, str))
    return next((plain for kind, plain in kinds if isinstance(field, kind)), None)
