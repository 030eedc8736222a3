"""What was received and returned: the rules of order-desk §4 in one place, checked in SQL.

Every function joins the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from peewee import Case, fn

from bmtui.desk.core.context import Desk
from bmtui.desk.refunds import credit_notes_due
from bmtui.errors import RuleRefused
from bmtui.money import Money
from bmtui.store import bulk
from bmtui.store.models import Effect, Order, OrderLine, Payment, Refund
from bmtui.words import REFUND_NOT_COUNTED, EffectState, PaymentStatus, RefundState

T = TypeVar("T")

_FOLLOWS = {
    EffectState.PLANNED: RefundState.QUEUED,
    EffectState.SENDING: RefundState.SENDING,
    EffectState.CONFIRMED: RefundState.CONFIRMED,
    EffectState.REJECTED: RefundState.FAILED,
    EffectState.NOT_APPLIED: RefundState.FAILED,
    EffectState.UNKNOWN: RefundState.UNKNOWN,
    EffectState.NEEDS_PERSON: RefundState.UNKNOWN,
    EffectState.WITHDRAWN: RefundState.WITHDRAWN,
}

LINE, SHIPPING, ORDER = "line", "shipping", "order"
"""What a refund returns: a line's money, shipping charges, or goodwill for the order as a whole."""


def receive(order: Order, amount: int, at: datetime) -> None:
    """Record that the buyer paid `amount` minor units."""
    Order.update(received=Order.received + amount).where(Order.id == order.id).execute()
    Payment.create(**received_row(order.id, amount, at, order.payment_method))
    _follow(order.id)


def received_row(order_row: int, amount: int, at: datetime, method: str) -> dict[str, Any]:
    """The columns of a payment by the buyer."""
    return {"order": order_row, "kind": "received", "at": at, "method": method, "reference": "", "amount": amount}


def covered(received: int, wanted: Iterable[tuple[T, int]]) -> list[tuple[T, int]]:
    """What can be returned of the amounts `wanted`, one after the other, until nothing is left of what was received."""
    found = []
    for what, amount in wanted:
        amount = min(amount, received)
        if amount > 0:
            found.append((what, amount))
            received -= amount
    return found


def book_new(refunds: Sequence[Mapping[str, Any]]) -> None:
    """Store refunds of orders and lines that are new themselves, and were stored with these amounts as refunded."""
    ids = bulk.insert(Refund, refunds)
    bulk.insert(Payment, [_returned_row(row, refund) for row, refund in zip(ids, refunds, strict=True)])


def shipping_left(order: Order) -> int:
    """Minor units of the shipping charges that were not returned."""
    returned = (
        Refund.select(fn.COALESCE(fn.SUM(Refund.amount), 0))
        .where((Refund.order == order) & (Refund.part == SHIPPING) & Refund.state.not_in(REFUND_NOT_COUNTED))
        .scalar()
    )
    return int(max(0, order.shipping - returned))


def book(
    order: Order,
    *,
    part: str,
    amount: int,
    state: RefundState,
    at: datetime,
    line: OrderLine | None = None,
    **facts: Any,
) -> Refund:
    """Record a refund of `amount` minor units with its row in the payments history, and count it at once.

    Counting before sending is what makes two refunds at once safe: the second one no longer fits.

    Raises:
        RuleRefused: more than is refundable, with the number that would be right; the transaction must roll back.
    """
    _count(order, line, amount)
    refund = Refund.create(order=order, line=line, part=part, amount=amount, state=state, made_at=at, **facts)
    Payment.create(**_returned_row(refund.id, refund.__data__))
    _follow(order.id)
    return refund


def _count(order: Order, line: OrderLine | None, amount: int) -> None:
    """Take `amount` from what is refundable of the order and of the line, in one statement each."""
    fits = (Order.id == order.id) & (Order.refunded + amount <= Order.received)
    if amount <= 0 or Order.update(refunded=Order.refunded + amount).where(fits).execute() != 1:
        fresh = Order.get_by_id(order.id)
        refuse_above(amount, fresh.received - fresh.refunded, order.currency, f"order {order.order_id}")
    if line is not None:
        room = (OrderLine.id == line.id) & (OrderLine.refunded + amount <= OrderLine.price)
        if OrderLine.update(refunded=OrderLine.refunded + amount).where(room).execute() != 1:
            fresh_line = OrderLine.get_by_id(line.id)
            left = fresh_line.price - fresh_line.refunded
            refuse_above(amount, left, order.currency, f"line {line.line_id} ({line.sku})")


def _returned_row(refund_row: int, refund: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a payment to the buyer."""
    same = {name: refund[name] for name in ("order", "method", "reference", "amount")}
    return same | {"kind": "refund", "at": refund["made_at"], "refund": refund_row}


def settle(refund: Refund, state: RefundState, error: str = "") -> None:
    """Move a refund to its next state; one that failed or was withdrawn gives its amount back to what is refundable.

    Raises:
        RuleRefused: one that did not count shall count again, and does not fit; the transaction must roll back.
    """
    was_counted = refund.state not in REFUND_NOT_COUNTED
    counts = state not in REFUND_NOT_COUNTED
    Refund.update(state=state, error=error).where(Refund.id == refund.id).execute()
    if counts and not was_counted:
        _count(refund.order, refund.line, refund.amount)
        _follow(refund.order_ref)
    if was_counted and not counts:
        Order.update(refunded=Order.refunded - refund.amount).where(Order.id == refund.order_ref).execute()
        if refund.line_ref is not None:
            OrderLine.update(refunded=OrderLine.refunded - refund.amount).where(
                OrderLine.id == refund.line_ref
            ).execute()
        _follow(refund.order_ref)


def follow_effect(desk: Desk, effect: Effect, state: EffectState, error: str) -> None:
    """A refund follows the effect that sends it."""
    settle(Refund.get_by_id(effect.subject_id), _FOLLOWS[state], error)
    if state == EffectState.CONFIRMED and effect.order_ref is not None:
        credit_notes_due.submit(desk, effect.order_ref)


def refuse_above(amount: int, left: int, currency: str, what: str) -> None:
    """Raises RuleRefused when `amount` is not above zero, or above `left`; says the most that can be returned."""
    if amount <= 0:
        raise RuleRefused(f"{Money(amount, currency)} cannot be refunded.", "Enter an amount above zero.")
    if left <= 0:
        raise RuleRefused(f"Nothing of {what} is refundable any more.")
    if amount > left:
        raise RuleRefused(
            f"{Money(amount, currency)} is more than what is refundable of {what}: {Money(left, currency)}.",
            f"Enter {Money(left, currency).decimal} or less.",
        )


def payment_status(received: int, refunded: int) -> PaymentStatus:
    """The payment status that follows from the amounts."""
    if received <= 0:
        return PaymentStatus.NO_PAYMENT
    if refunded <= 0:
        return PaymentStatus.CHARGED
    return PaymentStatus.PARTIALLY_REFUNDED if refunded < received else PaymentStatus.FULLY_REFUNDED


def _follow(order_row: int) -> None:
    status = Case(
        None,
        (
            (Order.received <= 0, str(PaymentStatus.NO_PAYMENT)),
            (Order.refunded <= 0, str(PaymentStatus.CHARGED)),
            (Order.refunded < Order.received, str(PaymentStatus.PARTIALLY_REFUNDED)),
        ),
        str(PaymentStatus.FULLY_REFUNDED),
    )
    Order.update(payment_status=status, version=Order.version + 1).where(Order.id == order_row).execute()


def describe(refund: Refund) -> str:
    """One refund in a few words: ``Refund 12 of 50.00 EUR (PHN-A12-128)``."""
    currency = refund.order.currency
    return f"Refund {refund.id} of {Money(refund.amount, currency)} ({part_label(refund)})"


def part_label(refund: Refund) -> str:
    """What was refunded: the line's SKU, Shipping, or Order."""
    return refund.line.sku if refund.line is not None else refund.part.capitalize()
