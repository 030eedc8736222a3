"""Steps of the actions on the audit and the series of numbers."""

from __future__ import annotations

from bmtui.desk.core import audit
from bmtui.text import how_many
from bmtui.tui.dialogs.confirm import Notice
from bmtui.tui.operations.numbers_screen import NumbersScreen
from bmtui.tui.operations.screen import AuditRowScreen, AuditScreen
from bmtui.tui.screen import DeskScreen


async def open_audit(screen: DeskScreen) -> None:
    """Show the audit; from an order's own screen only the rows of that order."""
    order = screen.context().order if screen.PLACE == "order" else None
    await screen.desk_app.show(AuditScreen(order.order_id if order else None))


async def open_row(screen: AuditScreen) -> None:
    """Show one row of the audit, with the values before and after."""
    if screen.current is not None:
        await screen.desk_app.show(AuditRowScreen(screen.current))


async def open_order(screen: AuditScreen) -> None:
    """Open the order of the row under the cursor."""
    row = screen.current
    if row is not None and row.order_id is not None:
        await screen.desk_app.open_order(row.order_id, row.company or None)


async def open_numbers(screen: DeskScreen) -> None:
    """Show the series of numbers."""
    await screen.desk_app.show(NumbersScreen())


async def verify(screen: DeskScreen) -> None:
    """Check the audit for rows that were changed, removed or inserted, and show them."""
    found = await screen.desk_app.desk.read(audit.verify)
    if found.problems:
        more = len(found.problems) - 5
        told = [problem.sentence for problem in found.problems[:5]]
        told += [f"… and {more:,} more: 'bmtui audit verify' names all."] if more > 0 else []
        await screen.desk_app.ask(Notice("The audit was tampered with", told))
    else:
        screen.say(f"{how_many(found.rows, 'row')} checked, none was changed. Head {found.head[:16]}…", "good")
