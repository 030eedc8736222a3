"""What ends an order on Back Market, brings it back here, and takes back what has not left yet."""

from __future__ import annotations

from typing import Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action
from bmtui.tui.actions.why_not import Context
from bmtui.tui.overview.actions import many_of
from bmtui.words import EffectState


def _back(context: Context) -> str | None:
    row = context.order
    if row is None or context.read_only:
        return why_not.order_write(context)
    # Costs start-up time, and is asked for when a key is pressed.
    from bmtui.desk.cancellation.internal import why_not_back

    reason = why_not_back(row.status, row.channel_status, row.shipping_status)
    return f"Order {row.order_id}: {reason}" if reason else None


def _write(context: Context) -> str | None:
    return why_not.READ_ONLY if context.read_only else None


async def _take_back(screen: Any) -> None:
    from bmtui.desk.outbox import actions as outbox

    taken = await screen.desk_app.desk.write(outbox.take_back)
    sent = [view for view in taken if view.state != EffectState.WITHDRAWN]
    kept = f" Not taken back, as it had left: {outbox.summary(sent)}." if sent else " Nothing of it was sent."
    screen.say(f"Taken back: {outbox.summary([view for view in taken if view not in sent])}.{kept}", "good")
    await screen.desk_app.check_changes()


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.cancel_on_channel",
        "Cancel on Back Market",
        "End lines there: before acceptance, or with their refund before shipping.",
        ("C",),
        "Order",
        ORDERS,
        "do_cancel_on_channel",
        many=many_of("cancel_on_channel"),
        destructive=True,
        why_not=why_not.order_write,
    ),
    Action(
        "order.bring_back",
        "Back to In Process",
        "Bring back an order that was cancelled, held or voided here; nothing is sent.",
        ("B",),
        "Order",
        ORDERS,
        "do_bring_back",
        many=many_of("bring_back"),
        why_not=_back,
        destructive=True,
    ),
    Action(
        "order.take_back",
        "Take back",
        "Withdraw the last thing that you sent, as long as it has not left.",
        ("u",),
        "Desk",
        EVERYWHERE,
        _take_back,
        why_not=_write,
    ),
)
