"""Schema versions: numbered SQL files that are never changed once released; a new one is added instead.

How to write one. ``NNNN_name.sql`` holds portable SQL, which PostgreSQL gets translated (`postgres.portable`):

- types `INTEGER` (64 bits on both), `TEXT` (compared by its bytes on both), `BOOLEAN` (a peewee BooleanField; defaults
  0 and 1), `REAL`, `BLOB`; ``id INTEGER PRIMARY KEY`` is a row's own number;
- `REFERENCES`, `CHECK`, `UNIQUE`, `DEFAULT`, ``CREATE [UNIQUE] INDEX … WHERE``, ``ALTER TABLE … ADD COLUMN``,
  `UPDATE`, `INSERT`. A statement ends at a semicolon that ends a line; a comment has a line of its own;
- rows that are copied with their ids: the next step for PostgreSQL must then set the table's sequence behind them.

What only one database understands (triggers, full text) goes into ``NNNN_name.sqlite.sql`` and
``NNNN_name.postgres.sql``, which run after it in the same transaction; each of the three may be missing.

Numbers are handed out beforehand and may have gaps. A database never gets a step below the version that it has, so in a
release no gap may be filled that an earlier one left. `LATEST` is the highest number; a new table also has its model in
`models.TABLES`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING

from bmtui.errors import StoreError, StoreTooNew

if TYPE_CHECKING:
    from bmtui.store.dialect import Dialect

LATEST = 13
"""Schema version of this release; a test compares it with the files, so that opening a store need not list them."""


def steps(dialect: str) -> list[tuple[int, list[str]]]:
    """Return (version, statements) of every migration for ``sqlite`` or ``postgres``, ascending."""
    found: dict[int, list[str]] = {}
    # The portable part comes first: without its suffix, a name is the shorter one.
    for file in sorted(resources.files(__name__).iterdir(), key=lambda file: (file.name[:4], len(file.name))):
        _, *only = file.name.removesuffix(".sql").split(".")
        if file.name.endswith(".sql") and only in ([], [dialect]):
            found.setdefault(int(file.name[:4]), []).extend(_statements(file.read_text(encoding="utf-8")))
    return sorted(found.items())


def migrate(database: Dialect) -> None:
    """Migrate the schema to this version; each step is one transaction that checks again once it holds the write lock.

    Several starters may call this at once: one applies, the others wait and find it done (reliability §3).

    Raises:
        StoreTooNew: the database was written by a newer release.
        StoreError: it is a database of some other program.
    """
    at = database.schema_version()
    if at and not database.is_ours():
        raise _foreign(database)
    if at == LATEST:
        return
    for version, statements in steps(database.kind):
        with database.migration():
            at = database.schema_version()
            if at > LATEST:
                raise StoreTooNew(
                    f"The database {database.where} has schema {at}; this bmtui knows up to {LATEST}.",
                    "Install the newer bmtui that wrote it.",
                )
            if at == 0 and database.get_tables():
                raise _foreign(database)
            if at < version:
                for statement in statements:
                    database.execute_sql(database.portable(statement))
                database.set_schema_version(version)


def _foreign(database: Dialect) -> StoreError:
    return StoreError(f"{database.where} is not a bmtui database.", "Choose another one with store = in bmtui.toml.")


def _statements(sql: str) -> Iterator[str]:
    """Split SQL at the semicolons that end a line, outside the body of a trigger or function."""
    pending: list[str] = []
    for line in sql.splitlines():
        if line.startswith("--") or not line.strip():
            continue
        pending.append(line)
        text = "\n".join(pending)
        open_body = text.startswith("CREATE TRIGGER") and "BEGIN" in text and not text.rstrip().endswith("END;")
        if line.rstrip().endswith(";") and not open_body and text.count("$$") % 2 == 0:
            yield text
            pending.clear()
    assert not pending, f"A migration's last statement does not end: {pending[-1]}"
