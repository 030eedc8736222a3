"""Steps of the order list's actions: views, sorts, columns, marks, jumps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bmtui.desk.orders import saved_views, search
from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.orders.saved_views import ViewOfOrders
from bmtui.text import how_many
from bmtui.tui.actions import registry
from bmtui.tui.navigation_history import Query
from bmtui.tui.order_screen import OrderActs
from bmtui.tui.orders.columns import NAMES, USUAL, order_columns, unknown
from bmtui.tui.orders.preview import WIDE, Preview, Shown, width_at
from bmtui.tui.orders.states import Situation
from bmtui.tui.orders.tabs import Tabs
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.marks import MOST
from bmtui.tui.widgets.table import Table

SORTS = {"created": True, "shipby": False, "updated": True, "total": True, "name": False}
"""Sorts that a key goes through; True for those that begin descending."""

SORT_NAMES = {"shipby": "ship by", "name": "customer", "id": "order", "channel": "Back Market"}
_FALLING = ("created", "updated", "paid", "shipped", "total", "refunded", "refundable")

DUE = "shipby:due"
"""Query of the orders that have to leave today."""

RECENT = 30
"""Most orders that are offered as recent."""

LABELS = "asdfghjklqwertyuiopzxcvbnmASDFGHJKLQWERTYUIOPZXCVBNM"


class SearchActs(OrderActs):
    """Actions of the order list; `SearchScreen` asks the store and shows the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.sort = "created"
        self.descending = True
        self._own_sort = (self.sort, self.descending)
        """Sort that the operator chose; it comes back after a view or the queue of the day."""
        self.columns: tuple[str, ...] = ()
        self._own_columns: tuple[str, ...] = ()
        self._views: tuple[ViewOfOrders, ...] = ()
        self._views_changed = False
        self._counts: dict[str, tuple[int, bool]] = {}
        self._counting = False
        self._opened = ""
        self._preview: bool | None = None

    @property
    def table(self) -> Table[OrderRow]:
        """Table of orders."""
        raise NotImplementedError

    def ask(self, *, again: bool) -> None:
        """Ask the store for the rows: `again` for the same query, else for another one."""
        raise NotImplementedError

    def show_info(self) -> None:
        """Show which rows of how many are in sight."""
        raise NotImplementedError

    async def count_exactly(self) -> None:
        """Find out the exact number of rows."""
        raise NotImplementedError

    @property
    def sort_name(self) -> str:
        """Name of the sort, for a person."""
        return SORT_NAMES.get(self.sort, self.sort)

    def on_mount(self) -> None:
        app = self.desk_app
        self._own_columns = app.memory.columns or app.preferences.columns
        self._use_columns(self._own_columns)

    def on_resize(self) -> None:
        self._show_preview()

    # Views

    @property
    def here(self) -> Query:
        """Query and sort of the list, for the navigation history."""
        return Query(self.text, self.sort, self.descending)

    def go_to(self, query: Query) -> None:
        """Show the orders of this query, with its sort."""
        self.sort, self.descending = query.sort, query.descending
        self._set_text(query.text)

    def _set_text(self, text: str) -> None:
        self.text = text
        self.part("#query", Entry).value = text
        self.part(Tabs).note()
        self.ask(again=False)
        self._show_tabs()

    def count_views(self) -> None:
        """Read the views and count their orders; where that is under way, once more after it."""
        self._views_changed = True
        if not self._counting:
            self._counting = True
            self.desk_app.spawn(self._count_views())

    async def _count_views(self) -> None:
        desk = self.desk_app.desk
        try:
            while self._views_changed:
                self._views_changed = False
                self._views = await desk.read(saved_views.listing)
                self._show_tabs()
                for view in self._views[: saved_views.DIGITS]:
                    # One after the other, so that a query that is typed meanwhile need not wait for all of them.
                    self._counts[view.name] = await desk.read(search.count, view.query)
                self._show_tabs()
        finally:
            self._counting = False

    def _show_tabs(self) -> None:
        if self.is_mounted:
            self.part(Tabs).show(self._views, self._counts, self._current_view())

    def _current_view(self) -> str:
        here = (self.text.strip(), self.sort, self.descending)
        same = [view.name for view in self._views if (view.query, view.sort, view.descending) == here]
        # Two views can have the same query: prefer the one that was opened.
        return self._opened if self._opened in same else next(iter(same), "")

    def open_view(self, number: int) -> None:
        """Show the view of this digit."""
        if number > len(self._views):
            self.say(f"There is no view {number} yet: w saves what the list shows as a view.", "warn")
            return
        self.show_view(self._views[number - 1])

    def show_view(self, view: ViewOfOrders) -> None:
        """Show the orders of this view, with its sort and columns."""
        self.desk_app.trail.visit(self.here)
        self._opened = view.name
        self.sort, self.descending = view.sort, view.descending
        self._use_columns(view.columns or self._own_columns)
        self._set_text(view.query)
        self.desk_app.trail.visit(self.here)

    def do_next_view(self) -> None:
        self._step_view(self.times or 1)

    def do_previous_view(self) -> None:
        self._step_view(-(self.times or 1))

    def _step_view(self, by: int) -> None:
        if self._views:
            names = [view.name for view in self._views]
            current = self._current_view()
            at = names.index(current) if current else -1 if by > 0 else 0
            self.open_view((at + by) % len(names) + 1)

    async def do_save_view(self) -> None:
        from bmtui.tui.dialogs.note import AskText

        app = self.desk_app
        about = f"Query: {self.text or '(all orders)'} · by {self.sort_name}. A view of that name is replaced."
        name = await app.ask(AskText("Save as a view", self._current_view(), about=about, empty="Give it a name."))
        if name is None:
            return
        chosen = () if self.columns == self._own_columns else self.columns
        view = await app.desk.write(
            saved_views.save, name, self.text, sort=self.sort, descending=self.descending, columns=chosen
        )
        key = f" {view.place} opens it." if view.place <= saved_views.DIGITS else ""
        self.say(f"The view {view.name} is saved.{key}", "good")
        self.count_views()

    async def do_delete_view(self) -> None:
        from bmtui.tui.dialogs.confirm import Confirm

        app, name = self.desk_app, self._current_view()
        if not name:
            self.say("The list shows no saved view: open the one to delete first.", "warn")
            return
        parts = [("The view is deleted for everybody who works on this store; no order is changed.", "")]
        if await app.ask(Confirm(f"Delete the view {name}?", parts, f"Delete {name}")):
            await app.desk.write(saved_views.delete, name)
            self._counts.pop(name, None)
            self.say(f"The view {name} is deleted.", "good")
            self.count_views()

    # Sort and columns

    def do_sort(self) -> None:
        keys = list(SORTS)
        at = keys.index(self.sort) + 1 if self.sort in SORTS else 0
        self._sort_by(keys[at % len(keys)])

    def _sort_by(self, key: str) -> None:
        self.sort, self.descending = self._own_sort = key, SORTS.get(key, key in _FALLING)
        self.ask(again=False)
        self._show_tabs()

    def do_reverse(self) -> None:
        self.descending = not self.descending
        self._own_sort = (self.sort, self.descending)
        self.ask(again=False)
        self._show_tabs()

    async def do_sort_by(self) -> None:
        from bmtui.tui.dialogs.pick import Pick

        options = [(key, SORT_NAMES.get(key, key), "current" if key == self.sort else "") for key in search.SORTS]
        key = await self.desk_app.ask(Pick("Sort by", options))
        if key:
            self._sort_by(key)

    async def do_columns(self) -> None:
        from bmtui.tui.dialogs.note import AskText

        app = self.desk_app
        shown = ",".join(self.columns or USUAL)
        about = f"From left to right, of: {', '.join(NAMES)}. Empty: the usual ones."
        answer = await app.ask(AskText("Columns", shown, about=about, goes_on=True, wrong=_wrong_columns))
        if answer is None:
            return
        names = _column_names(answer)
        self._own_columns = () if names == USUAL else names
        self._use_columns(self._own_columns)
        app.memory.columns = self._own_columns
        app.memory.keep()

    def _use_columns(self, names: tuple[str, ...]) -> None:
        self.columns = names
        app = self.desk_app
        self.table.use_columns(order_columns(self.situation, lambda: app.list_zone, names))

    # Preview

    def do_preview(self) -> None:
        self._preview = not self.part(Preview).display
        self._show_preview()

    @property
    def _preview_follows(self) -> bool:
        """True when the preview is visible exactly if it should be, and shows the order under the cursor."""
        if self.desk_app.top is not self:
            # A covered screen keeps its old size, so the check would be wrong.
            return True
        preview, order = self.part(Preview), self.order
        if preview.display != (self.desk_app.size.width >= WIDE if self._preview is None else self._preview):
            return False
        return not preview.display or preview.about == (order and (order.company, order.order_id))

    def _show_preview(self) -> None:
        preview = self.part(Preview)
        wanted = self.size.width >= WIDE if self._preview is None else self._preview
        preview.styles.width = width_at(self.size.width)
        if preview.display != wanted:
            preview.display = wanted
            self.cursor_moved()

    def situation(self, order: OrderRow) -> Situation:
        """Return the situation of an order: the time, and the settings of its company."""
        app = self.desk_app
        company = next((view for view in app.companies if view.name == order.company), None)
        if company is None:
            return Situation(app.minute)
        return Situation(app.minute, timedelta(hours=company.soon_hours), company.allow_fulfillment_upload)

    def cursor_rests(self) -> None:
        super().cursor_rests()
        if self.part(Preview).display:
            self.read(self._read_preview, latest=False)

    async def _read_preview(self) -> None:
        from bmtui.desk.overview import preview as order_preview

        app, order = self.desk_app, self.order
        if order is None:
            self.part(Preview).show(None)
            return
        view = await replace(app.desk, company=order.company).read(order_preview.read, order.order_id)
        # The cursor may have gone on meanwhile: it is followed once it rests again.
        if self.order is not None and (self.order.order_id, self.order.company) == (view.order_id, view.company):
            nexts = registry.nexts(self.PLACE, replace(self.context(), marked=0))
            shown = Shown(self.order, view, self.situation(self.order), app.zone(view.company), nexts)
            self.part(Preview).show(shown)

    # Marks and jumps

    def do_clear(self) -> None:
        marks = self.table.marks
        if isinstance(self.focused, Entry):
            self.part(Tabs).note()
            self.table.focus()
        elif marks.rows or marks.in_range:
            marks.clear()
            self.table.redraw()
            self.show_info()
        else:
            self.sort, self.descending = self._own_sort
            self._set_text("")

    def do_mark(self) -> None:
        table = self.table
        was_range = table.marks.in_range
        self._say_if_too_many(table.toggle_mark())
        if not was_range:
            table.move_by(1)
        self.show_info()

    def do_range(self) -> None:
        table = self.table
        if table.marks.in_range:
            self._say_if_too_many(table.end_range())
        else:
            table.begin_range()
        self.show_info()

    def _say_if_too_many(self, fits: bool) -> None:
        if not fits:
            self.say(f"{MOST:,} orders can be marked at once: mark fewer.", "warn")

    def do_jump(self) -> None:
        self.table.label_rows(LABELS)
        self.say("Type the letter of a row; any other key stays here.")

    def on_table_jumped(self, event: Any) -> None:
        event.stop()
        self.say("")

    async def do_end(self) -> None:
        if self.table.more and not self.times:
            await self.count_exactly()
        self.go_end()

    async def do_open(self) -> None:
        order = self.order
        if order is not None:
            self.desk_app.memory.asked(self.text)
            self.desk_app.trail.visit(self.here)
            await self.desk_app.open_order(order.order_id, order.company)


def _column_names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


def _wrong_columns(text: str) -> str:
    """Return a sentence about the first unknown column, '' for none."""
    return next(iter(unknown(_column_names(text))), "")


async def totals(screen: SearchActs) -> None:
    """Show the sums of the query's orders, per currency."""
    from bmtui.desk.orders import totals as order_totals
    from bmtui.tui.dialogs.confirm import Notice

    app = screen.desk_app
    found = await app.desk.read(order_totals.of, screen.text)
    lines = [
        f"{how_many(one.orders, 'order')}: {one.total} in all, {one.received} received, {one.refunded} refunded."
        for one in found
    ]
    await app.show(Notice("Totals of this query, per currency", lines or ["No order matches."]))


async def recent(screen: DeskScreen) -> None:
    """Offer the orders that were opened last, and open the chosen one."""
    from bmtui.tui.dialogs.pick import Pick

    app = screen.desk_app
    orders = app.memory.orders[:RECENT]
    if not orders:
        screen.say("No order was opened yet.", "warn")
        return
    ids = ",".join(str(order_id) for order_id, _ in orders)
    found = {row.order_id: row for row in (await app.desk.read(search.page, f"id:{ids}")).rows}
    options = [
        (f"{order_id} {company}", str(order_id), f"{found[order_id].customer_name} · {found[order_id].total}")
        for order_id, company in orders
        if order_id in found
    ]
    chosen = await app.ask(Pick("Recent orders", options))
    if chosen:
        order_id, _, company = chosen.partition(" ")
        await app.open_order(int(order_id), company)
