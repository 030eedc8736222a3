"""Removal of a company from the desk, once nothing of it is open; with or without its buyers' personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bmtui.desk.companies import acceptance_settings, credentials
from bmtui.desk.core import audit, permissions, personal_data
from bmtui.desk.core.context import Desk
from bmtui.errors import RuleRefused
from bmtui.store.models import Approval, CareFolder, Company, Effect, Inbox, Job, JobLog, Order, Pause, Return
from bmtui.text import how_many
from bmtui.words import CLOCK_RUNS, CLOCK_STOPPED, EFFECT_LIVE, JOB_LIVE, EffectState, RefundState, ReturnStatus

BATCH = 100


@dataclass(frozen=True, slots=True)
class Removal:
    """A removal, planned or done: `orders` stay as history; of `erased` ones the buyers' personal data goes."""

    company: str
    orders: int
    erased: int
    unsettled: tuple[str, ...]

    @property
    def sentence(self) -> str:
        forgot = f", the data of {how_many(self.erased, 'buyer')} is deleted" if self.erased else ""
        return (
            f"{self.company} is removed with its token; {how_many(self.orders, 'order stays', 'orders stay')} as "
            f"history{forgot}."
        )


def plan(desk: Desk, name: str, *, erase: bool) -> Removal:
    """Return the removal that `remove` would do now, with its obstacles in `unsettled`. Raises NotFound."""
    with desk.store.snapshot():
        row = desk.company_row(name)
        orders = Order.select().where(Order.company == row)
        erased = orders.where(Order.anonymised_at.is_null()).count() if erase else 0
        return Removal(row.name, orders.count(), erased, tuple(_unsettled(row)))


def remove(desk: Desk, name: str, *, erase: bool) -> Removal:
    """Remove the company and its token. Its orders, refunds, invoices and audit stay.

    Args:
        erase: also remove the buyers' personal data, as the retention rule does; invoices stay as they were issued.

    Raises:
        NotFound. RuleRefused: something of the company is open, it was removed before, or the account is no admin.
    """
    desk.must_write()
    with desk.store.transaction():
        permissions.must_be_admin(desk)
        row = desk.company_row(name)
        if row.removed_at is not None:
            raise RuleRefused(f"{row.name} was removed on {row.removed_at:%Y-%m-%d} already.")
        if left := list(_unsettled(row)):
            raise RuleRefused(f"{row.name} is not finished: {'; '.join(left)}. Nothing was changed.")
        now = desk.now()
        Company.update(
            enabled=False,
            account="",
            removed_at=now,
            updated_at=now,
            version=Company.version + 1,
        ).where(Company.id == row.id).execute()
        acceptance_settings.keep(desk, row, {acceptance_settings.AUTOMATIC: False})
        Pause.delete().where(Pause.scope == str(row.id)).execute()
        kept = "its buyers' data is deleted" if erase else "its history is kept"
        audit.record(desk, "company.removed", f"Company {row.name} was removed; {kept}.", company_id=row.id)
    credentials.forget(desk.settings, row.id)
    erased = _erase(desk, row) if erase else 0
    return Removal(row.name, Order.select().where(Order.company == row).count(), erased, ())


def _unsettled(row: Company) -> Any:
    """Yield sentences about open work of the company that a person must finish first."""
    open_effects = (*EFFECT_LIVE, EffectState.NOT_APPLIED)
    mine = Order.select(Order.id).where(Order.company == row)
    expected = Order.channel_status.in_(CLOCK_RUNS) & Order.status.not_in(CLOCK_STOPPED)
    for number, one, many in (
        (
            Effect.select().where((Effect.company == row) & Effect.state.in_(open_effects)).count(),
            "write waits or has an unknown outcome ('bmtui outbox list')",
            "writes wait or have an unknown outcome ('bmtui outbox list')",
        ),
        (
            Job.select().where((Job.company == row) & Job.status.in_(JOB_LIVE)).count(),
            "job has not ended ('jobs list')",
            "jobs have not ended ('jobs list')",
        ),
        (
            Order.select().where((Order.company == row) & expected).count(),
            "order has to be accepted or shipped ('orders due')",
            "orders have to be accepted or shipped ('orders due')",
        ),
        (
            Approval.select()
            .where(Approval.order.in_(mine) & (Approval.state == RefundState.AWAITING_APPROVAL))
            .count(),
            "refund waits for a second person ('approvals list')",
            "refunds wait for a second person ('approvals list')",
        ),
        (
            Return.select().where((Return.company == row) & (Return.status != ReturnStatus.CLOSED)).count(),
            "RMA is not closed ('returns list')",
            "RMAs are not closed ('returns list')",
        ),
    ):
        if number:
            yield how_many(number, one, many)


def _erase(desk: Desk, row: Company) -> int:
    done = 0
    left = (Order.company == row) & Order.anonymised_at.is_null()
    # In batches: the write lock is never held for long, and a removal that was stopped can be asked for again.
    while rows := list(Order.select().where(left).order_by(Order.id).limit(BATCH)):
        with desk.store.transaction():
            done += personal_data.remove(desk, rows)
    with desk.store.transaction():
        personal_data.forget_folders(CareFolder.company == row)
        for raw in Inbox.select().where(Inbox.company == row):
            personal_data.prune(raw)
        JobLog.delete().where(JobLog.job.in_(Job.select(Job.id).where(Job.company == row))).execute()
    desk.store.database.compact()
    return done
