"""Interface of a database beyond common SQL; `sqlite` and `postgres` implement it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


class Presence(Protocol):
    """Sign of life of a worker, from its start to its end."""

    def release(self) -> None: ...


class Viewing(Protocol):
    """Sign that a person has something open, such as an order."""

    def others(self) -> tuple[str, ...]:
        """Return the names of the others who have it open."""

    def release(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Clause:
    """Piece of SQL with the values of its parameters."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Needle:
    """Search text that an order's text must hold.

    Attributes:
        words: words in a row, the last of which may be a beginning; empty where only `parts` count.
        parts: characters in this order, anything between them, anywhere in the text; empty where only `words` count.
            With both, one match of the two is enough.
    """

    words: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextSource:
    """Source of orders that match texts, which gives them by their creation without sorting.

    Attributes:
        tables: the FROM part, with the orders as `o`.
        order: the expression by which the rows come; ascending is oldest first.
    """

    tables: Clause
    where: Clause
    order: str


def pattern(parts: Sequence[str]) -> str:
    """Return the LIKE pattern of `parts` in this order, with anything around and between; its escape is ``\\``."""
    return "%" + "%".join(re.sub(r"([%_\\])", r"\\\1", part) for part in parts) + "%"


class Dialect(Protocol):
    """Peewee database with the operations in which SQLite and PostgreSQL differ.

    Attributes:
        kind: ``sqlite`` or ``postgres``, as in the names of migrations.
        where: the database as it is shown to a person; never with a password.
    """

    kind: str
    where: str

    # Methods of peewee.
    param: str

    def execute_sql(self, sql: str, params: Any = None) -> Any: ...
    def get_tables(self) -> list[str]: ...
    def in_transaction(self) -> bool: ...
    def close(self) -> bool: ...

    # Transactions.
    def exists(self) -> bool:
        """Return whether there may be a database; on a server only opening it can tell."""

    def open(self) -> None:
        """Make the first connection, and the database's file if there is none."""

    def writing(self) -> AbstractContextManager[Any]:
        """Begin a transaction that holds the one write lock from its beginning."""

    def reading(self) -> AbstractContextManager[Any]:
        """Begin a transaction in which everything read is of one moment; it takes no lock and must not write."""

    def migration(self) -> AbstractContextManager[Any]:
        """Begin a transaction that holds the write lock, also while there is no schema yet."""

    def translated(self) -> AbstractContextManager[None]:
        """Translate the database's errors into our own, with advice."""

    def change_mark(self) -> int:
        """Return a number that changes when another connection committed a change."""

    # Workers.
    def presence(self, name: str, woken: Callable[[], None]) -> Presence:
        """Register as alive under a `name` that is unique per start; `woken` may be called, from any thread, when a
        job became due."""

    def viewing(self, key: str, who: str) -> Viewing:
        """Register `who` as having the thing called `key` open, until it is released or the process dies."""

    def living(self, *, idle: bool = False) -> set[str]:
        """Return the names of the workers that are alive; with `idle` also of those that may run no jobs."""

    def may_work(self) -> bool:
        """Return whether this account may store job results; where the database enforces roles, a person's may not."""

    def is_service(self, account: str) -> bool:
        """Return whether the database knows this account as the service, and it is the one that is connected."""

    def may_fold(self) -> bool:
        """Return whether this account may compute the search texts anew (`store.folding`)."""

    # The server.
    def server_changed(self) -> bool | None:
        """Return whether another server runs the database, or its file is another or an older one, than `know_server`
        noted: commits may be lost then.

        None where none is noted yet.
        """

    def failed_over(self) -> bool:
        """Return whether only the leading server of a cluster changed: at most the last moments are lost."""

    def note_send(self) -> int:
        """Count a request that is about to leave, inside the caller's transaction; returns the count so far."""

    def know_sends(self, sends: int) -> None:
        """Store the count of `note_send` outside the database, after the commit: an older state of the database is
        detected by it."""

    def know_server(self, at_us: int) -> None:
        """Note, inside the caller's transaction, which server or file the database is; `at_us` is the time in µs."""

    # The schema.
    def schema_version(self) -> int:
        """Return the version of the schema in the store; 0 in an empty database."""

    def set_schema_version(self, version: int) -> None: ...

    def is_ours(self) -> bool:
        """Return whether a database with a schema version is one of bmtui: other programs number their schemas, too."""

    def portable(self, statement: str) -> str:
        """Return a migration's statement in the SQL of this database."""

    def compact(self) -> None:
        """Overwrite deleted data, as far as the database can, so that its files no longer hold it."""

    # Queries.
    like: str
    """Operator that compares with a pattern and ignores the case of ASCII letters."""

    not_ascii: str
    """SQL that stands behind a column to test whether it has a character outside ASCII.

    `search_fold` is a function of both databases that folds a column as `text.folded` does.
    """

    def holds(self, needle: Needle, *, by_index: bool = True) -> Clause:
        """Return a condition on the orders `o`; without `by_index`, one that tests each row instead of an index."""

    def holds_any(self, words: Sequence[Sequence[str]]) -> Clause:
        """Return a condition on the orders `o`: the text holds at least one of these groups of whole words."""

    def by_text(self, needles: Sequence[Needle]) -> TextSource | None:
        """Return the orders that hold all `needles`, by their creation; None where the database cannot give them so."""

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Run one statement for each of `rows`; returns the returned rows, in their order."""

    def number_on(self, table: str, after: int = 0) -> None:
        """Continue the table's ids behind the highest stored one, and behind `after` where the database keeps its
        counter apart from the rows."""

    def library(self) -> tuple[str, tuple[int, ...]]:
        """Return the name and version of the software that runs the database."""

    def for_claim(self, query: Any) -> Any:
        """Return `query` in a form in which several claims at once find different rows."""
