"""Inbox: raw channel orders as they came, the newest of each (order-desk §1, item 3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from peewee import Case

from bmtui.channel.reading import read_order
from bmtui.errors import NotUnderstood
from bmtui.store import bulk
from bmtui.store.models import Inbox

NEW, CHANGED, UNCHANGED, UNREADABLE = "new", "changed", "unchanged", "unreadable"
WAITING, DONE, QUARANTINED = "waiting", "done", "quarantined"
_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class Kept:
    """Counts of a stored page: orders that are new or changed, and unchanged ones."""

    waiting: int
    unchanged: int


def keep(company_id: int, job_id: int, results: Sequence[object], at: datetime) -> Kept:
    """Store the orders of a page inside the caller's transaction; an unchanged order only gets the job and the time.

    A result without a readable order id is stored too: it ends in the quarantine, with its text. An order in the
    quarantine is tried again whenever it comes: a newer bmtui may be able to read it.
    """
    rows: dict[object, dict[str, object]] = {}
    for raw in results:
        payload, digest = _text(raw)
        order_id = _order_id(raw)
        # Of an order twice on one page, the later copy is the newer one.
        rows[order_id if order_id is not None else digest] = {
            "company": company_id,
            "order_id": order_id,
            "payload": payload,
            "digest": digest,
            "fetched_at": at,
            "job": job_id,
            "state": WAITING,
            "error": "",
        }
    if not rows:
        return Kept(0, 0)
    ids = [row["order_id"] for row in rows.values() if row["order_id"] is not None]
    nameless = [row["digest"] for row in rows.values() if row["order_id"] is None]
    # This form uses two indexes; the digest alone has none.
    known = (Inbox.company == company_id) & (
        Inbox.order_id.in_(ids) | (Inbox.order_id.is_null() & Inbox.digest.in_(nameless))
    )
    digests = {row["digest"] for row in rows.values()}
    same = [row for row in Inbox.select(Inbox.id, Inbox.digest).where(known) if row.digest in digests]
    here = {row.digest for row in same}
    state = Case(None, [(Inbox.state == QUARANTINED, WAITING)], Inbox.state)
    Inbox.update(job=job_id, fetched_at=at, state=state).where(Inbox.id.in_([row.id for row in same])).execute()
    fresh = [row for row in rows.values() if row["digest"] not in here]
    bulk.insert(Inbox, fresh, _NEWER, ids=False)
    return Kept(len(fresh), len(rows) - len(fresh))


_NEWER = "(company_id, order_id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in ("payload", "digest", "fetched_at", "job_id", "state", "error")
)


def compare(company_id: int, results: Sequence[object]) -> dict[object, str]:
    """Return the outcome of `keep` for each of these orders: new, changed, unchanged or unreadable; stores nothing."""
    found: dict[object, str] = {}
    for raw in results:
        digest, order_id = _text(raw)[1], _order_id(raw)
        here = Inbox.get_or_none((Inbox.company == company_id) & (Inbox.order_id == order_id))
        try:
            read_order(raw)
            found[order_id] = NEW if here is None else UNCHANGED if here.digest == digest else CHANGED
        except NotUnderstood:
            found[order_id or digest] = UNREADABLE
    return found


def looked_at(company_id: int, order_id: int, at: datetime) -> None:
    """Set the fetch time of an order that the channel no longer gives, so that others are asked for first."""
    Inbox.update(fetched_at=at).where((Inbox.company == company_id) & (Inbox.order_id == order_id)).execute()


def key(raw: object) -> object:
    """Return the key of a raw order: its id, or its digest if the id cannot be read."""
    order_id = _order_id(raw)
    return order_id if order_id is not None else _text(raw)[1]


def seen(job_id: int) -> int:
    """Count the orders that this job has fetched."""
    return int(Inbox.select().where(Inbox.job == job_id).count())


def waiting(company_id: int, limit: int) -> list[Inbox]:
    """Return the next orders to be created or updated, in the order in which they came."""
    return list(
        Inbox.select().where((Inbox.company == company_id) & (Inbox.state == WAITING)).order_by(Inbox.id).limit(limit)
    )


def _text(raw: object) -> tuple[str, str]:
    """Return the payload as it is stored, and its digest."""
    payload = json.dumps(raw, sort_keys=True, separators=(",", ":"))
    return payload, hashlib.sha256(payload.encode()).hexdigest()


def _order_id(raw: object) -> int | None:
    value = raw.get("order_id") if isinstance(raw, dict) else None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _INT64 else None
