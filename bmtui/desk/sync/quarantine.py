"""Orders that could not be read: kept to the letter, named, and tried again after an upgrade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bmtui.desk.core.context import Desk
from bmtui.desk.sync.inbox import QUARANTINED, WAITING
from bmtui.store.models import Company, Inbox, Job


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One order as it came: `order_id` is None when even that could not be read; `payload` is JSON."""

    order_id: int | None
    company: str
    fetched_at: datetime
    job_id: int
    error: str
    payload: str


def listing(desk: Desk, *, job_id: int | None = None, limit: int = 1000) -> tuple[Quarantined, ...]:
    """What is in the quarantine, of the company in view or of all; with `job_id`, what it or its parent brought."""
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
    """Let a retried order creation try its company's quarantine again: after an upgrade more can be read."""
    if job.company_id is not None:
        release(job.company_id)
        # The counts begin anew with what is tried again.
        Job.update(cursor={}).where(Job.id == job.id).execute()


def release(company_id: int) -> int:
    """Let the next order creation try the company's quarantine again; returns how many orders that are."""
    waiting = Inbox.update(state=WAITING, error="")
    return int(waiting.where((Inbox.company == company_id) & (Inbox.state == QUARANTINED)).execute())
