"""What a second look is for: requests above a limit, the audit, differences from the channel, an order's past."""

from __future__ import annotations

from typing import Any

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action
from bmtui.tui.actions.why_not import Context

APPROVALS, DRIFTS, AUDIT, AUDIT_ROW, AS_IT_WAS = "approvals", "drifts", "audit", "audit_row", "as_it_was"


def _do(name: str) -> Any:
    """What `bmtui.tui.review.acts` has for it, which is imported when it is needed."""

    async def handler(screen: Any) -> None:
        from bmtui.tui.review import acts

        await getattr(acts, name)(screen)

    return handler


def _write(context: Context) -> str | None:
    return why_not.READ_ONLY if context.read_only else None


def _request(context: Context) -> str | None:
    from bmtui.desk.refunds.approvals import ApprovalView

    return None if context.get(ApprovalView) else "There is no request under the cursor."


def _decide(context: Context) -> str | None:
    return _write(context) or _request(context)


def _approve(context: Context) -> str | None:
    from bmtui.desk.refunds.approvals import ApprovalView

    row = context.get(ApprovalView)
    if row is None or context.read_only or not row.is_own:
        return _decide(context)
    return "You asked for it yourself: another account approves it. x withdraws it."


def _drift(context: Context) -> str | None:
    from bmtui.desk.sync.reconcile import DriftView

    return None if context.get(DriftView) else "There is no difference under the cursor."


def _repair(context: Context) -> str | None:
    from bmtui.desk.sync.reconcile import DriftView

    row = context.get(DriftView)
    if row is None or context.read_only:
        return _write(context) or _drift(context)
    return None if row.repairable else row.advice or "This one needs a person."


def _row(context: Context) -> str | None:
    from bmtui.desk.core.audit import AuditView

    return None if context.get(AuditView) else "There is no row under the cursor."


ACTIONS: tuple[Action, ...] = (
    Action(
        "desk.approvals",
        "Approvals",
        "Refunds above a limit, which a second person decides.",
        ("A",),
        "Desk",
        EVERYWHERE,
        _do("open_approvals"),
        not_in=(APPROVALS,),
    ),
    Action(
        "desk.drifts",
        "Compare with Back Market",
        "Where the store and Back Market do not agree.",
        ("equals_sign",),
        "Desk",
        EVERYWHERE,
        _do("open_drifts"),
        not_in=(DRIFTS,),
    ),
    Action(
        "desk.audit",
        "Audit",
        "Who did what; on an order only what was done to it.",
        ("exclamation_mark",),
        "Desk",
        ("search", "order", APPROVALS, DRIFTS, "jobs"),
        _do("open_audit"),
    ),
    Action(
        "order.as_it_was",
        "As it was",
        "The order as it was at another time.",
        ("T",),
        "Order",
        ORDERS,
        _do("as_it_was"),
        why_not=why_not.order,
    ),
    Action(
        "order.evidence",
        "Evidence pack",
        "All that is known of the order, with hashes, as PDF or JSON.",
        ("Z",),
        "Order",
        ORDERS,
        _do("pack"),
        why_not=why_not.order,
    ),
    Action(
        "approval.approve",
        "Approve",
        "Let it be sent or recorded.",
        ("a",),
        "Approvals",
        (APPROVALS,),
        _do("approve"),
        destructive=True,
        why_not=_approve,
        hint=1,
    ),
    Action(
        "approval.reject",
        "Reject",
        "With a reason; its amount is refundable again.",
        ("x",),
        "Approvals",
        (APPROVALS,),
        _do("reject"),
        destructive=True,
        why_not=_decide,
        hint=2,
    ),
    Action(
        "approval.order",
        "Open the order",
        "Everything about it.",
        ("enter", "o"),
        "Approvals",
        (APPROVALS,),
        _do("open_order"),
        why_not=_request,
        hint=3,
        brief="Order",
    ),
    Action(
        "drift.repair",
        "Repair",
        "Take what Back Market says of this order.",
        ("f",),
        "Differences",
        (DRIFTS,),
        _do("repair"),
        destructive=True,
        why_not=_repair,
        hint=1,
    ),
    Action(
        "drift.repair_all",
        "Repair all",
        "Compare anew, and repair all that is safe.",
        ("F",),
        "Differences",
        (DRIFTS,),
        _do("repair_all"),
        destructive=True,
        why_not=_write,
        hint=2,
    ),
    Action(
        "drift.compare",
        "Compare",
        "Compare with Back Market now.",
        ("R",),
        "Differences",
        (DRIFTS,),
        _do("compare"),
        why_not=_write,
        hint=3,
    ),
    Action(
        "drift.order",
        "Open the order",
        "Everything about it.",
        ("enter", "o"),
        "Differences",
        (DRIFTS,),
        _do("open_order"),
        why_not=_drift,
        hint=4,
        brief="Order",
    ),
    Action(
        "audit.open",
        "Open",
        "Who, what, before and after.",
        ("enter", "o"),
        "Audit",
        (AUDIT,),
        _do("open_audit_row"),
        why_not=_row,
        hint=1,
    ),
    Action(
        "audit.verify",
        "Verify",
        "Find rows that were changed, removed or put in.",
        ("v",),
        "Audit",
        (AUDIT,),
        _do("verify"),
        hint=2,
    ),
)
