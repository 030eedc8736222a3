"""Screen of one order: all about it, by scrolling or by the digits 1 to 8."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.widget import Widget

from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.overview import order as overview
from bmtui.desk.overview import viewers
from bmtui.desk.overview.views import OrderView
from bmtui.store.dialect import Viewing
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.order_screen import OrderActs
from bmtui.tui.overview.document import SECTIONS, document
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.locale_format import LOCAL

LOOK_S = 2.0
"""Seconds between two checks who else has the order open; the title is drawn again only on a change."""


class OrderScreen(OrderActs):
    """Screen of an order, kept up to date.

    Args:
        view: the order as it was read; it is read again whenever the store changes.
        company: tells two orders of the same number apart; None when only one company can be meant.
    """

    PLACE = "order"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self, view: OrderView, company: str | None) -> None:
        super().__init__()
        self._view, self._company = view, company
        self._begins: list[int] = []
        self._viewing: Viewing | None = None
        self._others = ""

    def body(self) -> Iterable[Widget]:
        yield Line(id="title")
        sections = ((str(number), f" {section.name} ") for number, section in enumerate(SECTIONS, start=1))
        yield Line(*(piece for key, name in sections for piece in ((key, "key"), (name, ""))), id="sections")
        yield Reader(id="order")

    @property
    def order(self) -> OrderRow | None:
        return self._view.row

    def context(self) -> Context:
        return replace(super().context(), order=self.order)

    def on_mount(self) -> None:
        self.desk_app.spawn(self._arrive())
        self.set_interval(LOOK_S, self._look)

    def on_unmount(self) -> None:
        if self._viewing is not None:
            self._viewing.release()

    async def _arrive(self) -> None:
        row, desk = self._view.row, self.desk_app.desk
        viewing = await desk.read(viewers.begin, row.company, row.order_id)
        if viewing is not None and not self.is_complete:
            viewing.release()
            return
        self._viewing = viewing
        await self._look()

    async def _look(self) -> None:
        """Read who else has the order open, and show it if that changed."""
        if self._viewing is None or self.desk_app.top is not self:
            return
        others = await self.desk_app.desk.read(viewers.others, self._viewing)
        if others != self._others and self.is_complete:
            self._others = others
            self._show_title()

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        desk = replace(self.desk_app.desk, company=self._company)
        self._view = await desk.read(overview.show, self._view.row.order_id)
        self._show()

    def minute_passed(self) -> None:
        self._show()

    def on_reader_resized(self) -> None:
        self._show()

    def _show(self) -> None:
        row, app = self._view.row, self.desk_app
        reader = self.part(Reader)
        lines, self._begins = document(self._view, app.zone(row.company), app.minute, reader.size.width)
        reader.show(lines)
        self._show_title()

    def _show_title(self) -> None:
        row = self._view.row
        here = ((" · ", ""), (f"also open: {self._others}", "warn")) if self._others else ()
        what = f" · {row.customer_name} · {LOCAL.amount(row.total)}"
        self.part("#title", Line).show((f"Order {row.order_id}", "bold"), *here, (what, ""))

    def go_section(self, number: int) -> None:
        """Scroll to a section, counted from 1."""
        if number > len(SECTIONS):
            self.say(f"There are {len(SECTIONS)} sections.", "warn")
        elif self._begins:
            self.part(Reader).scroll_to_line(self._begins[number - 1])
