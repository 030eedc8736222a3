"""Screen of uploads: shipments that Back Market has not confirmed, with the reason, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.widget import Widget

from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.views import ShipmentView
from bmtui.errors import NotFound
from bmtui.text import how_many
from bmtui.tui.actions import registry
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.form import About
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces
from bmtui.words import UploadState, label

_TROUBLE = ("failed", "unknown")


class UploadsScreen(ListScreen[ShipmentView]):
    """Screen of the unconfirmed uploads, newest first."""

    PLACE = "uploads"
    BINDINGS = registry.bindings(PLACE)
    LISTED = 500
    TITLE_TEXT = "Uploads"
    EMPTY = (("Every upload is confirmed.", ""),)

    def body(self) -> Iterable[Widget]:
        yield from super().body()
        yield About(id="about")

    def columns(self) -> Sequence[Column[ShipmentView]]:
        app = self.desk_app
        return (
            Column("order", "Order", 10, lambda one: str(one.order_id)),
            Column("state", "Upload", 16, _state),
            Column("carrier", "Carrier", 11, lambda one: one.carrier, rank=2),
            Column("tracking", "Tracking", 18, lambda one: one.tracking_number, rank=1),
            Column(
                "shipped",
                "Shipped",
                12,
                lambda one: time_format.short(one.shipped_at, app.list_zone, app.minute),
                rank=3,
            ),
            Column("why", "Why", 18, lambda one: one.error or one.waits, grows=True),
        )

    def meaning_of(self, row: ShipmentView) -> Meaning:
        return _meaning(row)

    def key_of(self, row: ShipmentView) -> object:
        return row.shipment_id

    async def find(self, query: str, limit: int) -> Sequence[ShipmentView]:
        return await self.desk_app.desk.read(shipping.listing, limit=limit)

    def told(self, shown: Sequence[ShipmentView], more: bool) -> Pieces:
        failed = sum(one.open_state in _TROUBLE for one in shown)
        number = f"{len(shown)} upload{'s' * (len(shown) != 1)} open"
        latest = f"the latest {how_many(len(shown), 'upload')}; there are more"
        return ((f"{latest if more else number}, {failed} failed or unknown", "bad" if failed else "dim"),)

    def minute_passed(self) -> None:
        self.table.redraw()

    @property
    def shipment(self) -> ShipmentView:
        """Shipment under the cursor. Raises NotFound if there is none."""
        current = self.current
        if current is None:
            raise NotFound("This upload no longer exists.")
        return current

    def moved(self) -> None:
        current = self.current
        self.part("#about", About).show((current.error or current.waits) if current else "")


def _state(one: ShipmentView) -> str:
    return f"IMEI: {label(one.identifiers)}" if one.identifiers else label(one.state)


_MEANINGS = {
    UploadState.FAILED: Meaning.LATE,
    UploadState.NOT_APPLIED: Meaning.LATE,
    UploadState.UNKNOWN: Meaning.UNKNOWN,
    UploadState.KEPT: Meaning.NOTHING,
}


def _meaning(one: ShipmentView) -> Meaning:
    # An upload that waits for a toggle waits for a person.
    return _MEANINGS.get(UploadState(one.open_state), Meaning.SOON if one.waits else Meaning.GOING)
