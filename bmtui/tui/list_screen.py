"""A screen with a list, which a typed filter may narrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.widget import Widget

from bmtui.tui.actions.why_not import Context
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column, Table
from bmtui.tui.widgets.text import Pieces

T = TypeVar("T")


class ListScreen(DeskScreen, Generic[T]):
    """Shows at most `LISTED` rows, and says when there are more; where it has a filter, `/` asks for it.

    Args:
        query: the filter to begin with.
    """

    TITLE_TEXT: ClassVar[str] = ""
    FILTER_HELP: ClassVar[str] = ""
    EMPTY: ClassVar[Pieces] = ()
    LISTED: ClassVar[int] = 200
    GLYPHS: ClassVar[bool] = True
    """Rows have glyphs, as `meaning_of` says."""

    def __init__(self, query: str = "") -> None:
        super().__init__()
        self._query = query
        self.start_at: object | None = None
        """The key of the row that the cursor begins on; None: the first."""

    def body(self) -> Iterable[Widget]:
        yield Line(id="info")
        meaning = self.meaning_of if self.GLYPHS else None
        yield Table(self.columns(), self.key_of, meaning=meaning, moved=self._moved, id="rows")

    # To be overridden

    def columns(self) -> Sequence[Column[T]]:
        """From left to right."""
        raise NotImplementedError

    def meaning_of(self, row: T) -> Meaning:
        """Meaning of a row for a person."""
        raise NotImplementedError

    def key_of(self, row: T) -> object:
        """What identifies a row."""
        raise NotImplementedError

    async def find(self, query: str, limit: int) -> Sequence[T]:
        """At most `limit` rows that match."""
        raise NotImplementedError

    def told(self, shown: Sequence[T], more: bool) -> Pieces:
        """The line above the list, about the rows that are shown; `more`: there are others."""
        number = f"the first {self.LISTED}; there are more" if more else f"{len(shown):,}"
        filtered = f" · filter: {self._query}" if self._query else ""
        return ((f"{self.TITLE_TEXT} · {number}{filtered}", "dim"),)

    def moved(self) -> None:
        """The cursor is on another row, or the rows are others."""

    # Shared

    def _moved(self) -> None:
        self.moved()
        self.cursor_moved()

    def context(self) -> Context:
        return super().context().knowing(*([self.current] if self.current else []))

    @property
    def table(self) -> Table[T]:
        """The list."""
        table: Table[T] = self.part(Table)
        return table

    @property
    def current(self) -> T | None:
        """The row under the cursor."""
        return self.table.current

    def minute_passed(self) -> None:
        self.reload()

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        question, _, _ = self.table.ask(again=True)
        # One more than is listed tells whether there are more.
        found = await self.find(self._query, self.LISTED + 1)
        shown, table = found[: self.LISTED], self.table
        table.empty = (
            (("Nothing matches; ", ""), ("/", "key"), (" changes the filter.", "")) if self._query else self.EMPTY
        )
        table.fill(question, 0, shown, len(shown), False)
        if self.start_at is not None:
            table.move_to(next((at for at, row in enumerate(shown) if self.key_of(row) == self.start_at), 0))
            self.start_at = None
        said = self.desk_app.zone_said if shown else ""
        self.part("#info", Line).show(*self.told(shown, len(found) > len(shown)), (said, "dim"))

    async def do_filter(self) -> None:
        from bmtui.tui.dialogs.note import AskText

        asked = await self.desk_app.ask(
            AskText(f"Filter · {self.TITLE_TEXT}", self._query, about=self.FILTER_HELP, goes_on=True)
        )
        if asked is not None:
            # A filter that cannot be read must not stand: each change of the store would say so again.
            await self.find(asked, 1)
            self._query = asked
            self.reload()
