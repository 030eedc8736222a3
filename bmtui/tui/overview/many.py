"""One action on all marked orders: asked once, done order by order, with a result for each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bmtui.desk.core.views import OrderRow
from bmtui.errors import BmtuiError
from bmtui.tui.actions.action import Action
from bmtui.tui.dialogs.results import Result, Results

if TYPE_CHECKING:
    from bmtui.tui.overview.acts import OrderActs

SAY_S = 0.25
"""How often the progress is told, in numbers."""

NAMED = 12
"""Orders that a dialog names; of the others it says how many they are."""


async def do_many(screen: OrderActs, action: Action, rows: Sequence[OrderRow]) -> None:
    """Do `action` to all of `rows`; those that were not done stay marked."""
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
    said = time.monotonic()
    for number, row in enumerate(fitting, start=1):
        desk = replace(app.desk, company=row.company)
        try:
            sentence = await desk.write(action.many.each, row, answer)
        except BmtuiError as error:
            results.append(Result(str(row.order_id), False, str(error)))
        else:
            results.append(Result(str(row.order_id), True, sentence))
            screen.unmark(row)
        if time.monotonic() - said > SAY_S:
            said = time.monotonic()
            screen.say(f"{action.label}: {number:,} of {len(fitting):,} …")
    screen.say("")
    await app.check_changes()
    await app.ask(Results(action.label, results))


def named(rows: Sequence[OrderRow]) -> str:
    """The orders by their ids, as far as a dialog has room."""
    ids = ", ".join(str(row.order_id) for row in rows[:NAMED])
    return f"{ids} and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ids
