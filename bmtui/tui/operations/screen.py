"""Screens of the audit: its rows, and one row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from textual.widget import Widget

from bmtui.desk.core import audit, audit_words
from bmtui.desk.core.audit import AuditView
from bmtui.text import how_many
from bmtui.tui.actions import registry
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces, field


class AuditScreen(ListScreen[AuditView]):
    """Screen of audit rows, newest first; of one order or of all."""

    PLACE = "audit"
    GLYPHS = False
    BINDINGS = registry.bindings(PLACE)
    LISTED = 500
    TITLE_TEXT = "Audit"
    EMPTY = (("Nothing was done yet.", ""),)

    def __init__(self, order_id: int | None = None) -> None:
        super().__init__()
        self._order_id = order_id

    def columns(self) -> Sequence[Column[AuditView]]:
        app = self.desk_app
        return (
            Column("id", "Row", 6, lambda row: str(row.audit_id), right=True),
            Column("at", "At", 12, lambda row: time_format.short(row.at, app.list_zone, app.minute)),
            Column("who", "Who", 14, lambda row: row.actor),
            Column("order", "Order", 10, lambda row: str(row.order_id or ""), rank=1),
            Column("what", "What", 20, lambda row: LOCAL.sentence(row.summary), grows=True),
        )

    def key_of(self, row: AuditView) -> object:
        return row.audit_id

    async def find(self, query: str, limit: int) -> Sequence[AuditView]:
        return await self.desk_app.desk.read(audit.listing, order_id=self._order_id, limit=limit)

    def told(self, shown: Sequence[AuditView], more: bool) -> Pieces:
        of = f" of order {self._order_id}" if self._order_id else ""
        rows = f"the newest {len(shown)} of more" if more else how_many(len(shown), "row")
        return ((f"Audit{of} · {rows}", "dim"),)


class AuditRowScreen(DeskScreen):
    """Screen of one audit row: who, what, and the values before and after."""

    PLACE = "audit_row"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self, row: AuditView) -> None:
        super().__init__()
        self._row = row

    def body(self) -> Iterable[Widget]:
        yield Line((f"Audit row {self._row.audit_id}", "bold"), id="title")
        yield Reader(id="row")

    def on_reader_resized(self) -> None:
        self.reload()

    def reload(self) -> None:
        reader = self.part(Reader)
        reader.show(_audit_lines(self._row, reader.size.width))

    async def answered(self) -> None:
        """Return at once: the row is known, no read is awaited."""


def _audit_lines(row: AuditView, width: int) -> Iterable[Pieces]:
    yield from field("At", f"{row.at:%Y-%m-%d %H:%M:%S} UTC", width)
    yield from field("Who", row.actor, width)
    yield from field("What", f"{audit_words.in_words(row.action)} ({row.action})", width)
    yield from field("Order", str(row.order_id or "–"), width)
    yield from field("Summary", LOCAL.sentence(row.summary), width)
    for name, values in (("Before", row.before), ("After", row.after)):
        if values:
            yield ()
            yield ((name, "title"),)
        for key, value in values.items():
            yield from field(key, json.dumps(value, ensure_ascii=False), width)
    yield ()
    yield from field("Hash", row.hash, width)
