"""Steps of the acceptance actions: accepting one or many orders, and flagging the stock of their SKUs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bmtui.desk.acceptance import accept as acceptance
from bmtui.desk.acceptance import rules as acceptance_rules
from bmtui.desk.acceptance.accept import AcceptPlan
from bmtui.desk.core.context import Desk
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.overview import order as overview
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.text import how_many
from bmtui.tui.actions.action import Queued
from bmtui.tui.bulk import REASONS_SHOWN, named
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.dialogs.form import Ask, Form
from bmtui.tui.order_screen import OrderActs

_STOCK_WORD = {None: "", True: "in", False: "out"}


async def accept(screen: OrderActs) -> None:
    """Accept the order, after a dialog that shows exactly what is sent."""
    desk, order = screen.desk_and_order()
    plan = await desk.read(acceptance.plan, order.order_id)
    if await screen.desk_app.ask(Confirm(f"Accept order {order.order_id}?", _accepting(plan), "Accept")):
        accepted = await desk.write(acceptance.accept, order.order_id)
        screen.say(f"Order {order.order_id} is being accepted by job {accepted.job_id}; J shows how it goes.", "good")
        await screen.desk_app.check_changes()


def _accepting(plan: AcceptPlan) -> Sequence[tuple[str, str]]:
    return [
        (plan.sentence, "bold"),
        ("", ""),
        *((line, "") for line in plan.review),
    ]


async def gather_accept(screen: OrderActs, rows: Sequence[OrderRow]) -> bool | None:
    """Ask whether to accept the orders that can be accepted, with the reasons against the others; None for no."""
    app = screen.desk_app
    refused: list[str] = []
    fit: list[OrderRow] = []
    for row in rows:
        try:
            await replace(app.desk, company=row.company).read(acceptance.plan, row.order_id)
        except BmtuiError as error:
            refused.append(str(error))
        else:
            fit.append(row)
    # Show a reason that is the same for several orders only once.
    refused = list(dict.fromkeys(refused))
    if not fit:
        await app.ask(Notice("Accept", refused[:REASONS_SHOWN]))
        return None
    more = len(refused) - REASONS_SHOWN
    what = f"Accept {len(fit):,} order{'s' * (len(fit) > 1)}"
    parts = [
        (f"{what}: Back Market then expects {'them' if len(fit) > 1 else 'it'} to ship.", "bold"),
        (named(fit), ""),
        *((f"Not: {why}", "warn") for why in refused[:REASONS_SHOWN]),
        *([(f"… and {how_many(more, 'more reason')}; the results name all.", "warn")] if more > 0 else []),
    ]
    return await app.ask(Confirm(f"Accept · {how_many(len(rows), 'order')}", parts, what)) or None


def accept_each(desk: Desk, row: OrderRow, _: bool) -> Queued:
    """Accept one of the marked orders."""
    job_id = acceptance.accept(desk, row.order_id).job_id
    return Queued(f"Job {job_id} sends the acceptance.", (job_id,))


async def stock(screen: OrderActs) -> None:
    """Flag the order's SKUs, which the acceptance rule's stock term looks at."""
    desk, order = screen.desk_and_order()
    view = await desk.read(overview.show, order.order_id)
    skus = list(dict.fromkeys(line.sku for line in view.lines))
    flags = dict(await desk.read(acceptance_rules.flags))
    before = {sku: _STOCK_WORD[flags.get(sku)] for sku in skus}

    async def attempt(answers: Mapping[str, str]) -> int:
        changed = {sku: answers[f"sku-{number}"] for number, sku in enumerate(skus)}
        if any(not word and before[sku] for sku, word in changed.items()):
            raise RuleRefused("A stock flag cannot be removed.", "Say in stock or out of stock.")
        for word in ("in", "out"):
            some = [sku for sku, chosen in changed.items() if chosen == word and before[sku] != word]
            if some:
                await desk.write(acceptance_rules.flag, None, some, in_stock=word == "in")
        return sum(changed[sku] != before[sku] for sku in skus)

    options = (("", "not flagged"), ("in", "in stock"), ("out", "out of stock"))
    asks = [Ask(f"sku-{number}", sku, before[sku], options) for number, sku in enumerate(skus)]
    about = [("The acceptance rule's stock:in and stock:known look at these flags.", "dim")]
    changed = await screen.desk_app.ask(Form(f"Stock · order {order.order_id}", asks, attempt, about=about))
    if changed is not None:
        screen.say(
            f"{changed} of {how_many(len(skus), 'SKU has', 'SKUs have')} a new flag."
            if changed
            else "Nothing was changed.",
            "good",
        )
