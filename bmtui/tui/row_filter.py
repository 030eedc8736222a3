"""Row filter of every list (`/`): it shows the rows that have the typed words in any column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from bmtui.text import folded
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.table import Table
from bmtui.tui.widgets.text import Pieces

T = TypeVar("T")

SEARCHED = 5_000
"""Most rows that are searched; the line above the list says so when there are more."""

NOTHING: Pieces = (("Nothing matches; ", ""), ("/", "key"), (" changes the filter, Esc shows all again.", ""))
LOADING: Pieces = (("Loading …", "dim"),)
"""Text of an empty list before its rows are read."""


class RowFilter(DeskScreen, Generic[T]):
    """Screen with a list of rows; the words of the filter are searched in all columns, hidden ones too."""

    TITLE_TEXT: ClassVar[str] = ""
    FILTER_HELP: ClassVar[str] = ""
    """Help for a filter that is a query; '' for a filter that searches its words in the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.filtered_by = ""

    @property
    def table(self) -> Table[T]:
        """Table of the list."""
        table: Table[T] = self.part(Table)
        return table

    @property
    def words(self) -> tuple[str, ...]:
        """Words that rows must have; empty where the filter is a query."""
        return () if self.FILTER_HELP else tuple(folded(self.filtered_by).lower().split())

    def narrowed(self, rows: Sequence[T]) -> list[T]:
        """Return the rows that have all words."""
        words, columns = self.words, self.table.columns
        if not words:
            return list(rows)
        texts = (folded(" ".join(column.text(row) for column in columns)).lower() for row in rows)
        return [row for row, text in zip(rows, texts, strict=True) if all(word in text for word in words)]

    def narrowed_told(self, shown: int, of: int) -> tuple[str, str]:
        """Return the words about the filter above the list: how many rows fit, of how many."""
        if not self.words:
            return ("", "")
        newest = f"the first {SEARCHED:,}; there are more" if of > SEARCHED else f"{of:,}"
        return (f" · filter '{self.filtered_by}': {shown:,} of {newest}", "warn")

    async def try_filter(self, text: str) -> None:
        """Raise the error of a filter that cannot be read."""

    async def do_filter(self) -> None:
        from bmtui.tui.dialogs.note import AskText

        about = self.FILTER_HELP or "Rows that have all of these words, in any column. Empty: all rows."
        heading = f"Filter · {self.TITLE_TEXT}" if self.TITLE_TEXT else "Filter"
        asked = await self.desk_app.ask(AskText(heading, self.filtered_by, about=about, goes_on=bool(self.FILTER_HELP)))
        if asked is not None:
            # Refuse an unreadable filter here: each change of the store would report it again.
            await self.try_filter(asked)
            self.filtered_by = asked
            self.reload()

    def do_back(self) -> None:
        """Show all rows again; go back if all are shown."""
        if self.words:
            self.filtered_by = ""
            self.reload()
        else:
            super().do_back()
