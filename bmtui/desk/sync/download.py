"""Download Orders from Channel (order-desk §1, item 3): queues an import job."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime

from bmtui.desk.companies import channel_access
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Around, Kind, Parameter
from bmtui.desk.orders import rows as orders
from bmtui.errors import ConfigError, NotRead, RuleRefused
from bmtui.queue import jobs
from bmtui.store.models import Company, Order
from bmtui.text import how_many
from bmtui.words import JobType, Priority

MOST_BY_NUMBER = 1_000
"""Most orders to download by number, as each costs a request: for more, a Start Date is better."""

NAMED = 10


SINCE = Parameter(
    "since", "Start Date", Kind.TIME, "Start Date: 2026-11-01, a full time, or 30d", shape="DATE", longest=25
)


def start(desk: Desk, company: str | None, since: str, *, max_failures: int = 6) -> int:
    """Queue the import of all orders from `since` on; returns the job's id. The same request twice is one job.

    Raises:
        ConfigError: not a date. RuleRefused: downloads are off, with the reason. NotFound: no such company.
    """
    desk.must_write()
    begin = start_of(desk, company, since)
    with desk.store.transaction():
        row = desk.company_row(company)
        may_run(desk, row)
        begin_text = begin.isoformat()
        job_id = jobs.submit(
            desk.store,
            JobType.ORDER_DOWNLOAD,
            by=desk.actor,
            company_id=row.id,
            parameters={"company": row.name, "since": begin_text},
            priority=Priority.NORMAL,
            identity=f"{JobType.ORDER_DOWNLOAD}:{row.id}:{begin_text}",
            max_failures=max_failures,
        )
        audit.record(
            desk, "orders.download", f"Download of orders since {begin_text} (job {job_id}).", company_id=row.id
        )
        return job_id


def fetch(
    desk: Desk,
    company: str | None,
    order_ids: Collection[int],
    *,
    max_failures: int = 3,
    priority: Priority = Priority.HIGH,
) -> int:
    """Queue a download of orders by their numbers, known or new; returns the job's id.

    Raises:
        ConfigError: none is named, or too many. RuleRefused: downloads are off, with the reason. NotFound: no such
            company.
    """
    desk.must_write()
    ids = sorted(set(order_ids))
    if not 0 < len(ids) <= MOST_BY_NUMBER:
        raise ConfigError(
            f"{how_many(len(ids), 'order is', 'orders are')} named; from 1 to {MOST_BY_NUMBER:,} can be fetched by "
            "their numbers.",
            "Name their numbers, or give a Start Date.",
        )
    named = ", ".join(map(str, ids))
    with desk.store.transaction():
        row = desk.company_row(company)
        may_run(desk, row)
        job_id = jobs.submit(
            desk.store,
            JobType.ORDER_DOWNLOAD,
            by=desk.actor,
            company_id=row.id,
            parameters={"company": row.name, "orders": ids},
            about={"order_id": ids[0]} if len(ids) == 1 else {},
            priority=priority,
            identity=f"{JobType.ORDER_DOWNLOAD}:{row.id}:{hashlib.sha256(named.encode()).hexdigest()}",
            max_failures=max_failures,
        )
        shown = named if len(ids) <= NAMED else how_many(len(ids), "order")
        audit.record(desk, "orders.download", f"Download of {shown} by number (job {job_id}).", company_id=row.id)
        return job_id


def refetch(desk: Desk, order_ids: Collection[int], *, max_failures: int = 3) -> int:
    """Queue a new download of orders of the store; returns the job's id.

    Raises:
        NotFound: an order is not in the store. RuleRefused: they are of several companies. RuleRefused, ConfigError:
        as `fetch`.
    """
    names = {orders.order_row(desk, order_id).company.name for order_id in order_ids}
    if len(names) > 1:
        raise RuleRefused(
            f"These are orders of {' and '.join(sorted(names))}.", "Name those of one company, with --company NAME."
        )
    return fetch(desk, next(iter(names), None), order_ids, max_failures=max_failures)


def not_here(company_id: int, order_ids: Collection[int]) -> list[int]:
    """Return the numbers of which the company has no order in the store, sorted."""
    here = Order.select(Order.order_id).where((Order.company == company_id) & Order.order_id.in_(list(order_ids)))
    return sorted(set(order_ids) - {row.order_id for row in here})


def may_run(desk: Desk, row: Company) -> None:
    """Raise RuleRefused if the company's settings forbid an import, ConfigError if its token is missing."""
    channel_access.must_be_callable(desk, row)
    if not row.allow_order_download:
        raise RuleRefused(
            f"Allow Order Download is off for {row.name}; no order import runs.",
            f"Turn it on in the settings: 'bmtui company set \"{row.name}\" allow_order_download=true'.",
        )


def start_of(desk: Desk, company: str | None, since: str) -> datetime:
    """Return the time of a Start Date: a day in the company's zone, a full time, or ``7d`` for the last seven days.

    Raises:
        ConfigError: none of these, or in the future.
    """
    text = since.strip()
    zone = desk.zone(desk.company_row(company).name)
    try:
        begin: datetime = SINCE.read(text, Around(now=desk.now(), zone=zone))
    except NotRead as error:
        message = f"The Start Date '{error.came}' is {error.understood}."
        raise NotRead(error.field, error.came, error.understood, error.advice, message=message) from error
    if begin > desk.now():
        raise ConfigError(
            f"The Start Date {text} is in the future.", "Orders from that day on do not exist yet.", field="since"
        )
    return begin
