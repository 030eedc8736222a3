"""Opening the database, transactions, and the two threads in which an event loop uses it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import peewee
from peewee import SqliteDatabase

from bmtui.errors import StoreBusy, StoreError
from bmtui.store import models
from bmtui.store.migrations import migrate

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT_S = 10

_PRAGMAS = (
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("foreign_keys", 1),
    ("trusted_schema", 0),
    ("temp_store", "MEMORY"),
)


class _Database(SqliteDatabase):
    """Raises our errors for every statement, also for reads outside a transaction."""

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        with translated(self.database):
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]


class Store:
    """One installation's database.

    Plain functions use it synchronously from any thread; a coroutine calls them with `write` or `read`, each of which
    has one thread and one connection of its own, so that the event loop never waits for a lock (reliability §3).
    """

    def __init__(self, url: str, database: SqliteDatabase) -> None:
        self.url = url
        self.database = database
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._reader = ThreadPoolExecutor(1, "store-reader")

    @property
    def lock_dir(self) -> Path:
        """Folder of the workers' lock files: beside the database, because everybody who shares it must see them."""
        return Path(f"{self.database.database}.workers")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction: takes the write lock at once, commits at the end, rolls back on any exception.

        Nested use joins the outer transaction.

        Raises:
            StoreBusy: another process held the write lock too long. StoreError: disk full, damaged, not writable.
        """
        if self.database.in_transaction():
            yield
            return
        with translated(self.url), self.database.atomic():
            yield

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """A read transaction: everything read in it is of one moment."""
        if self.database.in_transaction():
            yield
            return
        with translated(self.url), self.database.atomic(lock_type="DEFERRED"):
            yield

    async def write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in the writer thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, lambda: function(*args, **kwargs))

    async def read(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in the reader thread; it must not write."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, lambda: function(*args, **kwargs))

    def change_mark(self) -> int:
        """A number that changes when another connection committed something. Call it always from the same thread."""
        with translated(self.url):
            return int(self.database.execute_sql("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Wait for what runs, then close every connection; harmless twice."""
        for executor in (self._writer, self._reader):
            with contextlib.suppress(RuntimeError):  # it was shut down before
                executor.submit(self.database.close)
            executor.shutdown(wait=True)
        self.database.close()


def open_store(url: str) -> Store:
    """Open the database at `url` (``sqlite:///PATH``), create or migrate it, and bind the models to it.

    Raises:
        StoreTooNew, StoreBusy, StoreError: with what to do.
    """
    path = Path(url.removeprefix("sqlite:///"))
    database = _Database(str(path), pragmas=_PRAGMAS, timeout=BUSY_TIMEOUT_S, lock_type="IMMEDIATE")
    with translated(url):
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The file holds customers' data: it is private from its first byte.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StoreError(
                f"The database {path} cannot be opened ({error.strerror}).", "Check the path and its permissions."
            ) from error
        models.database.initialize(database)
        try:
            _connect(database)
            migrate(database)
        except BaseException:
            database.close()
            raise
    return Store(url, database)


def _connect(database: SqliteDatabase) -> None:
    """Open the first connection. Switching a new file to WAL does not wait as all else does: starters can collide."""
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            database.connect()
        except peewee.OperationalError as error:
            if "locked" not in str(error).lower() or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


@contextlib.contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn the database's errors into our own, with advice."""
    where = url.removeprefix("sqlite:///")
    try:
        yield
    except peewee.OperationalError as error:
        text = str(error).lower()
        if "locked" in text or "busy" in text:
            raise StoreBusy(
                f"Another process kept the database locked for {BUSY_TIMEOUT_S} s; nothing was changed.", "Try again."
            ) from error
        if "full" in text or "disk i/o" in text:
            raise StoreError("The disk is full; nothing was changed.", "Make room, then try again.") from error
        raise StoreError(f"The database {where} cannot be used ({error}); nothing was changed.") from error
    except peewee.DatabaseError as error:
        if isinstance(error, peewee.IntegrityError):
            raise
        raise StoreError(
            f"The database {where} is damaged or not a database ({error}).", "Stop, and restore a backup."
        ) from error


def sqlite_library() -> tuple[str, tuple[int, ...]]:
    """Which module gives SQLite (Python's own, or pysqlite3, which peewee prefers if newer), and its version."""
    driver = peewee.sqlite3  # type: ignore[attr-defined]
    return str(driver.__name__).partition(".")[0], tuple(driver.sqlite_version_info)
