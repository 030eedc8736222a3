"""Deliveries of events, as rows: at least once, in order per order, dead only once nobody could take them.

An event becomes a delivery for each notification way that wants it, in one transaction with the way's mark, so that
none is left out and none is there twice. The worker sends the due deliveries and notes the results.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.events import events
from bmtui.desk.events.catalogue import BY_NAME
from bmtui.desk.events.events import EventView
from bmtui.desk.notifications import ways as notify_ways
from bmtui.desk.notifications.ways import Way
from bmtui.desk.orders import search
from bmtui.errors import NotFound
from bmtui.queue import jobs
from bmtui.senders.message import NotDelivered
from bmtui.store import bulk
from bmtui.store.models import Delivery, Event, EventMark
from bmtui.text import how_many
from bmtui.words import DeliveryState, JobType, Priority

BATCH = 500
DIGEST_MOST = 500
REFUSALS = 8
"""Number of attempts after which a refused message is dead."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0
KEPT = timedelta(days=30)
IDENTITY = "notification"


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """Delivery of an event by a notification way."""

    delivery_id: int
    way: str
    event: EventView
    state: str
    made_at: datetime
    due_at: datetime
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class WayView:
    """Notification way with the numbers of its deliveries; `problem` says why it cannot be used."""

    name: str
    kind: str
    where: str
    events: tuple[str, ...]
    query: str
    company: str
    waiting: int
    dead: int
    oldest_at: datetime | None
    last_sent_at: datetime | None
    error: str
    problem: str


def fan_out(desk: Desk) -> int:
    """Make deliveries of the new events for each way; return their number."""
    made, newest = 0, events.last()
    known = {row.reader: row.event_id for row in EventMark.select()}
    for way in notify_ways.checked(desk)[0]:
        if known.get(_reader(way), -1) >= newest:
            continue
        with desk.store.transaction():
            made += _fan_out(desk, way)
    return made


def submit_due(desk: Desk) -> None:
    """Queue the job that sends, where a delivery is due; each worker calls it every few seconds."""
    fan_out(desk)
    names = [way.name for way in notify_ways.read(desk.settings)[0]]
    if names and Delivery.select().where(_waiting(names) & (Delivery.due_at <= desk.now())).exists():
        jobs.submit(desk.store, JobType.NOTIFICATION, by=desk.actor, priority=Priority.BELOW_NORMAL, identity=IDENTITY)


def due(desk: Desk, way: Way) -> tuple[DeliveryView, ...]:
    """Return the deliveries that a way sends next: one event, or the whole digest; () where nothing is due.

    An event of an order waits for the earlier ones of that order.
    """
    earlier = Delivery.alias()
    blocked = earlier.select(earlier.id).where(
        (earlier.way == way.name)
        & (earlier.state == DeliveryState.WAITING)
        & (earlier.order_ref == Delivery.order_ref)
        & (earlier.id < Delivery.id)
        & (earlier.due_at > desk.now())
    )
    query = Delivery.select().where(
        _waiting([way.name])
        & (Delivery.due_at <= desk.now())
        & (Delivery.order_ref.is_null() | ~_exists(blocked))
    )  # fmt: skip
    rows = list(query.order_by(Delivery.id).limit(1 if way.digest is None else DIGEST_MOST))
    return _views(rows)


def sent(desk: Desk, ids: Sequence[int]) -> None:
    """Mark deliveries as sent, inside the caller's transaction."""
    values = {"state": DeliveryState.SENT, "settled_at": desk.now(), "error": ""}
    mine = Delivery.id.in_(list(ids)) & (Delivery.state == DeliveryState.WAITING)
    Delivery.update(attempts=Delivery.attempts + 1, **values).where(mine).execute()


def failed(desk: Desk, way: Way, deliveries: Sequence[DeliveryView], error: NotDelivered) -> None:
    """Note a failed attempt, inside the caller's transaction: the deliveries wait for another attempt or are dead.

    When the receiver is away, all deliveries that wait for it rest, so that it is not tried for each.
    """
    now, ids = desk.now(), [one.delivery_id for one in deliveries]
    attempts = deliveries[0].attempts + 1
    ceiling = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempts, 20))
    # Jitter spreads the herd, not the cryptography.
    again = now + timedelta(seconds=random.uniform(ceiling / 2, ceiling))  # noqa: S311
    told = str(error)[:500]
    mine = Delivery.id.in_(ids) & (Delivery.state == DeliveryState.WAITING)
    Delivery.update(attempts=Delivery.attempts + 1, due_at=again, error=told).where(mine).execute()
    if error.away:
        Delivery.update(due_at=again).where(_waiting([way.name]) & (Delivery.due_at < again)).execute()
    else:
        refused = mine & (Delivery.attempts >= (1 if error.final else REFUSALS))
        Delivery.update(state=DeliveryState.DEAD, settled_at=now).where(refused).execute()
    given_up = _waiting([way.name]) & (Delivery.made_at < now - timedelta(hours=way.give_up_after_h))
    Delivery.update(state=DeliveryState.DEAD, settled_at=now, error=told).where(given_up).execute()


def listing(desk: Desk) -> tuple[WayView, ...]:
    """Return the notification ways, with those that cannot be used and those that are gone from the file."""
    good, bad = notify_ways.checked(desk)
    found = [_way_view(way, "") for way in good]
    found += [_gone(problem.name, problem.sentence) for problem in bad]
    names = {view.name for view in found}
    left = Delivery.select(Delivery.way).where(Delivery.state.in_([DeliveryState.WAITING, DeliveryState.DEAD]))
    for row in left.distinct().order_by(Delivery.way):
        if row.way not in names:
            found.append(_gone(row.way, "The way is not in bmtui.toml any more."))
    return tuple(found)


def of_way(desk: Desk, name: str, *, limit: int = 200) -> tuple[DeliveryView, ...]:
    """Return the deliveries of a way, newest first."""
    query = Delivery.select().where(Delivery.way == name).order_by(Delivery.id.desc()).limit(limit)
    return _views(list(query))


def dead(desk: Desk, *, limit: int = 200) -> tuple[DeliveryView, ...]:
    """Return the dead deliveries, newest first."""
    query = Delivery.select().where(Delivery.state == DeliveryState.DEAD)
    return _views(list(query.order_by(Delivery.id.desc()).limit(limit)))


def dead_count(desk: Desk) -> int:
    """Return the number of dead deliveries, which need a person."""
    return int(Delivery.select().where(Delivery.state == DeliveryState.DEAD).count())


def send_again(desk: Desk, ids: Sequence[int]) -> int:
    """Send dead deliveries again; return their number. Raises NotFound: one of them is not dead."""
    return _revive(desk, ids, DeliveryState.WAITING)


def drop(desk: Desk, ids: Sequence[int]) -> int:
    """Drop dead deliveries; return their number. Raises NotFound: one of them is not dead."""
    return _revive(desk, ids, DeliveryState.DROPPED)


def prune(desk: Desk) -> None:
    """Delete deliveries that were sent or dropped more than `KEPT` ago, and old events without a delivery."""
    before = desk.now() - KEPT
    with desk.store.transaction():
        done = Delivery.state.in_([DeliveryState.SENT, DeliveryState.DROPPED])
        Delivery.delete().where(done & (Delivery.settled_at < before)).execute()
        # The newest stays, so that no number is given twice.
        old = (Event.at < before) & (Event.id < events.last())
        Event.delete().where(old & Event.id.not_in(Delivery.select(Delivery.event))).execute()


def _fan_out(desk: Desk, way: Way) -> int:
    reader = _reader(way)
    begun = events.mark(desk, reader)
    rows = list(Event.select().where(Event.id > begun).order_by(Event.id).limit(BATCH))
    if not rows:
        return 0
    # Events with unknown names were written by other programs.
    happened = [view for view in events.views([row.id for row in rows]) if view.event in BY_NAME]
    wanted = [view for view in happened if _wanted(way, view)]
    refs = {row.id: row.order_ref for row in rows}
    if way.query:
        of_orders = sorted({ref for view in wanted if (ref := refs[view.id]) is not None})
        fitting = set(search.matching(desk, way.query, of_orders))
        wanted = [view for view in wanted if refs[view.id] in fitting or _asked(way, view)]
    now = desk.now()
    zones = {name: desk.zone(name or None) for name in {view.company for view in wanted}}
    values = [
        {
            "way": way.name,
            "event": view.id,
            "order_ref": refs[view.id],
            "state": DeliveryState.WAITING,
            "made_at": now,
            "due_at": notify_ways.due_at(way, now, zones[view.company]),
        }
        for view in wanted
    ]
    bulk.insert(Delivery, values)
    events.move_mark(desk, reader, rows[-1].id)
    return len(values)


def _reader(way: Way) -> str:
    return f"{notify_ways.TABLE}:{way.name}"


def _wanted(way: Way, event: EventView) -> bool:
    if event.event in ("rule.notified", "notify.test"):
        return _asked(way, event)
    return way.wants(event.event) and (not way.company or event.company == way.company)


def _asked(way: Way, event: EventView) -> bool:
    """Return whether a rule or a person named this way in the event."""
    return event.event in ("rule.notified", "notify.test") and event.data.get("way") == way.name


def _revive(desk: Desk, ids: Sequence[int], state: DeliveryState) -> int:
    desk.must_write()
    with desk.store.transaction():
        mine = Delivery.id.in_(list(ids)) & (Delivery.state == DeliveryState.DEAD)
        there = {row.id for row in Delivery.select(Delivery.id).where(mine)}
        missing = sorted(set(ids) - there)
        if missing:
            raise NotFound(f"{missing[0]} is not dead.", "See 'bmtui notify dead'.")
        now = desk.now()
        Delivery.update(state=state, due_at=now, made_at=now, attempts=0, settled_at=now).where(mine).execute()
        word = "sent again" if state == DeliveryState.WAITING else "dropped"
        audit.record(desk, "notify.dead", f"{how_many(len(there), 'dead notification')}: {word}.")
        return len(there)


def _waiting(names: Sequence[str]) -> Any:
    return Delivery.way.in_(list(names)) & (Delivery.state == DeliveryState.WAITING)


def _exists(query: Any) -> Any:
    return fn.EXISTS(query)


def _views(rows: Sequence[Delivery]) -> tuple[DeliveryView, ...]:
    by_id = {view.id: view for view in events.views([row.event_id for row in rows])}
    return tuple(
        DeliveryView(
            row.id, row.way, by_id[row.event_id], row.state, row.made_at, row.due_at, row.attempts, row.error
        )
        for row in rows
    )  # fmt: skip


def _way_view(way: Way, problem: str) -> WayView:
    waiting = Delivery.select().where(_waiting([way.name]))
    oldest = waiting.order_by(Delivery.id).first()
    last = Delivery.select().where((Delivery.way == way.name) & (Delivery.state == DeliveryState.SENT))
    newest = last.order_by(Delivery.settled_at.desc()).first()
    return WayView(
        name=way.name,
        kind=way.kind,
        where=way.where,
        events=way.events,
        query=way.query,
        company=way.company,
        waiting=waiting.count(),
        dead=_dead_of(way.name),
        oldest_at=oldest.made_at if oldest is not None else None,
        last_sent_at=newest.settled_at if newest is not None else None,
        error=oldest.error if oldest is not None else "",
        problem=problem,
    )


def _gone(name: str, problem: str) -> WayView:
    waiting = Delivery.select().where(_waiting([name])).count()
    return WayView(name, "", "", (), "", "", waiting, _dead_of(name), None, None, "", problem)


def _dead_of(name: str) -> int:
    return int(Delivery.select().where((Delivery.way == name) & (Delivery.state == DeliveryState.DEAD)).count())
