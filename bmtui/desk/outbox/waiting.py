"""Writes that wait until Back Market can be reached again, and the order in which they then leave (reliability §2)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from peewee import JOIN, fn

from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.queue import jobs, outages
from bmtui.store.models import Company, Effect, Job, Order, to_micros
from bmtui.store.plain_sql import fetch
from bmtui.words import EFFECT_IN_HAND, EffectKind, EffectState, JobStatus

_IN_ORDER = (
    EffectKind.ACCEPT,
    EffectKind.CANCEL_ON_CHANNEL,
    EffectKind.SHIP,
    EffectKind.REFUND,
    EffectKind.IDENTIFIERS,
)
"""Kinds that change an order on the channel; for one order they leave in the order in which they were planned."""


def over(desk: Desk, base_url: str) -> int:
    """End the outage of this host: make all jobs that wait for it due, the oldest ship-by first; return their number.

    The shared rate limit decides how fast they leave.
    """
    with desk.store.transaction():
        outages.end(desk.store, base_url)
        mine = (Job.status == JobStatus.SUBMITTED) & Effect.state.in_(EFFECT_IN_HAND) & (Company.base_url == base_url)
        query: Any = Job.select(Job, fn.MIN(Order.ship_by).alias("due")).join(Company).switch(Job)
        query = query.join(Effect, on=Effect.job == Job.id).join(Order, JOIN.LEFT_OUTER).where(mine).group_by(Job.id)
        rows = [row for row in query if jobs.waits_since(row) is not None]
        rows.sort(key=lambda row: (row.due is None, row.due or 0, row.id))
        now = jobs.now_utc()
        for place, row in enumerate(rows):
            due = now - timedelta(microseconds=len(rows) - place)
            Job.update(scheduled_at=due).where(Job.id == row.id).execute()
        return len(rows)


def wake_next(desk: Desk, job_id: int) -> int:
    """Make jobs due that waited for this job's writes to the same orders; return their number."""
    now = desk.now()
    # Reading takes no write lock; mostly nothing waits.
    others = fetch(_OTHERS, (job_id, job_id, EffectState.PLANNED, to_micros(now), *_IN_ORDER))
    if not others:
        return 0
    resting = (Job.status == JobStatus.SUBMITTED) & (Job.failures == 0) & (Job.scheduled_at > now)
    rows = Job.select().where(Job.id.in_([row[0] for row in others]) & resting)
    woken = [row.id for row in rows if jobs.waits_since(row) is None]
    if not woken:
        return 0
    with desk.store.transaction():
        return int(Job.update(scheduled_at=now).where(Job.id.in_(woken) & resting).execute())


def before(desk: Desk, effect: Effect) -> Effect | None:
    """Return an unfinished earlier write to the same order that may leave now, or None."""
    if effect.kind not in _IN_ORDER or effect.order_ref is None:
        return None
    mine = (effect.order_ref, effect.id, effect.job_id, to_micros(desk.now()))
    found = fetch(_EARLIER, (*mine, *EFFECT_IN_HAND, *_IN_ORDER, JobStatus.SUBMITTED, JobStatus.PROCESSING))
    earlier = (Effect.get_by_id(row_id) for (row_id,) in found)
    return next((one for one in earlier if effects.kept_back(one) is None), None)


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" for _ in values)


# By SQL: asked for each write, and mostly there is none.
_OTHERS = (
    "SELECT DISTINCT job_id FROM effects WHERE order_ref IN (SELECT order_ref FROM effects WHERE job_id = ?) "  # noqa: S608
    f"AND job_id <> ? AND state = ? AND not_before <= ? AND kind IN ({_marks(_IN_ORDER)})"
)
_EARLIER = (
    "SELECT e.id FROM effects e JOIN jobs j ON j.id = e.job_id WHERE e.order_ref = ? AND e.id < ? AND e.job_id <> ? "  # noqa: S608
    f"AND e.not_before <= ? AND e.state IN ({_marks(EFFECT_IN_HAND)}) AND e.kind IN ({_marks(_IN_ORDER)}) "
    "AND j.status IN (?, ?) ORDER BY e.id"
)
