"""What ends an order, here or on Back Market, and what brings it back."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import ORDERS, Action, Many
from bmtui.tui.actions.why_not import Context


def _acts() -> ModuleType:
    from bmtui.tui.cancellation import acts

    return acts


def _back(context: Context) -> str | None:
    row = context.order
    if row is None or context.read_only:
        return why_not.order_write(context)
    # Costs start-up time, and is asked for when a key is pressed.
    from bmtui.desk.cancellation.internal import why_not_back

    reason = why_not_back(row.status, row.channel_status, row.shipping_status)
    return f"Order {row.order_id}: {reason}" if reason else None


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.cancel",
        "Cancel Order Internally",
        "Set it to Cancelled, On Hold, Problem Order or Void; nothing is sent.",
        ("c",),
        "Order",
        ORDERS,
        lambda screen: _acts().cancel(screen),
        many=Many(
            lambda screen, rows: _acts().gather_cancel(screen, rows),
            lambda desk, row, answer: _acts().cancel_each(desk, row, answer),
        ),
        destructive=True,
        why_not=why_not.order_write,
        hint=3,
        brief="Cancel",
        after="order.open",
    ),
    Action(
        "order.cancel_on_channel",
        "Cancel on Back Market",
        "End lines there: before acceptance, or with their refund before shipping.",
        ("C",),
        "Order",
        ORDERS,
        lambda screen: _acts().cancel_on_channel(screen),
        many=Many(
            lambda screen, rows: _acts().gather_cancel_on_channel(screen, rows),
            lambda desk, row, answer: _acts().cancel_on_channel_each(desk, row, answer),
        ),
        destructive=True,
        why_not=why_not.order_write,
        after="order.range",
    ),
    Action(
        "order.bring_back",
        "Back to In Process",
        "Bring back an order that was cancelled, held or voided here; nothing is sent.",
        ("B",),
        "Order",
        ORDERS,
        lambda screen: _acts().bring_back(screen),
        many=Many(
            lambda screen, rows: _acts().gather_bring_back(screen, rows),
            lambda desk, row, answer: _acts().bring_back_each(desk, row, answer),
        ),
        why_not=_back,
        destructive=True,
    ),
)
