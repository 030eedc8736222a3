"""PostgreSQL: several hosts on one database. Imported only where a URL asks for it; the driver is an extra.

Write transactions take one advisory lock at their beginning and hold it to their end, at READ COMMITTED. That is
SQLite's single writer: whatever a write transaction reads stays so until it commits, so each rule that the rooms above
check before they write (refunded ≤ received, one live effect a target, identity keys, budgets, the audit's chain) holds
without a thought of its own. SERIALIZABLE would let some of them run at once, and would ask every caller to be run
again from its beginning; what a desk writes is bounded by the channel's 18 requests a second, far below what one
writer at a time can do.

The lock, the lease of a worker and its wake-up belong to a session: connect directly, or through a pooler in session
mode. Any other is refused when the store is opened.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from decimal import Decimal
from typing import Any

import peewee
import psycopg
from peewee import PostgresqlDatabase
from psycopg.adapt import Buffer, Loader
from psycopg.conninfo import conninfo_to_dict

from bmtui.errors import ConfigError, StoreBusy, StoreError, StoreUnreachable
from bmtui.store import postgres_server
from bmtui.store.dialect import Clause, Needle, pattern
from bmtui.store.postgres_presence import DURABLE, LIVING, SessionPresence, SessionViewing
from bmtui.store.statements import KeptTexts

BUSY_TIMEOUT_S = 10

_SESSION = (
    f"SET lock_timeout = '{BUSY_TIMEOUT_S}s';"
    # A process that was stopped inside a transaction must not stop all others for good.
    "SET idle_in_transaction_session_timeout = '60s';"
    "SET client_min_messages = 'warning';"
    f"{DURABLE}"
)
_BEGIN = {
    "write": f"BEGIN; SELECT {postgres_server.LOCK}, pg_current_xact_id()::text",
    # A session that only reads blocks nobody, and a backup may be busy with its own file for long.
    "read": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL idle_in_transaction_session_timeout = '1h'",
}
_NO_CHANGE = ("SELECT", "(SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")
_SCHEMA = """
CREATE TABLE bmtui_schema (
    only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row), version BIGINT NOT NULL, changes BIGINT NOT NULL
)
"""


class _Whole(Loader):
    """Loader that reads the sum of whole numbers as an int, though PostgreSQL calls it numeric."""

    def load(self, data: Buffer) -> int | Decimal:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else Decimal(text)


class Postgres(KeptTexts, PostgresqlDatabase):
    """Dialect of PostgreSQL."""

    kind = "postgres"
    like = "ILIKE"
    not_ascii = "COLLATE \"C\" ~ '[^ -~]'"
    # peewee's own, a thread's connection; here it also remembers its transaction's number and whether it changed a row.
    _state: Any

    def __init__(self, url: str) -> None:
        try:
            parts = conninfo_to_dict(url)
        except psycopg.Error:
            # The message of libpq may quote the password.
            raise ConfigError(
                "The store's URL cannot be read.",
                "Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special characters percent-encoded.",
            ) from None
        host, port = parts.get("host") or "localhost", parts.get("port")
        self.where = f"postgresql://{host}{f':{port}' if port else ''}/{parts.get('dbname') or ''}"
        super().__init__(url, prefer_psycopg3=True, application_name="bmtui", connect_timeout=10)

    def exists(self) -> bool:
        return True

    def open(self) -> None:
        self.connect()
        postgres_server.must_keep_sessions(self._connection(), self._more)

    def _more(self) -> Any:
        """Return a new connection, beside that of this thread."""
        with self.translated():
            return self._connect()

    def _connect(self) -> Any:
        try:
            connection = super()._connect()  # type: ignore[misc]
        except psycopg.Error as error:
            # libpq's words name host, port, user and database; never the password.
            said = [line.strip() for line in str(error).splitlines() if line.strip() and not line.startswith("\t")]
            reason = said[-1] if said else type(error).__name__
            raise StoreUnreachable(
                f"The database {self.where} cannot be reached ({reason}).",
                "Check that the server runs, and the store's URL, user and password.",
            ) from None
        connection.adapters.register_loader("numeric", _Whole)
        connection.execute(_SESSION)
        return connection

    def _connection(self) -> Any:
        """Return the driver's connection of this thread; opened if there is none."""
        return self.connection()  # type: ignore[no-untyped-call]

    # Transactions

    def writing(self) -> AbstractContextManager[Any]:
        return self.atomic("write")

    def reading(self) -> AbstractContextManager[Any]:
        return self.atomic("read")

    def migration(self) -> AbstractContextManager[Any]:
        return self.atomic("write")

    def begin(self, kind: str | None = "write") -> None:
        state = self._state
        state.changed, state.transaction_id = False, None
        with self.translated():
            connection = self._connection()
            try:
                cursor = connection.execute(_BEGIN[kind or "write"])
            except psycopg.Error as error:
                if not connection.closed:
                    connection.execute("ROLLBACK")
                if isinstance(error, psycopg.errors.LockNotAvailable):
                    raise _busy(postgres_server.holder(connection)) from error
                raise
        if kind == "write":
            cursor.nextset()
            state.transaction_id = cursor.fetchone()[1]

    def commit(self) -> None:
        """Commit. If the connection breaks meanwhile, ask the server on a new one how the transaction ended."""
        state = self._state
        connection = state.conn
        # The mark is moved last, so that its row is locked for no longer than the commit takes.
        bump = "UPDATE bmtui_schema SET changes = changes + 1; " if state.changed else ""
        with self.translated():
            try:
                cursor = connection.execute(f"{bump}COMMIT")
            except psycopg.Error:
                if not connection.closed or state.transaction_id is None:
                    raise
                self._settle(state.transaction_id)
                return
        if not bump and cursor.statusmessage == "ROLLBACK":
            raise StoreError("A statement had failed; nothing was changed.")

    def _settle(self, transaction_id: str) -> None:
        """Return if the transaction was committed; raise if it was not, or if that cannot be found out."""
        try:
            self.close()
            # Who gets the lock knows that the transaction has ended.
            self._connection().execute(f"SELECT {postgres_server.LOCK}")
            found = self._connection().execute("SELECT pg_xact_status(%s::xid8)", (transaction_id,)).fetchone()
        except (psycopg.Error, StoreError):
            found = None
        if found and found[0] == "committed":
            return
        if found and found[0] == "aborted":
            raise self._lost()
        raise StoreUnreachable(
            f"The connection to {self.where} was lost while a change was being stored; whether it was is not known.",
            "Look whether it is there before you do it again.",
        )

    def rollback(self) -> None:
        connection = self._state.conn
        if connection is None or connection.closed:
            # The server has rolled back; the next use connects anew.
            self.close()
            return
        with self.translated():
            connection.execute("ROLLBACK")

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        changes = not sql.lstrip().startswith(_NO_CHANGE)
        if changes and not self.in_transaction():
            with self.writing():
                return self.execute_sql(sql, params)
        with self.translated():
            cursor = super().execute_sql(sql, params)  # type: ignore[no-untyped-call]
        if changes and cursor.rowcount > 0:
            self._state.changed = True
        return cursor

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except (peewee.PeeweeException, psycopg.Error) as error:
            cause = error if isinstance(error, psycopg.Error) else error.args[0] if error.args else None
            state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
            connection = self._state.conn
            if connection is not None and connection.closed:
                if not self.in_transaction():
                    self.close()
                raise self._lost() from error
            if isinstance(error, peewee.IntegrityError):
                raise
            if state == "55P03":
                raise _busy(None) from error
            if state == "53100":
                raise StoreError(
                    "The database server's disk is full; nothing was changed.", "Make room, then try again."
                ) from error
            text = str(error).strip().partition("\n")[0]
            raise StoreError(f"The database {self.where} cannot be used ({text}); nothing was changed.") from error

    def _lost(self) -> StoreError:
        return StoreUnreachable(
            f"The connection to {self.where} was lost; nothing was changed.", "Try again; it connects again."
        )

    def change_mark(self) -> int:
        return int(self.execute_sql("SELECT changes FROM bmtui_schema").fetchone()[0])

    # Workers

    def presence(self, name: str, woken: Callable[[], None]) -> SessionPresence:
        return SessionPresence(self.database, self.where, name, woken)

    def viewing(self, key: str, who: str) -> SessionViewing:
        return SessionViewing(self.database, self.where, key, who)

    def living(self, *, idle: bool = False) -> set[str]:
        return {name for (name,) in self.execute_sql(LIVING, (idle,)).fetchall()}

    def may_work(self) -> bool:
        # Rights that grants.sql leaves to the service alone.
        return bool(self.execute_sql("SELECT has_column_privilege('orders', 'received', 'UPDATE')").fetchone()[0])

    def is_service(self, account: str) -> bool:
        row = self.execute_sql(postgres_server.IS_SERVICE, (account,)).fetchone()
        return bool(row and row[0])

    def may_fold(self) -> bool:
        rights = ("('search_unfolded', 'SELECT')", "('search_unfolded', 'DELETE')")
        asked = " AND ".join(f"has_table_privilege{right}" for right in rights)
        return self.may_work() and bool(self.execute_sql(f"SELECT {asked}").fetchone()[0])

    # The server

    def server_changed(self) -> bool | None:
        changed: bool | None = self.execute_sql(postgres_server.CHANGED).fetchone()[0]
        return changed

    def failed_over(self) -> bool:
        row = self.execute_sql(postgres_server.FAILED_OVER).fetchone()
        return bool(row and row[0])

    def note_send(self) -> int:
        # Which server and tables they are tells all there is to know.
        return 0

    def know_sends(self, sends: int) -> None:
        pass

    def know_server(self, at_us: int) -> None:
        self.execute_sql(postgres_server.KNOW, (at_us,))

    # The schema

    def schema_version(self) -> int:
        if self.execute_sql("SELECT to_regclass('bmtui_schema')").fetchone()[0] is None:
            return 0
        return int(self.execute_sql("SELECT version FROM bmtui_schema").fetchone()[0])

    def set_schema_version(self, version: int) -> None:
        if self.schema_version() == 0:
            self.execute_sql(_SCHEMA)
            self.execute_sql("INSERT INTO bmtui_schema (version, changes) VALUES (0, 0)")
        self.execute_sql("UPDATE bmtui_schema SET version = %s", (version,))

    def is_ours(self) -> bool:
        # Only bmtui has a table of this name.
        return True

    def portable(self, statement: str) -> str:
        if not statement.startswith(("CREATE TABLE", "ALTER TABLE")):
            return statement
        for found, replacement in _TRANSLATION:
            statement = found.sub(replacement, statement)
        return statement

    def compact(self) -> None:
        # Outside a transaction. What it frees is overwritten when it is used again; the server's own log forgets later.
        with self.translated():
            self._connection().execute("VACUUM")

    # Queries

    def holds(self, needle: Needle, *, by_index: bool = True) -> Clause:
        found: list[Clause] = []
        if needle.words:
            sql = "o.id IN (SELECT order_ref FROM order_search WHERE words @@ search_query(?))"
            found.append(Clause(sql, (" ".join(needle.words),)))
        if needle.parts:
            found.append(Clause("o.search_text ILIKE ?", (pattern(needle.parts),)))
        sql = " OR ".join(part.sql for part in found)
        return Clause(f"({sql})", tuple(value for part in found for value in part.values))

    def holds_any(self, words: Sequence[Sequence[str]]) -> Clause:
        # Without the star of `search_query`: whole words are meant.
        sql = (
            "o.id IN (SELECT order_ref FROM order_search WHERE words @@ ("
            "SELECT string_agg(replace(search_query(wanted)::text, ':*', ''), ' | ')::tsquery "
            "FROM unnest(?::text[]) AS wanted))"
        )
        return Clause(sql, ([" ".join(each) for each in words],))

    def by_text(self, needles: Sequence[Needle]) -> None:
        return None

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Run the statement for all rows at once, without waiting for each answer; inside a write transaction."""
        returning = "RETURNING" in sql
        with self.translated():
            cursor = self._connection().cursor()
            try:
                cursor.executemany(sql, rows, returning=returning)
            except psycopg.IntegrityError as error:
                raise peewee.IntegrityError(error) from error
            self._state.changed = True
            return [row for result in cursor.results() for row in result.fetchall()] if returning else []

    def number_on(self, table: str, after: int = 0) -> None:
        # A sequence that was never used has no last number: false says that the next one is this.
        highest = f"greatest(coalesce(max(id), 0), {after:d}) + 1"
        self.execute_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {highest}, false) FROM {table}")  # noqa: S608

    def library(self) -> tuple[str, tuple[int, ...]]:
        number = self._connection().info.server_version
        return "PostgreSQL", (number // 10000, number % 10000)

    def server_state(self) -> postgres_server.ServerState:
        """Return the server's settings, replicas and rights that a person should know."""
        with self.translated():
            return postgres_server.state(self._connection())

    def lock_holder(self) -> postgres_server.LockHolder | None:
        """Return who keeps all others from writing; waits a moment if somebody writes."""
        with self.translated(), closing(self._more()) as connection:
            return postgres_server.lock_holder(connection)

    def open_transactions(self) -> tuple[postgres_server.OpenTransaction, ...]:
        """Return the transactions of others that hold rows or tables for long; waits if one has no date."""
        with self.translated(), closing(self._more()) as connection:
            return postgres_server.open_transactions(connection)

    def for_claim(self, query: Any) -> Any:
        return query.for_update("FOR UPDATE SKIP LOCKED")


def _busy(holder: postgres_server.LockHolder | None) -> StoreBusy:
    who = str(holder) if holder else "Another process"
    return StoreBusy(
        f"{who} kept the database locked for {BUSY_TIMEOUT_S} s; nothing was changed.",
        "Try again; if it goes on, 'bmtui doctor' says what to do.",
    )


_TRANSLATION = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # Outside quotation marks nothing else in our tables is written in capitals like these.
        (r"\bid INTEGER PRIMARY KEY\b", "id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
        (r"\bINTEGER\b(?! GENERATED)", "BIGINT"),
        # By bytes, as SQLite compares them, whatever the server's locale is; letter case is that of ASCII on both.
        (r" COLLATE NOCASE( UNIQUE)?", ""),
        (r"\bTEXT\b", 'TEXT COLLATE "C"'),
        (r"\bBLOB\b", "BYTEA"),
        (r"\bREAL\b", "DOUBLE PRECISION"),
        (r"(\bBOOLEAN\b[^,\n]*\bDEFAULT) 0\b", r"\1 FALSE"),
        (r"(\bBOOLEAN\b[^,\n]*\bDEFAULT) 1\b", r"\1 TRUE"),
        (r"\) WITHOUT ROWID;", ");"),
    )
)
