"""Copy of an installation from one database to another, verified row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee
from peewee import AutoField, BooleanField, Model

from bmtui.errors import RuleRefused, StoreError, StoreTooNew
from bmtui.store.connection import dialect
from bmtui.store.dialect import Dialect
from bmtui.store.migrations import LATEST, migrate
from bmtui.store.models import TABLES
from bmtui.store.sqlite import PREFIX
from bmtui.text import how_many

BATCH = 500


@dataclass(frozen=True, slots=True)
class Copied:
    """Result of a copy: number of rows by table, and the two databases as they may be shown (without passwords)."""

    source: str
    target: str
    rows: dict[str, int]


def must_be_copyable(source_url: str, target_url: str) -> tuple[str, str]:
    """Check that one store can be copied into the other; returns both as they may be shown (without passwords).

    Raises:
        As `copy_store`; nothing was changed, but that the target may have got a schema.
    """
    source, target = dialect(source_url), dialect(target_url)
    try:
        with source.translated(), target.translated():
            _open(source, target)
            _must_have_no_rows(target, _tables())
            return source.where, target.where
    finally:
        source.close()
        target.close()


def copy_store(source_url: str, target_url: str) -> Copied:
    """Copy everything from one store into another that is empty: one transaction on each side.

    The source stays as it is, and nobody writes to it meanwhile. Each table of the target is read back and compared by
    its count and a hash over every row; any failure leaves the target empty.

    Raises:
        RuleRefused: the target is not empty, or workers run on the source. StoreError: there is no store at the source,
        or one of the two cannot be used.
    """
    source, target = dialect(source_url), dialect(target_url)
    try:
        with source.translated(), target.translated():
            _open(source, target)
            with source.writing(), target.writing():
                return Copied(source.where, target.where, _copy(source, target))
    finally:
        source.close()
        target.close()


def _open(source: Dialect, target: Dialect) -> None:
    if not source.exists():
        raise StoreError(f"There is no database {source.where}.", "Name the store that you use now.")
    source.open()
    if source.schema_version() != LATEST or not source.is_ours():
        raise StoreError(
            f"{source.where} is not a store of this release.", "Open it once with this bmtui, then copy it."
        )
    _must_rest(source)
    target.open()
    migrate(target)


def copy_moment(source: Dialect, file: Path) -> None:
    """Copy the store as it is at this moment into an empty file, as SQLite, while others go on writing.

    Every row is compared.

    Raises:
        StoreTooNew: a newer release has migrated the store meanwhile. StoreError: the copy is not whole.
    """
    target = dialect(f"{PREFIX}{file}")
    try:
        with source.translated(), target.translated():
            target.open()
            # All of it is to be in the one file, and new pages need no second copy in a log.
            target.execute_sql("PRAGMA journal_mode = DELETE")
            migrate(target)
            with source.reading(), target.writing():
                if source.schema_version() != LATEST:
                    raise StoreTooNew(f"{source.where} has another schema than this release.", "Upgrade this bmtui.")
                _copy(source, target)
    finally:
        target.close()


def must_be_empty(target: Dialect) -> None:
    """Check that a database can take a whole store; without our schema it gets it only if it is empty.

    Raises:
        RuleRefused: there is something in it, or workers run on it. StoreTooNew, StoreError: it cannot be used.
    """
    try:
        with target.translated():
            target.open()
            if not target.schema_version() and (found := target.get_tables()):
                raise _not_empty(target, f"it has the table {found[0]}")
            migrate(target)
            _must_rest(target)
            _must_have_no_rows(target, _tables())
    finally:
        target.close()


def fill(file: Path, target: Dialect) -> None:
    """Copy a SQLite file of this release into an empty database, in one transaction, and compare every row.

    Raises:
        As `must_be_empty`; nothing was copied then.
    """
    source = dialect(f"{PREFIX}{file}")
    try:
        with source.translated(), target.translated():
            source.open()
            target.open()
            with source.reading(), target.writing():
                _copy(source, target)
    finally:
        source.close()
        target.close()


SEEDED = "audit_head"
"""Table of which a new store has a row already: the head of an audit that is still empty."""


def _tables() -> list[_Table]:
    """Return the tables in the order in which rows can be inserted: referenced tables first."""
    return [_Table(model) for model in peewee.sort_models(TABLES)]  # type: ignore[attr-defined]


def _must_rest(database: Dialect) -> None:
    if living := database.living(idle=True):
        raise RuleRefused(
            f"{how_many(len(living), 'worker runs', 'workers run')} on {database.where}; nothing was copied.",
            "Stop every 'bmtui worker' and desk of it first.",
        )


def _must_have_no_rows(target: Dialect, tables: Sequence[_Table]) -> None:
    for table in tables:
        if table.name != SEEDED and next(table.read(target), None):
            raise _not_empty(target, f"it has {table.name}")


def _not_empty(target: Dialect, why: str) -> RuleRefused:
    return RuleRefused(
        f"{target.where} is not empty ({why}); nothing was copied.",
        "Make a new database, name it with store = in bmtui.toml or on the command line, and try again.",
    )


def _copy(source: Dialect, target: Dialect) -> dict[str, int]:
    tables = _tables()
    _must_have_no_rows(target, tables)
    counts = {}
    target.execute_sql(f"DELETE FROM {SEEDED}")  # noqa: S608 - a name of ours
    for table in tables:
        there = _Sum()
        for rows in table.read(source):
            there.add(rows)
            table.write(target, rows)
        here = _Sum()
        for rows in table.read(target):
            here.add(rows)
        if (here.count, here.digest) != (there.count, there.digest):
            raise StoreError(f"The table {table.name} arrived with other rows than it has; nothing was copied.")
        if table.numbered:
            target.number_on(table.name)
        counts[table.name] = here.count
    return counts


class _Sum:
    """Row count and hash of rows, the same on both databases."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.sha256()

    def add(self, rows: list[tuple[Any, ...]]) -> None:
        self.count += len(rows)
        for row in rows:
            self._hash.update(json.dumps(row, ensure_ascii=False).encode() + b"\n")

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


class _Table:
    """Table as its columns, in the order of its primary key: parents come before their children."""

    def __init__(self, model: type[Model]) -> None:
        meta = model._meta
        fields = meta.sorted_fields
        self.name: str = meta.table_name
        self.numbered = isinstance(meta.primary_key, AutoField)
        self._columns = [field.column_name for field in fields]
        self._truths = [place for place, field in enumerate(fields) if isinstance(field, BooleanField)]
        keys = {field.column_name for field in meta.get_primary_keys()}
        self._key = [place for place, column in enumerate(self._columns) if column in keys]

    def read(self, database: Dialect) -> Iterator[list[tuple[Any, ...]]]:
        key = ", ".join(self._columns[place] for place in self._key)
        marks = ", ".join(database.param for _ in self._key)
        last: tuple[Any, ...] = ()
        while True:
            after = f"WHERE ({key}) > ({marks})" if last else ""
            query = f"SELECT {', '.join(self._columns)} FROM {self.name} {after} ORDER BY {key} LIMIT {BATCH}"  # noqa: S608 - names of ours
            rows = [self._with_truths(row) for row in database.execute_sql(query, last).fetchall()]
            if rows:
                yield rows
            if len(rows) < BATCH:
                return
            last = tuple(rows[-1][place] for place in self._key)

    def write(self, database: Dialect, rows: list[tuple[Any, ...]]) -> None:
        marks = ", ".join(database.param for _ in self._columns)
        database.execute_many(f"INSERT INTO {self.name} ({', '.join(self._columns)}) VALUES ({marks})", rows)  # noqa: S608 - names of ours

    def _with_truths(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for place in self._truths:
            values[place] = bool(values[place]) if values[place] is not None else None
        return tuple(values)
