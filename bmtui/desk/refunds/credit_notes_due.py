"""Credit notes due: a refund that took effect queues its credit note, in the same transaction.

A module of its own, as all modules that book refunds import it.
"""

from __future__ import annotations

from bmtui.desk.companies import shadow
from bmtui.desk.core.context import Desk
from bmtui.queue import jobs
from bmtui.store.models import Invoice, InvoiceRefund, Order, Refund
from bmtui.store.plain_sql import fetch
from bmtui.words import JobType, Priority, RefundState

TAKEN_EFFECT = (RefundState.CONFIRMED, RefundState.RECORDED)
"""States of a refund whose money was returned."""


def submit(desk: Desk, order_row: int) -> int | None:
    """Queue the job that makes the credit note for an order's refunds; return its id, None if none is due."""
    # By SQL: asked whenever a refund moves on.
    if not fetch("SELECT 1 FROM invoices WHERE order_ref = ? LIMIT 1", (order_row,)) or not refunds_of(order_row):
        return None
    ((company_id, order_id),) = fetch("SELECT company_id, order_id FROM orders WHERE id = ?", (order_row,))
    if shadow.is_on(company_id):
        # In shadow the other system makes it; missing ones are made after the shadow.
        return None
    return jobs.submit(
        desk.store,
        JobType.INVOICE,
        by=desk.actor,
        company_id=company_id,
        parameters={"credit": [order_id]},
        about={"order_id": order_id},
        priority=Priority.NORMAL,
        identity=f"credit:{order_row}",
    )


def refunds_of(order_row: int) -> list[Refund]:
    """Return the order's refunds that took effect and have no credit note, oldest first."""
    noted = InvoiceRefund.select(InvoiceRefund.refund)
    query = Refund.select().where(
        (Refund.order == order_row) & Refund.state.in_(TAKEN_EFFECT) & Refund.id.not_in(noted)
    )
    return list(query.order_by(Refund.id))


def orders_of(company_id: int) -> tuple[int, ...]:
    """Return the row ids of a company's orders with an invoice and with refunds that have no credit note."""
    noted = InvoiceRefund.select(InvoiceRefund.refund)
    query = (
        Refund.select(Refund.order)
        .join(Order)
        .where((Order.company == company_id) & Refund.state.in_(TAKEN_EFFECT) & Refund.id.not_in(noted))
        .where(Order.id.in_(Invoice.select(Invoice.order)))
    )
    return tuple(sorted({refund.order_ref for refund in query}))
