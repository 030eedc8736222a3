"""Columns of the order table, by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from bmtui.desk.orders.order_row import OrderRow
from bmtui.money import Money
from bmtui.tui.orders import states
from bmtui.tui.orders.states import Situation
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.table import Column
from bmtui.words import label

_MONEY = 14
"""Cells of an amount: ``131 700    JPY`` leaves the room of two decimals."""

USUAL = ("id", "company", "state", "shipby", "product", "name", "total", "market", "created", "payment", "skus")
"""Names of the columns that are shown by default."""


def unknown(names: Iterable[str]) -> list[str]:
    """Return a sentence for each name that no column has."""
    return [f"There is no column '{name}'.{_meant(name)}" for name in dict.fromkeys(names) if name not in NAMES]


def _meant(name: str) -> str:
    close = difflib.get_close_matches(name.lower(), NAMES, n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def order_columns(
    situation: Callable[[OrderRow], Situation], zone: Callable[[], tzinfo], names: Sequence[str] = ()
) -> tuple[Column[OrderRow], ...]:
    """Return the columns of these names, or the usual ones; unknown names are left out.

    Args:
        situation: returns the situation of an order; zone: returns the time zone of the list.
    """
    by_name = {column.name: column for column in _every(situation, zone)}
    wanted = [name for name in names if name in by_name] or USUAL
    return tuple(by_name[name] for name in wanted)


def _every(situation: Callable[[OrderRow], Situation], zone: Callable[[], tzinfo]) -> tuple[Column[OrderRow], ...]:
    """Return all columns; a new column is a new line here.

    The ranks decide what stays: 60 columns keep the id, where it stands, the ship-by clock, customer and total, 80 the
    product, too; beside a preview the id goes last.
    """

    def at(which: Callable[[OrderRow], datetime | None]) -> Callable[[OrderRow], str]:
        return lambda order: time_format.short(which(order), zone(), situation(order).now)

    def money(name: str, title: str, which: Callable[[OrderRow], Money | None], rank: int = 3) -> Column[OrderRow]:
        def text(order: OrderRow) -> str:
            amount = which(order)
            return LOCAL.aligned(amount, _MONEY) if amount is not None else ""

        return Column(name, title, _MONEY, text, right=True, rank=rank)

    return (
        Column("id", "Order", 9, lambda order: str(order.order_id), rank=-3),
        Column("company", "Company", 12, lambda order: order.company, rank=8),
        Column("created", "Created", 12, at(lambda order: order.created_at), rank=4),
        Column("state", "State", 14, states.state),
        Column("channel", "Back Market", 16, lambda order: label(order.channel_status)),
        Column("status", "Status", 13, lambda order: label(order.status), rank=2),
        Column(
            "shipby",
            "Ship by",
            11,
            lambda order: time_format.deadline(order.deadline, zone(), situation(order).now),
            meaning=lambda order: states.deadline(order, situation(order)),
            clock=True,
            rank=-1,
        ),
        Column("product", "Product", 12, lambda order: order.products, grows=True, ideal=20, rank=2),
        Column("payment", "Payment", 18, lambda order: label(order.payment_status), rank=6),
        Column("name", "Customer", 6, lambda order: order.customer_name, grows=True, ideal=14, rank=-2),
        Column("market", "Market", 6, lambda order: order.market, rank=5),
        Column("skus", "SKUs", 16, lambda order: order.skus, grows=True, rank=7),
        money("total", "Total", lambda order: order.total, rank=1),
        Column("shipping", "Shipping", 17, lambda order: label(order.shipping_status), rank=6),
        Column("updated", "Updated", 12, at(lambda order: order.updated_at), rank=4),
        Column("paid", "Paid", 12, at(lambda order: order.paid_at), rank=4),
        Column("shipped", "Shipped", 12, at(lambda order: order.shipped_at), rank=4),
        Column("mail", "Mail", 18, lambda order: order.customer_email, grows=True, rank=5),
        Column("phone", "Phone", 14, lambda order: order.customer_phone, rank=5),
        Column("tracking", "Tracking", 16, lambda order: order.tracking_number, rank=5),
        money("refunded", "Refunded", lambda order: order.refunded),
        money("refundable", "Refundable", lambda order: order.refundable),
        money("fee", "Fee", lambda order: order.fee),
        money("net", "Net", lambda order: order.net),
        Column("tags", "Tags", 16, lambda order: " ".join(order.tags), grows=True, rank=4),
        Column("assignee", "Assignee", 10, lambda order: order.assignee, rank=4),
        Column("fields", "Fields", 18, _fields, grows=True, rank=5),
        Column("currency", "Curr.", 5, lambda order: order.currency, rank=3),
    )


def _fields(order: OrderRow) -> str:
    return " · ".join(f"{name} {value}" for name, value in order.fields.items())


def is_grey(order: OrderRow) -> bool:
    """Return True if an order waits for its payment; its state says the same in words."""
    return order.channel_status == "awaiting_payment"


NAMES = tuple(column.name for column in _every(lambda _: Situation(datetime.now(UTC)), lambda: UTC))
"""Names of all columns. Views and preferences store them, so a name never changes."""
