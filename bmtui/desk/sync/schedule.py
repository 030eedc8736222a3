"""Schedule of incremental downloads (API §3): nothing is missed and little is read twice.

A sync lists the orders modified since the watermark less an overlap, then reads again, one by one, the open orders that
no list has shown for an hour: proven by production clients. A sweep lists the whole look-back once a night.

The watermark is the channel's own time, so it does not depend on our clock, which may be wrong or stepped: after a
complete reading it moves to a moment before that reading began, which is a modification that the reading saw less the
time that it had taken by then. An order that was modified on a page after we had read it is later than that.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from peewee import JOIN

from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import download as downloads
from bmtui.errors import BmtuiError
from bmtui.queue import jobs
from bmtui.store.models import Company, Inbox, Invoice, Job, Order, SyncMark
from bmtui.words import ChannelStatus, EffectState, JobStatus, JobType, Priority

SYNC, SWEEP = "sync", "sweep"
"""Values of the `mode` parameter of an automatic order download."""

OVERLAP = timedelta(minutes=10)
UNSEEN = timedelta(hours=1)
SWEEP_EVERY = timedelta(hours=20)
NIGHT = range(1, 5)
"""Hours of the company's zone in which a sweep begins; without a worker at night, after `SWEEP_LATEST` at any hour."""
SWEEP_LATEST = timedelta(days=3)
REREAD_LIMIT = 200
"""Open orders read again one by one in a sync; the next sync goes on with those that were unseen for longest."""

INVOICE_UNSEEN = timedelta(hours=12)
INVOICE_LIMIT = 50
"""Shipped orders without an invoice read again in a sync: an invoice does not move an order's date (API §11)."""

_OPEN = (
    ChannelStatus.AWAITING_PAYMENT,
    ChannelStatus.TO_ACCEPT,
    ChannelStatus.TO_SHIP,
    ChannelStatus.PARTLY_SHIPPED,
)


def read_until(desk: Desk) -> datetime | None:
    """Return the begin of the company's last complete reading, for all companies the oldest; None if one has none."""
    found: list[datetime] = []
    for company in Company.select(Company.id, Company.name).where(Company.enabled):
        if desk.company not in (None, company.name):
            continue
        done = (Job.type == JobType.ORDER_DOWNLOAD) & (Job.status == JobStatus.COMPLETED) & (Job.company == company.id)
        downloads_done = Job.select(Job.started_at, Job.parameters).where(done).order_by(Job.id.desc())
        # A download by number says nothing about other orders.
        last = next((job.started_at for job in downloads_done.iterator() if "orders" not in job.parameters), None)
        if last is None:
            return None
        found.append(last)
    return min(found, default=None)


def start(desk: Desk, company: str | None, *, mode: str = SYNC, max_failures: int = 6) -> int:
    """Queue a sync or a sweep; returns the job's id, of a live job if there is one.

    Raises:
        RuleRefused: downloads are off, with the reason. NotFound: no such company.
    """
    desk.must_write()
    with desk.store.transaction():
        row = desk.company_row(company)
        downloads.may_run(desk, row)
        job_id = _submit(desk, row, mode, max_failures, Priority.NORMAL)
        audit.record(desk, "orders.download", f"Download of what changed ({mode}, job {job_id}).", company_id=row.id)
        return job_id


def submit_due(desk: Desk) -> None:
    """Queue the automatic downloads that are due; every worker calls it every few seconds.

    The check and the queueing are one transaction, so that many workers queue one job.
    """
    # Read the list first: a transaction that begins beside a half-read query finds an old snapshot, and is refused.
    for company in list(Company.select().where(Company.enabled & Company.allow_order_download)):
        # With a refused token each download would be refused again, every quarter of an hour.
        if _due(desk, company) is None or sending_pauses.token_refused(company.id):
            continue
        with desk.store.transaction():
            fresh = Company.get_by_id(company.id)
            mode = _due(desk, fresh)
            try:
                downloads.may_run(desk, fresh)
            except BmtuiError:
                # 'company test' and a download by hand report it.
                continue
            if mode is not None:
                _submit(desk, fresh, mode, 6, Priority.BELOW_NORMAL)


def modified_since(company_id: int) -> datetime | None:
    """Return the time from which to list modifications; None if the company was never read completely."""
    mark = SyncMark.get_or_none(SyncMark.company == company_id)
    return mark.modified_until - OVERLAP if mark is not None and mark.modified_until is not None else None


def look_back(desk: Desk, company: Company) -> datetime:
    """Return the time from which orders belong to a first sync and to a sweep."""
    return desk.now() - timedelta(days=company.look_back_days)


def move(desk: Desk, company_id: int, until: datetime) -> None:
    """Move the watermark after a complete reading, inside the caller's transaction. It never moves back.

    Args:
        until: a moment before that reading began, by the channel's own time.
    """
    mark = _mark(desk, company_id)
    if mark.modified_until is None or until > mark.modified_until:
        SyncMark.update(modified_until=until).where(SyncMark.company == company_id).execute()


def open_unseen(desk: Desk, company_id: int) -> list[int]:
    """Return the open orders that were not fetched for an hour, those unseen for longest first."""
    now = desk.now()
    same = (Inbox.company == Order.company) & (Inbox.order_id == Order.order_id)
    query = (
        Order.select(Order.order_id)
        .join(Inbox, JOIN.INNER, on=same)
        .where((Order.company == company_id) & Order.channel_status.in_(_OPEN))
        # A time in the future is from before our clock was set back.
        .where((Inbox.fetched_at < now - UNSEEN) | (Inbox.fetched_at > now + UNSEEN))
        .order_by(Inbox.fetched_at)
        .limit(REREAD_LIMIT)
    )
    return [row.order_id for row in query]


def uninvoiced_unseen(desk: Desk, company: Company) -> list[int]:
    """Return the look-back's shipped orders without an invoice that were not fetched lately, longest unseen first."""
    now = desk.now()
    same = (Inbox.company == Order.company) & (Inbox.order_id == Order.order_id)
    given = Invoice.select(Invoice.order).where(Invoice.upload == EffectState.CONFIRMED)
    query = (
        Order.select(Order.order_id)
        .join(Inbox, JOIN.INNER, on=same)
        .where(
            (Order.company == company)
            & Order.invoice_provided_at.is_null()
            & (Order.shipped_at >= look_back(desk, company))
            & Order.channel_notified
            & Order.id.not_in(given)
        )
        .where((Inbox.fetched_at < now - INVOICE_UNSEEN) | (Inbox.fetched_at > now + INVOICE_UNSEEN))
        .order_by(Inbox.fetched_at, Inbox.order_id)
        .limit(INVOICE_LIMIT)
    )
    return [row.order_id for row in query]


def _due(desk: Desk, company: Company) -> str | None:
    """Return the mode of the download that is due, or None. A time in the future counts as long past."""
    if company.download_interval_min <= 0:
        return None
    now = desk.now()
    mark = SyncMark.get_or_none(SyncMark.company == company)
    begun, swept = (mark.begun_at, mark.swept_at) if mark is not None else (company.created_at, company.created_at)
    night = now.astimezone(desk.zone(company.name)).hour in NIGHT
    if now - swept >= SWEEP_LATEST or (night and (now - swept >= SWEEP_EVERY or swept > now)):
        return SWEEP
    return SYNC if now - begun >= timedelta(minutes=company.download_interval_min) or begun > now else None


def _submit(desk: Desk, company: Company, mode: str, max_failures: int, priority: Priority) -> int:
    _mark(desk, company.id)
    times = {"begun_at": desk.now()} | ({"swept_at": desk.now()} if mode == SWEEP else {})
    SyncMark.update(**times).where(SyncMark.company == company).execute()
    return jobs.submit(
        desk.store,
        JobType.ORDER_DOWNLOAD,
        by=desk.actor,
        company_id=company.id,
        parameters={"company": company.name, "mode": mode},
        priority=priority,
        identity=f"{JobType.ORDER_DOWNLOAD}:{company.id}:{mode}",
        max_failures=max_failures,
    )


def _mark(desk: Desk, company_id: int) -> SyncMark:
    SyncMark.insert(
        company=company_id, modified_until=None, begun_at=desk.now(), swept_at=desk.now()
    ).on_conflict_ignore().execute()
    return SyncMark.get_by_id(company_id)
