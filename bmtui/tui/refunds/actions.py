"""Actions on refunds, and on the requests that a second person decides."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action, Many
from bmtui.tui.actions.why_not import Context


def _acts() -> ModuleType:
    from bmtui.tui.refunds import acts

    return acts


def _request(context: Context) -> str | None:
    from bmtui.desk.refunds.approvals import ApprovalView

    return None if context.get(ApprovalView) else "There is no request under the cursor."


def _decide(context: Context) -> str | None:
    return why_not.write(context) or _request(context)


def _approve(context: Context) -> str | None:
    from bmtui.desk.refunds.approvals import ApprovalView

    row = context.get(ApprovalView)
    if row is None or context.read_only or not (row.is_own or row.doubt):
        return _decide(context)
    if row.doubt:
        return f"{row.doubt} s settles that first."
    return "You asked for it yourself: another account approves it. x withdraws it."


def _settle(context: Context) -> str | None:
    from bmtui.desk.refunds.approvals import ApprovalView

    row = context.get(ApprovalView)
    if row is None or context.read_only or row.doubt:
        return _decide(context)
    return "It is not in doubt: approve or reject it."


def _refundable(context: Context) -> str | None:
    order = context.order
    if order is None:
        return ""
    # Before shipping, money goes back by a cancellation (C).
    gone = order.channel_status in ("shipped", "partly_shipped") or order.shipping_status != "unshipped"
    return "Refund" if gone and order.refundable.minor > 0 else None


def _doubtful(context: Context) -> str | None:
    from bmtui.desk.refunds.approvals import ApprovalView

    row = context.get(ApprovalView)
    return "Settle" if row is not None and row.doubt else None


ACTIONS: tuple[Action, ...] = (
    Action(
        "order.refund",
        "Issue Refund",
        "Give money back, on Back Market or outside it.",
        ("r",),
        "Order",
        ORDERS,
        lambda screen: _acts().refund(screen),
        many=Many(
            lambda screen, rows: _acts().gather_refund(screen, rows),
            lambda desk, row, answer: _acts().refund_each(desk, row, answer),
        ),
        destructive=True,
        why_not=why_not.order_write,
        hint=5,
        use=_refundable,
        brief="Refund",
        after="order.cancel",
    ),
    Action(
        "desk.approvals",
        "Approvals",
        "Refunds above a limit, which a second person decides.",
        ("A",),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_approvals(screen),
        not_in=("approvals",),
        after="settings.invoices",
    ),
    Action(
        "approval.approve",
        "Approve",
        "Let it be sent or recorded.",
        ("a",),
        "Approvals",
        ("approvals",),
        lambda screen: _acts().approve(screen),
        destructive=True,
        why_not=_approve,
        hint=1,
        after="order.evidence",
    ),
    Action(
        "approval.reject",
        "Reject",
        "With a reason; its amount is refundable again.",
        ("x",),
        "Approvals",
        ("approvals",),
        lambda screen: _acts().reject(screen),
        destructive=True,
        why_not=_decide,
        hint=2,
    ),
    Action(
        "approval.settle",
        "Settle",
        "After a restore: say whether it had been carried out.",
        ("s",),
        "Approvals",
        ("approvals",),
        lambda screen: _acts().settle(screen),
        destructive=True,
        why_not=_settle,
        use=_doubtful,
    ),
    Action(
        "approval.order",
        "Open the order",
        "Everything about it.",
        ("enter", "o"),
        "Approvals",
        ("approvals",),
        lambda screen: _acts().open_order(screen),
        why_not=_request,
        hint=3,
        brief="Order",
    ),
)
