"""Table over a window of rows: it never holds or draws more than is near the cursor.

The table asks for rows (`Table.Wanted`), its screen reads them and hands them to `fill`. Every new question has a
number; an answer to an older question is dropped. A move of the cursor repaints two lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from textual.events import Key
from textual.message import Message

from bmtui.tui.widgets import scrolling
from bmtui.tui.widgets.lines import Lines
from bmtui.tui.widgets.marks import MOST, Marks
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.text import Pieces, fit

T = TypeVar("T")

CHUNK = 60
"""Rows that are asked for at once."""

KEPT = 1_000
"""Most rows that are held; those farthest from the cursor go first."""

AHEAD = 20
"""Rows beyond the visible ones that are read ahead of the cursor."""

EXTRA = 3
"""Rank from which on columns are for terminals with room to spare."""


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """Column of a table.

    Attributes:
        text: returns a row's value, which may be foreign text.
        meaning: returns the meaning of the value, such as that of a deadline, which highlights it; None: plain.
        clock: the glyph of the meaning stands behind the value, in two of its cells.
        width: in cells; for a column that `grows` the least.
        ideal: cells that a column that `grows` gets before columns of rank `EXTRA` and more are shown at all.
        rank: when the terminal is narrow, columns of the highest rank go first.
    """

    name: str
    title: str
    width: int
    text: Callable[[T], str]
    meaning: Callable[[T], Meaning | None] | None = None
    clock: bool = False
    right: bool = False
    grows: bool = False
    ideal: int = 0
    rank: int = 0


class Table(Lines, Generic[T], can_focus=True):
    """Table: a header line, and rows below it.

    Args:
        columns: from left to right; those that do not fit are left out by `rank`.
        key: returns the key of a row; the cursor stays on it when the rows are read again.
        meaning: returns the meaning of a row, whose glyph stands before it; a mark replaces the glyph.
        grey: returns True for a row that is shown dimmed.
        heading: returns the text of a row that is a heading, across all columns; '' for any other.
        moved: called when the cursor or the window moved, or the rows changed; not a message, which would be painted a
            frame later than the move.
    """

    DEFAULT_CSS = "Table { height: 1fr; width: 100%; }"

    class Wanted(Message):
        """Message that rows `offset` … `offset + limit` are needed, for the answer to question number `question`."""

        def __init__(self, table: Table[Any], question: int, offset: int, limit: int) -> None:
            super().__init__()
            self.table, self.question, self.offset, self.limit = table, question, offset, limit

        @property
        def control(self) -> Table[Any]:
            return self.table

    class Jumped(Message):
        """Message that a key was typed while the rows had letters."""

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key: Callable[[T], object],
        *,
        meaning: Callable[[T], Meaning] | None = None,
        grey: Callable[[T], bool] | None = None,
        heading: Callable[[T], str] | None = None,
        moved: Callable[[], None] | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._key = key
        self.marks: Marks[T] = Marks(key)
        self._labels = ""
        self._meaning, self._grey = meaning, grey
        self._heading = heading
        self._moved = moved
        self._rows: dict[int, T] = {}
        self._asked: set[int] = set()
        self._question = 0
        self._answered = 0
        self._stay = False
        self.cursor = 0
        self.top = 0
        self._drawn_top = 0
        self.count = 0
        self.more = False
        self.empty: Pieces = ()

    @property
    def height(self) -> int:
        """Number of rows that are visible at once."""
        return max(self.size.height - 1, 1)

    @property
    def current(self) -> T | None:
        """Row under the cursor; None when there is none, or it was not read yet."""
        return self._rows.get(self.cursor)

    @property
    def window(self) -> tuple[int, int]:
        """Numbers of the first and last visible row, counted from 1; (0, 0) when there are none."""
        return (self.top + 1, min(self.top + self.height, self.count)) if self.count else (0, 0)

    @property
    def answered(self) -> bool:
        """True if the shown rows answer the latest question."""
        return self._answered == self._question

    @property
    def columns(self) -> Sequence[Column[T]]:
        """Columns of the table, including those that do not fit."""
        return self._columns

    def use_columns(self, columns: Sequence[Column[T]]) -> None:
        """Replace the columns."""
        self._columns = columns
        self.redraw()

    def know(self, count: int) -> None:
        """Set the exact number of rows."""
        self.count, self.more = count, False
        self.move_to(self.cursor)

    # Asking and answering

    def ask(self, *, again: bool = False) -> tuple[int, int, int]:
        """Start a new question; return its number, and offset and limit of the rows to read for it.

        With `again` it is the same question asked later: the cursor stays on its row. Otherwise it goes to the top.
        The present rows are shown until the answer comes.
        """
        self._question += 1
        self._stay = again
        if not again:
            return self._question, 0, CHUNK
        offset = max(self.top - AHEAD, 0)
        return self._question, offset, max(self.height + 2 * AHEAD, CHUNK)

    def fill(self, question: int, offset: int, rows: Sequence[T], count: int, more: bool, limit: int = CHUNK) -> bool:
        """Take the rows from `offset` on, `count` in all (`more`: at least); return False after a newer question."""
        if question != self._question:
            return False
        if self._answered != question:
            self._answered = question
            before = self.current
            self._rows, self._asked, self.count = {}, set(), 0
            if not self._stay:
                self.cursor = self.top = self._drawn_top = 0
            elif before is not None:
                key = self._key(before)
                self.cursor = next((offset + i for i, row in enumerate(rows) if self._key(row) == key), self.cursor)
        self._rows.update(enumerate(rows, offset))
        for row in rows:
            self.marks.refresh(row)
        self.marks.take(self._rows)
        known = offset + len(rows)
        self.more = more and len(rows) == limit
        if more:
            self.count = max(known, count if self.more else 0, self.count if self.more else 0)
        else:
            self.count = count
        self._forget()
        self.move_to(self.cursor)
        return True

    def _forget(self) -> None:
        if len(self._rows) > KEPT:
            near, held = range(self.cursor - KEPT // 2, self.cursor + KEPT // 2), self.marks.held(self.cursor)
            self._rows = {index: row for index, row in self._rows.items() if index in near or index in held}
            self._asked = set()

    def _look_ahead(self) -> None:
        end = self.top + self.height + AHEAD
        last = end if self.more else min(end, self.count)
        for index in (self.top, self.cursor, last - 1):
            offset = index // CHUNK * CHUNK
            if 0 <= index < last and index not in self._rows and offset not in self._asked:
                self._asked.add(offset)
                self.post_message(self.Wanted(self, self._question, offset, CHUNK))

    # Marking

    def toggle_mark(self) -> bool:
        """Mark the row under the cursor or remove its mark; end a range that is being marked. False: too many rows."""
        if self.marks.in_range:
            return self.end_range()
        if self.current is not None:
            if len(self.marks.rows) >= MOST and self.current not in self.marks.rows:
                return False
            self.marks.toggle(self.current)
        self.redraw()
        return True

    def from_cursor(self, count: int) -> tuple[T, ...]:
        """Return `count` rows from the cursor on; fewer if there are no more, or if some were not read yet."""
        return tuple(self._rows[at] for at in range(self.cursor, self.cursor + count) if at in self._rows)

    def begin_range(self) -> None:
        """Begin to mark a range at the cursor."""
        self.marks.begin(self.cursor)
        self.redraw()

    def end_range(self) -> bool:
        """Mark the range up to the cursor, asking for rows that were not read yet; return False for too many rows."""
        if len(self.marks.held(self.cursor)) >= MOST:
            return False
        for index in self.marks.close(self.cursor):
            offset = index // CHUNK * CHUNK
            if index not in self._rows and offset not in self._asked:
                self._asked.add(offset)
                self.post_message(self.Wanted(self, self._question, offset, CHUNK))
        self.marks.take(self._rows)
        self.redraw()
        return True

    def label_rows(self, labels: str) -> None:
        """Show a letter on each visible row; the next key jumps to the row of its letter."""
        self._labels = labels
        self.redraw()

    @property
    def takes_keys(self) -> bool:
        return bool(self._labels)

    def on_key(self, event: Key) -> None:
        if not self._labels:
            return
        event.stop()
        event.prevent_default()
        at = self._labels.find(event.character or "\0")
        self._labels = ""
        if 0 <= at < self.height:
            self.move_to(self.top + at)
        else:
            self.redraw()
        self.post_message(self.Jumped())

    # Moving

    def move_by(self, rows: int) -> None:
        """Move the cursor down by this many rows."""
        self.move_to(self.cursor + rows)

    def move_to(self, row: int) -> None:
        """Move the cursor to row number `row`, counted from 0, or to the nearest one."""
        self.cursor = max(0, min(row, self.count - 1))
        # Where the terminal cannot scroll, a step over the edge repaints all rows: half a window lasts for many steps.
        jump = 1 if scrolling.spans_screen(self) else max(self.height // 2, 1)
        if self.cursor < self.top:
            self.top = self.cursor if self.cursor < self.top - 1 else max(self.cursor - jump + 1, 0)
        elif self.cursor >= self.top + self.height:
            step = jump if self.cursor == self.top + self.height else 1
            self.top = self.cursor - self.height + step
        self.top = max(0, min(self.top, self.count - self.height))
        if self.answered:
            self._look_ahead()
        moved, self._drawn_top = self.top - self._drawn_top, self.top
        self.redraw(first=1, moved=moved)
        if self._moved and self.is_mounted:
            self._moved()

    def on_resize(self) -> None:
        # Textual calls `Lines.on_resize` too, after this one.
        self.move_to(self.cursor)

    # Drawing

    def lines(self) -> Sequence[Pieces]:
        layout = layout_of(self._columns, self.size.width - self._gutter)
        header = " ".join(fit(column.title, width, right=column.right) for column, width in layout)
        drawn: list[Pieces] = [(*([(" " * self._gutter, "")] if self._gutter else []), (header, "title"))]
        for index in range(self.top, min(self.top + self.height, self.count)):
            drawn.append(self._line(index, layout))
        if not self.count and self.empty:
            drawn += [(), self.empty]
        return drawn

    @property
    def _gutter(self) -> int:
        """Cells before a row, for its glyph."""
        return 2 if self._meaning else 0

    def _line(self, index: int, layout: Sequence[tuple[Column[T], int]]) -> Pieces:
        row = self._rows.get(index)
        here = index == self.cursor
        if row is None:
            return (("…", "cursor" if here else "dim"),)
        if self._heading is not None and (heading := self._heading(row)):
            style = ("cursor" if self.has_focus else "here") if here else "title"
            return ((fit(heading, self.size.width), style),)
        letter = self._labels[index - self.top : index - self.top + 1]
        cells = [_cell(column, width, row) for column, width in layout]
        glyph: tuple[tuple[str, str], ...] = ()
        if self._meaning:
            marked = self.marks.shows(index, row, self.cursor)
            piece = (letter, "label") if letter else (Meaning.MARKED if marked else self._meaning(row)).piece
            glyph = (piece, (" ", ""))
        if here and not letter:
            text = "".join(text for text, _ in glyph) + " ".join(text for text, _ in cells)
            return ((text, "cursor" if self.has_focus else "here"),)
        grey = "dim" if self._grey and self._grey(row) else ""
        pieces = [piece for text, style in cells for piece in ((" ", grey), (text, style or grey))]
        return (*glyph, *pieces[1:])


def _cell(column: Column[T], width: int, row: T) -> tuple[str, str]:
    """Return a value in exactly `width` cells, and its style."""
    meaning = column.meaning(row) if column.meaning else None
    style = meaning.style if meaning else ""
    if not column.clock:
        return fit(column.text(row), width, right=column.right), style
    # The glyph takes two cells, one of them a blank.
    return f"{fit(column.text(row), width - 2, right=column.right)} {meaning.glyph if meaning else ' '}", style


def _least(columns: Sequence[Column[T]]) -> int:
    """Return the cells that these columns need, with a space between them."""
    eases = any(column.rank >= EXTRA for column in columns)
    return sum(max(column.width, column.ideal if eases else 0) + 1 for column in columns) - 1


def layout_of(columns: Sequence[Column[T]], width: int) -> list[tuple[Column[T], int]]:
    """Return the columns that fit into `width` cells, with a space between them, each with its width."""
    kept = list(columns)
    while len(kept) > 1 and _least(kept) > width:
        kept.remove(max(kept, key=lambda column: column.rank))
    spare = max(width - sum(column.width + 1 for column in kept) + 1, 0)
    growing = [column for column in kept if column.grows]
    widths = []
    for column in kept:
        share = spare // len(growing) + (spare % len(growing) if column is growing[-1] else 0) if column.grows else 0
        widths.append((column, column.width + share))
    return widths
