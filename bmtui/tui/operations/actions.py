"""Actions on the audit, and on the series of numbers."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, Action
from bmtui.tui.actions.why_not import Context


def _acts() -> ModuleType:
    from bmtui.tui.operations import acts

    return acts


def _row(context: Context) -> str | None:
    from bmtui.desk.core.audit import AuditView

    return None if context.get(AuditView) else "There is no row under the cursor."


def _order(context: Context) -> str | None:
    from bmtui.desk.core.audit import AuditView

    row = context.get(AuditView)
    return _row(context) or (None if row and row.order_id else "It is about no order.")


def _number(context: Context) -> str | None:
    from bmtui.desk.operations.numbers import SeriesView

    row = context.get(SeriesView)
    if row is None or context.read_only:
        return why_not.write(context) or "There is no series under the cursor."
    return None if row.waits else "It does not wait: its next number follows from what is here."


def _beginning(context: Context) -> str | None:
    from bmtui.desk.operations.numbers import SeriesView

    row = context.get(SeriesView)
    if row is None or context.read_only:
        return why_not.write(context) or "There is no series under the cursor."
    return None if row.can_begin else "Numbers of it were given here, or it waits for its last number."


ACTIONS: tuple[Action, ...] = (
    Action(
        "desk.audit",
        "Audit",
        "Who did what; on an order only what was done to it.",
        ("exclamation_mark",),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_audit(screen),
        not_in=("audit",),
        after="desk.drifts",
    ),
    Action(
        "audit.open",
        "Open",
        "Who, what, before and after.",
        ("enter",),
        "Audit",
        ("audit",),
        lambda screen: _acts().open_row(screen),
        why_not=_row,
        former=("o",),
        hint=1,
        after="drift.order",
    ),
    Action(
        "audit.order",
        "Order",
        "The order that the row is about.",
        ("o",),
        "Audit",
        ("audit",),
        lambda screen: _acts().open_order(screen),
        why_not=_order,
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
    Action(
        "desk.numbers",
        "Numbers",
        "Series of invoices and RMAs, and which wait for their last number after a restore.",
        ("n",),
        "Desk",
        ("invoice_queue", "invoices"),
        lambda screen: _acts().open_numbers(screen),
        former=("N",),
    ),
    Action(
        "number.confirm",
        "Last number",
        "Say which number of the series was used last; it goes on behind it.",
        ("enter",),
        "Numbers",
        ("numbers",),
        lambda screen: screen.do_confirm(),
        why_not=_number,
        hint=1,
    ),
    Action(
        "number.begin",
        "Begin",
        "Say with which number the series begins, before its first one: where another system left it.",
        ("b",),
        "Numbers",
        ("numbers",),
        lambda screen: screen.do_begin(),
        why_not=_beginning,
        hint=2,
    ),
)
