"""What a database must give beyond SQL that both understand; `sqlite` and `postgres` stand side by side behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


class Presence(Protocol):
    """A worker's sign of life, from its start to its end."""

    def release(self) -> None: ...


class Viewing(Protocol):
    """Held by somebody who looks at something."""

    def others(self) -> tuple[str, ...]:
        """Who else looks at it, by name."""

    def release(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of SQL and the values of its parameters."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Needle:
    """What an order's text must hold.

    Attributes:
        words: beside each other, the last of which may be a beginning; empty where only `parts` count.
        parts: characters in this order, anything between them, anywhere in the text; empty where only `words` count.
            With both, one of the two is enough.
    """

    words: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextSource:
    """Orders that hold something, as a database gives them in the order of their creation without sorting.

    Attributes:
        tables: what to select from, with the orders as `o`.
        order: the expression by which the rows come; ascending is oldest first.
    """

    tables: Clause
    where: Clause
    order: str


def pattern(parts: Sequence[str]) -> str:
    """What LIKE wants for `parts` in this order, with anything before, between and after them; its escape is ``\\``."""
    return "%" + "%".join(re.sub(r"([%_\\])", r"\\\1", part) for part in parts) + "%"


class Dialect(Protocol):
    """A peewee database, and what differs between the two.

    Attributes:
        kind: ``sqlite`` or ``postgres``, as in the names of migrations.
        where: which database it is, for a person; never with a password.
    """

    kind: str
    where: str

    # What peewee gives.
    param: str

    def execute_sql(self, sql: str, params: Any = None) -> Any: ...
    def get_tables(self) -> list[str]: ...
    def in_transaction(self) -> bool: ...
    def close(self) -> bool: ...

    # Transactions.
    def exists(self) -> bool:
        """Whether there may be a database; what is on a server is seen only by opening it."""

    def open(self) -> None:
        """Make the first connection, and the database's file if there is none."""

    def writing(self) -> AbstractContextManager[Any]:
        """A transaction that holds the one write lock from its beginning."""

    def reading(self) -> AbstractContextManager[Any]:
        """A transaction in which everything read is of one moment; it takes no lock and must not write."""

    def migration(self) -> AbstractContextManager[Any]:
        """A transaction that holds the write lock, also while there is no schema yet."""

    def translated(self) -> AbstractContextManager[None]:
        """Turn the database's errors into our own, with advice."""

    def change_mark(self) -> int:
        """A number that changes when another connection committed a change."""

    # Workers.
    def presence(self, name: str, woken: Callable[[], None]) -> Presence:
        """Be known as alive under a `name` that is unique per start; `woken` may be called, from any thread, when a
        job became due."""

    def viewing(self, key: str, who: str) -> Viewing:
        """Be known as somebody who looks at the thing called `key`, until it is released or the process dies."""

    def living(self) -> set[str]:
        """The names of those who are."""

    def may_work(self) -> bool:
        """Whether this account may store what jobs bring; where the database holds roles apart, a person's may not."""

    def may_fold(self) -> bool:
        """Whether this account may make the texts of the search anew (`store.folding`)."""

    # The server.
    def server_changed(self) -> bool | None:
        """Whether another server runs the database, or another or an older file is it, than `know_server` noted: it
        may have forgotten commits.

        None where none is noted yet.
        """

    def failed_over(self) -> bool:
        """Whether what changed is only which server of one cluster leads: at most the last moments are lost."""

    def note_send(self) -> int:
        """Count, inside the caller's transaction, a request that is about to leave; returns how many these were."""

    def know_sends(self, sends: int) -> None:
        """Remember outside the database what `note_send` returned, after its commit: an older state that is put in its
        place shows by that."""

    def know_server(self, at_us: int) -> None:
        """Note, inside the caller's transaction, which server runs or file is the database; `at_us` is the time."""

    # The schema.
    def schema_version(self) -> int:
        """Version of the schema in the store; 0 in an empty database."""

    def set_schema_version(self, version: int) -> None: ...

    def is_ours(self) -> bool:
        """Whether a database that has a version got it from bmtui: other programs number their schemas too."""

    def portable(self, statement: str) -> str:
        """A migration's statement as this database wants it."""

    def compact(self) -> None:
        """Overwrite what was deleted, as far as the database can: nothing of it is to be found in its files."""

    # Queries.
    like: str
    """The operator that compares with a pattern and does not care about the case of ASCII letters."""

    not_ascii: str
    """What stands behind a column to test whether a character in it is none of ASCII's.

    `search_fold` is a function of both databases that gives a column as `text.folded` does.
    """

    def holds(self, needle: Needle, *, by_index: bool = True) -> Clause:
        """A condition on the orders `o`; without `by_index`, one that is better tested on each than looked up."""

    def holds_any(self, words: Sequence[Sequence[str]]) -> Clause:
        """A condition on the orders `o`: some of these groups of whole words stand in the order's text."""

    def by_text(self, needles: Sequence[Needle]) -> TextSource | None:
        """The orders that hold all `needles`, by their creation; None where the database has no such way."""

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Run one statement for each of `rows`; returns what it returned, in their order."""

    def number_on(self, table: str, after: int = 0) -> None:
        """Rows were stored with their ids: go on behind the highest, and behind `after` where the database keeps count
        apart from the rows."""

    def library(self) -> tuple[str, tuple[int, ...]]:
        """What runs the database: its name, and its version."""

    def for_claim(self, query: Any) -> Any:
        """`query`, so that each of several claims at once finds other rows."""
