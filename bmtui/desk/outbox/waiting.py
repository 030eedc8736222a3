"""Writes that wait until Back Market can be reached again, and the order in which they then leave (reliability §2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from peewee import JOIN, fn

from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import effects
from bmtui.queue import jobs, outages
from bmtui.store.models import Company, Effect, Job, Order
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
    now, orders = desk.now(), Effect.select(Effect.order).where(Effect.job == job_id)
    waits = (Effect.state == EffectState.PLANNED) & (Effect.not_before <= now) & (Effect.job != job_id)
    mine = Effect.order.in_(orders) & Effect.kind.in_(_IN_ORDER)
    resting = (Job.status == JobStatus.SUBMITTED) & (Job.failures == 0) & (Job.scheduled_at > now)
    rows = Job.select(Job).join(Effect, on=Effect.job == Job.id).where(waits & mine & resting).distinct()
    # Reading takes no write lock; mostly nothing waits.
    woken = [row.id for row in rows if jobs.waits_since(row) is None]
    if not woken:
        return 0
    with desk.store.transaction():
        return int(Job.update(scheduled_at=now).where(Job.id.in_(woken) & resting).execute())


def before(desk: Desk, effect: Effect) -> Effect | None:
    """Return an unfinished earlier write to the same order that may leave now, or None."""
    if effect.kind not in _IN_ORDER or effect.order_ref is None:
        return None
    same = (Effect.order == effect.order_ref) & (Effect.id < effect.id) & (Effect.job != effect.job_id)
    same &= Effect.state.in_(EFFECT_IN_HAND) & Effect.kind.in_(_IN_ORDER) & (Effect.not_before <= desk.now())
    same &= Job.status.in_([JobStatus.SUBMITTED, JobStatus.PROCESSING])
    query = Effect.select(Effect, Job).join(Job).where(same).order_by(Effect.id)
    return next((earlier for earlier in query if effects.kept_back(earlier) is None), None)
