"""SQLite: one file, one writer at a time, locks of the operating system."""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import peewee
from peewee import SqliteDatabase

from bmtui.errors import StoreBusy, StoreError
from bmtui.store import send_counter
from bmtui.store.dialect import Clause, Needle, TextSource, pattern
from bmtui.store.sqlite_presence import FilePresence, FileViewing, living
from bmtui.store.statements import KeptTexts
from bmtui.text import folded

PREFIX = "sqlite:///"
BUSY_TIMEOUT_S = 10
_LOOKS_S = (0.0005, 0.005)
"""Seconds between two tries for the write lock, first and longest; each is varied by up to a half."""

_PRAGMAS = (
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("foreign_keys", 1),
    ("trusted_schema", 0),
    ("temp_store", "MEMORY"),
)


class Sqlite(KeptTexts, SqliteDatabase):
    """Dialect of SQLite. Raises our errors for every statement, also for reads outside a transaction."""

    kind = "sqlite"
    like = "LIKE"
    not_ascii = "GLOB '*[^ -~]*'"

    def __init__(self, url: str) -> None:
        self.where = url.removeprefix(PREFIX)
        self._opened: int | None = None
        super().__init__(self.where, pragmas=_PRAGMAS, timeout=BUSY_TIMEOUT_S, lock_type="IMMEDIATE")
        self.register_function(folded, "search_fold", 1, deterministic=True)

    def exists(self) -> bool:
        return Path(self.where).is_file()

    def open(self) -> None:
        path = Path(self.where)
        if path.exists() and not path.stat().st_size and self._workers.exists():
            raise _emptied(path)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The file holds customers' data: it is private from its first byte.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise StoreError(
                f"The database {path} cannot be opened ({error.strerror}).", "Check the path and its permissions."
            ) from error
        # Switching a new file to WAL does not wait as all else does: starters can collide.
        until = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self.connect()
            except peewee.OperationalError as error:
                if "locked" not in str(error).lower() or time.monotonic() > until:
                    raise
                time.sleep(0.01)
            else:
                self._opened = os.stat(path).st_ino
                return

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        # Without `translated`, which would cost as much as a small statement.
        try:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]
        except peewee.IntegrityError:
            raise
        except peewee.DatabaseError as error:
            raise self._ours(error) from error

    def begin(self, lock_type: str | None = None) -> None:
        """Wait for the write lock by many short tries.

        SQLite itself ends up trying every 100 ms: where eight processes wrote all the time, some of them starved until
        the time was over (`tests/reliability/contention.py`).
        """
        if lock_type == "DEFERRED":
            super().begin(lock_type)
            return
        self._must_be_there()
        until = time.monotonic() + BUSY_TIMEOUT_S
        wait_s, longest_s = _LOOKS_S
        self._wait_for_locks(0)
        try:
            while True:
                try:
                    super().begin(lock_type)
                except peewee.OperationalError as error:
                    if "locked" not in str(error).lower() or time.monotonic() > until:
                        raise
                else:
                    return
                time.sleep(wait_s * (0.5 + random.random()))  # noqa: S311 - only to be unlike the others
                wait_s = min(wait_s * 2, longest_s)
        finally:
            self._wait_for_locks(BUSY_TIMEOUT_S)

    def _must_be_there(self) -> None:
        """Raise StoreError when the file is no longer the opened store, as after another one was put in its place."""
        try:
            found = os.stat(self.where)
        except FileNotFoundError:
            found = None
        if found is not None and not found.st_size:
            raise _emptied(self.where)
        if self._opened is not None and (found is None or found.st_ino != self._opened):
            how = "replaced" if found is not None else "taken away"
            raise StoreError(
                f"The database {self.where} was {how} while it was in use; nothing was changed.",
                "Close every desk and stop every worker, then start again.",
            )

    def _wait_for_locks(self, seconds: float) -> None:
        self.connection().execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}").close()  # type: ignore[no-untyped-call]

    def writing(self) -> AbstractContextManager[Any]:
        return self.atomic()

    def reading(self) -> AbstractContextManager[Any]:
        return self.atomic(lock_type="DEFERRED")

    def migration(self) -> AbstractContextManager[Any]:
        return self.atomic()

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except peewee.IntegrityError:
            raise
        except peewee.DatabaseError as error:
            raise self._ours(error) from error

    def _ours(self, error: peewee.DatabaseError) -> StoreError:
        """Return the error that says it in our words."""
        if not isinstance(error, peewee.OperationalError):
            return StoreError(
                f"The database {self.where} is damaged or not a database ({error}).", "Stop, and restore a backup."
            )
        text = str(error).lower()
        if "locked" in text or "busy" in text:
            return StoreBusy(
                f"Another process kept the database locked for {BUSY_TIMEOUT_S} s; nothing was changed.", "Try again."
            )
        if "full" in text or "disk i/o" in text:
            return StoreError("The disk is full; nothing was changed.", "Make room, then try again.")
        return StoreError(f"The database {self.where} cannot be used ({error}); nothing was changed.")

    def change_mark(self) -> int:
        return int(self.execute_sql("PRAGMA data_version").fetchone()[0])

    # Workers

    def presence(self, name: str, woken: Callable[[], None]) -> FilePresence:
        return FilePresence(self._workers, name)

    def viewing(self, key: str, who: str) -> FileViewing:
        return FileViewing(Path(f"{self.where}.open"), key, who)

    def living(self, *, idle: bool = False) -> set[str]:
        return living(self._workers)

    def may_work(self) -> bool:
        return True

    def is_service(self, account: str) -> bool:
        return False

    def may_fold(self) -> bool:
        return True

    def server_changed(self) -> bool | None:
        row = self.execute_sql("SELECT server, sends FROM server_marks").fetchone()
        return None if row is None else bool(row[0] != self._file or row[1] < self._known_sends())

    def failed_over(self) -> bool:
        return False

    def know_server(self, at_us: int) -> None:
        mark = "INSERT INTO server_marks (only_row, server, since) VALUES (1, ?, ?)"
        again = "ON CONFLICT (only_row) DO UPDATE SET server = excluded.server, since = excluded.since"
        # The counter goes on from the higher one: what the file beside says holds even if this is rolled back.
        self.execute_sql(f"{mark} {again}", (self._file, at_us))
        self.execute_sql("UPDATE server_marks SET sends = max(sends, ?)", (self._known_sends(),))

    def note_send(self) -> int:
        rows = self.execute_sql("UPDATE server_marks SET sends = sends + 1 RETURNING sends").fetchall()
        return int(rows[0][0]) if rows else 0

    def know_sends(self, sends: int) -> None:
        # Without it an older copy does not show; what is being sent must not fail for that.
        with contextlib.suppress(OSError):
            send_counter.raise_to(self._beside, sends)

    def _known_sends(self) -> int:
        return send_counter.read(self._beside)

    @property
    def _beside(self) -> Path:
        """File of the send counter, beside the database, so that an older database file in its place is detected."""
        return Path(f"{self.where}{send_counter.ENDS}")

    @property
    def _file(self) -> str:
        """Identity of the file, which a copy does not have and a renamed file keeps: its inode number."""
        return str(os.stat(self.where).st_ino)

    @property
    def _workers(self) -> Path:
        """Folder of the workers' locks, beside the database, because all processes that share it must see them."""
        return Path(f"{self.where}.workers")

    # The schema

    def schema_version(self) -> int:
        return int(self.execute_sql("PRAGMA user_version").fetchone()[0])

    def set_schema_version(self, version: int) -> None:
        self.execute_sql(f"PRAGMA user_version = {version}")

    def is_ours(self) -> bool:
        query = "SELECT count(*) FROM sqlite_master WHERE name IN ('order_search', 'audit')"
        return bool(self.execute_sql(query).fetchone()[0] == 2)

    def portable(self, statement: str) -> str:
        return statement

    def compact(self) -> None:
        # The words of the index first, then free pages, then what the log still holds of both.
        self.execute_sql("INSERT INTO order_search (order_search) VALUES ('optimize')")
        self.execute_sql("INSERT INTO order_parts (order_parts) VALUES ('optimize')")
        self.execute_sql("VACUUM")
        until = time.monotonic() + BUSY_TIMEOUT_S
        while self.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            # A reader still has the former state.
            if time.monotonic() > until:
                raise StoreBusy(
                    "Everything was removed, but another process still reads the old data, which is still in the log.",
                    "Close the other desks, then try again.",
                )
            time.sleep(0.1)

    # Queries

    def holds(self, needle: Needle, *, by_index: bool = True) -> Clause:
        places = _places(needle)
        # The plus takes the index away, so that orders are read in the order that was asked for.
        key = "o.id" if by_index else "+o.id"
        sql = f"{key} IN (SELECT order_ref FROM order_places WHERE place IN ({places.sql}))"  # noqa: S608 - our own words
        return Clause(sql, places.values)

    def holds_any(self, words: Sequence[Sequence[str]]) -> Clause:
        match = " OR ".join(f'"{" ".join(each)}"' for each in words)
        places = "SELECT rowid FROM order_search WHERE order_search MATCH ?"
        return Clause(f"o.id IN (SELECT order_ref FROM order_places WHERE place IN ({places}))", (match,))  # noqa: S608

    def by_text(self, needles: Sequence[Needle]) -> TextSource:
        orders = "CROSS JOIN order_places p ON p.place = {} CROSS JOIN orders o ON o.id = p.order_ref"
        if all(needle.words and not needle.parts for needle in needles):
            found = Clause("s.order_search MATCH ?", (" AND ".join(_phrase(needle) for needle in needles),))
            return TextSource(Clause(f"order_search s {orders.format('s.rowid')}"), found, "s.rowid")
        (needle,) = needles
        match = _trigrams(needle)
        if needle.words or not match:
            places = _places(needle)
            tables = Clause(f"({places.sql}) s {orders.format('s.place')}", places.values)
            return TextSource(tables, Clause("TRUE"), "s.place")
        found = Clause("s.order_parts MATCH ? AND s.search_text LIKE ? ESCAPE '\\'", (match, pattern(needle.parts)))
        return TextSource(Clause(f"order_parts s {orders.format('s.rowid')}"), found, "s.rowid")

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
        if "RETURNING" not in sql:
            with self.translated(), peewee.__exception_wrapper__:  # type: ignore[attr-defined]
                self.cursor().executemany(sql, rows).close()  # type: ignore[no-untyped-call]
            return []
        # Read to its end: an open cursor would keep the transaction from ending (reliability §2).
        return [found for row in rows for found in self.execute_sql(sql, row).fetchall()]

    def number_on(self, table: str, after: int = 0) -> None:
        """Do nothing: SQLite continues its ids by itself."""

    def library(self) -> tuple[str, tuple[int, ...]]:
        return library()

    def for_claim(self, query: Any) -> Any:
        # The write lock lets one claim in at a time.
        return query


def _emptied(where: Path | str) -> StoreError:
    return StoreError(
        f"The database {where} is empty: it has 0 bytes; nothing was changed.",
        "Restore a backup, or remove the file and begin again.",
    )


def _phrase(needle: Needle) -> str:
    return f'"{" ".join(needle.words)}"*'


def _trigrams(needle: Needle) -> str:
    """Return all trigrams of the parts, as an FTS5 query; '' where no part has three characters."""
    threes = [part[at : at + 3] for part in needle.parts for at in range(len(part) - 2)]
    return " AND ".join('"' + three.replace('"', '""') + '"' for three in dict.fromkeys(threes))


def _places(needle: Needle) -> Clause:
    """Return a query for the rowids of the orders that match the needle."""
    found: list[Clause] = []
    if needle.words:
        found.append(Clause("SELECT rowid AS place FROM order_search WHERE order_search MATCH ?", (_phrase(needle),)))
    if needle.parts:
        like, match = pattern(needle.parts), _trigrams(needle)
        if match:
            sql = "SELECT rowid AS place FROM order_parts WHERE order_parts MATCH ? AND search_text LIKE ? ESCAPE '\\'"
            found.append(Clause(sql, (match, like)))
        else:
            found.append(Clause("SELECT place FROM order_texts WHERE search_text LIKE ? ESCAPE '\\'", (like,)))
    return Clause(" UNION ".join(part.sql for part in found), tuple(value for part in found for value in part.values))


def library() -> tuple[str, tuple[int, ...]]:
    """Return the module of SQLite (Python's own, or pysqlite3, which peewee prefers if newer) and its version."""
    driver = peewee.sqlite3  # type: ignore[attr-defined]
    return str(driver.__name__).partition(".")[0], tuple(driver.sqlite_version_info)
