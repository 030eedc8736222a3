"""The columns of the order table, by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from bmtui.desk.views import OrderRow
from bmtui.tui import clock
from bmtui.tui.table import Column
from bmtui.words import label


def order_columns(now: Callable[[], datetime], zone: Callable[[str], tzinfo]) -> tuple[Column[OrderRow], ...]:
    """The columns; `now` is the time to the minute, `zone` that of a company's clocks.

    The ranks decide what stays: 60 columns keep the id, what the channel says, the ship-by clock, customer and total.
    """
    return (
        Column("id", "Order", 10, lambda order: str(order.order_id)),
        Column("company", "Company", 12, lambda order: order.company, rank=8),
        Column(
            "created", "Created", 12, lambda order: clock.short(order.created_at, zone(order.company), now()), rank=4
        ),
        Column("channel", "Back Market", 16, lambda order: label(order.channel_status)),
        Column("status", "Status", 13, lambda order: label(order.status), style=_status_style, rank=2),
        Column(
            "shipby",
            "Ship by",
            11,
            lambda order: clock.ship_by(order, zone(order.company), now()),
            style=lambda order: "bad" if clock.is_late(order, now()) else "",
        ),
        Column("payment", "Payment", 18, lambda order: label(order.payment_status), rank=6),
        Column("name", "Customer", 7, lambda order: order.customer_name, grows=True),
        Column("market", "Market", 6, lambda order: order.market, rank=5),
        Column("skus", "SKUs", 16, lambda order: order.skus, grows=True, rank=7),
        Column("total", "Total", 12, lambda order: str(order.total), right=True, rank=1),
    )


def row_style(order: OrderRow) -> str:
    """Grey for an order that waits for its payment; its channel status says the same in words."""
    return "dim" if order.channel_status == "awaiting_payment" else ""


def _status_style(order: OrderRow) -> str:
    return "warn" if order.status in ("on_hold", "problem_order") else ""
