"""Screens of money: the figures of some days, and rows of billing statements that are not explained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from textual.widget import Widget

from bmtui.desk.accounts import figure_counts, figures, statements
from bmtui.desk.accounts.figures import Figures
from bmtui.desk.accounts.statements import StatementRowView, StatementSum
from bmtui.desk.core.context import Desk
from bmtui.text import how_many
from bmtui.tui.accounts.document import document
from bmtui.tui.actions import registry
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces
from bmtui.words import label

SPANS = (30, 90, 365, 7)
"""Numbers of days that the key goes through."""


class MoneyScreen(DeskScreen):
    """Screen of the figures of the last days, read again only after a change of the store."""

    PLACE = "money"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self) -> None:
        super().__init__()
        self._span = 0
        self._found: tuple[Figures, Sequence[StatementSum]] | None = None

    def body(self) -> Iterable[Widget]:
        yield Line(id="title")
        yield Reader(id="figures")

    def on_reader_resized(self) -> None:
        self._show()

    def reload(self) -> None:
        self.read(self._read)

    def do_span(self) -> None:
        """Show the next span of days."""
        self._span = (self._span + 1) % len(SPANS)
        self.reload()

    async def _read(self) -> None:
        desk = self.desk_app.desk
        if await desk.read(figure_counts.may_keep):
            await desk.write(figure_counts.keep_up)
        self._found = await desk.read(_gathered, SPANS[self._span])
        self._show()

    def _show(self) -> None:
        if self._found is None:
            return
        found, sums = self._found
        reader = self.part(Reader)
        reader.show(document(found, sums, reader.size.width))
        days = f" · {found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}, by the day of the order"
        self.part("#title", Line).show(("MONEY", "bold"), (days, "dim"))


class StatementRowsScreen(ListScreen[StatementRowView]):
    """Screen of billing statement rows that have no explanation, newest first."""

    PLACE = "statement_rows"
    BINDINGS = registry.bindings(PLACE)
    LISTED = 500
    TITLE_TEXT = "Billing statements"
    EMPTY = (("Every row of the statements is explained.", ""),)

    def columns(self) -> Sequence[Column[StatementRowView]]:
        return (
            Column("day", "Date", 10, lambda row: row.day),
            Column("order", "Order", 10, lambda row: str(row.order_id or "")),
            Column("amount", "Amount", 14, lambda row: LOCAL.aligned(row.amount, 14), right=True),
            Column("why", "Why", 21, lambda row: label(row.problem)),
            Column("what", "What", 20, lambda row: row.detail, grows=True),
            Column("designation", "Designation", 14, lambda row: row.designation, rank=1),
            Column("statement", "Statement", 16, lambda row: row.statement, rank=2),
        )

    def meaning_of(self, row: StatementRowView) -> Meaning:
        return Meaning.SOON

    def key_of(self, row: StatementRowView) -> object:
        return row.row_id

    async def find(self, query: str, limit: int) -> Sequence[StatementRowView]:
        desk = self.desk_app.desk
        if await desk.read(figure_counts.may_keep):
            await desk.write(statements.retry)
        return await desk.read(statements.open_rows, limit=limit)

    def told(self, shown: Sequence[StatementRowView], more: bool) -> Pieces:
        rows = f"the newest {len(shown)} of more" if more else how_many(len(shown), "row")
        return ((f"Billing statements, not explained · {rows}", "dim"),)


def _gathered(desk: Desk, days: int) -> tuple[Figures, Sequence[StatementSum]]:
    last = desk.now().astimezone(desk.zone()).date()
    return figures.read(desk, last - timedelta(days=days - 1), last), statements.sums(desk)
