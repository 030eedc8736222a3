"""Distrust of a restored store: marks as uncertain all that may have changed after its backup was made.

Open effects are looked up on the channel, approval requests and invoice jobs wait for a person, series of numbers wait
until somebody confirms the last number (`core.numbers`), and all orders are read again.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import fn

from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import audit, store_marks
from bmtui.desk.core.context import Desk
from bmtui.desk.operations import numbers
from bmtui.desk.outbox import effects
from bmtui.desk.sync import reconcile
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.queue import jobs
from bmtui.store.models import Approval, Audit, Company, Effect, Job, JobLog, Order, from_micros, to_micros
from bmtui.words import ApprovalState, EffectState, JobStatus, JobType, StoreEvent

RESTORED = "The store was restored from a backup of"
"""Beginning of the sentence about a `bmtui restore`; a time ends it."""
_MAY_HAVE_LEFT = (EffectState.PLANNED, EffectState.SENDING)
_MAY_RUN = (JobStatus.SUBMITTED, JobStatus.PROCESSING)


@dataclass(frozen=True, slots=True)
class Doubts:
    """Numbers of uncertain rows in a restored store.

    Attributes:
        since: the last change in the backup; later changes are unknown.
        effects: effects that are looked up on the channel; a person settles those that cannot be.
        approvals: requests that a person must settle before somebody can approve them.
        held_jobs: jobs that make invoices, on hold until a person releases them.
        series: series that wait for their last number.
        reading: jobs that compare the orders with the channel.
    """

    since: datetime
    effects: int
    approvals: int
    held_jobs: int
    series: int
    reading: tuple[int, ...]


def doubt(desk: Desk, made_at: datetime, *, happened: str = RESTORED, lost_moments: bool = False) -> Doubts:
    """Mark as uncertain what may have changed after this earlier state of the store; in one transaction.

    All sending is paused, unless only the last moments can be lost.

    Args:
        made_at: when the backup was written, as far as its file tells.
        happened: how the store was put back, as the beginning of a sentence that a time ends.
        lost_moments: a replica took over: effects that are not due yet cannot have left.
    """
    with desk.store.transaction():
        since = min(made_at, _last_change() or made_at)
        reason = f"{happened} {since:%Y-%m-%d %H:%M} UTC."
        store_marks.add(desk, StoreEvent.RESTORED, reason, since)
        desk.store.database.know_server(to_micros(desk.now()))
        found = Doubts(
            since,
            _effects(desk, f"{reason} It may have been sent since.", due_only=lost_moments),
            _approvals(f"{reason} It may have been approved and sent since."),
            _invoice_jobs(f"{reason} It may have been done since: release it if not."),
            len(numbers.waiting(desk)),
            tuple(_read(desk, since)),
        )
        if not lost_moments:
            with contextlib.suppress(RuleRefused):  # it was paused when the backup was made
                sending_pauses.pause(desk, reason)
        audit.record(desk, "store.restored", reason)
        return found


def _last_change() -> datetime | None:
    """Return the newest time in audit, job logs and jobs: a copied file's own time would be that of the copy."""
    moments = [
        query.scalar()
        for query in (
            Audit.select(fn.MAX(Audit.at)),
            JobLog.select(fn.MAX(JobLog.at)),
            Job.select(fn.MAX(Job.submitted_at)),
        )
    ]
    known = [at if isinstance(at, datetime) else from_micros(at) for at in moments if at is not None]
    return max(known, default=None)


def _effects(desk: Desk, why: str, *, due_only: bool) -> int:
    may_have_left = Effect.state.in_(_MAY_HAVE_LEFT)
    if due_only:
        may_have_left &= (Effect.state == EffectState.SENDING) | (Effect.not_before <= desk.now())
    rows = list(Effect.select().where(may_have_left).order_by(Effect.id))
    for effect in rows:
        effects.settle(desk, effect, EffectState.UNKNOWN, error=why)
    return len(rows)


def _approvals(why: str) -> int:
    waits = Approval.state == ApprovalState.AWAITING_APPROVAL
    return int(Approval.update(doubt=why).where(waits).execute())


def _invoice_jobs(why: str) -> int:
    rows = list(Job.select(Job.id).where((Job.type == JobType.INVOICE) & Job.status.in_(_MAY_RUN)))
    for job in rows:
        jobs.write_log(job.id, why)
        held = {"status": JobStatus.ON_HOLD, "worker": None, "fence": Job.fence + 1}
        Job.update(**held).where(Job.id == job.id).execute()
    return len(rows)


def _read(desk: Desk, since: datetime) -> list[int]:
    """Queue a reading of all orders of each company, as any may have changed; return the jobs.

    A company whose channel cannot be used is left out: its orders are read by hand.
    """
    found = []
    for company in Company.select().where(Company.enabled).order_by(Company.id):
        # An old order may have got an invoice or a refund since, too.
        oldest = Order.select(Order.created_at).where(Order.company == company).order_by(Order.created_at).first()
        begin = since - timedelta(days=company.look_back_days)
        begin = min(begin, oldest.created_at) if oldest is not None else begin
        with contextlib.suppress(BmtuiError):
            found.append(reconcile.start(desk, company.name, fix=True, since=begin.isoformat()))
    return found
