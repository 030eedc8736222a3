"""Actions of the accounts: figures, billing statements, purchase costs and tax returns."""

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


def _line(context: Context) -> str | None:
    from bmtui.desk.accounts.costs import WithoutCost

    return None if context.get(WithoutCost) else "There is no line under the cursor."


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
        "money.tax",
        "Returns of tax",
        "VAT of a month and OSS of a quarter, with the sums that prove them.",
        ("v",),
        "Money",
        ("money",),
        lambda screen: _acts().open_returns(screen),
        hint=4,
        brief="Tax",
    ),
    Action(
        "money.costs",
        "Import purchase costs",
        "A file with imei, serial or sku, cost and currency: read, shown, and stored whole or not at all.",
        ("c",),
        "Money",
        ("money", "without_cost"),
        lambda screen: _acts().import_costs(screen),
        why_not=why_not.write,
        hint=5,
        brief="Costs",
    ),
    Action(
        "money.without_cost",
        "Without a cost",
        "What was shipped and has no purchase cost: it is taxed on its whole price.",
        ("z",),
        "Money",
        ("money", "tax_return"),
        lambda screen: _acts().open_without_cost(screen),
    ),
    Action(
        "tax_return.earlier",
        "Earlier",
        "The period before this one.",
        ("p",),
        "Money",
        ("tax_return",),
        lambda screen: screen.do_earlier(),
        hint=1,
    ),
    Action(
        "tax_return.later",
        "Later",
        "The period after this one.",
        ("n",),
        "Money",
        ("tax_return",),
        lambda screen: screen.do_later(),
        hint=2,
    ),
    Action(
        "tax_return.other",
        "VAT or OSS",
        "The OSS return of the quarter, or the VAT of a month.",
        ("m",),
        "Money",
        ("tax_return",),
        lambda screen: screen.do_other(),
        hint=3,
    ),
    Action(
        "tax_return.write",
        "Write to a file",
        "All of it with its sums: a name that ends with .pdf is a PDF, any other a CSV.",
        ("w",),
        "Money",
        ("tax_return",),
        lambda screen: _acts().write_return(screen),
        hint=4,
        brief="Write",
    ),
    Action(
        "without_cost.order",
        "Open the order",
        "Everything about it.",
        ("enter", "o"),
        "Money",
        ("without_cost",),
        lambda screen: _acts().open_order(screen),
        why_not=_line,
        hint=1,
        brief="Order",
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
