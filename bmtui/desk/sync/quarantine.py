"""Quarantine: downloaded orders that could not be read, stored unchanged and tried again after an upgrade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bmtui.desk.core.context import Desk
from bmtui.desk.sync.inbox import QUARANTINED, WAITING
from bmtui.store.models import Company, Inbox, Job


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An order in the quarantine: `order_id` is None if even that could not be read; `payload` is JSON."""

    order_id: int | None
    company: str
    fetched_at: datetime
    job_id: int
    error: str
    payload: str


def listing(desk: Desk, *, job_id: int | None = None, limit: int = 1000) -> tuple[Quarantined, ...]:
    """Return the quarantine of the company in view or of all; with `job_id`, the orders of that job or its parent."""
    query = Inbox.select(Inbox, Company).join(Company).where(Inbox.state == QUARANTINED)
    if desk.company:
        query = query.where(Company.name == desk.company)
    if job_id is not None:
        parent = Job.select(Job.parent).where(Job.id == job_id)
        query = query.where((Inbox.job == job_id) | Inbox.job.in_(parent))
    return tuple(
        Quarantined(row.order_id, row.company.name, row.fetched_at, row.job_id, row.error, row.payload)
        for row in query.order_by(Inbox.id).limit(limit)
    )


def retry_with(job: Job) -> None:
    """Release the company's quarantine for a retried job: after an upgrade more orders can be read."""
    if job.company_id is not None:
        release(job.company_id)
        # Reset the job's counts, as it tries the orders again.
        Job.update(cursor={}).where(Job.id == job.id).execute()


def release(company_id: int) -> int:
    """Let the next order creation try the company's quarantine again; returns the number of orders."""
    waiting = Inbox.update(state=WAITING, error="")
    return int(waiting.where((Inbox.company == company_id) & (Inbox.state == QUARANTINED)).execute())
