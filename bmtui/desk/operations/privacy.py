"""Personal data: removal by the retention rule or for one person, and a copy for that person (reliability §5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from bmtui.desk.core import audit, permissions, personal_data
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.desk.overview.views import OrderView
from bmtui.desk.sync.inbox import QUARANTINED
from bmtui.errors import ConfigError, NotFound
from bmtui.store.models import CareFolder, Inbox, Job, JobLog, Order
from bmtui.text import folded, how_many

BATCH = 100
"""Orders in one transaction: small enough to hold the write lock only for a moment."""


@dataclass(frozen=True, slots=True)
class Purge:
    """A purge, planned or done: orders to anonymise; raw orders, job logs and folders to empty."""

    before: datetime
    orders: int
    raw: int
    logs: int
    folders: int


@dataclass(frozen=True, slots=True)
class PersonOrder:
    """An order of a person, with the channel's raw order."""

    view: OrderView
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Erased:
    """Result of an erasure; `open_orders` are not finished and keep their data until they are."""

    orders: tuple[int, ...]
    open_orders: tuple[int, ...]


def days(desk: Desk, given: int | None) -> int:
    """Return the retention in days: the given number, else that of `bmtui.toml`.

    Raises:
        ConfigError: neither is set.
    """
    found = given if given is not None else int(desk.settings.values["retention_days"])
    if found <= 0:
        raise ConfigError(
            "No retention time for personal data is set.",
            "Set it with 'bmtui config set retention_days=DAYS', or give --older-than DAYS.",
        )
    return found


def plan(desk: Desk, older_than_days: int) -> Purge:
    """Return the numbers of rows that `purge` would anonymise or empty now."""
    before = desk.now() - timedelta(days=older_than_days)
    with desk.store.snapshot():
        return Purge(
            before,
            Order.select().where(_due(desk, before)).count(),
            _raw(desk, before).count(),
            JobLog.select().where(JobLog.job.in_(_old_jobs(desk, before))).count(),
            CareFolder.select().where(_folders(desk, before) & (CareFolder.customer != personal_data.ERASED)).count(),
        )


def purge(
    desk: Desk, older_than_days: int, *, compact: bool = True, tell: Callable[[int], None] = lambda done: None
) -> Purge:
    """Anonymise orders that ended more than so many days ago, in transactions of `BATCH`; it can be stopped between.

    Args:
        compact: also overwrite the removed data in free pages of the database file.
        tell: called with the number of orders that are done.

    Raises:
        RuleRefused: the account is no admin, nor the service with its timer.
    """
    desk.must_write()
    if not desk.is_service:
        permissions.must_be_admin(desk)
    before = desk.now() - timedelta(days=older_than_days)
    done = 0
    while rows := list(Order.select().where(_due(desk, before)).order_by(Order.id).limit(BATCH)):
        with desk.store.transaction():
            # Selected again under the lock: an order may have changed meanwhile.
            still = list(Order.select().where(_due(desk, before) & Order.id.in_([row.id for row in rows])))
            done += _remove(desk, still, "by the retention rule")
        tell(done)
    with desk.store.transaction():
        raw = list(_raw(desk, before))
        for row in raw:
            personal_data.prune(row)
        Job.update(error=personal_data.ERASED).where(Job.id.in_(_old_jobs(desk, before)) & (Job.error != "")).execute()
        logs = JobLog.delete().where(JobLog.job.in_(_old_jobs(desk, before))).execute()
        folders = personal_data.forget_folders(_folders(desk, before))
        if done or raw or logs or folders:
            audit.record(
                desk,
                "privacy.purged",
                f"Personal data from before {before:%Y-%m-%d} was removed: {how_many(done, 'order')}, {len(raw):,} "
                "raw orders, "
                f"{how_many(logs, 'line')} of job logs, {how_many(folders, 'after-sales folder')}.",
            )
    if compact:
        desk.store.database.compact()
    return Purge(before, done, len(raw), logs, folders)


def person(desk: Desk, mail: str) -> tuple[PersonOrder, ...]:
    """Return all data about the person with this mail address, of the company in view or of all.

    Raises:
        NotFound: no order has this address.
    """
    with desk.store.snapshot():
        found = []
        for row in _of_person(desk, mail):
            raw = Inbox.get_or_none((Inbox.company == row.company_id) & (Inbox.order_id == row.order_id))
            view = overview.show(desk.of_company(row.company.name), row.order_id)
            found.append(PersonOrder(view, json.loads(raw.payload) if raw is not None else {}))
        return tuple(found)


def erase(desk: Desk, mail: str, *, dry_run: bool = False) -> Erased:
    """Remove the person's data from all orders that ended; `dry_run`: only return the orders.

    Raises:
        NotFound: no order has this address. RuleRefused: the account is no admin.
    """
    if not dry_run:
        desk.must_write()
    permissions.must_be_admin(desk)
    with desk.store.transaction():
        rows = _of_person(desk, mail)
        ended = list(Order.select().where(personal_data.ended() & Order.id.in_([row.id for row in rows])))
        gone = {row.id for row in ended}
        if not dry_run:
            _remove(desk, ended, "as the person asked")
    if ended and not dry_run:
        desk.store.database.compact()
    return Erased(
        tuple(sorted(row.order_id for row in ended)),
        tuple(sorted(row.order_id for row in rows if row.id not in gone)),
    )


def _remove(desk: Desk, rows: Sequence[Order], why: str) -> int:
    for row in rows:
        audit.record(
            desk,
            "order.anonymised",
            f"The buyer's personal data was removed {why}.",
            company_id=row.company_id,
            order_row=row.id,
        )
    return personal_data.remove(desk, rows)


def _of_person(desk: Desk, mail: str) -> list[Order]:
    address = mail.strip()
    wanted = fn.LOWER(Order.customer_email) == address.lower()
    if not address.isascii():
        # Databases know the case of ASCII letters alone; letters that differ only by an accent are told apart below.
        wanted = fn.LOWER(fn.search_fold(Order.customer_email)) == folded(address).lower()
    if desk.company:
        wanted &= Order.company == desk.company_row()
    found = Order.select().where(wanted).order_by(Order.id) if address else ()
    rows = [row for row in found if row.customer_email.lower() == address.lower()]
    if not rows:
        raise NotFound("No order has this mail address.", "Look with 'bmtui orders search' for a name or a phone.")
    return rows


def _due(desk: Desk, before: datetime) -> Any:
    due = personal_data.ended() & (Order.updated_at < before)
    return due & (Order.company == desk.company_row()) if desk.company else due


def _raw(desk: Desk, before: datetime) -> Any:
    """Select the old raw orders that could not be read and so became no order."""
    mine = (Inbox.state == QUARANTINED) & (Inbox.fetched_at < before) & (Inbox.error != personal_data.ERASED)
    return Inbox.select().where(mine & (Inbox.company == desk.company_row()) if desk.company else mine)


def _old_jobs(desk: Desk, before: datetime) -> Any:
    old = Job.completed_at.is_null(False) & (Job.completed_at < before)
    return Job.select(Job.id).where(old & (Job.company == desk.company_row()) if desk.company else old)


def _folders(desk: Desk, before: datetime) -> Any:
    """Select the folders without a change since `before`; a new message of the buyer brings a folder back."""
    old = CareFolder.modified_at < before
    return old & (CareFolder.company == desk.company_row()) if desk.company else old
