"""State of an order in one word and one glyph, and the meaning of its deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bmtui.desk.orders.order_row import OrderRow
from bmtui.tui.widgets.meanings import Meaning, of_effect
from bmtui.words import ChannelStatus, EffectKind, EffectState, OrderStatus, label


@dataclass(frozen=True, slots=True)
class Situation:
    """Facts besides the order: the time to the minute, and settings of its company.

    Attributes:
        soon: time left from which on the ship-by clock counts as soon.
        uploads: True if shipments are uploaded.
    """

    now: datetime
    soon: timedelta = timedelta(hours=4)
    uploads: bool = True


_SHORT: Mapping[str, str] = {
    ChannelStatus.AWAITING_PAYMENT: "Not paid yet",
    ChannelStatus.PARTLY_SHIPPED: "Part shipped",
}
"""Short labels of channel statuses that are too long for a column."""
_HERE: Mapping[str, str] = {
    OrderStatus.ON_HOLD: "HELD",
    OrderStatus.PROBLEM_ORDER: "PROB",
    OrderStatus.CANCELLED: "CANC",
    OrderStatus.VOID: "VOID",
    OrderStatus.COMPLETED: "DONE",
    OrderStatus.IN_PROCESS: "OPEN",
    OrderStatus.SHOPPING_CART: "CART",
}
_USUAL: Mapping[str, tuple[str, ...]] = {
    ChannelStatus.SHIPPED: (OrderStatus.COMPLETED,),
    ChannelStatus.REFUNDED: (OrderStatus.COMPLETED, OrderStatus.CANCELLED),
    ChannelStatus.CANCELLED: (OrderStatus.CANCELLED,),
    ChannelStatus.UNPAID: (OrderStatus.CANCELLED,),
}
"""Statuses of the desk that match a channel status; all other channel statuses match In Process."""
_GOING = (EffectState.PLANNED, EffectState.SENDING)
_OPEN = (*_GOING, EffectState.UNKNOWN, EffectState.NEEDS_PERSON, EffectState.REJECTED, EffectState.NOT_APPLIED)


def state(order: OrderRow) -> str:
    """Return the state at Back Market, and the status here only where it differs: ``To ship/HELD``."""
    if order.upload_waits:
        return _upload(order.effects.get(EffectKind.SHIP, ""))
    if order.channel_status == ChannelStatus.TO_ACCEPT and order.effects.get(EffectKind.ACCEPT) in _GOING:
        return "Accepting…"
    if order.effects.get(EffectKind.CANCEL_ON_CHANNEL) in _GOING:
        return "Cancelling…"
    there = _SHORT.get(order.channel_status) or label(order.channel_status)
    usual = _USUAL.get(order.channel_status, (OrderStatus.IN_PROCESS,))
    return there if order.status in usual else f"{there}/{_HERE.get(order.status, label(order.status))}"


def _upload(effect: str) -> str:
    if effect == EffectState.SENDING:
        return "Uploading…"
    meaning = of_effect(effect)
    return {Meaning.UNKNOWN: "Upload unknown", Meaning.LATE: "Upload failed"}.get(meaning, "Upload waits")


def open_effects(order: OrderRow) -> dict[str, str]:
    """Return the last write of each kind that is under way or went wrong, by kind."""
    return {kind: state for kind, state in order.effects.items() if state in _OPEN}


def meaning(order: OrderRow, at: Situation) -> Meaning:
    """Return the meaning of the order for a person, the most urgent of all that hold."""
    sent = {of_effect(state) for state in open_effects(order).values()}
    if Meaning.UNKNOWN in sent:
        return Meaning.UNKNOWN
    clock = deadline(order, at)
    if Meaning.LATE in (*sent, clock):
        return Meaning.LATE
    if order.upload_waits and not at.uploads:
        # The upload waits until a person turns the toggle on.
        return Meaning.SOON
    if Meaning.GOING in sent:
        return Meaning.GOING
    if order.upload_waits or clock is Meaning.SOON or (order.must_ship and _waits(order)):
        return Meaning.SOON
    shipped = order.channel_status == ChannelStatus.SHIPPED and order.status == OrderStatus.COMPLETED
    return Meaning.DONE if shipped else Meaning.NOTHING


def _waits(order: OrderRow) -> bool:
    held = order.status in (OrderStatus.ON_HOLD, OrderStatus.PROBLEM_ORDER)
    return held or order.channel_status == ChannelStatus.TO_ACCEPT


def deadline(order: OrderRow, at: Situation) -> Meaning | None:
    """Return the meaning of the ship-by clock; None while there is time, or none runs."""
    if order.deadline is None:
        return None
    if order.deadline < at.now:
        return Meaning.LATE
    return Meaning.SOON if order.deadline - at.now <= at.soon else None
