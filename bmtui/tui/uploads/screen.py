"""Uploads: shipments whose way to Back Market is open, with the reason, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from bmtui.desk import shipping
from bmtui.desk.order_views import ShipmentView
from bmtui.errors import NotFound
from bmtui.tui import actions, clock
from bmtui.tui.lines import Line
from bmtui.tui.screen import DeskScreen
from bmtui.tui.table import Column, Table
from bmtui.tui.why_not import Context
from bmtui.words import label

LISTED = 500
"""The latest of them; the line above says when there are more."""

_TROUBLE = ("failed", "unknown")


class UploadsScreen(DeskScreen):
    """What is not confirmed, newest first."""

    PLACE = "uploads"
    BINDINGS = actions.bindings(PLACE)

    def body(self) -> Iterable[Widget]:
        app = self.desk_app
        yield Line(id="info")
        columns: tuple[Column[ShipmentView], ...] = (
            Column("order", "Order", 10, lambda one: str(one.order_id)),
            Column("state", "Upload", 16, _state, style=_style),
            Column("carrier", "Carrier", 11, lambda one: one.carrier, rank=2),
            Column("tracking", "Tracking", 18, lambda one: one.tracking_number, rank=1),
            Column(
                "shipped",
                "Shipped",
                12,
                lambda one: clock.short(one.shipped_at, app.zone(one.company), app.minute),
                rank=3,
            ),
            Column("why", "Why", 18, lambda one: one.error or one.waits, grows=True),
        )
        yield Table(columns, lambda one: one.shipment_id, id="uploads")
        yield Line(id="about")

    @property
    def table(self) -> Table[ShipmentView]:
        table: Table[ShipmentView] = self.query_one(Table)
        return table

    @property
    def shipment(self) -> ShipmentView:
        """The one under the cursor. Raises NotFound."""
        current = self.table.current
        if current is None:
            raise NotFound("There is no upload here any more.")
        return current

    def context(self) -> Context:
        current = self.table.current
        return super().context().knowing(*([current] if current is not None else []))

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        table = self.table
        question, _, _ = table.ask(again=True)
        listed = await self.desk_app.desk.read(shipping.listing, limit=LISTED + 1)
        shown = listed[:LISTED]
        table.empty = (("Every upload is confirmed.", ""),)
        table.fill(question, 0, shown, len(shown), False)
        failed = sum(one.open_state in _TROUBLE for one in shown)
        more = (
            f"the latest {LISTED} uploads; there are more"
            if len(listed) > LISTED
            else f"{len(shown)} upload{'s' * (len(shown) != 1)} open"
        )
        self.query_one("#info", Line).show((f"{more}, {failed} failed or unknown", "bad" if failed else "dim"))
        self._show_about()

    def on_table_moved(self, event: Table.Moved) -> None:
        event.stop()
        self._show_about()

    def _show_about(self) -> None:
        current = self.table.current
        self.query_one("#about", Line).show(((current.error or current.waits) if current else "", "dim"))


def _state(one: ShipmentView) -> str:
    return f"IMEI: {label(one.identifiers)}" if one.identifiers else label(one.state)


def _style(one: ShipmentView) -> str:
    return "bad" if one.open_state in _TROUBLE else ""
