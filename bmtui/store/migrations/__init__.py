"""Schema versions: numbered SQL files that are never changed once released; a new one is added instead."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING

from bmtui.errors import StoreError, StoreTooNew

if TYPE_CHECKING:
    from peewee import SqliteDatabase


def steps() -> list[tuple[int, str]]:
    """(version, SQL) of every migration, ascending."""
    files = (file for file in resources.files(__name__).iterdir() if file.name.endswith(".sql"))
    return sorted((int(file.name[:4]), file.read_text(encoding="utf-8")) for file in files)


LATEST = 3
"""The schema version of this release; a test compares it with the files, so that opening a store need not list them."""


def migrate(database: SqliteDatabase) -> None:
    """Bring the schema up to date; each step is one transaction that looks again once it holds the write lock.

    Several starters may call this at once: one applies, the others wait and find it done (reliability §3).

    Raises:
        StoreTooNew: the database was written by a newer release.
        StoreError: the file is a database of some other program.
    """
    if _version(database):
        _must_be_ours(database)
    if _version(database) == LATEST:
        return
    for version, sql in steps():
        with database.atomic():
            at = _version(database)
            if at > LATEST:
                raise StoreTooNew(
                    f"The database {database.database} has schema {at}; this bmtui knows up to {LATEST}.",
                    "Install the newer bmtui that wrote it.",
                )
            if at == 0 and database.get_tables():
                raise _foreign(database)
            if at < version:
                for statement in _statements(sql):
                    database.execute_sql(statement)
                database.execute_sql(f"PRAGMA user_version = {version}")


def _must_be_ours(database: SqliteDatabase) -> None:
    """Other programs number their schemas too."""
    query = "SELECT count(*) FROM sqlite_master WHERE name IN ('order_search', 'audit_never_changes')"
    if database.execute_sql(query).fetchone()[0] != 2:
        raise _foreign(database)


def _foreign(database: SqliteDatabase) -> StoreError:
    return StoreError(
        f"{database.database} is not a bmtui database.", "Choose another file with store = in bmtui.toml."
    )


def _version(database: SqliteDatabase) -> int:
    return int(database.execute_sql("PRAGMA user_version").fetchone()[0])


def _statements(sql: str) -> Iterator[str]:
    """Split at the semicolons that end a line, outside a trigger's body."""
    pending: list[str] = []
    for line in sql.splitlines():
        if line.startswith("--") or not line.strip():
            continue
        pending.append(line)
        text = "\n".join(pending)
        in_body = text.lstrip().startswith("CREATE TRIGGER") and not text.rstrip().endswith("END;")
        if line.rstrip().endswith(";") and not in_body:
            yield text
            pending.clear()
