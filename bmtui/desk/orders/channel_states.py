"""States of orders and lines on the channel: their shipping status, order status, and labels for people."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from bmtui.channel.model import LineState, OrderState
from bmtui.words import ChannelStatus, OrderStatus, ShippingStatus

BEFORE_SHIPPING = frozenset({LineState.CANCELLED, LineState.REFUNDED_BEFORE_SHIPPING, LineState.UNPAID})
"""States of a line that ended without being shipped."""


SHIPPED = frozenset({LineState.SHIPPED, LineState.REFUNDED_AFTER_SHIPPING})
"""States of a line that was shipped, as far as the channel knows."""


def notified(states: Sequence[int]) -> bool:
    """Return whether the channel has accepted a shipment of the order, "Ship Confirmed" (order-desk §3)."""
    return bool(SHIPPED.intersection(states))


def shipping_status(states: Sequence[int]) -> ShippingStatus:
    """Return the shipping status that follows from the states of the order's lines on the channel."""
    if not SHIPPED.intersection(states):
        return ShippingStatus.UNSHIPPED
    open_lines = [state for state in states if state not in SHIPPED and state not in BEFORE_SHIPPING]
    return ShippingStatus.PARTIALLY_SHIPPED if open_lines else ShippingStatus.FULLY_SHIPPED


def order_status(channel: str, shipping: str) -> OrderStatus:
    """Return the order status of an order that nobody has changed in bmtui (order-desk §3)."""
    if shipping == ShippingStatus.FULLY_SHIPPED:
        return OrderStatus.COMPLETED
    if channel in (ChannelStatus.CANCELLED, ChannelStatus.UNPAID, ChannelStatus.REFUNDED):
        return OrderStatus.CANCELLED
    return OrderStatus.IN_PROCESS


def line_state_label(state: int) -> str:
    """Return the label of a line's state on the channel."""
    return _named(LineState, state)


def order_state_label(state: int) -> str:
    """Return the label of an order's state on the channel."""
    return _named(OrderState, state)


def _named(states: type[IntEnum], state: int) -> str:
    try:
        return states(state).name.replace("_", " ").capitalize()
    except ValueError:
        return f"Unknown ({state})"
