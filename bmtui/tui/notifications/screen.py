"""Screens of the ways by which events reach people, and of the deliveries of each."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.desk.events import catalogue
from bmtui.desk.notifications import deliveries
from bmtui.desk.notifications.deliveries import DeliveryView, WayView
from bmtui.text import how_many
from bmtui.tui.actions import registry
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces
from bmtui.words import DeliveryState


class WaysScreen(ListScreen[WayView]):
    """Screen of the ways out in bmtui.toml."""

    PLACE = "ways"
    BINDINGS = registry.bindings(PLACE)
    TITLE_TEXT = "Notifications"
    EMPTY = (("No notification way yet: e opens bmtui.toml; F2 shows how to write one.", ""),)

    def columns(self) -> Sequence[Column[WayView]]:
        return (
            Column("name", "Way", 12, lambda row: row.name, rank=-1),
            Column("kind", "Kind", 8, lambda row: row.kind, rank=1),
            Column("where", "Where", 20, lambda row: row.where, grows=True, rank=2),
            Column("waiting", "Waiting", 7, lambda row: f"{row.waiting:,}", right=True),
            Column("dead", "Dead", 5, lambda row: f"{row.dead:,}", right=True),
            Column("sent", "Last sent", 12, self._sent, rank=3),
            Column("state", "State", 20, _state, grows=True),
        )

    def meaning_of(self, row: WayView) -> Meaning:
        return _meaning(row)

    def key_of(self, row: WayView) -> object:
        return row.name

    async def find(self, query: str, limit: int) -> Sequence[WayView]:
        return await self.desk_app.desk.read(deliveries.listing)

    def told(self, shown: Sequence[WayView], more: bool) -> Pieces:
        return (("NOTIFICATIONS", "bold"), (f" · {how_many(len(shown), 'way')}", "dim"))

    def _sent(self, row: WayView) -> str:
        app = self.desk_app
        return time_format.short(row.last_sent_at, app.zone(row.company or None), app.minute)


class DeliveriesScreen(ListScreen[DeliveryView]):
    """Screen of a way's deliveries, waiting, sent or dead; newest first."""

    PLACE = "deliveries"
    BINDINGS = registry.bindings(PLACE)
    TITLE_TEXT = "Events"
    EMPTY = (("Nothing was sent on this way yet.", ""),)

    def __init__(self, way: str) -> None:
        super().__init__()
        self._way = way

    def columns(self) -> Sequence[Column[DeliveryView]]:
        return (
            Column("at", "At", 12, self._at),
            Column("event", "Event", 20, lambda row: catalogue.in_words(row.event.event), grows=True, rank=-1),
            Column("order", "Order", 10, lambda row: str(row.event.order_id or "")),
            Column("state", "State", 8, lambda row: row.state),
            Column("attempts", "Tries", 5, lambda row: f"{row.attempts:,}", right=True, rank=1),
            Column("error", "Error", 20, lambda row: row.error, grows=True, rank=2),
        )

    def meaning_of(self, row: DeliveryView) -> Meaning:
        return _MEANINGS[DeliveryState(row.state)]

    def key_of(self, row: DeliveryView) -> object:
        return row.delivery_id

    async def find(self, query: str, limit: int) -> Sequence[DeliveryView]:
        return await self.desk_app.desk.read(deliveries.of_way, self._way, limit=limit)

    def told(self, shown: Sequence[DeliveryView], more: bool) -> Pieces:
        return ((self._way, "bold"), (f" · {'the newest ' if more else ''}{how_many(len(shown), 'event')}", "dim"))

    def _at(self, row: DeliveryView) -> str:
        app = self.desk_app
        return time_format.short(row.event.at, app.zone(row.event.company or None), app.minute)


def _meaning(row: WayView) -> Meaning:
    if row.problem or row.dead:
        return Meaning.LATE
    return Meaning.GOING if row.waiting else Meaning.DONE


_MEANINGS = {
    DeliveryState.WAITING: Meaning.GOING,
    DeliveryState.SENT: Meaning.DONE,
    DeliveryState.DEAD: Meaning.LATE,
    DeliveryState.DROPPED: Meaning.NOTHING,
}


def _state(row: WayView) -> str:
    # The file's name is always the same: leave it out.
    return row.problem.partition("bmtui.toml, ")[2] or row.problem or row.error or "ready"
