"""Today: work that needs a person, the most urgent first; one query a row (order-desk §9)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from peewee import JOIN

from bmtui.channel.care import FolderState
from bmtui.desk.accounts import attention
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import business_hours, needs_attention
from bmtui.desk.core.context import Desk
from bmtui.desk.events import catalogue
from bmtui.desk.invoicing import search as invoices
from bmtui.desk.notifications import deliveries
from bmtui.desk.orders import search
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.orders.saved_views import TO_ACCEPT
from bmtui.desk.orders.ship_by import CAP
from bmtui.desk.orders.ship_by import shown as shown
from bmtui.desk.sync.inbox import QUARANTINED
from bmtui.money import Money
from bmtui.queue import outages
from bmtui.store.models import (
    Approval,
    CareFolder,
    Company,
    Drift,
    Effect,
    Inbox,
    Order,
    Refund,
    Return,
    ReturnItem,
    Shipment,
    Unit,
)
from bmtui.words import (
    EFFECT_IN_HAND,
    ApprovalState,
    DriftState,
    EffectKind,
    EffectState,
    LabelledEnum,
    RefundState,
    ReturnStatus,
    UploadState,
    label,
)

LISTED = 50
"""Most items of a row, the most urgent first, that can be opened one after the other."""


class Kind(LabelledEnum):
    """Kinds of rows, the most urgent first."""

    UNKNOWN = "unknown"
    EXCESS = "excess"
    CHANNEL_AWAY = "channel_away"
    TOKEN = "token"  # noqa: S105 - a word, no secret
    SHIP_LATE = "ship_late"
    CUSTOMERS = "customers"
    INVOICES = "invoices"
    UPLOADS_FAILED = "uploads_failed"
    SHIP_SOON = "ship_soon"
    ACCEPT = "accept"
    APPROVE = "approve"
    DIFFERENCES = "differences"
    QUARANTINE = "quarantine"
    UPLOADS_OFF = "uploads_off"
    PAUSED = "paused"
    RETURNS = "returns"
    REFUNDED_ABOVE = "refunded_above_received"
    NO_RETURN = "refund_without_return"
    NOT_REFUNDED = "received_and_not_refunded"
    NOTIFICATIONS = "notifications"


LABELS: Mapping[Kind, str] = {
    Kind.UNKNOWN: "Outcome unknown",
    Kind.EXCESS: "Refunded in excess",
    Kind.CHANNEL_AWAY: "Back Market away",
    Kind.TOKEN: "Token refused",
    Kind.SHIP_LATE: "Ship late",
    Kind.CUSTOMERS: "Customers waiting",
    Kind.INVOICES: "Invoices missing",
    Kind.UPLOADS_FAILED: "Uploads failed",
    Kind.SHIP_SOON: "Ship soon",
    Kind.ACCEPT: "Accept",
    Kind.APPROVE: "Approve",
    Kind.DIFFERENCES: "Differences",
    Kind.QUARANTINE: "Orders not read",
    Kind.UPLOADS_OFF: "Uploads off",
    Kind.PAUSED: "Sending paused",
    Kind.RETURNS: "Returns to receive",
    Kind.REFUNDED_ABOVE: "Too much refunded",
    Kind.NO_RETURN: "Refund, no return",
    Kind.NOT_REFUNDED: "Back, not refunded",
    Kind.NOTIFICATIONS: "Nobody was notified",
}
QUERIES: Mapping[Kind, str] = {
    Kind.SHIP_LATE: "shipby:overdue",
    Kind.SHIP_SOON: "shipby:soon",
    Kind.ACCEPT: TO_ACCEPT,
}
"""Search queries of the rows that list orders, the earliest ship-by first."""
IN_HEADER = (Kind.UNKNOWN, Kind.CHANNEL_AWAY, Kind.SHIP_LATE, Kind.CUSTOMERS, Kind.INVOICES, Kind.SHIP_SOON)
"""Rows whose counts every screen shows in its header."""
ALWAYS_URGENT = (Kind.UNKNOWN, Kind.EXCESS, Kind.CHANNEL_AWAY, Kind.TOKEN, Kind.SHIP_LATE, Kind.UPLOADS_FAILED)
"""Rows whose items always count as late."""
_SENT = (Kind.SHIP_LATE, Kind.SHIP_SOON, Kind.ACCEPT, Kind.UPLOADS_FAILED, Kind.INVOICES)
"""Rows whose items need nobody while a write for their order is on its way."""


@dataclass(frozen=True, slots=True)
class Item:
    """Work item that needs a person.

    Attributes:
        id: the number that a person knows: of the order, else of a folder, a return or an effect; 0 for none.
        about: the item in a few words.
        company: '' for all companies.
        order_id: the order to open; None if the store has none.
        at: since when it waits; due_at: when it should be done; None if unknown.
        late: it should be done by now.
        row_id: id in the item's own list: of an effect, approval, shipment, difference, or job.
    """

    id: int
    about: str
    company: str
    order_id: int | None = None
    at: datetime | None = None
    due_at: datetime | None = None
    late: bool = False
    row_id: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """Work of one kind; `items` are at most `LISTED`, the most urgent first.

    Attributes:
        count: at most `CAP` + 1, which means more; `late` of them should be done by now.
        oldest_at: since when the oldest waits; due_at: when the next one is due.
    """

    kind: Kind
    count: int
    late: int
    oldest_at: datetime | None
    due_at: datetime | None
    items: tuple[Item, ...]

    @property
    def worst(self) -> Item | None:
        """Item to do first, None if there is none."""
        return self.items[0] if self.items else None

    @property
    def is_urgent(self) -> bool:
        """True if an item is late, or of a kind that is always urgent."""
        return self.late > 0


def rows(desk: Desk, kinds: Collection[Kind] = tuple(Kind)) -> tuple[Row, ...]:
    """Return a row of each kind, the most urgent first, of the company in view or of all; empty rows have count 0."""
    with desk.store.snapshot():
        return tuple(_row(kind, read(desk)) for kind, read in _SOURCES.items() if kind in kinds)


def is_worked(desk: Desk, kind: Kind, item: Item) -> bool:
    """Return whether the item needs no more work: it is gone from its row, or a write for its order is on its way."""
    with desk.store.snapshot():
        here = (item.id, item.row_id, item.company)
        if all((one.id, one.row_id, one.company) != here for row in rows(desk, (kind,)) for one in row.items):
            return True
        sent = Effect.select(Effect.id).join(Order).join(Company)
        mine = (Order.order_id == item.order_id) & (Company.name == item.company)
        return kind in _SENT and bool(sent.where(mine & Effect.state.in_(EFFECT_IN_HAND)).exists())


class _Counted(NamedTuple):
    """Count of items, count of late ones, and the listed items, which may be fewer than counted."""

    number: int
    late: int
    listed: list[Item]


def _row(kind: Kind, found: Iterable[Item] | _Counted) -> Row:
    if not isinstance(found, _Counted):
        listed = list(found)
        found = _Counted(len(listed), sum(item.late for item in listed), listed)
    count, late, listed = found
    began = [item.at for item in listed if item.at is not None]
    due = [item.due_at for item in listed if item.due_at is not None]
    late = count if kind in ALWAYS_URGENT else late
    return Row(kind, count, late, min(began, default=None), min(due, default=None), tuple(listed[:LISTED]))


def _of_company(desk: Desk, query: Any) -> Any:
    return query.where(Company.name == desk.company if desk.company else Company.enabled)


def _orders(kind: Kind, desk: Desk) -> _Counted:
    page = search.page(desk, QUERIES[kind], sort="shipby", descending=False, limit=LISTED)
    listed = [_of_order(row, desk.now()) for row in page.rows]
    # The earliest ship-by comes first: after the first order that is not late, none is.
    return _Counted(page.count + page.more, sum(item.late for item in listed), listed)


def _of_order(row: OrderRow, now: datetime) -> Item:
    about = " ".join(filter(None, (row.customer_name, str(row.total))))
    at = row.paid_at or row.created_at
    return Item(row.order_id, about, row.company, row.order_id, at, row.ship_by, row.is_late(now))


def _unknown(desk: Desk) -> Iterable[Item]:
    query = Effect.select(Effect.id, Effect.about, Effect.kind, Effect.made_at, Company.name, Order.order_id)
    query = query.join(Company).switch(Effect).join(Order, JOIN.LEFT_OUTER).where(needs_attention.of_person())
    for effect, about, kind, made, company, order in (
        _of_company(desk, query).order_by(Effect.id).limit(CAP + 1).tuples()
    ):
        yield Item(order or effect, about or label(kind), company, order, made, row_id=effect)


def _excess(desk: Desk) -> Iterable[Item]:
    query = Refund.select(Refund.amount, Order.currency, Refund.made_at, Company.name, Order.order_id)
    query = query.join(Order).join(Company).where(Refund.state == RefundState.EXCESS)
    for amount, currency, made, company, order in _of_company(desk, query).order_by(Refund.id).limit(CAP + 1).tuples():
        yield Item(order, f"{Money(amount, currency)} above what was received", company, order, made)


def _channel_away(desk: Desk) -> Iterable[Item]:
    query = _of_company(desk, Company.select(Company.name, Company.base_url).where(Company.enabled))
    for company, channel in query.order_by(Company.name).tuples():
        since = outages.since(channel)
        if since is not None:
            yield Item(0, "cannot be reached; waiting writes are sent automatically", company, None, since)


def _pauses(desk: Desk, cause: str) -> Iterable[Item]:
    for pause in sending_pauses.standing(desk):
        if pause.cause == cause:
            yield Item(0, pause.reason, pause.company, None, pause.at)


def _customers(desk: Desk) -> Iterable[Item]:
    now = desk.now()
    query = CareFolder.select(
        *(CareFolder.folder_id, CareFolder.customer, CareFolder.order_id, CareFolder.market, CareFolder.waiting_since),
        *(Company.name, Company.answer_within_h),
    )
    waits = CareFolder.waiting_since.is_null(False) & (CareFolder.state == FolderState.OPEN)
    query = _of_company(desk, query.join(Company).where(waits)).order_by(CareFolder.waiting_since).limit(CAP + 1)
    found = []
    for folder, customer, order, market, since, company, hours in query.tuples():
        due = business_hours.of_market(market).after(since, hours)
        found.append(Item(folder, customer, company, order, since, due.astimezone(now.tzinfo), due < now))
    # Calendars differ by market: the oldest message need not be the first that is due.
    return sorted(found, key=lambda item: (item.due_at or now, item.id))


def _invoices(desk: Desk) -> _Counted:
    now = desk.now()
    columns = (Order.order_id, Order.customer_name, Order.market, Order.shipped_at, Company.name)
    query = invoices.missing(desk).select(*columns).order_by(Order.shipped_at, Order.id).limit(CAP + 1)
    found = list(query.tuples())
    by_market: dict[str, list[datetime]] = defaultdict(list)
    for _, _, market, shipped, _ in found:
        by_market[market].append(shipped)
    # In a market due times follow ship times: a binary search asks the slow calendar only a few times.
    late = sum(bisect_left(times, now, key=partial(_invoice_due, market)) for market, times in by_market.items())
    listed = []
    for order, customer, market, shipped, company in found[:LISTED]:
        due = _invoice_due(market, shipped)
        listed.append(Item(order, customer, company, order, shipped, due, due < now))
    return _Counted(len(found), late, listed)


def _invoice_due(market: str, shipped: datetime) -> datetime:
    return business_hours.of_market(market).after(shipped, invoices.TARGET_H).astimezone(UTC)


def _uploads_failed(desk: Desk) -> Iterable[Item]:
    columns = (Shipment.id, Order.order_id, Shipment.carrier, Shipment.tracking_number, Shipment.made_at, Company.name)
    pieces = Unit.select(Unit.order).where(Unit.state == UploadState.FAILED)
    failed = (Shipment.state == UploadState.FAILED) | Shipment.order.in_(pieces)
    query = Shipment.select(*columns).join(Order).join(Company).where(failed)
    for row_id, order, carrier, tracking, made, company in (
        _of_company(desk, query).order_by(Shipment.id).limit(CAP + 1).tuples()
    ):
        yield Item(order, f"{carrier} {tracking}".strip(), company, order, made, row_id=row_id)


def _uploads_off(desk: Desk) -> Iterable[Item]:
    off = ((Effect.kind == EffectKind.SHIP) & ~Company.allow_fulfillment_upload) | (
        (Effect.kind == EffectKind.IDENTIFIERS) & ~Company.enable_imei_update
    )
    query = Effect.select(Order.order_id, Effect.about, Effect.made_at, Company.name, Order.ship_by)
    query = query.join(Company).switch(Effect).join(Order).where((Effect.state == EffectState.PLANNED) & off)
    now = desk.now()
    for order, about, made, company, due in _of_company(desk, query).order_by(Effect.id).limit(CAP + 1).tuples():
        yield Item(order, about, company, order, made, due, due is not None and due < now)


def _approve(desk: Desk) -> Iterable[Item]:
    columns = (
        Approval.id,
        Order.order_id,
        Approval.amount,
        Order.currency,
        Approval.made_by,
        Approval.made_at,
        Company.name,
    )
    query = Approval.select(*columns).join(Order).join(Company)
    query = query.where(Approval.state == ApprovalState.AWAITING_APPROVAL)
    found = _of_company(desk, query).order_by(Approval.id).limit(CAP + 1)
    for row_id, order, amount, currency, by, made, company in found.tuples():
        yield Item(order, f"{Money(amount, currency)}, asked for by {by}", company, order, made, row_id=row_id)


def _differences(desk: Desk) -> Iterable[Item]:
    query = Drift.select(Drift.id, Drift.order_id, Drift.here, Drift.there, Drift.found_at, Company.name)
    query = query.join(Company).where(Drift.state == DriftState.OPEN)
    for row_id, order, here, there, found, company in (
        _of_company(desk, query).order_by(Drift.id).limit(CAP + 1).tuples()
    ):
        yield Item(order, f"here {here}, there {there}", company, order, found, row_id=row_id)


def _quarantine(desk: Desk) -> Iterable[Item]:
    query = Inbox.select(Inbox.order_id, Inbox.error, Inbox.fetched_at, Company.name, Inbox.job)
    query = query.join(Company).where(Inbox.state == QUARANTINED)
    for order, error, fetched, company, job in _of_company(desk, query).order_by(Inbox.id).limit(CAP + 1).tuples():
        yield Item(order or job, error, company, None, fetched, row_id=job)


def _returns(desk: Desk) -> Iterable[Item]:
    expected = ReturnItem.select(ReturnItem.rma).where(ReturnItem.received < ReturnItem.quantity)
    query = Return.select(Return.id, Order.customer_name, Order.order_id, Return.made_at, Company.name)
    query = query.join(Order).switch(Return).join(Company)
    query = query.where((Return.status != ReturnStatus.CLOSED) & Return.id.in_(expected))
    for rma, customer, order, made, company in _of_company(desk, query).order_by(Return.id).limit(CAP + 1).tuples():
        yield Item(rma, customer, company, order, made)


def _notifications(desk: Desk) -> Iterable[Item]:
    for dead in deliveries.dead(desk, limit=CAP + 1):
        if not desk.company or dead.event.company in ("", desk.company):
            about = f"{dead.way}: {catalogue.in_words(dead.event.event)} {dead.error}"
            yield Item(dead.delivery_id, about, dead.event.company, None, dead.event.at, row_id=dead.delivery_id)


def _money(read: Callable[[Desk], attention.MoneyAttention], desk: Desk) -> _Counted:
    found = read(desk)
    if found.order_id is None:
        return _Counted(0, 0, [])
    return _Counted(found.count, 0, [Item(found.order_id, found.about, found.company, found.order_id, found.at)])


_SOURCES: Mapping[Kind, Callable[[Desk], Any]] = {
    Kind.UNKNOWN: _unknown,
    Kind.EXCESS: _excess,
    Kind.CHANNEL_AWAY: _channel_away,
    Kind.TOKEN: lambda desk: _pauses(desk, sending_pauses.TOKEN),
    Kind.SHIP_LATE: partial(_orders, Kind.SHIP_LATE),
    Kind.CUSTOMERS: _customers,
    Kind.INVOICES: _invoices,
    Kind.UPLOADS_FAILED: _uploads_failed,
    Kind.SHIP_SOON: partial(_orders, Kind.SHIP_SOON),
    Kind.ACCEPT: partial(_orders, Kind.ACCEPT),
    Kind.APPROVE: _approve,
    Kind.DIFFERENCES: _differences,
    Kind.QUARANTINE: _quarantine,
    Kind.UPLOADS_OFF: _uploads_off,
    Kind.PAUSED: lambda desk: _pauses(desk, sending_pauses.PERSON),
    Kind.RETURNS: _returns,
    Kind.REFUNDED_ABOVE: partial(_money, attention.refunded_above_received),
    Kind.NO_RETURN: partial(_money, attention.refund_without_return),
    Kind.NOT_REFUNDED: partial(_money, attention.received_and_not_refunded),
    Kind.NOTIFICATIONS: _notifications,
}
