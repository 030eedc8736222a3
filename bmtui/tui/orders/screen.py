"""Home screen: a query that answers as it is typed, views as tabs, and the table of orders."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from textual.containers import Horizontal
from textual.widget import Widget

from bmtui.desk.orders import search, ship_by
from bmtui.desk.orders.order_row import OrderRow, Page
from bmtui.store.query import LONGEST, QueryError, listed
from bmtui.tui.actions import advice, registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.orders import completing, states
from bmtui.tui.orders.acts import DUE, SearchActs
from bmtui.tui.orders.columns import is_grey, order_columns
from bmtui.tui.orders.paging import Places, cut
from bmtui.tui.orders.preview import Preview
from bmtui.tui.orders.tabs import Tabs
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.marks import MOST
from bmtui.tui.widgets.table import Table


class QueryEntry(Entry):
    """Field of the query; a pasted column becomes a list of alternatives.

    A blank that is typed right after the one that `/` has added is dropped.
    """

    spaced = False

    def insert_text_at_cursor(self, text: str) -> None:
        again, self.spaced = self.spaced and text == " ", False
        if not again:
            super().insert_text_at_cursor(text)

    def pasted(self, text: str) -> str:
        return " ".join(listed(text).split())


class SearchScreen(SearchActs):
    """Screen for finding orders and acting on them. It is the first screen, and stays below all others."""

    PLACE = "search"
    BINDINGS = registry.bindings(PLACE)
    AUTO_FOCUS = "Table"

    def __init__(self) -> None:
        super().__init__()
        self._shown: str | None = None
        self._answered = asyncio.Event()
        self._answered.set()
        self._unreadable = False
        self._stale = False
        self._again = False
        self._exact = False
        self._places = Places()
        self._asked_before = -1

    def body(self) -> Iterable[Widget]:
        app = self.desk_app
        with Horizontal(id="query-row"):
            yield Line(("/ ", "key"), id="slash")
            yield QueryEntry(placeholder="all orders; type / to search, ? for help", limit=LONGEST, id="query")
        yield Tabs(id="tabs")
        yield Line(id="info")
        columns = order_columns(self.situation, lambda: app.list_zone, self.columns)
        with Horizontal(id="list"):
            yield Table(
                columns,
                lambda order: (order.company, order.order_id),
                meaning=lambda order: states.meaning(order, self.situation(order)),
                grey=is_grey,
                moved=self._moved,
                id="orders",
            )
            yield Preview(id="preview")

    @property
    def table(self) -> Table[OrderRow]:
        """Table of orders."""
        table: Table[OrderRow] = self.part(Table)
        return table

    @property
    def order(self) -> OrderRow | None:
        return self.table.current

    @property
    def marked(self) -> tuple[OrderRow, ...]:
        return self.table.marks.rows

    def counted(self, count: int) -> tuple[OrderRow, ...]:
        return self.table.from_cursor(min(count, MOST))

    def unmark(self, order: OrderRow) -> None:
        self.table.marks.drop(order)

    def shows(self, query: str) -> bool:
        """Return True if the table shows the complete and current answer to this query."""
        return self._shown == query == self.text and self._answered.is_set()

    async def answered(self) -> None:
        await self._answered.wait()

    @property
    def is_quiet(self) -> bool:
        """True when the list is answered, the views are counted, and the preview shows the right order."""
        return self._answered.is_set() and not self._counting and self.is_resting and self._preview_follows

    def context(self) -> Context:
        return replace(super().context(), order=self.order, marked=len(self.marked))

    def minute_passed(self) -> None:
        self.table.redraw()
        self.cursor_moved()
        self.count_views()

    # Asking: one question at a time; while it is answered, only the latest next one is remembered.

    def reload(self) -> None:
        self.ask(again=True)

    def ask(self, *, again: bool) -> None:
        self._again = again and (self._again or not self._stale)
        self._stale = True
        if self._answered.is_set():
            self._answered.clear()
            self.read(self._read, latest=False)

    async def _read(self) -> None:
        app = self.desk_app
        try:
            # The first rows need the companies' time zones.
            await app.companies_read.wait()
            while self._stale:
                self._stale = False
                question, offset, limit = self.table.ask(again=self._again)
                self._again = True
                query = self.text
                try:
                    page = await self._window(query, offset, limit, counted=None)
                except QueryError as error:
                    self._unreadable = True
                    self._show_query_error(error)
                    continue
                self._unreadable = False
                if self._stale and not self._again:
                    continue  # the query has changed meanwhile: this answer is not needed
                self._shown = query
                self._exact = not page.more
                self._places.forget()
                self._places.learn(offset, page.cursors)
                if not page.rows:
                    self.table.empty = await self._when_empty(query)
                self.table.fill(question, offset, page.rows, page.count, page.more, limit)
                self.show_info()
                self.show_footer()
        finally:
            self._answered.set()
            app.first_rows_shown()
        self.count_views()

    async def _window(self, query: str, offset: int, limit: int, counted: tuple[int, bool] | None) -> Page:
        """Return the rows from `offset` on, read beside a known row if that is cheaper."""
        count = self.table.count if self._exact and counted is not None else None
        begin = self._places.begin(offset, limit, count)
        page = await self.desk_app.desk.read(
            search.page,
            query,
            sort=self.sort,
            descending=self.descending,
            limit=limit,
            counted=counted,
            effects=True,
            **begin,
        )
        rows, cursors = cut(page.rows, begin, offset, count), cut(page.cursors, begin, offset, count)
        return replace(page, rows=tuple(rows), cursors=tuple(cursors))

    def on_table_wanted(self, event: Table.Wanted) -> None:
        self.read(partial(self._read_more, event), latest=False)

    async def _read_more(self, event: Table.Wanted) -> None:
        counted = (self.table.count, not self._exact)
        page = await self._window(self.text, event.offset, event.limit, counted)
        if self.table.fill(event.question, event.offset, page.rows, page.count, page.more, event.limit):
            self._places.learn(event.offset, page.cursors)
            self._exact = self._exact or not self.table.more

    async def count_exactly(self) -> None:
        """Count all matching orders: the table counts only up to a thousand until the end is asked for."""
        if self._exact:
            return
        self.say("Counting …")
        number = await self.desk_app.desk.read(search.count_exactly, self.text)
        self.say("")
        self._exact = True
        self.table.know(number)

    async def _when_empty(self, query: str) -> tuple[tuple[str, str], ...]:
        if query.strip() == DUE:
            due = await self.desk_app.desk.read(ship_by.next_due)
            if due is None or due.ship_by is None:
                return (("Nothing has to leave. ", ""), ("Esc", "key"), (" shows all orders.", ""))
            at = time_format.short(due.ship_by, self.desk_app.list_zone, self.desk_app.minute)
            said = f"Nothing has to leave today; next is order {due.order_id}, {at}. "
            return ((said, ""), ("Esc", "key"), (" shows all orders.", ""))
        if query:
            why = await self.desk_app.desk.read(search.emptied_by, query)
            return ((f"{why} ", ""), ("Esc", "key"), (" shows all of them.", ""))
        if not self.desk_app.companies:
            return (("No company yet. ", ""), ("b", "key"), (" shows the first steps: the demo, or a company.", ""))
        return (("No orders yet. Press ", ""), ("D", "key"), (" to download.", ""))

    # The line under the tabs

    def _moved(self) -> None:
        self.show_info()

    def show_info(self) -> None:
        self.cursor_moved()
        table = self.table
        first, last = table.window
        if not table.answered:
            return
        of = f"more than {table.count:,}" if table.more else f"{table.count:,}"
        by = f"by {self.sort_name} {'↓' if self.descending else '↑'}"
        text = f"{first:,}–{last:,} of {of} · {by}{self.desk_app.zone_said}" if table.count else "none"
        marked = len(table.marks.rows)
        note = " · a range from here on: V or Space marks it" if table.marks.in_range else ""
        self.part("#info", Line).show((text, "dim"), (f" · {marked:,} marked" if marked else "", "mark"), (note, ""))

    def _show_query_error(self, error: QueryError) -> None:
        # Place the carets under the wrong part; the slash takes two columns.
        carets = " " * (2 + error.position) + "^" * error.length
        hint = completing.hint(self.text) if self.is_typing else ""
        if hint and error.position + error.length >= len(self.text):
            # Half typed, not wrong, such as ``status:``: show the words that may follow.
            self.part("#tabs", Tabs).note(("  " + hint, "dim"))
        else:
            self.part("#tabs", Tabs).note((carets, "bad"), (" not readable; the list is unchanged", ""))
        self.say(advice.spoken(f"{error.message} {error.brief}", writing=self.is_typing), "bad")

    # Typing the query

    def do_clear(self) -> None:
        if self.is_typing and self._unreadable:
            # The list shows the answer to the query before: show that query above it again.
            self._unreadable = False
            self._set_text(self._shown or "")
            self.table.focus()
            self.say("That could not be read: the query before it stands again.", "warn")
        else:
            super().do_clear()

    @property
    def entry(self) -> QueryEntry:
        """Field of the query."""
        return self.part("#query", QueryEntry)

    @property
    def is_typing(self) -> bool:
        """True while the query is being typed."""
        return isinstance(self.focused, Entry)

    def on_entry_too_long(self, event: Entry.TooLong) -> None:
        self.say(event.sentence, "bad")

    def do_query(self) -> None:
        self._asked_before = -1
        entry = self.entry
        if entry.value.strip() and not entry.value.endswith(" "):
            # The next typed text is a new word, also after a view's query.
            entry.value += " "
            entry.spaced = True
        entry.cursor_position = len(entry.value)
        entry.focus()

    async def do_help(self) -> None:
        from bmtui.tui.dialogs.help import Help

        await self.desk_app.ask(Help(self.PLACE, self.context(), query_first=self.is_typing))

    def on_input_changed(self, event: Entry.Changed) -> None:
        if event.value == self.text:
            return
        if event.value.rstrip() == self.text.rstrip() and self.shows(self.text):
            # Only blanks changed: the answer is already shown.
            self._shown = self.text = event.value
        else:
            self.text = event.value
            self.say("")
            hint = completing.hint(event.value) if isinstance(self.focused, Entry) else ""
            self.part(Tabs).note(*([("  " + hint, "dim")] if hint else []))
            self.ask(again=False)

    async def _offer_filters(self) -> None:
        from bmtui.tui.dialogs.pick import Pick

        key = await self.desk_app.ask(Pick("Filter by", completing.filters()))
        if key:
            entry = self.entry
            entry.value += f"{key}:"
            entry.cursor_position = len(entry.value)

    def on_input_submitted(self) -> None:
        self.leave_entry()

    def leave_entry(self) -> None:
        """Move the focus to the list, which keeps the query; not while the query cannot be read."""
        if self._unreadable:
            # The list does not match an unreadable query: keys typed next must not act on it.
            return
        self.desk_app.memory.asked(self.text)
        self.part(Tabs).note()
        self.table.focus()

    def on_key(self, event: Any) -> None:
        if not isinstance(self.focused, Entry):
            return
        entry, older = self.entry, event.key == "up"
        if event.key == "tab" and not entry.value.rpartition(" ")[2]:
            self.desk_app.begin(self._offer_filters())
        elif event.key == "tab":
            found = completing.completions(entry.value)
            if found:
                entry.value = found[0]
                entry.cursor_position = len(entry.value)
            else:
                self.leave_entry()
        elif older or (event.key == "down" and self._asked_before >= 0):
            queries = self.desk_app.memory.queries
            self._asked_before = max(-1, min(self._asked_before + (1 if older else -1), len(queries) - 1))
            entry.value = queries[self._asked_before] if self._asked_before >= 0 else ""
            entry.cursor_position = len(entry.value)
        elif event.key == "down":
            self.leave_entry()
        else:
            return
        event.stop()
        event.prevent_default()
