"""The audit's rows exactly as they are stored: whoever tampered with one may have left what the models cannot read."""

from __future__ import annotations

from collections.abc import Iterator
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
    """Each row in the order of the chain: its number, its values in the order of `desk.audit.digest`, its hash."""
    query = _AUDIT.select(_AUDIT.c.id, *_VALUES, _AUDIT.c.hash).order_by(_AUDIT.c.id).limit(_CHUNK)
    last, more = _LOWEST, True
    while more:
        rows = list(query.where(_AUDIT.c.id > last).tuples().execute(database))
        for row_id, *values, own in rows:
            yield row_id, values, own
            last = row_id
        more = len(rows) == _CHUNK


def guarded() -> bool:
    """Whether the triggers are there that forbid to change and to delete rows."""
    catalogue, name = ("sqlite_master", "name") if database.kind == "sqlite" else ("pg_trigger", "tgname")
    table = Table(catalogue)
    found = table.select(fn.COUNT(SQL("*"))).where(getattr(table.c, name).in_(_GUARDS))
    return bool(found.scalar(database) == len(_GUARDS))
