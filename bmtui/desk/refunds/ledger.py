"""Ledger of received and returned money: the rules of order-desk §4, checked in SQL.

Every function joins the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from peewee import fn

from bmtui.channel.model import LineState
from bmtui.desk.orders import channel_states
from bmtui.errors import RuleRefused
from bmtui.money import Money
from bmtui.store import bulk
from bmtui.store.models import Order, OrderLine, Payment, Refund
from bmtui.store.plain_sql import fetch, run
from bmtui.words import (
    REFUND_EXCESS,
    REFUND_NOT_COUNTED,
    REFUND_UNDER_WAY,
    PaymentStatus,
    RefundOperation,
    RefundState,
)

T = TypeVar("T")

_ENDS_UNSHIPPED = (LineState.PAID, LineState.ACCEPTED)
"""States of lines that Back Market ends in full, by a cancellation or a refund (API §§5–7)."""

LINE, SHIPPING, ORDER = "line", "shipping", "order"
"""Parts of a refund: a line's money, shipping charges, or goodwill for the order as a whole."""


def receive(order: Order, amount: int, at: datetime) -> None:
    """Record that the buyer paid `amount` minor units."""
    Order.update(received=Order.received + amount).where(Order.id == order.id).execute()
    Payment.create(**received_row(order.id, amount, at, order.payment_method))
    _follow(order.id)


def received_row(order_row: int, amount: int, at: datetime, method: str) -> dict[str, Any]:
    """Return the columns of a payment by the buyer."""
    return {"order": order_row, "kind": "received", "at": at, "method": method, "reference": "", "amount": amount}


def covered(received: int, wanted: Iterable[tuple[T, int]]) -> list[tuple[T, int]]:
    """Return the amounts of `wanted` in turn, cut off where their sum reaches `received`."""
    found = []
    for what, amount in wanted:
        amount = min(amount, received)
        if amount > 0:
            found.append((what, amount))
            received -= amount
    return found


def book_new(refunds: Sequence[Mapping[str, Any]]) -> None:
    """Insert refunds of new orders and lines, whose rows hold these amounts as refunded already."""
    ids = bulk.insert(Refund, refunds)
    bulk.insert(Payment, [_returned_row(row, refund) for row, refund in zip(ids, refunds, strict=True)], ids=False)


def refundable(order: Order) -> int:
    """Return the minor units that may still be returned: without amounts that are under way or follow by themselves."""
    return max(0, order.received - order.refunded - shipping_to_follow(order))


def shipping_left(order: Order) -> int:
    """Return the minor units of the shipping charges that were not returned."""
    return max(0, order.shipping - _sum(order, (Refund.part == SHIPPING) & Refund.state.not_in(REFUND_NOT_COUNTED)))


def why_shipping_stays(order: Order, ending: Iterable[OrderLine] = ()) -> str:
    """Return why a refund over the channel leaves the shipping charges, as a sentence; '' if none are left.

    Args:
        ending: lines that the refund ends before they are shipped.
    """
    left = shipping_left(order)
    if not left:
        return ""
    if shipping_to_follow(order, [line.id for line in ending]):
        return f"{Money(left, order.currency)} of it is shipping, which Back Market returns automatically."
    return f"{Money(left, order.currency)} of it is shipping, which only the Back Office refunds."


def shipping_to_follow(order: Order, ending: Collection[int] = ()) -> int:
    """Return the shipping charges that Back Market returns by itself once every line ended before it was shipped.

    Args:
        ending: row ids of lines that are to end now; lines with a refund on the channel are known.
    """
    if not order.shipping:
        return 0
    # By SQL: each step of a refund asks several times.
    lines = fetch("SELECT id, state FROM order_lines WHERE order_ref = ?", (order.id,))
    running = [
        (row, state) for row, state in lines if state not in channel_states.BEFORE_SHIPPING and row not in ending
    ]
    if not lines or any(state not in _ENDS_UNSHIPPED for _, state in running):
        return 0
    of_line = Refund.line.in_([row for row, _ in running]) & Refund.state.not_in(REFUND_NOT_COUNTED)
    ends = Refund.select(Refund.line).where(of_line & (Refund.operation == RefundOperation.REFUND_ON_BACK_MARKET))
    if len({refund.line_ref for refund in ends}) < len(running):
        return 0
    owed = order.shipping - _sum(order, _BY_CHANNEL & (Refund.part == SHIPPING))
    return max(0, min(owed, order.received - by_channel(order)))


def by_channel(order: Order) -> int:
    """Return the minor units of the order that Back Market returned, or is asked to return."""
    return _sum(order, _BY_CHANNEL)


def under_way(order: Order) -> int:
    """Return the minor units of the order that Back Market is asked to return, and has not confirmed."""
    return _sum(order, _BY_CHANNEL & Refund.state.in_(REFUND_UNDER_WAY))


_BY_CHANNEL = (Refund.operation == RefundOperation.REFUND_ON_BACK_MARKET) & (
    Refund.state.not_in(REFUND_NOT_COUNTED) | Refund.state.in_(REFUND_EXCESS)
)


def _sum(order: Order, which: Any) -> int:
    query = Refund.select(fn.COALESCE(fn.SUM(Refund.amount), 0)).where((Refund.order == order) & which)
    return int(query.scalar())


def whole_lines(order: Order, lines: Sequence[OrderLine]) -> list[int]:
    """Return the minor units that Back Market returns for each unshipped line when it ends: always the whole line.

    Raises:
        RuleRefused: with earlier refunds of these lines, that is more than was received.
    """
    room = max(0, order.received - by_channel(order))
    amounts = []
    for line in lines:
        amounts.append(min(line.price, room))
        room -= amounts[-1]
    follows = min(shipping_to_follow(order, [line.id for line in lines]), room)
    total, left = sum(amounts) + follows, order.received - order.refunded
    named = ", ".join(f"line {line.line_id} ({line.sku})" for line in lines)
    again = sum(line.refunded for line, amount in zip(lines, amounts, strict=True) if amount)
    if total <= left and not again:
        return amounts
    shipping = f" and {Money(follows, order.currency)} of shipping charges" if follows else ""
    known = (
        f"{Money(again, order.currency)} of it" if again else f"{Money(order.refunded, order.currency)} of the order"
    )
    raise RuleRefused(
        f"Back Market returns all of {named}, {Money(sum(amounts), order.currency)}{shipping}; {known} is refunded or "
        f"under way already, so {Money(max(0, left), order.currency)} is left.",
        "Refund the rest outside Back Market (operation issue_refund), or void a refund that paid nobody: "
        f"'bmtui orders refund-void {order.order_id} REFUND'.",
    )


def book(
    order: Order,
    *,
    part: str,
    amount: int,
    state: RefundState,
    at: datetime,
    operation: str,
    line: OrderLine | None = None,
    **facts: Any,
) -> Refund:
    """Record a refund of `amount` minor units with its row in the payments history, and count it at once.

    Counting before sending makes two refunds at the same time safe: the second one no longer fits.

    Raises:
        RuleRefused: more than is refundable, with the number that would be right; the transaction must roll back.
    """
    _count(order, line, amount, shipping_to_follow(order, _ending(operation, line)))
    return _record(order, part, amount, state, at, line, operation=operation, **facts)


def book_of_channel(
    order: Order, part: str, amount: int, at: datetime, line: OrderLine | None = None, **facts: Any
) -> Refund:
    """Record and count an amount that Back Market returned already; the caller checked that it fits."""
    _count(order, line, amount, 0)
    return _record(order, part, amount, RefundState.CONFIRMED, at, line, **facts)


def book_excess(
    order: Order, part: str, amount: int, at: datetime, line: OrderLine | None = None, **facts: Any
) -> Refund:
    """Record an amount that Back Market returned above the received one: it does not count, and a person settles it."""
    return _record(order, part, amount, RefundState.EXCESS, at, line, **facts)


def _record(
    order: Order, part: str, amount: int, state: RefundState, at: datetime, line: OrderLine | None, **facts: Any
) -> Refund:
    refund = Refund.create(order=order, line=line, part=part, amount=amount, state=state, made_at=at, **facts)
    Payment.create(**_returned_row(refund.id, refund.__data__))
    _follow(order.id)
    return refund


def _ending(operation: str, line: OrderLine | None) -> list[int]:
    """Return the row id of the line that the refund ends before shipping, in a list; empty for none."""
    sent = operation == RefundOperation.REFUND_ON_BACK_MARKET
    return [line.id] if line is not None and sent and line.state in _ENDS_UNSHIPPED else []


def _count(order: Order, line: OrderLine | None, amount: int, held: int) -> None:
    """Take `amount` from the refundable amounts of the order and of the line, in one statement each.

    `held`: minor units kept for the shipping charges that Back Market returns by itself.
    """
    fits = "UPDATE orders SET refunded = refunded + ? WHERE id = ? AND refunded + ? <= received"
    if amount <= 0 or run(fits, (amount, order.id, amount + held)) != 1:
        fresh = Order.get_by_id(order.id)
        refuse_above(amount, fresh.received - fresh.refunded - held, order.currency, f"order {order.order_id}")
    if line is not None:
        room = "UPDATE order_lines SET refunded = refunded + ? WHERE id = ? AND refunded + ? <= price"
        if run(room, (amount, line.id, amount)) != 1:
            fresh_line = OrderLine.get_by_id(line.id)
            left = fresh_line.price - fresh_line.refunded
            refuse_above(amount, left, order.currency, f"line {line.line_id} ({line.sku})")


def _returned_row(refund_row: int, refund: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a payment to the buyer."""
    same = {name: refund[name] for name in ("order", "method", "reference", "amount")}
    return same | {"kind": "refund", "at": refund["made_at"], "refund": refund_row}


def settle(refund: Refund, state: RefundState, error: str = "") -> None:
    """Move a refund to its next state; the amount of a failed or withdrawn one is refundable again.

    Raises:
        RuleRefused: a refund that did not count must count again, and does not fit; the transaction must roll back.
    """
    was_counted = refund.state not in REFUND_NOT_COUNTED
    counts = state not in REFUND_NOT_COUNTED
    bulk.update(Refund, {"state": state, "error": error}, id=refund.id)
    if counts and not was_counted:
        held = shipping_to_follow(refund.order, _ending(refund.operation, refund.line))
        _count(refund.order, refund.line, refund.amount, held)
        _follow(refund.order_ref)
    if was_counted and not counts:
        Order.update(refunded=Order.refunded - refund.amount).where(Order.id == refund.order_ref).execute()
        if refund.line_ref is not None:
            OrderLine.update(refunded=OrderLine.refunded - refund.amount).where(
                OrderLine.id == refund.line_ref
            ).execute()
        _follow(refund.order_ref)


def refuse_above(amount: int, left: int, currency: str, what: str, note: str = "") -> None:
    """Raise RuleRefused if `amount` is not above zero, or above `left`; names the most that can be returned.

    `note` says why no more is left.
    """
    if amount <= 0:
        raise RuleRefused(f"{Money(amount, currency)} cannot be refunded.", "Enter an amount above zero.")
    if left <= 0:
        raise RuleRefused(f"Nothing of {what} is refundable any more.", note)
    if amount > left:
        raise RuleRefused(
            f"{Money(amount, currency)} is more than the refundable amount of {what}: {Money(left, currency)}.",
            f"Enter {Money(left, currency).decimal} or less. {note}".strip(),
        )


def payment_status(received: int, refunded: int, *, free: bool = False) -> PaymentStatus:
    """Return the payment status that follows from the amounts; a paid order of 0.00, `free`, is Charged."""
    if received <= 0:
        return PaymentStatus.CHARGED if free else PaymentStatus.NO_PAYMENT
    if refunded <= 0:
        return PaymentStatus.CHARGED
    return PaymentStatus.PARTIALLY_REFUNDED if refunded < received else PaymentStatus.FULLY_REFUNDED


def _follow(order_row: int) -> None:
    status = (
        PaymentStatus.NO_PAYMENT,
        PaymentStatus.CHARGED,
        PaymentStatus.PARTIALLY_REFUNDED,
        PaymentStatus.FULLY_REFUNDED,
    )
    run(
        "UPDATE orders SET payment_status = CASE WHEN received <= 0 THEN ? WHEN refunded <= 0 THEN ? "
        "WHEN refunded < received THEN ? ELSE ? END, version = version + 1 WHERE id = ?",
        (*status, order_row),
    )


def describe(refund: Refund) -> str:
    """Return a refund in a few words: ``Refund #12: 50.00 EUR (PHN-A12-128)``."""
    currency = refund.order.currency
    return f"Refund #{refund.id}: {Money(refund.amount, currency)} ({part_label(refund)})"


def part_label(refund: Refund) -> str:
    """Return the label of the refunded part: the line's SKU, Shipping, or Order."""
    return refund.line.sku if refund.line is not None else refund.part.capitalize()
