"""Backups: a SQLite file of one moment, from either database, verified before it gets its name (reliability §3).

The documents that belong to the store are in the file, too (`backup_documents`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee

from bmtui import plain_file
from bmtui.errors import ConfigError, RuleRefused, StoreError, StoreTooNew
from bmtui.store import backup_documents, copying, send_counter
from bmtui.store.dialect import Dialect
from bmtui.store.migrations import LATEST

_driver: Any = peewee.sqlite3  # type: ignore[attr-defined]
_PAGES = 1024
_ALONE_S = 2.0
_BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Contents:
    """Contents of a verified backup: schema version, counts, and size in bytes."""

    schema: int
    companies: int
    orders: int
    documents: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Written:
    """Result of a backup; `missing` are paths of documents that it does not have: gone, or changed since."""

    contents: Contents
    missing: tuple[str, ...]


def write(database: Dialect, file: Path, data: Path, documents: Callable[[], Mapping[str, str]]) -> Written:
    """Copy the store as it is at this moment into a new file of mode 0600, while others go on writing.

    The copy has no free pages: what was deleted or anonymised is not in it.

    Args:
        documents: called once the store is copied; paths below `data` and hashes of the files that belong to it.

    Raises:
        ConfigError: the file is there already, or cannot be made. StoreError: the copy is not whole; nothing is left.
    """
    pending = _pending(file)
    try:
        if database.kind == "sqlite":
            database.execute_sql("VACUUM INTO ?", (str(pending),))
        else:
            copying.copy_moment(database, pending)
        with closing(_driver.connect(str(pending))) as copy:
            missing = backup_documents.put(copy, data, documents())
        found = verify(pending)
        _flush(pending)
        # Not replace(): a file of this name that came meanwhile is somebody's backup, too.
        os.link(pending, file)
        pending.unlink()
        _flush(file.parent)
    except FileExistsError as error:
        raise _exists(file) from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be written ({error.strerror}).", "Check the folder and the disk.") from error
    except _driver.OperationalError as error:
        raise ConfigError(f"{file} cannot be written ({error}).", "Check the folder and the disk.") from error
    finally:
        _remove(pending)
    return Written(found, missing)


def verify(file: Path) -> Contents:
    """Read the whole file and return what it holds.

    Raises:
        ConfigError: it cannot be read. StoreTooNew: of a newer release. StoreError: damaged, or not of bmtui.
    """
    try:
        # It is read several times, which a pipe cannot be.
        with plain_file.opened(file, pipes=False) as opened:
            header = opened.read(16)
        size = file.stat().st_size
        beside = next((path for end in _BESIDE if (path := Path(f"{file}{end}")).exists()), None)
    except OSError as error:
        advice = "Choose a file that 'bmtui backup' wrote."
        raise ConfigError(f"{file} cannot be read ({error.strerror}).", advice) from error
    if header != b"SQLite format 3\0":
        raise StoreError(f"{file} is not a backup of bmtui.", "Choose a file that 'bmtui backup' wrote.")
    if beside is not None and beside.stat().st_size:
        raise StoreError(
            f"{file} is a database in use, not a backup: {beside.name} belongs to it.",
            "Choose a file that 'bmtui backup' wrote.",
        )
    try:
        with closing(_read_only(file)) as connection:
            return _contents(connection, file, size)
    except _driver.DatabaseError as error:
        raise _damaged(file, str(error)) from error


def restore(database: Dialect, file: Path, data: Path, prepare: Callable[[Path], None]) -> Path | None:
    """Put a backup in the store's place, and its documents below `data`.

    On SQLite the store that was there gets another name, and must be closed, here and everywhere. On PostgreSQL the
    database must be empty.

    Args:
        prepare: called with the copy before anybody can see it, to bring it up to date and mark what it holds.

    Returns where the store that was there lies now; None if there was none.

    Raises:
        RuleRefused: somebody has the store open, or the database is not empty. The errors of `verify`. Whatever is
        raised, nothing was changed.
    """
    verify(file)
    of_file = database.kind == "sqlite"
    if not of_file:
        copying.must_be_empty(database)
    store = Path(database.where) if of_file else data / "bmtui.sqlite"
    brought: list[Path] = []
    try:
        store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pending = _pending(store.with_name(f"{store.name}.restoring"))
    except OSError as error:
        raise _unwritable(store, error.strerror) from error
    try:
        with closing(_read_only(file)) as source, closing(_driver.connect(str(pending))) as copy:
            source.backup(copy, pages=_PAGES)
            brought.extend(backup_documents.take_out(copy, data))
        prepare(pending)
        verify(pending)
        _flush(pending)
        if not of_file:
            copying.fill(pending, database)
            return None
        aside = _set_aside(store)
        # What was sent after the backup is known to be uncertain: the older state is no surprise (`send_counter`).
        Path(f"{store}{send_counter.ENDS}").unlink(missing_ok=True)
        pending.rename(store)
        _flush(store.parent)
    except BaseException as error:
        for path in brought:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(store, error.strerror) from error
        if isinstance(error, _driver.OperationalError):
            raise _unwritable(store, str(error)) from error
        raise
    finally:
        _remove(pending)
    return aside


def _read_only(file: Path) -> Any:
    # Immutable: nothing is made beside it, whoever may write to its folder.
    return _driver.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _contents(connection: Any, file: Path, size: int) -> Contents:
    def one(sql: str) -> Any:
        return connection.execute(sql).fetchone()[0]

    schema = int(one("PRAGMA user_version"))
    ours = one("SELECT count(*) FROM sqlite_master WHERE name IN ('order_search', 'audit_never_changes')")
    if not schema or ours != 2:
        raise StoreError(f"{file} is a database, but not of bmtui.", "Choose a file that 'bmtui backup' wrote.")
    if schema > LATEST:
        raise StoreTooNew(
            f"{file} has schema {schema}; this bmtui knows up to {LATEST}.",
            "Install the bmtui that wrote it, or a newer one, and restore with that.",
        )
    problem = one("PRAGMA integrity_check(1)")
    if problem != "ok":
        raise _damaged(file, str(problem).partition("\n")[0])
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise _damaged(file, "rows that other rows refer to are missing")
    try:
        documents = backup_documents.check(connection)
    except StoreError as error:
        raise _damaged(file, error.message) from error
    return Contents(schema, one("SELECT count(*) FROM companies"), one("SELECT count(*) FROM orders"), documents, size)


def _damaged(file: Path, why: str) -> StoreError:
    return StoreError(f"{file} is damaged ({why}).", "Restore an older backup.")


def _unwritable(store: Path, why: str | None) -> StoreError:
    return StoreError(f"{store} cannot be written ({why}).", "Check the folder and the disk.")


def _remove(pending: Path) -> None:
    for end in ("", *_BESIDE):
        Path(f"{pending}{end}").unlink(missing_ok=True)


def _exists(file: Path) -> ConfigError:
    return ConfigError(f"{file} exists already.", "Choose another name: a backup is never overwritten.")


def _pending(file: Path) -> Path:
    """Create an empty file beside `file` that only its owner can read, from its first byte on."""
    if file.exists() or file.is_symlink():
        raise _exists(file)
    pending = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        pending.unlink(missing_ok=True)
        os.close(os.open(pending, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise ConfigError(f"{file} cannot be written ({error.strerror}).", "Check the folder and the disk.") from error
    return pending


def _set_aside(store: Path) -> Path | None:
    """Rename the store that is there, with all that belongs to it, and return its new path."""
    if not store.exists():
        return None
    try:
        with closing(_driver.connect(str(store), timeout=_ALONE_S, isolation_level=None)) as connection:
            # Only who is alone can leave WAL; the whole store is in its one file then.
            connection.execute("PRAGMA journal_mode = DELETE")
    except _driver.OperationalError as error:
        if "locked" in str(error):
            raise RuleRefused(
                "Somebody has the store open; nothing was changed.",
                "Stop every worker and close every desk, then restore again.",
            ) from error
    except _driver.DatabaseError:
        pass  # It is damaged: that is what backups are for.
    aside = store.with_name(f"{store.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    if aside.exists():
        raise RuleRefused(f"{aside} exists already; nothing was changed.", "Try again in a second.")
    for end in _BESIDE:
        beside = Path(f"{store}{end}")
        if beside.exists():
            beside.rename(f"{aside}{end}")
    return store.rename(aside)


def _flush(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
