"""Screens with a list of rows, narrowed by a typed filter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, TypeVar

from textual.widget import Widget

from bmtui.tui.actions.why_not import Context
from bmtui.tui.row_filter import LOADING, NOTHING, SEARCHED, RowFilter
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column, Table
from bmtui.tui.widgets.text import Pieces

T = TypeVar("T")


class ListScreen(RowFilter[T]):
    """Screen of at most `LISTED` rows, which says when there are more; `/` narrows them.

    Args:
        query: the filter to begin with.
    """

    EMPTY: ClassVar[Pieces] = ()
    LISTED: ClassVar[int] = 200
    GLYPHS: ClassVar[bool] = True
    """Flag: rows have glyphs, as `meaning_of` returns them."""

    def __init__(self, query: str = "") -> None:
        super().__init__()
        self.filtered_by = query
        self.start_at: object | None = None
        """Key of the row on which the cursor begins; None for the first row."""

    def body(self) -> Iterable[Widget]:
        yield Line(id="info")
        meaning = self.meaning_of if self.GLYPHS else None
        table = Table(self.columns(), self.key_of, meaning=meaning, moved=self._moved, id="rows")
        table.empty = LOADING
        yield table

    # To be overridden

    def columns(self) -> Sequence[Column[T]]:
        """Return the columns, from left to right."""
        raise NotImplementedError

    def meaning_of(self, row: T) -> Meaning:
        """Return the meaning of a row, which decides its glyph and colour."""
        raise NotImplementedError

    def key_of(self, row: T) -> object:
        """Return the key that identifies a row."""
        raise NotImplementedError

    async def find(self, query: str, limit: int) -> Sequence[T]:
        """Return at most `limit` rows that match."""
        raise NotImplementedError

    def told(self, shown: Sequence[T], more: bool) -> Pieces:
        """Return the line above the list, about the rows that are shown; `more`: there are others."""
        number = f"the first {self.LISTED}; there are more" if more else f"{len(shown):,}"
        filtered = f" · filter: {self.filtered_by}" if self.FILTER_HELP and self.filtered_by else ""
        return ((f"{self.TITLE_TEXT} · {number}{filtered}", "dim"),)

    def moved(self) -> None:
        """React to another row under the cursor, or to other rows."""

    # Shared

    def _moved(self) -> None:
        self.moved()
        self.cursor_moved()

    def context(self) -> Context:
        return super().context().knowing(*([self.current] if self.current else []))

    @property
    def current(self) -> T | None:
        """Row under the cursor."""
        return self.table.current

    def minute_passed(self) -> None:
        self.reload()

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        question, _, _ = self.table.ask(again=True)
        # Ask for one row more than is listed, to know whether there are more.
        found = await self.find(self.filtered_by, (SEARCHED if self.words else self.LISTED) + 1)
        fitting = self.narrowed(found) if self.words else found
        shown, table = fitting[: self.LISTED], self.table
        table.empty = NOTHING if self.filtered_by else self.EMPTY
        table.fill(question, 0, shown, len(shown), False)
        if self.start_at is not None:
            table.move_to(next((at for at, row in enumerate(shown) if self.key_of(row) == self.start_at), 0))
            self.start_at = None
        said = self.desk_app.zone_said if shown else ""
        told = self.told(shown, len(fitting) > len(shown))
        self.part("#info", Line).show(*told, self.narrowed_told(len(fitting), len(found)), (said, "dim"))

    async def try_filter(self, text: str) -> None:
        if self.FILTER_HELP:
            await self.find(text, 1)
