"""Events: written with each change, read by notifications, rules and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN

from bmtui.desk.core.context import Desk
from bmtui.desk.events.catalogue import BY_NAME
from bmtui.errors import ConfigError
from bmtui.store import event_rows
from bmtui.store.models import Company, Event, EventMark, Order, to_micros
from bmtui.store.plain_sql import fetch, run


@dataclass(frozen=True, slots=True)
class EventView:
    """Event; `order_id` is None where it concerns no stored order."""

    id: int
    event: str
    at: datetime
    company: str
    order_id: int | None
    actor: str
    data: Mapping[str, Any]


def happened(
    desk: Desk,
    name: str,
    data: Mapping[str, Any],
    *,
    company_id: int | None = None,
    order_row: int | None = None,
    subject: str | None = None,
) -> None:
    """Write an event inside the caller's transaction; `subject` names the occasion that gets this event only once."""
    assert BY_NAME[name].fields.keys() == data.keys(), name
    event_rows.append(
        name,
        data=data,
        company_id=company_id,
        order_row=order_row,
        actor=desk.actor,
        at=desk.now(),
        subject=subject,
        rules=desk.rules,
    )


def listing(
    desk: Desk, *, name: str = "", order_id: int | None = None, after: int = 0, since: datetime | None = None,
    limit: int = 200,
) -> tuple[EventView, ...]:  # fmt: skip
    """Return the newest events, newest first, of the company in view or of all; with `after`, the oldest after that id.

    Raises:
        ConfigError: no event of that name.
    """
    if name and not any(known == name or known.startswith(f"{name}.") for known in BY_NAME):
        raise ConfigError(f"There is no event '{name[:40]}'.", f"Events: {', '.join(BY_NAME)}.")
    query = _query()
    if name:
        query = query.where((Event.name == name) | Event.name.startswith(f"{name}."))
    if order_id is not None:
        query = query.where(Order.order_id == order_id)
    if since is not None:
        query = query.where(Event.at >= since)
    if desk.company:
        query = query.where(Event.company_id == desk.company_row().id)
    query = query.where(Event.id > after).order_by(Event.id) if after else query.order_by(Event.id.desc())
    return tuple(view(row) for row in query.limit(limit).objects())


def views(ids: Sequence[int]) -> tuple[EventView, ...]:
    """Return these events, oldest first."""
    return tuple(view(row) for row in _query().where(Event.id.in_(list(ids))).order_by(Event.id).objects())


def mark(desk: Desk, reader: str) -> int:
    """Return the last event id that a reader has read, inside the caller's transaction; new ones begin at the end."""
    rows = fetch("SELECT event_id FROM event_marks WHERE reader = ?", (reader,))
    if rows:
        return int(rows[0][0])
    newest = last()
    EventMark.insert(reader=reader, event_id=newest, read_at=desk.now()).on_conflict_ignore().execute()
    return newest


def move_mark(desk: Desk, reader: str, event_id: int) -> None:
    """Store the last event id that a reader has read, inside the caller's transaction."""
    run(
        "UPDATE event_marks SET event_id = ?, read_at = ? WHERE reader = ?",
        (event_id, to_micros(desk.now()), reader),
    )


def last() -> int:
    """Return the id of the newest event; 0 where there is none."""
    return int(fetch("SELECT COALESCE(max(id), 0) FROM events", ())[0][0])


def _query() -> Any:
    query = Event.select(Event, Order.order_id.alias("number"), Company.name.alias("of_company"))
    query = query.join(Order, JOIN.LEFT_OUTER, on=(Order.id == Event.order_ref))
    return query.switch(Event).join(Company, JOIN.LEFT_OUTER, on=(Company.id == Event.company_id))


def view(row: Any) -> EventView:
    return EventView(row.id, row.name, row.at, row.of_company or "", row.number, row.actor, row.data)
