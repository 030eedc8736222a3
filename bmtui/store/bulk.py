"""Statements whose text follows from names of fields alone: inserts, and updates and rows by equal values.

Each text is built once, for peewee takes longer to write SQL than SQLite to run it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from peewee import AutoField, BigIntegerField, IntegerField, Model, TextField

_UNCHANGED: dict[type, type] = {TextField: str, IntegerField: int, BigIntegerField: int}
"""Types whose values stay as they are in fields of exactly these classes."""
Convert = tuple[Callable[[Any], Any], ...]


def insert(
    model: type[Model], rows: Sequence[Mapping[str, Any]], on_conflict: str = "", *, ids: bool = True
) -> list[int]:
    """Insert rows that name the same fields, inside the caller's transaction; the other fields get their defaults.

    `on_conflict`: the SQL that stands behind ON CONFLICT, if any.

    Returns: the rows' ids, in their order; nothing for a table without any, or where `ids` are not asked for.
    """
    if not rows:
        return []
    given = tuple(rows[0])
    database = model._meta.database
    sql, convert, more = _statement(model, given, database.param, on_conflict, ids)
    all_values = []
    for row in rows:
        values = [row[name] for name in given]
        for place, same, to_db in convert:
            value = values[place]
            if type(value) is not same:
                values[place] = to_db(value)
        all_values.append((*values, *more))
    if len(all_values) > 1:
        return [found[0] for found in database.execute_many(sql, all_values)]
    cursor = database.execute_sql(sql, all_values[0])
    return [found[0] for found in cursor.fetchall()] if cursor.description else []


@cache
def _statement(
    model: type[Model], given: tuple[str, ...], mark: str, on_conflict: str, ids: bool
) -> tuple[str, tuple[tuple[int, type | None, Callable[[Any], Any]], ...], tuple[Any, ...]]:
    """Return the statement, the conversions, and the defaults behind the given values.

    A conversion is that of one field: its index, and the type whose values it leaves as they are, if any.
    """
    meta = model._meta
    fields = [meta.fields[name] for name in given]
    defaults = [field for field in meta.sorted_fields if field.name not in given and field in meta.defaults]
    columns = [field.column_name for field in (*fields, *defaults)]
    sql = f"INSERT INTO {meta.table_name} ({', '.join(columns)}) VALUES ({', '.join(mark for _ in columns)})"  # noqa: S608
    if on_conflict:
        sql += f" ON CONFLICT {on_conflict}"
    if ids and isinstance(meta.primary_key, AutoField):
        sql += f" RETURNING {meta.primary_key.column_name}"
    convert = tuple((place, _UNCHANGED.get(type(field)), field.db_value) for place, field in enumerate(fields))
    return sql, convert, tuple(field.db_value(meta.defaults[field]) for field in defaults)


def update(model: type[Model], values: Mapping[str, Any], **equal: Any) -> int:
    """Set columns of the rows in which these fields have these values; return the number of such rows."""
    database = model._meta.database
    # In SQL nothing equals NULL.
    assert None not in equal.values(), equal
    sql, convert = _update_statement(model, tuple(values), tuple(equal), database.param)
    return int(database.execute_sql(sql, _converted(convert, (*values.values(), *equal.values()))).rowcount)


def rows(model: type[Model], by: str, equal: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return all columns, in the order of the fields, of the rows in which these fields have these values.

    `by`: the fields by which they are sorted, with commas.
    """
    database = model._meta.database
    assert None not in equal.values(), equal
    sql, convert = _rows_statement(model, by, tuple(equal), database.param)
    found: list[tuple[Any, ...]] = database.execute_sql(sql, _converted(convert, equal.values())).fetchall()
    return found


def _converted(convert: Convert, values: Iterable[Any]) -> list[Any]:
    return [to_db(value) for to_db, value in zip(convert, values, strict=True)]


@cache
def _update_statement(
    model: type[Model], set_: tuple[str, ...], equal: tuple[str, ...], mark: str
) -> tuple[str, Convert]:
    fields = model._meta.fields
    columns = ", ".join(f"{fields[name].column_name} = {mark}" for name in set_)
    sql = f"UPDATE {model._meta.table_name} SET {columns} WHERE {_all(model, equal, mark)}"  # noqa: S608
    return sql, tuple(fields[name].db_value for name in (*set_, *equal))


@cache
def _rows_statement(model: type[Model], by: str, equal: tuple[str, ...], mark: str) -> tuple[str, Convert]:
    meta = model._meta
    columns = ", ".join(field.column_name for field in meta.sorted_fields)
    order = ", ".join(meta.fields[name].column_name for name in by.split(", "))
    sql = f"SELECT {columns} FROM {meta.table_name} WHERE {_all(model, equal, mark)} ORDER BY {order}"  # noqa: S608
    return sql, tuple(meta.fields[name].db_value for name in equal)


def _all(model: type[Model], equal: tuple[str, ...], mark: str) -> str:
    fields = [model._meta.fields[name] for name in equal]
    # A field that compares in its own way needs peewee.
    assert not any("__eq__" in vars(type(field)) for field in fields), equal
    return " AND ".join(f"{field.column_name} = {mark}" for field in fields)
