"""Audit rows as they are stored, read without the models: a row that was tampered with may not fit these."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from peewee import SQL, Table, fn

from bmtui.store.models import database

_CHUNK = 1000
_GUARDS = ("audit_never_changes", "audit_never_shrinks")
_LOWEST = -(2**63)
_AUDIT = Table("audit")
_VALUES = (
    _AUDIT.c.at,
    _AUDIT.c.actor,
    _AUDIT.c.action,
    _AUDIT.c.company_id,
    _AUDIT.c.order_ref,
    _AUDIT.c.summary,
    _AUDIT.c.before,
    _AUDIT.c.after,
    _AUDIT.c.previous_hash,
    _AUDIT.c.facts,
)


def stored() -> Iterator[tuple[int, list[Any], str]]:
    """Yield the rows in the order of the chain: number, values in the order of `desk.audit.digest`, and hash."""
    query = _AUDIT.select(_AUDIT.c.id, *_VALUES, _AUDIT.c.hash).order_by(_AUDIT.c.id).limit(_CHUNK)
    last, more = _LOWEST, True
    while more:
        rows = list(query.where(_AUDIT.c.id > last).tuples().execute(database))
        for row_id, *values, own in rows:
            yield row_id, values, own
            last = row_id
        more = len(rows) == _CHUNK


def of_orders(order_rows: Sequence[int]) -> list[tuple[int, list[Any], str]]:
    """Return the rows about these orders, as `stored` gives them."""
    query = _AUDIT.select(_AUDIT.c.id, *_VALUES, _AUDIT.c.hash).order_by(_AUDIT.c.id)
    rows = query.where(_AUDIT.c.order_ref.in_(list(order_rows))).tuples().execute(database)
    return [(row_id, values, own) for row_id, *values, own in rows]


def may_redact() -> bool:
    """Return whether this account may redact audit rows: on a server, only the owner of the table may."""
    if database.kind == "sqlite":
        return True
    query = "SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class WHERE oid = 'audit'::regclass"
    return bool(database.execute_sql(query).fetchone()[0])


def redact(rows: Iterable[tuple[int, list[Any]]]) -> None:
    """Replace the values of rows by what is left after redaction, inside the caller's transaction; their hashes stay.

    Args:
        rows: numbers and values, as `stored` gives them.
    """
    with _unguarded():
        for row_id, values in rows:
            names = ("summary", "before", "after", "facts")
            changes = dict(zip(names, (*values[5:8], values[9]), strict=True))
            _AUDIT.update({getattr(_AUDIT.c, name): value for name, value in changes.items()}).where(
                _AUDIT.c.id == row_id
            ).execute(database)


@contextlib.contextmanager
def _unguarded() -> Iterator[None]:
    """Disable the trigger that forbids changes, and restore it at the end, all in one transaction."""
    trigger = _GUARDS[0]
    if database.kind == "sqlite":
        found = database.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,)).fetchone()
        away, back = f"DROP TRIGGER IF EXISTS {trigger}", found[0] if found else ""
    else:
        away, back = (f"ALTER TABLE audit {verb} TRIGGER {trigger}" for verb in ("DISABLE", "ENABLE"))
    database.execute_sql(away)
    yield
    if back:
        database.execute_sql(back)


def guarded() -> bool:
    """Return whether the triggers are there that forbid changing and deleting rows."""
    catalogue, name = ("sqlite_master", "name") if database.kind == "sqlite" else ("pg_trigger", "tgname")
    table = Table(catalogue)
    found = table.select(fn.COUNT(SQL("*"))).where(getattr(table.c, name).in_(_GUARDS))
    return bool(found.scalar(database) == len(_GUARDS))
