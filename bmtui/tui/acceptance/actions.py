"""Actions on acceptance: promising that an order ships, and the stock flags of its SKUs."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import ORDERS, Action, Many
from bmtui.tui.actions.why_not import Context
from bmtui.words import label


def _acts() -> ModuleType:
    from bmtui.tui.acceptance import acts

    return acts


def _to_accept(context: Context) -> str | None:
    order = context.order
    if (why := why_not.order_write(context)) or order is None:
        return why
    if order.channel_status == "awaiting_payment":
        return "It waits for the buyer's payment: it can be neither accepted nor shipped before."
    return (
        None if order.channel_status == "to_accept" else f"It is {label(order.channel_status)}: nothing is to accept."
    )


def _waits(context: Context) -> str | None:
    order = context.order
    if order is None:
        return ""
    return "Accept" if order.channel_status == "to_accept" and order.status == "in_process" else None


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.accept",
        "Accept",
        "Promise Back Market that it ships; the order is read again first.",
        ("a",),
        "Fulfilment",
        ORDERS,
        lambda screen: _acts().accept(screen),
        destructive=True,
        why_not=_to_accept,
        many=Many(
            lambda screen, rows: _acts().gather_accept(screen, rows),
            lambda desk, row, answer: _acts().accept_each(desk, row, answer),
        ),
        hint=1,
        use=_waits,
        after="order.take_back",
    ),
    Action(
        "order.stock",
        "Stock of its SKUs",
        "Flag them as in stock or out of stock, for the acceptance rule.",
        ("O",),
        "Fulfilment",
        ORDERS,
        lambda screen: _acts().stock(screen),
        why_not=why_not.order_write,
        after="order.papers",
    ),
)
