"""The home screen: a query that answers as it is typed, and the table of orders."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from textual.containers import Horizontal
from textual.widget import Widget

from bmtui.desk import search
from bmtui.desk.views import OrderRow
from bmtui.store.query import QueryError
from bmtui.tui import actions
from bmtui.tui.form import Entry
from bmtui.tui.lines import Line
from bmtui.tui.marks import MOST
from bmtui.tui.order.acts import OrderActs
from bmtui.tui.search.columns import order_columns, row_style
from bmtui.tui.table import Table
from bmtui.tui.why_not import Context

SORTS = (
    ("created", True, "created"),
    ("shipby", False, "ship by"),
    ("updated", True, "updated"),
    ("total", True, "total"),
    ("name", False, "customer"),
)
"""Key of the sort, whether it begins descending, and its name."""


class SearchScreen(OrderActs):
    """Find orders and act on them. It is the first screen, and stays below all others."""

    PLACE = "search"
    BINDINGS = actions.bindings(PLACE)
    AUTO_FOCUS = "Table"

    def __init__(self) -> None:
        super().__init__()
        self._sort = 0
        self._descending = SORTS[0][1]
        self._query = ""
        self._shown: str | None = None
        self._answered = asyncio.Event()
        self._answered.set()
        self._unreadable = False
        self._stale = False
        self._again = False

    def body(self) -> Iterable[Widget]:
        app = self.desk_app
        with Horizontal(id="query-row"):
            yield Line(("/ ", "key"), id="slash")
            yield Entry(placeholder="all orders; type / to search, ? for help", id="query")
        yield Line(id="info")
        columns = order_columns(lambda: app.minute, app.zone)
        yield Table(columns, lambda order: (order.company, order.order_id), row_style=row_style, id="orders")

    @property
    def table(self) -> Table[OrderRow]:
        """The order table."""
        table: Table[OrderRow] = self.query_one(Table)
        return table

    @property
    def order(self) -> OrderRow | None:
        return self.table.current

    @property
    def marked(self) -> tuple[OrderRow, ...]:
        return self.table.marks.rows

    def unmark(self, order: OrderRow) -> None:
        self.table.marks.drop(order)

    def shows(self, query: str) -> bool:
        """Whether the table shows the answer to this query, complete and current."""
        return self._shown == query == self._query and self._answered.is_set()

    async def answered(self) -> None:
        await self._answered.wait()

    def context(self) -> Context:
        return replace(super().context(), order=self.order)

    def minute_passed(self) -> None:
        self.table.redraw()

    # Asking: one question at a time; while it is answered, only the latest next one is remembered.

    def reload(self) -> None:
        self._ask(again=True)

    def _ask(self, *, again: bool) -> None:
        self._again = again and (self._again or not self._stale)
        self._stale = True
        if self._answered.is_set():
            self._answered.clear()
            self.read(self._read, latest=False)

    async def _read(self) -> None:
        app = self.desk_app
        try:
            # Their zones are in the first rows.
            await app.companies_read.wait()
            while self._stale:
                self._stale = False
                question, offset, limit = self.table.ask(again=self._again)
                self._again = True
                query = self._query
                try:
                    page = await app.desk.read(
                        search.page,
                        query,
                        sort=SORTS[self._sort][0],
                        descending=self._descending,
                        offset=offset,
                        limit=limit,
                    )
                except QueryError as error:
                    self._unreadable = True
                    self._show_query_error(error)
                    continue
                self._unreadable = False
                if self._stale and not self._again:
                    continue  # the query was typed on meanwhile: nobody asks for this answer any more
                self._shown = query
                self.table.empty = self._when_empty(query)
                self.table.fill(question, offset, page.rows, page.count, page.more, limit)
                self._show_info()
        finally:
            self._answered.set()
            app.first_rows_shown()

    def on_table_wanted(self, event: Table.Wanted) -> None:
        self.read(partial(self._read_more, event), latest=False)

    async def _read_more(self, event: Table.Wanted) -> None:
        key = SORTS[self._sort][0]
        page = await self.desk_app.desk.read(
            search.page, self._query, sort=key, descending=self._descending, offset=event.offset, limit=event.limit
        )
        self.table.fill(event.question, event.offset, page.rows, page.count, page.more, event.limit)

    def _when_empty(self, query: str) -> tuple[tuple[str, str], ...]:
        if query:
            return (("No order matches. ", ""), ("Esc", "key"), (" shows all of them.", ""))
        if not self.desk_app.companies:
            return (
                ("No company yet. Leave with ", ""),
                ("q", "key"),
                (" and run 'bmtui company add', or 'bmtui demo'.", ""),
            )
        return (("No orders yet. Press ", ""), ("D", "key"), (" to download.", ""))

    # The line under the query

    def on_table_moved(self, event: Table.Moved) -> None:
        event.stop()
        self._show_info()

    def _show_info(self) -> None:
        table, (_, _, name) = self.table, SORTS[self._sort]
        first, last = table.window
        if not table.answered:
            return
        of = f"more than {table.count:,}" if table.more else f"{table.count:,}"
        text = f"{first:,}–{last:,} of {of} · by {name} {'↓' if self._descending else '↑'}" if table.count else "none"
        marked = len(table.marks.rows)
        note = " · a range from here on: V or Space marks it" if table.marks.in_range else ""
        self.query_one("#info", Line).show(
            (text, "dim"), (f" · {marked:,} marked" if marked else "", "mark"), (note, "")
        )

    def _show_query_error(self, error: QueryError) -> None:
        # The carets stand under the part that is meant: two columns for the slash.
        carets = " " * (2 + error.position) + "^" * error.length
        self.query_one("#info", Line).show((carets, "bad"), (" not readable; the list is unchanged", ""))
        self.say(f"{error.message} {error.advice}", "bad")

    # What the operator does here

    def do_query(self) -> None:
        self.query_one("#query", Entry).focus()

    def on_input_changed(self, event: Entry.Changed) -> None:
        if event.value != self._query:
            self._query = event.value
            self.say("")
            self._ask(again=False)

    def on_input_submitted(self) -> None:
        # The list does not answer a query that cannot be read: what is typed next must not act on it.
        if not self._unreadable:
            self.table.focus()

    def on_key(self, event: Any) -> None:
        if isinstance(self.focused, Entry) and event.key in ("down", "tab"):
            event.stop()
            self.table.focus()

    def do_clear(self) -> None:
        marks = self.table.marks
        if isinstance(self.focused, Entry):
            self.table.focus()
        elif marks.rows or marks.in_range:
            marks.clear()
            self.table.redraw()
            self._show_info()
        else:
            self.query_one("#query", Entry).value = ""

    def do_mark(self) -> None:
        table = self.table
        was_range = table.marks.in_range
        self._say_if_too_many(table.toggle_mark())
        if not was_range:
            table.move_by(1)
        self._show_info()

    def do_range(self) -> None:
        table = self.table
        if table.marks.in_range:
            self._say_if_too_many(table.end_range())
        else:
            table.begin_range()
        self._show_info()

    def _say_if_too_many(self, fits: bool) -> None:
        if not fits:
            self.say(f"{MOST:,} orders can be marked at once: mark in pieces.", "warn")

    def do_sort(self) -> None:
        self._sort = (self._sort + 1) % len(SORTS)
        self._descending = SORTS[self._sort][1]
        self._ask(again=False)

    def do_reverse(self) -> None:
        self._descending = not self._descending
        self._ask(again=False)

    async def do_open(self) -> None:
        order = self.order
        if order is not None:
            await self.desk_app.open_order(order.order_id, order.company)
