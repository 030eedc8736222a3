"""Looking at the figures and at billing statements."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, Action
from bmtui.tui.actions.why_not import Context


def _acts() -> ModuleType:
    from bmtui.tui.accounts import acts

    return acts


def _row(context: Context) -> str | None:
    from bmtui.desk.accounts.statements import StatementRowView

    row = context.get(StatementRowView)
    if row is None:
        return "There is no row under the cursor."
    return None if row.order_id else "This row is about the account, not about an order."


ACTIONS: tuple[Action, ...] = (
    Action(
        "desk.money",
        "Money",
        "Revenue, refunds, fees and net; returns; how fast all goes; billing statements.",
        ("dollar_sign",),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_money(screen),
        not_in=("money",),
        after="desk.drifts",
    ),
    Action(
        "money.span",
        "Other days",
        "The last 7, 30, 90 or 365 days.",
        ("m",),
        "Money",
        ("money",),
        lambda screen: screen.do_span(),
        hint=1,
        brief="Days",
        after="drift.order",
    ),
    Action(
        "money.unexplained",
        "Not explained",
        "Rows of billing statements that nothing here explains, each with its reason.",
        ("enter",),
        "Money",
        ("money",),
        lambda screen: _acts().open_rows(screen),
        former=("o",),
        hint=2,
    ),
    Action(
        "money.import",
        "Import a statement",
        "A billing statement of Back Market: read, shown, and stored whole or not at all.",
        ("i",),
        "Money",
        ("money", "statement_rows"),
        lambda screen: _acts().import_statement(screen),
        why_not=why_not.write,
        hint=3,
        brief="Import",
    ),
    Action(
        "statement_row.order",
        "Open the order",
        "Everything about it.",
        ("enter", "o"),
        "Money",
        ("statement_rows",),
        lambda screen: _acts().open_order(screen),
        why_not=_row,
        hint=1,
        brief="Order",
    ),
)
