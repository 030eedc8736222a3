"""What is done with the figures and with billing statements."""

from __future__ import annotations

from bmtui.desk.accounts import statement_import
from bmtui.tui.accounts.screen import MoneyScreen, StatementRowsScreen
from bmtui.tui.dialogs.confirm import Confirm
from bmtui.tui.dialogs.path import AskPath
from bmtui.tui.screen import DeskScreen


async def open_money(screen: DeskScreen) -> None:
    """Show the figures."""
    await screen.desk_app.show(MoneyScreen())


async def open_rows(screen: DeskScreen) -> None:
    """List the rows of statements that nothing here explains."""
    await screen.desk_app.show(StatementRowsScreen())


async def open_order(screen: StatementRowsScreen) -> None:
    """Open the order that the row under the cursor is about."""
    row = screen.current
    if row is not None:
        await screen.desk_app.open_order(row.order_id, row.company)


async def import_statement(screen: DeskScreen) -> None:
    """Ask for the file, show what it says, and store it."""
    app = screen.desk_app

    async def use(dialog: AskPath, path: str) -> bool:
        dialog.tell("Reading…")
        seen, contents = await app.desk.read(statement_import.preview, path)
        lines = [f"{seen.added:,} of {seen.rows:,} rows are new."]
        lines += [f"{one.statement} {one.kind}: {one.amount} in {one.rows:,} rows" for one in seen.sums]
        parts = [(f"{doubt} Check it before you import.\n", "warn") for doubt in seen.doubts]
        parts += [("\n".join((*lines, *seen.remarks)), "")]
        if not await app.ask(Confirm(f"Import {seen.file}", parts, "Import")):
            return False
        done = await app.desk.write(statement_import.save, contents)
        await app.check_changes()
        screen.say(done.sentence, "warn" if done.unexplained else "good")
        return True

    about = "A CSV file with invoice_key, value_date, sku, order_id, designation, amount and currency."
    await app.ask(AskPath("Import a billing statement", about, use))
