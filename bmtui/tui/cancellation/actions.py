"""Actions that cancel an order, here or on Back Market, or bring it back."""

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
    # Imported here, when a key is pressed, because it costs start-up time.
    from bmtui.desk.cancellation.internal import why_not_back

    reason = why_not_back(row.status, row.channel_status, row.shipping_status)
    return f"Order {row.order_id}: {reason}" if reason else None


def _unshipped(context: Context) -> str | None:
    """Return None once the order has shipped or ended here: the footer then leaves out the cancellation."""
    row = context.order
    ended = row is not None and (row.shipping_status == "fully_shipped" or row.status in ("cancelled", "void"))
    return None if ended else ""


def _expected(context: Context) -> str | None:
    """Return the footer's word while Back Market expects the order: its buyer gets the money back only this way."""
    row = context.order
    if row is None:
        return ""
    expected = row.channel_status in ("to_accept", "to_ship") and row.shipping_status == "unshipped"
    return "Cancel on BM" if expected else None


def _brings_back(context: Context) -> str | None:
    row = context.order
    ended = row is not None and row.status in ("on_hold", "problem_order", "cancelled", "void")
    return "Bring back" if ended else None


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
        hint=10,
        use=_unshipped,
        brief="Cancel here",
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
        hint=6,
        use=_expected,
        brief="Cancel on BM",
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
        use=_brings_back,
        destructive=True,
    ),
)
