"""Search of invoices, and of shipped orders without one (order-desk §9: within 48 business hours)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN

from bmtui.desk.core import business_hours
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing.views import InvoiceView, view
from bmtui.desk.orders import search
from bmtui.desk.orders.order_row import OrderRow
from bmtui.errors import NotFound, RuleRefused
from bmtui.invoices.model import Kind
from bmtui.store.models import Company, Invoice, Order
from bmtui.values.date import read_month
from bmtui.words import EffectState

TARGET_H = 48
"""Business hours from shipping until the buyer must have an invoice."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Shipped order without an invoice on Back Market.

    Attributes:
        due_at: end of the 48 business hours; left: business time until then, negative after it.
        invoice: the invoice that was made already, or None.
    """

    order: OrderRow
    due_at: datetime
    left: timedelta
    invoice: InvoiceView | None


def listing(
    desk: Desk,
    *,
    order_id: int | None = None,
    month: str = "",
    kind: str = "",
    limit: int | None = 200,
    offset: int = 0,
) -> tuple[InvoiceView, ...]:
    """Return invoices and credit notes, newest first; of an order, of a month (``2026-11``), or of a kind."""
    query = rows(desk, order_id=order_id, month=month, kind=kind).order_by(Invoice.issued.desc(), Invoice.id.desc())
    return tuple(view(row) for row in query.limit(limit).offset(offset))


def unsent(desk: Desk) -> tuple[InvoiceView, ...]:
    """Return invoices whose upload was never asked for, or was refused or withdrawn; newest first."""
    states = ("", EffectState.REJECTED, EffectState.WITHDRAWN)
    query = rows(desk, kind=Kind.INVOICE).where(Invoice.upload.in_(states) & Order.invoice_provided_at.is_null())
    return tuple(map(view, query.order_by(Invoice.issued.desc(), Invoice.id.desc())))


def count(desk: Desk) -> int:
    """Return the number of invoices and credit notes."""
    return int(rows(desk).count())


def rows(desk: Desk, *, order_id: int | None = None, month: str = "", kind: str = "") -> Any:
    """Return the unordered query of `listing`, with order and company."""
    query = Invoice.select(Invoice, Order, Company).join(Order).join(Company)
    if desk.company:
        query = query.where(Company.name == desk.company)
    if order_id is not None:
        query = query.where(Order.order_id == order_id)
    if month:
        query = query.where(Invoice.issued.between(f"{month}-01", f"{month}-31"))
    if kind:
        query = query.where(Invoice.kind == kind)
    return query


def month_of(desk: Desk, text: str) -> str:
    """Return the month that `text` means: ``2026-11``, ``last-month`` or ``this-month``, in the zone of the lists.

    Raises:
        NotRead: none of these.
    """
    return read_month(text, desk.now().astimezone(desk.list_zone()).date())


def find(desk: Desk, name: str) -> Invoice:
    """Return the row of an invoice or credit note by its number, or of an order's invoice by the order's id.

    Raises:
        NotFound: there is none. RuleRefused: two companies have one.
    """
    found: list[Invoice] = list(rows(desk).where(Invoice.number == name).limit(2))
    if not found and name.isdecimal():
        found = list(rows(desk, order_id=int(name), kind=Kind.INVOICE).limit(2))
    if not found:
        raise NotFound(f"There is no invoice '{name[:60]}' here.", "See 'bmtui invoices list'.")
    if len(found) > 1:
        raise RuleRefused(f"Several companies have '{name[:60]}'.", "Say which with --company NAME.")
    return found[0]


def show(desk: Desk, name: str) -> InvoiceView:
    """Return an invoice by its number or its order's. Raises NotFound."""
    return view(find(desk, name))


def waiting(
    desk: Desk, *, limit: int = 200, offset: int = 0, shipped_after: datetime | None = None
) -> tuple[Waiting, ...]:
    """Return the shipped orders without an invoice on Back Market, oldest shipment first."""
    with desk.store.snapshot():
        query = missing(desk)
        if shipped_after is not None:
            query = query.where(Order.shipped_at > shipped_after)
        query = query.order_by(Order.shipped_at, Order.id).limit(limit).offset(offset)
        found = list(query)
        made = {
            row.order_ref: view(row)
            for row in Invoice.select(Invoice, Order, Company)
            .join(Order)
            .join(Company)
            .where(Invoice.order.in_([order.id for order in found]) & (Invoice.kind == Kind.INVOICE))
        }
        now = desk.now()
        return tuple(
            _clocked(row, made.get(order.id), now) for order, row in zip(found, search.rows_of(found), strict=True)
        )


def waiting_count(desk: Desk) -> int:
    """Return the number of orders that `waiting` has in all."""
    return int(missing(desk).count())


def missing(desk: Desk) -> Any:
    """Return the unordered query of shipped orders without an invoice on Back Market, with their company."""
    uploaded = Invoice.select(Invoice.order).where(
        (Invoice.kind == Kind.INVOICE) & (Invoice.upload == EffectState.CONFIRMED)
    )
    query = (
        # Joined so, the index of what has no invoice leads: a million orders are not looked through.
        Order.select(Order, Company)
        .join(Company, JOIN.LEFT_OUTER)
        .where(
            Order.invoice_provided_at.is_null()
            & Order.shipped_at.is_null(False)
            & Order.channel_notified
            & Order.id.not_in(uploaded)
        )
    )
    # Left out and not named: an index by company would be taken instead.
    others = list(Company.select(Company.id).where(Company.name != desk.company if desk.company else ~Company.enabled))
    return query.where(Order.company.not_in([row.id for row in others])) if others else query


def _clocked(row: OrderRow, invoice: InvoiceView | None, now: datetime) -> Waiting:
    calendar = business_hours.of_market(row.market)
    shipped = row.shipped_at or row.updated_at
    due = calendar.after(shipped, TARGET_H)
    return Waiting(row, due.astimezone(now.tzinfo), calendar.between(now, due), invoice)
