"""What is done with an order."""

from __future__ import annotations

from bmtui.tui import why_not
from bmtui.tui.actions.action import ORDERS, Action

RANK = 10


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.open",
        "Open",
        "Everything about the order.",
        ("enter", "o"),
        "Order",
        ("search",),
        "do_open",
        why_not=why_not.order,
        hint=1,
    ),
    Action(
        "order.cancel",
        "Cancel Order Internally",
        "Set it to Cancelled, On Hold, Problem Order or Void; nothing is sent.",
        ("c",),
        "Order",
        ORDERS,
        "do_cancel",
        destructive=True,
        why_not=why_not.order_write,
        hint=3,
        brief="Cancel",
    ),
    Action(
        "order.refund",
        "Issue Refund",
        "Give money back, on Back Market or outside it.",
        ("r",),
        "Order",
        ORDERS,
        "do_refund",
        destructive=True,
        why_not=why_not.order_write,
        hint=4,
        brief="Refund",
    ),
    Action(
        "order.note",
        "Note",
        "Write a note about the order.",
        ("n",),
        "Order",
        ORDERS,
        "do_note",
        why_not=why_not.order_write,
        hint=10,
    ),
    Action(
        "order.copy",
        "Copy the order id",
        "To the terminal's clipboard (OSC 52).",
        ("y",),
        "Order",
        ORDERS,
        "do_copy",
        why_not=why_not.order,
    ),
)
