"""What is done with an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import ORDERS, Action, Many

if TYPE_CHECKING:
    from bmtui.desk.core.context import Desk
    from bmtui.desk.core.views import OrderRow


def many_of(name: str) -> Many:
    """What `bmtui.tui.overview.bulk` has for many orders, which is imported when it is needed."""

    async def gather(screen: Any, rows: Sequence[OrderRow]) -> Any:
        from bmtui.tui.overview import bulk

        return await getattr(bulk, f"gather_{name}")(screen, rows)

    def each(desk: Desk, row: OrderRow, answer: Any) -> str:
        from bmtui.tui.overview import bulk

        return str(getattr(bulk, name)(desk, row, answer))

    return Many(gather, each)


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
        many=many_of("cancel"),
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
        many=many_of("refund"),
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
        many=many_of("note"),
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
        many=many_of("copy"),
        why_not=why_not.order,
    ),
    Action(
        "order.mark",
        "Mark",
        "Mark the order, or no longer; what can be done to many is then done to all that are marked.",
        ("space",),
        "Order",
        ("search",),
        "do_mark",
        why_not=why_not.order,
    ),
    Action(
        "order.range",
        "Mark a range",
        "From here to where you move; V or Space again marks it.",
        ("V",),
        "Order",
        ("search",),
        "do_range",
        why_not=why_not.order,
    ),
)
