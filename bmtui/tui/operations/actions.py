"""Looking at who did what."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions.action import Action
from bmtui.tui.actions.why_not import Context


def _acts() -> ModuleType:
    from bmtui.tui.operations import acts

    return acts


def _row(context: Context) -> str | None:
    from bmtui.desk.core.audit import AuditView

    return None if context.get(AuditView) else "There is no row under the cursor."


ACTIONS: tuple[Action, ...] = (
    Action(
        "desk.audit",
        "Audit",
        "Who did what; on an order only what was done to it.",
        ("exclamation_mark",),
        "Desk",
        ("search", "order", "approvals", "drifts", "jobs"),
        lambda screen: _acts().open_audit(screen),
        after="desk.drifts",
    ),
    Action(
        "audit.open",
        "Open",
        "Who, what, before and after.",
        ("enter", "o"),
        "Audit",
        ("audit",),
        lambda screen: _acts().open_row(screen),
        why_not=_row,
        hint=1,
        after="drift.order",
    ),
    Action(
        "audit.verify",
        "Verify",
        "Find rows that were changed, removed or put in.",
        ("v",),
        "Audit",
        ("audit",),
        lambda screen: _acts().verify(screen),
        hint=2,
    ),
)
