"""Actions that download orders, and compare the store with Back Market."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, ORDERS, Action, Many
from bmtui.tui.actions.why_not import Context


def _acts() -> ModuleType:
    from bmtui.tui.sync import acts

    return acts


def _drift(context: Context) -> str | None:
    from bmtui.desk.sync.reconcile import DriftView

    return None if context.get(DriftView) else "There is no difference under the cursor."


def _repair(context: Context) -> str | None:
    from bmtui.desk.sync.reconcile import DriftView

    row = context.get(DriftView)
    if row is None or context.read_only:
        return why_not.write(context) or _drift(context)
    return None if row.repairable else row.advice or "This one needs a person."


ACTIONS: tuple[Action, ...] = (
    Action(
        "orders.download",
        "Download orders",
        "Download Back Market orders from a Start Date on.",
        ("D",),
        "Desk",
        ("search", "jobs"),
        lambda screen: _acts().download(screen),
        why_not=why_not.download,
        hint=20,
        brief="Download",
        after="desk.guides",
    ),
    Action(
        "orders.sync",
        "Update orders",
        "Download what changed since the last time, of every company in view.",
        ("U",),
        "Desk",
        ("search", "jobs"),
        lambda screen: _acts().update(screen),
        why_not=why_not.download,
    ),
    Action(
        "order.refresh",
        "Read again",
        "Read the order from Back Market now.",
        ("R",),
        "Order",
        ORDERS,
        lambda screen: _acts().refresh(screen),
        many=Many(lambda screen, rows: _acts().refresh_all(screen, rows)),
        why_not=why_not.order_write,
        after="order.evidence",
    ),
    Action(
        "desk.drifts",
        "Compare with Back Market",
        "Where the store and Back Market do not agree.",
        ("equals_sign",),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_drifts(screen),
        not_in=("drifts",),
        after="desk.approvals",
    ),
    Action(
        "drift.repair",
        "Repair",
        "Take what Back Market says of this order.",
        ("f",),
        "Differences",
        ("drifts",),
        lambda screen: _acts().repair(screen),
        destructive=True,
        why_not=_repair,
        hint=1,
        after="approval.order",
    ),
    Action(
        "drift.repair_all",
        "Repair all",
        "Compare anew, and repair all that is safe.",
        ("a",),
        "Differences",
        ("drifts",),
        lambda screen: _acts().repair_all(screen),
        destructive=True,
        why_not=why_not.write,
        former=("F",),
        hint=2,
    ),
    Action(
        "drift.compare",
        "Compare",
        "Compare with Back Market now.",
        ("R",),
        "Differences",
        ("drifts",),
        lambda screen: _acts().compare(screen),
        why_not=why_not.write,
        hint=3,
    ),
    Action(
        "drift.order",
        "Open the order",
        "Everything about it.",
        ("enter", "o"),
        "Differences",
        ("drifts",),
        lambda screen: _acts().open_order(screen),
        why_not=_drift,
        hint=4,
        brief="Order",
    ),
)
