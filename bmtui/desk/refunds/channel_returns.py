"""Returns by Back Market itself, as line states show them: booked once; amounts above the received ones as excess.

Every function joins the caller's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from bmtui.channel.model import LineState
from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import channel_states
from bmtui.desk.refunds import credit_notes_due, ledger
from bmtui.money import Money
from bmtui.store.models import Order, OrderLine, Refund
from bmtui.words import REFUND_EXCESS, REFUND_NOT_COUNTED, RefundMethod, RefundOperation, RefundState

CHANNEL_ACTOR = "Back Market"

RETURNED: dict[int, str] = {
    LineState.CANCELLED: "Cancelled on Back Market",
    LineState.REFUNDED_BEFORE_SHIPPING: "Refunded on Back Market before shipping",
    LineState.REFUNDED_AFTER_SHIPPING: "Refunded on Back Market after shipping",
}
"""States of a line whose money went back, each with the note of its refund."""
SHIPPING_RETURNED = "The order ended before it was shipped"

LineNow = tuple[int, int, int]
"""A line on the channel: its id, state and price in minor units."""


def parts(lines: Sequence[LineNow], shipping: int) -> list[tuple[tuple[int | None, str], int]]:
    """Return all amounts that Back Market returned: line id (None: shipping charges) with a note, and minor units."""
    found: list[tuple[tuple[int | None, str], int]] = [
        ((line_id, RETURNED[state]), price) for line_id, state, price in lines if state in RETURNED
    ]
    if lines and all(state in channel_states.BEFORE_SHIPPING for _, state, _ in lines):
        found.append(((None, SHIPPING_RETURNED), shipping))
    return found


def missing(
    order: Order, here: Sequence[OrderLine], refunds: Sequence[Refund], lines: Sequence[LineNow], shipping: int
) -> list[tuple[int | None, str, int]]:
    """Return the amounts of `parts` that are not booked yet: the line's id, the note, and minor units.

    `here` and `refunds` are all lines and refunds of the order in the store. Back Market returns no more than it
    received. A line in state 6 is explained by a refund of ours: the amount that went back after shipping cannot be
    read (API §7).
    """
    booked: dict[int | None, int] = defaultdict(int)
    elsewhere: dict[int | None, int] = defaultdict(int)
    sent_by_us = set()
    beyond = 0
    numbers = {line.id: line.line_id for line in here}
    for refund in refunds:
        line_id = None if refund.line_ref is None else numbers.get(refund.line_ref)
        counted = refund.state not in REFUND_NOT_COUNTED
        if refund.operation != RefundOperation.REFUND_ON_BACK_MARKET:
            elsewhere[line_id] += refund.amount if counted else 0
        elif counted or refund.state in REFUND_EXCESS:
            if refund.part == ledger.ORDER:
                beyond += refund.amount
            else:
                booked[line_id] += refund.amount
                sent_by_us |= {line_id} if refund.made_by != CHANNEL_ACTOR else set()
    room = order.received - sum(booked.values()) - beyond
    states = {line_id: state for line_id, state, _ in lines}
    found = []
    for (line_id, note), amount in parts(lines, shipping):
        if line_id is not None and states[line_id] == LineState.REFUNDED_AFTER_SHIPPING:
            amount = 0 if line_id in sent_by_us else amount - elsewhere[line_id]
        amount -= booked[line_id]
        # The part above a line's price is booked for the order as a whole.
        of_order = max(0, min(beyond, amount))
        beyond -= of_order
        amount = min(amount - of_order, room)
        if amount > 0:
            found.append((line_id, note, amount))
            room -= amount
    return found


def follow(desk: Desk, order: Order) -> bool:
    """Book the amounts that Back Market returned and that are not booked yet; return whether there were any.

    An amount that fits neither the line nor the order is more than was received: it is booked as excess, which a person
    settles.
    """
    lines = OrderLine.having(order=order.id)
    if not any(line.state in RETURNED or line.state in channel_states.BEFORE_SHIPPING for line in lines):
        return False
    refunds = Refund.having(order=order.id)
    excesses = [refund for refund in refunds if refund.state in REFUND_EXCESS]
    if excesses and order.refunded < order.received:
        # The order has room again: amounts that were excess may fit now.
        for refund in excesses:
            ledger.settle(refund, RefundState.WITHDRAWN, "Booked again: it is no longer above what was received.")
        refunds = Refund.having(order=order.id)
    now = [(line.line_id, line.state, line.price) for line in lines]
    rows = {line.line_id: line for line in lines}
    owed = missing(order, lines, refunds, now, order.shipping)
    for line_id, note, amount in owed:
        _book(desk, order.id, rows[line_id] if line_id is not None else None, amount, note)
    if owed:
        credit_notes_due.submit(desk, order.id)
    return bool(owed)


def _book(desk: Desk, order_row: int, line: OrderLine | None, amount: int, note: str) -> None:
    order = Order.get_by_id(order_row)
    part, left = (ledger.SHIPPING if line is None else ledger.LINE), order.received - order.refunded
    facts = facts_of_return(order.updated_at, desk.zone(order.company.name), note)
    fits = min(amount, left, ledger.shipping_left(order) if line is None else line.price - line.refunded)
    beyond = min(amount - max(fits, 0), left - max(fits, 0))
    if fits > 0:
        ledger.book_of_channel(order, part, fits, order.updated_at, line, **facts)
        amount -= fits
    if beyond > 0:
        ledger.book_of_channel(order, ledger.ORDER, beyond, order.updated_at, **facts)
        amount -= beyond
    if amount > 0:
        excess = ledger.book_excess(order, part, amount, order.updated_at, line, **facts)
        audit.record(
            desk,
            "refund.excess",
            f"{note}: {Money(amount, order.currency)} more than was received went back to the buyer. "
            "Look at the refunds of the order.",
            company_id=order.company_id,
            order_row=order.id,
            after={"refund": excess.id, "amount": str(Money(amount, order.currency))},
            actor=CHANNEL_ACTOR,
        )


def facts_of_return(at: datetime, zone: tzinfo, note: str) -> dict[str, Any]:
    """Return the columns of a refund that Back Market made by itself."""
    return {
        "operation": RefundOperation.REFUND_ON_BACK_MARKET,
        "method": RefundMethod.OTHER,
        "date": at.astimezone(zone).date().isoformat(),
        "reference": "",
        "note": note,
        "made_by": CHANNEL_ACTOR,
    }
