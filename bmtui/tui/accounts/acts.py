"""Steps of the accounts' actions: opening their screens, importing files, writing a return."""

from __future__ import annotations

from dataclasses import replace

from bmtui.desk.accounts import costs, statement_import
from bmtui.errors import RuleRefused
from bmtui.text import first_of, how_many
from bmtui.tui.accounts import returns_screen
from bmtui.tui.accounts.returns_screen import TaxReturnScreen, WithoutCostScreen
from bmtui.tui.accounts.screen import MoneyScreen, StatementRowsScreen
from bmtui.tui.dialogs.confirm import Confirm
from bmtui.tui.dialogs.path import AskPath
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.locale_format import LOCAL


async def open_money(screen: DeskScreen) -> None:
    """Show the figures."""
    await screen.desk_app.show(MoneyScreen())


async def open_rows(screen: DeskScreen) -> None:
    """List the rows of statements that no order or refund explains."""
    await screen.desk_app.show(StatementRowsScreen())


async def open_returns(screen: DeskScreen) -> None:
    """Show the VAT of the last month."""
    await screen.desk_app.show(TaxReturnScreen())


async def open_without_cost(screen: DeskScreen) -> None:
    """List the shipped lines that have no purchase cost."""
    await screen.desk_app.show(WithoutCostScreen())


async def open_order(screen: StatementRowsScreen | WithoutCostScreen) -> None:
    """Open the order that the row under the cursor is about."""
    row = screen.current
    if row is not None:
        await screen.desk_app.open_order(row.order_id, row.company)


async def write_return(screen: TaxReturnScreen) -> None:
    """Ask for a file and write the shown return into it."""
    app, report = screen.desk_app, screen.report
    if report is None:
        raise RuleRefused("There is no return to be written.", "The screen says why.")

    async def use(dialog: AskPath, path: str) -> bool:
        size = await app.desk.read(returns_screen.write, report, path)
        screen.say(f"{path}: {size:,} bytes.", "good")
        return True

    await app.ask(AskPath("Write the return", "A PDF if the name ends with .pdf, else a CSV.", use))


async def import_costs(screen: DeskScreen) -> None:
    """Ask for a file of purchase costs, show what it would add, and store it."""
    app = screen.desk_app

    async def use(dialog: AskPath, path: str) -> bool:
        dialog.tell("Reading…")
        seen = await app.desk.read(costs.preview, path)
        if seen.wrong:
            raise RuleRefused(
                f"{how_many(len(seen.wrong), 'row is', 'rows are')} wrong. {first_of(seen.wrong)}",
                "Nothing was stored.",
            )
        lines = [f"{len(seen.rows):,} purchase costs of {seen.company} are new, {seen.known:,} are here."]
        parts = [(f"{len(seen.unsold):,} are of devices in stock. {first_of(seen.unsold)}\n", "warn")] * bool(
            seen.unsold
        )
        if not await app.ask(Confirm(f"Import {seen.file}", [*parts, ("\n".join(lines), "")], "Import")):
            return False
        stored = await app.desk.write(costs.save, replace(seen, unsold=()))
        await app.check_changes()
        screen.say(f"{stored:,} purchase costs are stored.", "good")
        return True

    about = "A CSV file with imei, serial or sku, and cost and currency; it may have date and reference."
    await app.ask(AskPath("Import purchase costs", about, use))


async def import_statement(screen: DeskScreen) -> None:
    """Ask for a billing statement, show what it would add, and store it."""
    app = screen.desk_app

    async def use(dialog: AskPath, path: str) -> bool:
        dialog.tell("Reading…")
        seen, contents = await app.desk.read(statement_import.preview, path)
        lines = [f"{seen.added:,} of {how_many(seen.rows, 'row is', 'rows are')} new."]
        lines += [
            f"{one.statement} {one.kind}: {LOCAL.amount(one.amount)} in {how_many(one.rows, 'row')}"
            for one in seen.sums
        ]
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
