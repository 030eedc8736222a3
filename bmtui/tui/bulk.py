"""Bulk actions: one question for all marked orders, then each order in turn, with a result for each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from bmtui.desk.orders.order_row import OrderRow
from bmtui.errors import BmtuiError
from bmtui.money import Money
from bmtui.tui.actions.action import Action, Queued
from bmtui.tui.actions.why_not import Context
from bmtui.tui.dialogs.results import Result, Results
from bmtui.tui.shell import Shell
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.text import width_of

SAY_S = 0.25
"""Seconds between two reports of the progress."""

NAMED = 12
"""Most orders that a dialog names; it counts the others."""

REASONS_SHOWN = 5


class MarkingScreen(Protocol):
    """Screen with marked orders."""

    @property
    def desk_app(self) -> Shell: ...
    def context(self) -> Context: ...
    def say(self, text: str, style: str = "", *, planned: bool = False) -> None: ...
    def unmark(self, order: OrderRow) -> None: ...


async def do_many(screen: MarkingScreen, action: Action, rows: Sequence[OrderRow]) -> None:
    """Do `action` to each of `rows` and show the results; orders that were refused stay marked."""
    if action.many is None:
        return
    app = screen.desk_app
    context = screen.context()
    whys = [(row, action.why_not(replace(context, order=row))) for row in rows]
    fitting = [row for row, why in whys if not why]
    results = [Result(str(row.order_id), False, why) for row, why in whys if why]
    answer = await action.many.gather(screen, fitting) if fitting else None
    if fitting and answer is None:
        return
    each = action.many.each
    said = time.monotonic()
    for number, row in enumerate(fitting, start=1):
        assert each is not None, f"{action.id} gathers something and does nothing with it"
        desk = replace(app.desk, company=row.company)
        try:
            done = await desk.write(each, row, answer)
        except BmtuiError as error:
            results.append(Result(str(row.order_id), False, str(error)))
        else:
            queued = done if isinstance(done, Queued) else Queued(done, ())
            results.append(Result(str(row.order_id), True, queued.sentence, queued.job_ids))
            screen.unmark(row)
        if time.monotonic() - said > SAY_S:
            said = time.monotonic()
            screen.say(f"{action.label}: {number:,} of {len(fitting):,} …")
    screen.say("")
    await app.check_changes()
    await app.ask(Results(action.label, results))


def named(rows: Sequence[OrderRow]) -> str:
    """Return the ids of the orders, the first `NAMED` of them, and the number of the others."""
    ids = ", ".join(str(row.order_id) for row in rows[:NAMED])
    return f"{ids} and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ids


def amounts(rows: Iterable[tuple[OrderRow, Money]]) -> list[tuple[str, str]]:
    """Return a line for each order with its amount, the amounts aligned."""
    found = [(row, LOCAL.amount(amount)) for row, amount in rows]
    width = max((width_of(amount) for _, amount in found), default=0)
    return [(f"{row.order_id}  {' ' * (width - width_of(said))}{said}  {row.customer_name}", "") for row, said in found]


def sums(amounts: Iterable[Money]) -> str:
    """Return the sum of the amounts per currency; '' for nothing."""
    found: dict[str, Money] = {}
    for amount in amounts:
        currency = amount.currency
        found[currency] = found[currency] + amount if currency in found else amount
    return " and ".join(LOCAL.amount(amount) for amount in found.values() if amount.minor)


def reasons_of(refused: Mapping[str, Sequence[int]]) -> list[str]:
    """Return a line for each reason, with the ids of the orders that were refused for it."""
    return [f"Not {', '.join(map(str, ids[:3]))}{' …' if len(ids) > 3 else ''}: {why}" for why, ids in refused.items()]
