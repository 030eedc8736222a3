"""Orders from the inbox: created, or updated with what the channel says now (order-desk §§1, 3)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from bmtui.channel.model import Address, ChannelLine, ChannelOrder, LineState, OrderState
from bmtui.channel.reading import read_order
from bmtui.channel.status import channel_status
from bmtui.desk import audit, inbox, ledger
from bmtui.desk.context import Desk
from bmtui.errors import NotUnderstood
from bmtui.queue.jobs import write_log
from bmtui.store.models import Inbox, JobOrder, Order, OrderLine, Refund
from bmtui.words import (
    REFUND_NOT_COUNTED,
    ChannelStatus,
    OrderStatus,
    PaymentStatus,
    RefundMethod,
    RefundOperation,
    RefundState,
    ShippingStatus,
    label,
)

CHANNEL_ACTOR = "Back Market"

_SHIPPED = frozenset({LineState.SHIPPED, LineState.REFUNDED_AFTER_SHIPPING})
_BEFORE_SHIPPING = frozenset({LineState.CANCELLED, LineState.REFUNDED_BEFORE_SHIPPING, LineState.UNPAID})
_RETURNED: dict[int, str] = {
    LineState.CANCELLED: "Cancelled on Back Market",
    LineState.REFUNDED_BEFORE_SHIPPING: "Refunded on Back Market before shipping",
    LineState.REFUNDED_AFTER_SHIPPING: "Refunded on Back Market after shipping",
}


def create_waiting(desk: Desk, company_id: int, job_id: int, limit: int = 100) -> Counter[str]:
    """Turn up to `limit` waiting inbox rows into orders, inside the caller's transaction.

    An order that cannot be read goes to the quarantine with its text and the reason; the others go on (API §4).

    Returns: counts of created, updated, unchanged and skipped; empty when nothing waited.
    """
    counts: Counter[str] = Counter()
    for row in inbox.waiting(company_id, limit):
        try:
            order = read_order(json.loads(row.payload))
        except NotUnderstood as error:
            reason = str(error)
            Inbox.update(state=inbox.QUARANTINED, error=reason).where(Inbox.id == row.id).execute()
            write_log(job_id, f"Order {row.order_id or '(no id)'} cannot be read: {reason}", is_error=True)
            counts["skipped"] += 1
            continue
        outcome = apply(desk, company_id, order, job_id)
        Inbox.update(state=inbox.DONE, error="").where(Inbox.id == row.id).execute()
        counts[outcome] += 1
    return counts


def apply(desk: Desk, company_id: int, order: ChannelOrder, job_id: int) -> str:
    """Create or update one order inside the caller's transaction; returns created, updated or unchanged.

    What an operator decided (an order cancelled internally, held, or marked as a problem) stays; what the channel knows
    better (lines, states, payment, shipping) follows it.
    """
    values = _values(order, company_id)
    row = Order.get_or_none((Order.company == company_id) & (Order.order_id == order.order_id))
    if row is None:
        status = channel_order_status(values["channel_status"], values["shipping_status"])
        row = Order.create(**values, status=status, payment_status=PaymentStatus.NO_PAYMENT, received=0, refunded=0)
        OrderLine.insert_many([_line_values(line) | {"order": row.id} for line in order.lines]).execute()
        _follow_money(desk, row, order)
        JobOrder.create(job=job_id, order=row, outcome="created")
        return "created"
    # An older answer that comes late must not undo a newer one.
    if row.updated_at > values["updated_at"]:
        return "unchanged"
    before = _facts(row)
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    next_status = _next_status(row, values["channel_status"], values["shipping_status"])
    if next_status != row.status:
        changes["status"] = next_status
    touched = bool(changes)
    if changes:
        Order.update(version=Order.version + 1, **changes).where(Order.id == row.id).execute()
    touched |= _update_lines(row, order)
    touched |= _follow_money(desk, row, order)
    if not touched:
        return "unchanged"
    after = _facts(Order.get_by_id(row.id))
    if before != after:
        said = "; ".join(
            f"{name}: {label(before[name])} → {label(after[name])}" for name in after if before[name] != after[name]
        )
        audit.record(
            desk,
            "order.updated",
            said,
            company_id=company_id,
            order_row=row.id,
            before=before,
            after=after,
            actor=f"{CHANNEL_ACTOR} (job {job_id})",
        )
    JobOrder.insert(job=job_id, order=row, outcome="updated").on_conflict_ignore().execute()
    return "updated"


def channel_order_status(channel: str, shipping: str) -> OrderStatus:
    """The order status of an order that nobody here has touched (order-desk §3)."""
    if shipping == ShippingStatus.FULLY_SHIPPED:
        return OrderStatus.COMPLETED
    if channel in (ChannelStatus.CANCELLED, ChannelStatus.UNPAID, ChannelStatus.REFUNDED):
        return OrderStatus.CANCELLED
    return OrderStatus.IN_PROCESS


def _next_status(row: Order, channel: str, shipping: str) -> str:
    """An operator's status stays, unless the channel ended the order before it was shipped."""
    status = channel_order_status(channel, shipping)
    if row.status in (OrderStatus.IN_PROCESS, OrderStatus.COMPLETED):
        return status
    ended = status == OrderStatus.CANCELLED and row.status in (OrderStatus.ON_HOLD, OrderStatus.PROBLEM_ORDER)
    return status if ended else row.status


def _facts(row: Order) -> dict[str, str]:
    return {
        "Status": row.status,
        "Channel": row.channel_status,
        "Shipping": row.shipping_status,
        "Payment": row.payment_status,
    }


def _values(order: ChannelOrder, company_id: int) -> dict[str, Any]:
    """The columns that follow the channel."""
    buyer = order.shipping_address
    states = [line.state for line in order.lines]
    # Every real order has both dates; a missing one must not lose the order.
    modified = order.modified_at or order.created_at or order.paid_at
    created = order.created_at or modified
    if created is None or modified is None:
        raise NotUnderstood("The order has no date at all.", "It is kept as it came.", path="date_creation")
    phone = buyer.phone or order.billing_address.phone
    email = buyer.email or order.billing_address.email
    name = buyer.name or buyer.company or order.billing_address.name or order.billing_address.company
    return {
        "company": company_id,
        "order_id": order.order_id,
        "channel_status": channel_status(order.state, states),
        "channel_state": order.state,
        "channel_notified": bool(_SHIPPED.intersection(states)),
        "shipping_status": _shipping_status(states),
        "market": order.market,
        "currency": order.currency,
        "goods": order.goods.minor,
        "shipping": order.shipping.minor,
        "total": order.total.minor,
        "payment_method": order.payment_method,
        "created_at": created,
        "updated_at": modified,
        "paid_at": order.paid_at,
        "ship_by": order.ship_by,
        "shipped_at": order.shipped_at,
        "customer_name": name,
        "customer_email": email,
        "customer_phone": phone,
        "postal_code": buyer.postal_code,
        "country": buyer.country,
        "ship_to": _address(buyer),
        "bill_to": _address(order.billing_address),
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "tracking_url": order.tracking_url,
        "is_backship": order.is_backship,
        "search_text": " ".join(
            filter(
                None,
                [
                    str(order.order_id),
                    name,
                    buyer.company,
                    order.billing_address.name,
                    order.billing_address.company,
                    email,
                    phone,
                    buyer.postal_code,
                    order.tracking_number,
                    *(text for line in order.lines for text in (line.sku, line.imei, line.serial_number)),
                ],
            )
        ),
    }


def _address(address: Address) -> dict[str, str]:
    return {name: value for name, value in asdict(address).items() if value}


def _shipping_status(states: list[int]) -> ShippingStatus:
    if not _SHIPPED.intersection(states):
        return ShippingStatus.UNSHIPPED
    open_lines = [state for state in states if state not in _SHIPPED and state not in _BEFORE_SHIPPING]
    return ShippingStatus.PARTIALLY_SHIPPED if open_lines else ShippingStatus.FULLY_SHIPPED


def _line_values(line: ChannelLine) -> dict[str, Any]:
    return {
        "line_id": line.line_id,
        "state": line.state,
        "sku": line.sku,
        "product": line.product,
        "brand": line.brand,
        "condition": line.condition,
        "quantity": line.quantity,
        "price": line.price.minor,
        "shipping": line.shipping.minor,
        "imei": line.imei,
        "serial_number": line.serial_number,
    }


def _update_lines(row: Order, order: ChannelOrder) -> bool:
    """Lines are never removed: one that the channel no longer sends keeps what it last said."""
    here = {line.line_id: line for line in OrderLine.select().where(OrderLine.order == row)}
    touched = False
    for line in order.lines:
        values = _line_values(line)
        known = here.get(line.line_id)
        if known is None:
            OrderLine.create(order=row, **values)
            touched = True
            continue
        changes = {name: value for name, value in values.items() if getattr(known, name) != value}
        if changes:
            OrderLine.update(**changes).where(OrderLine.id == known.id).execute()
            touched = True
    return touched


def _follow_money(desk: Desk, row: Order, order: ChannelOrder) -> bool:
    """Book what the buyer paid and what the channel returned since; never twice."""
    touched = False
    fresh = Order.get_by_id(row.id)
    owed = _received(order) - fresh.received
    # What was booked as received stays, even if the channel's total shrinks: refunds were measured against it.
    if owed > 0:
        ledger.receive(fresh, owed, order.paid_at or fresh.created_at)
        touched = True
    for line in OrderLine.select().where((OrderLine.order == row) & OrderLine.state.in_(list(_RETURNED))):
        if line.state == LineState.REFUNDED_AFTER_SHIPPING and _sent_by_us(line):
            continue
        touched |= _book_returned(desk, row.id, ledger.LINE, line.price - line.refunded, _RETURNED[line.state], line)
    if order.lines and all(line.state in _BEFORE_SHIPPING for line in order.lines):
        left = ledger.shipping_left(fresh)
        touched |= _book_returned(desk, row.id, ledger.SHIPPING, left, "The order ended before it was shipped")
    return touched


def _received(order: ChannelOrder) -> int:
    if order.paid_at is not None:
        return order.total.minor
    paid = order.state in (OrderState.TO_ACCEPT, OrderState.TO_SHIP, OrderState.PROCESSED)
    ended_unpaid = all(line.state in (LineState.UNPAID, LineState.CANCELLED) for line in order.lines)
    return order.total.minor if paid and not ended_unpaid else 0


def _sent_by_us(line: OrderLine) -> bool:
    """Whether a refund of ours explains the line's state: how much of it the channel returned cannot be read back (API §7)."""
    ours = (
        (Refund.line == line)
        & (Refund.operation == RefundOperation.REFUND_ON_BACK_MARKET)
        & Refund.state.not_in(REFUND_NOT_COUNTED)
    )
    return bool(Refund.select().where(ours).exists())


def _book_returned(
    desk: Desk, order_row: int, part: str, amount: int, note: str, line: OrderLine | None = None
) -> bool:
    fresh = Order.get_by_id(order_row)
    amount = min(amount, fresh.received - fresh.refunded)
    if amount <= 0:
        return False
    ledger.book(
        fresh,
        part=part,
        amount=amount,
        state=RefundState.CONFIRMED,
        at=fresh.updated_at,
        line=line,
        operation=RefundOperation.REFUND_ON_BACK_MARKET,
        method=RefundMethod.OTHER,
        date=fresh.updated_at.astimezone(desk.zone(fresh.company.name)).date().isoformat(),
        reference="",
        note=note,
        made_by=CHANNEL_ACTOR,
    )
    return True
