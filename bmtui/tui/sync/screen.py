"""Screen of differences between the store and Back Market."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.desk.sync import reconcile
from bmtui.desk.sync.reconcile import DriftView
from bmtui.text import how_many
from bmtui.tui.actions import registry
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces
from bmtui.words import label


class DriftsScreen(ListScreen[DriftView]):
    """Screen of the differences that the last comparison found."""

    PLACE = "drifts"
    BINDINGS = registry.bindings(PLACE)
    LISTED = 500
    TITLE_TEXT = "Differences"
    EMPTY = (("No differences. Press ", ""), ("R", "key"), (" to compare with Back Market.", ""))

    def columns(self) -> Sequence[Column[DriftView]]:
        return (
            Column("order", "Order", 10, lambda row: str(row.order_id)),
            Column("what", "What", 13, lambda row: label(row.what)),
            Column("here", "Here", 16, lambda row: LOCAL.sentence(row.here), grows=True),
            Column("there", "Back Market", 16, lambda row: LOCAL.sentence(row.there)),
            Column("repair", "Repair", 9, lambda row: "f" if row.repairable else "by hand"),
            Column("advice", "Advice", 14, lambda row: row.advice, rank=1),
        )

    def meaning_of(self, row: DriftView) -> Meaning:
        return Meaning.SOON if row.repairable else Meaning.LATE

    def key_of(self, row: DriftView) -> object:
        return row.drift_id

    async def find(self, query: str, limit: int) -> Sequence[DriftView]:
        return await self.desk_app.desk.read(reconcile.listing, limit=limit)

    def told(self, shown: Sequence[DriftView], more: bool) -> Pieces:
        stand = f"{how_many(len(shown), 'difference is', 'differences are')} open{' · the first of more' * more}"
        return ((f"Store against Back Market · {stand}", "dim"),)
