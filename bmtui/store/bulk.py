"""Inserts of many rows: the statement is built once, for peewee takes longer to write SQL than SQLite to run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from peewee import AutoField, Model


def insert(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows that name the same fields, inside the caller's transaction; the other fields get their defaults.

    Returns: the rows' ids, in their order; nothing for a table without any.
    """
    if not rows:
        return []
    given = tuple(rows[0])
    database = model._meta.database
    sql, convert, more = _statement(model, given, database.param)
    all_values = []
    for row in rows:
        values = [row[name] for name in given]
        for place, to_db in convert:
            values[place] = to_db(values[place])
        all_values.append((*values, *more))
    return [found[0] for found in database.execute_many(sql, all_values)]


@cache
def _statement(
    model: type[Model], given: tuple[str, ...], mark: str
) -> tuple[str, tuple[tuple[int, Callable[[Any], Any]], ...], tuple[Any, ...]]:
    """Return the statement, the conversion of each field by its index, and the defaults behind the given values."""
    meta = model._meta
    fields = [meta.fields[name] for name in given]
    defaults = [field for field in meta.sorted_fields if field.name not in given and field in meta.defaults]
    columns = [field.column_name for field in (*fields, *defaults)]
    sql = f"INSERT INTO {meta.table_name} ({', '.join(columns)}) VALUES ({', '.join(mark for _ in columns)})"  # noqa: S608
    if isinstance(meta.primary_key, AutoField):
        sql += f" RETURNING {meta.primary_key.column_name}"
    convert = tuple((place, field.db_value) for place, field in enumerate(fields))
    return sql, convert, tuple(field.db_value(meta.defaults[field]) for field in defaults)
