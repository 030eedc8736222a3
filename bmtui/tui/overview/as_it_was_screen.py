"""Screen of an order as it was at another time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from textual.widget import Widget

from bmtui.desk.overview import history as order_history
from bmtui.tui.actions import registry
from bmtui.tui.overview.document import document
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.lines import Line, Reader


class AsItWasScreen(DeskScreen):
    """Screen of an order as it was at a time in the past, without actions on it."""

    PLACE = "as_it_was"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self, order_id: int, company: str, moment: datetime) -> None:
        super().__init__()
        self._order_id, self._company, self._moment = order_id, company, moment

    def body(self) -> Iterable[Widget]:
        at = time_format.stamp(self._moment, self.desk_app.zone(self._company))
        yield Line((f"Order {self._order_id}", "bold"), (f" · as it was at {at}", "warn"), id="title")
        yield Reader(id="order")

    def on_reader_resized(self) -> None:
        self.reload()

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        app = self.desk_app
        view = await replace(app.desk, company=self._company).read(order_history.at, self._order_id, self._moment)
        reader = self.part(Reader)
        lines, _ = document(view, app.zone(self._company), self._moment, reader.size.width)
        reader.show(lines)
