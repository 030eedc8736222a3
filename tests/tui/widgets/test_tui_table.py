from __future__ import annotations

from typing import Any

from textual.app import App, ComposeResult
from textual.geometry import Region

from bmtui.tui.widgets.table import CHUNK, KEPT, Column, Table, layout_of

COLUMNS: tuple[Column[int], ...] = (
    Column("id", "Number", 6, str),
    Column("name", "Name", 4, lambda row: f"row {row}", grows=True, rank=1),
    Column("extra", "Extra", 10, lambda row: "x", rank=2),
)


class Bench(App[None]):
    """Table of the numbers from 0 on, which answers requests for rows."""

    def __init__(self, total: int, *, cap: int | None = None) -> None:
        super().__init__()
        self.rows = list(range(total))
        self.cap = cap
        self.wanted: list[int] = []

    def compose(self) -> ComposeResult:
        yield Table(COLUMNS, lambda row: row)

    @property
    def table(self) -> Table[int]:
        table: Table[int] = self.query_one(Table)
        return table

    def answer(self, question: int, offset: int, limit: int) -> bool:
        count = len(self.rows) if self.cap is None else min(len(self.rows), self.cap)
        more = self.cap is not None and len(self.rows) > self.cap
        return self.table.fill(question, offset, self.rows[offset : offset + limit], count, more, limit)

    def on_table_wanted(self, event: Table.Wanted) -> None:
        self.wanted.append(event.offset)
        self.answer(event.question, event.offset, event.limit)


def shown(table: Table[int]) -> list[str]:
    return ["".join(text for text, _ in line) for line in table.lines()]


def test_narrow_table_drops_columns_by_rank_and_widens_the_rest() -> None:
    assert [(column.name, width) for column, width in layout_of(COLUMNS, 30)] == [
        ("id", 6),
        ("name", 12),
        ("extra", 10),
    ]
    assert [(column.name, width) for column, width in layout_of(COLUMNS, 20)] == [("id", 6), ("name", 13)]
    assert [(column.name, width) for column, width in layout_of(COLUMNS, 8)] == [("id", 6)]


async def test_table_holds_a_window_of_rows_and_asks_for_more_in_time() -> None:
    app = Bench(5000)
    async with app.run_test(size=(40, 21)) as pilot:
        table = app.table
        assert app.answer(*table.ask())
        assert table.count == 5000
        assert table.window == (1, 20)
        for _ in range(CHUNK - 5):
            table.move_by(1)
        await pilot.pause()
        assert app.wanted == [CHUNK]
        table.move_to(4999)
        await pilot.pause()
        assert table.current == 4999
        assert shown(table)[-1].startswith("4999")
        for row in range(0, 5000, 50):
            table.move_to(row)
            await pilot.pause()
            assert table.current == row
            assert len(table._rows) <= KEPT + CHUNK


async def test_cursor_move_repaints_two_lines_or_none() -> None:
    app = Bench(50)
    async with app.run_test(size=(40, 21)) as pilot:
        table = app.table
        app.answer(*table.ask())
        await pilot.pause()
        painted: list[Any] = []
        table.refresh = lambda *regions, **_: painted.extend(regions)  # type: ignore[method-assign,assignment]
        table.move_by(1)
        assert painted == [Region(0, 1, 40, 1), Region(0, 2, 40, 1)]
        painted.clear()
        table.move_to(1)
        assert painted == []
        table.move_to(19)
        painted.clear()
        table.move_by(1)
        assert table.top == 1
        assert len(painted) == 20


async def test_list_beside_a_preview_is_scrolled_by_painting_anew() -> None:
    app = Bench(50)
    app.CSS = "Table { width: 30; }"  # type: ignore[misc]
    async with app.run_test(size=(40, 21)) as pilot:
        app.answer(*app.table.ask())
        await pilot.pause()
        app.table.move_to(19)
        app.table.move_by(1)
        # Half a window: 10 of 20 rows.
        assert app.table.top == 10


async def test_table_drops_an_answer_to_an_older_request() -> None:
    app = Bench(50)
    async with app.run_test(size=(40, 21)):
        table = app.table
        old = table.ask()
        new = table.ask()
        assert not app.answer(*old)
        assert table.count == 0
        assert not table.answered
        assert app.answer(*new)
        assert table.answered


async def test_the_cursor_stays_on_its_row_when_rows_come_and_go_above() -> None:
    app = Bench(50)
    async with app.run_test(size=(40, 21)):
        table = app.table
        app.answer(*table.ask())
        table.move_to(7)
        app.rows = [100, 101, *app.rows]
        app.answer(*table.ask(again=True))
        assert (table.current, table.cursor) == (7, 9)
        app.rows = [row for row in app.rows if row != 7]
        app.answer(*table.ask(again=True))
        assert table.cursor == 9
        app.answer(*table.ask())
        assert table.cursor == 0


async def test_capped_row_count_grows_until_the_end_is_known() -> None:
    app = Bench(2 * CHUNK + 30, cap=CHUNK)
    async with app.run_test(size=(40, 21)) as pilot:
        table = app.table
        app.answer(*table.ask())
        assert table.more
        for _ in range(4):
            table.move_to(10**9)
            await pilot.pause()
        assert not table.more
        assert table.count == 2 * CHUNK + 30
        assert table.current == 2 * CHUNK + 29


async def test_empty_table_says_what_to_do_and_has_no_row() -> None:
    app = Bench(0)
    async with app.run_test(size=(40, 21)):
        table = app.table
        table.empty = (("Press D.", ""),)
        app.answer(*table.ask())
        assert table.current is None
        assert table.window == (0, 0)
        assert shown(table)[-1] == "Press D."
        table.move_by(1)
        assert table.cursor == 0
