"""Store connections: opening the database, transactions, and the two threads in which an event loop uses it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from bmtui.errors import ConfigError
from bmtui.store import models, sqlite
from bmtui.store.dialect import Dialect
from bmtui.store.folding import Progress, fold_texts
from bmtui.store.migrations import migrate

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """Database of one installation.

    Plain functions use it synchronously from any thread; a coroutine calls them with `write` or `read`, each of which
    has one thread and one connection of its own, so that the event loop never waits for a lock (reliability §3).
    """

    def __init__(self, database: Dialect) -> None:
        self.database = database
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._reader = ThreadPoolExecutor(1, "store-reader")

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
        with self.database.translated(), self.database.writing():
            yield

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """A read transaction: everything read in it is of one moment."""
        if self.database.in_transaction():
            yield
            return
        with self.database.translated(), self.database.reading():
            yield

    async def write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in the writer thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, lambda: function(*args, **kwargs))

    async def read(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in the reader thread; it must not write."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, lambda: function(*args, **kwargs))

    def change_mark(self) -> int:
        """Return a number that changes when another connection committed. Call it always from the same thread."""
        return self.database.change_mark()

    def close(self) -> None:
        """Wait for what runs, then close every connection; harmless twice."""
        for executor in (self._writer, self._reader):
            with contextlib.suppress(RuntimeError):  # it was shut down before
                executor.submit(self.database.close)
            executor.shutdown(wait=True)
        self.database.close()


def open_store(url: str, progress: Progress = lambda done, total: None) -> Store:
    """Open the database at `url` (``sqlite:///PATH`` or ``postgresql://…``), create or migrate it, bind the models.

    Args:
        progress: called while the search texts are computed anew after an upgrade.

    Raises:
        StoreTooNew, StoreBusy, StoreUnreachable, StoreError, ConfigError: with what to do.
    """
    database = dialect(url)
    with database.translated():
        models.database.initialize(database)
        try:
            database.open()
            migrate(database)
            fold_texts(database, progress)
        except BaseException:
            database.close()
            raise
    return Store(database)


def dialect(url: str) -> Dialect:
    """Return the database at `url`, not opened yet.

    Raises:
        ConfigError: the driver is not installed, or the URL cannot be read.
    """
    if url.startswith(sqlite.PREFIX):
        return sqlite.Sqlite(url)
    try:
        # Costs start-up time, and few have it.
        from bmtui.store.postgres import Postgres
    except ImportError as error:
        raise ConfigError(
            "The store is on PostgreSQL, whose driver is not installed.",
            "Install it: pip install 'bmtui[postgres]'. Or choose a store of the form sqlite:///PATH.",
        ) from error
    return Postgres(url)
