"""One order: everything about it, by scrolling or by the digits 1 to 8."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.widget import Widget

from bmtui.desk.orders.order_row import OrderRow
from bmtui.desk.overview import order as overview
from bmtui.desk.overview.views import OrderView
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.order_screen import OrderActs
from bmtui.tui.overview.document import SECTIONS, document
from bmtui.tui.widgets.lines import Line, Reader


class OrderScreen(OrderActs):
    """Shows an order and keeps showing what becomes of it.

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
        self.part("#title", Line).show((f"Order {row.order_id}", "bold"), (f" · {row.customer_name} · {row.total}", ""))

    def go_section(self, number: int) -> None:
        """Scroll to a section, counted from 1."""
        if number > len(SECTIONS):
            self.say(f"There are {len(SECTIONS)} sections.", "warn")
        elif self._begins:
            self.part(Reader).scroll_to_line(self._begins[number - 1])
