"""Lists of requests, audit rows and differences; and an order as it was at another moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from textual.widget import Widget

from bmtui.desk.core import audit
from bmtui.desk.core.audit import AuditView
from bmtui.desk.overview import history as order_history
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds.approvals import ApprovalView
from bmtui.desk.sync import reconcile
from bmtui.desk.sync.reconcile import DriftView
from bmtui.tui.actions import registry
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.overview.document import document, field
from bmtui.tui.review import actions as review
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces
from bmtui.words import label

LISTED = 500
"""Rows of the lists here."""


class ApprovalsScreen(ListScreen[ApprovalView]):
    """Refunds that wait for a second person."""

    PLACE = review.APPROVALS
    BINDINGS = registry.bindings(PLACE)
    LISTED = LISTED
    EMPTY = (("Nothing waits for a second person.", ""),)

    def columns(self) -> Sequence[Column[ApprovalView]]:
        app = self.desk_app
        return (
            Column("id", "No", 4, lambda row: str(row.approval_id)),
            Column("order", "Order", 10, lambda row: str(row.order_id)),
            Column("amount", "Amount", 12, lambda row: str(row.amount), right=True),
            Column("by", "Asked by", 14, lambda row: row.made_by),
            Column("at", "At", 12, lambda row: time_format.short(row.made_at, app.zone(None), app.minute), rank=2),
            Column("why", "Why", 16, lambda row: row.why, grows=True, rank=1),
        )

    def key_of(self, row: ApprovalView) -> object:
        return row.approval_id

    async def find(self, query: str, limit: int) -> Sequence[ApprovalView]:
        return await self.desk_app.desk.read(approvals.listing, limit=limit)

    def told(self, shown: Sequence[ApprovalView], more: bool) -> Pieces:
        waits = f"{len(shown)} wait{'s' * (len(shown) == 1)}"
        return ((f"Refunds above a limit · {waits}{' · the newest of more' * more}", "dim"),)


class DriftsScreen(ListScreen[DriftView]):
    """Where the store and Back Market did not agree when they were last compared."""

    PLACE = review.DRIFTS
    BINDINGS = registry.bindings(PLACE)
    LISTED = LISTED
    EMPTY = (("Nothing stands. Press ", ""), ("R", "key"), (" to compare with Back Market.", ""))

    def columns(self) -> Sequence[Column[DriftView]]:
        return (
            Column("order", "Order", 10, lambda row: str(row.order_id)),
            Column("what", "What", 13, lambda row: label(row.what), style=_drift_style),
            Column("here", "Here", 16, lambda row: row.here, grows=True),
            Column("there", "Back Market", 16, lambda row: row.there),
            Column("repair", "Repair", 9, lambda row: "f" if row.repairable else "by hand"),
            Column("advice", "Advice", 14, lambda row: row.advice, rank=1),
        )

    def key_of(self, row: DriftView) -> object:
        return row.drift_id

    async def find(self, query: str, limit: int) -> Sequence[DriftView]:
        return await self.desk_app.desk.read(reconcile.listing, limit=limit)

    def told(self, shown: Sequence[DriftView], more: bool) -> Pieces:
        stand = f"{len(shown)} differences stand{' · the first of more' * more}"
        return ((f"Store against Back Market · {stand}", "dim"),)


class AuditScreen(ListScreen[AuditView]):
    """Who did what, newest first; of one order or of all."""

    PLACE = review.AUDIT
    BINDINGS = registry.bindings(PLACE)
    LISTED = LISTED
    EMPTY = (("Nothing was done yet.", ""),)

    def __init__(self, order_id: int | None = None) -> None:
        super().__init__()
        self._order_id = order_id

    def columns(self) -> Sequence[Column[AuditView]]:
        app = self.desk_app
        return (
            Column("id", "Row", 6, lambda row: str(row.audit_id), right=True),
            Column("at", "At", 12, lambda row: time_format.short(row.at, app.zone(None), app.minute)),
            Column("who", "Who", 14, lambda row: row.actor),
            Column("order", "Order", 10, lambda row: str(row.order_id or ""), rank=1),
            Column("what", "What", 20, lambda row: row.summary, grows=True),
        )

    def key_of(self, row: AuditView) -> object:
        return row.audit_id

    async def find(self, query: str, limit: int) -> Sequence[AuditView]:
        return await self.desk_app.desk.read(audit.listing, order_id=self._order_id, limit=limit)

    def told(self, shown: Sequence[AuditView], more: bool) -> Pieces:
        of = f" of order {self._order_id}" if self._order_id else ""
        rows = f"the newest {len(shown)} of more" if more else f"{len(shown)} rows"
        return ((f"Audit{of} · {rows}", "dim"),)


class AuditRowScreen(DeskScreen):
    """One row: who, what, and what was before and after."""

    PLACE = review.AUDIT_ROW
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
        reader = self.query_one(Reader)
        reader.show(_audit_lines(self._row, reader.size.width))

    async def answered(self) -> None:
        """Nothing is read: the row is here."""


class AsItWasScreen(DeskScreen):
    """An order as it was at a moment; nothing can be done to it here."""

    PLACE = review.AS_IT_WAS
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
        reader = self.query_one(Reader)
        lines, _ = document(view, app.zone(self._company), self._moment, reader.size.width)
        reader.show(lines)


def _drift_style(row: DriftView) -> str:
    return "warn" if row.repairable else "bad"


def _audit_lines(row: AuditView, width: int) -> Iterable[Pieces]:
    yield from field("At", f"{row.at:%Y-%m-%d %H:%M:%S} UTC", width)
    yield from field("Who", row.actor, width)
    yield from field("What", row.action, width)
    yield from field("Order", str(row.order_id or "–"), width)
    yield from field("Summary", row.summary, width)
    for name, values in (("Before", row.before), ("After", row.after)):
        if values:
            yield ()
            yield ((name, "title"),)
        for key, value in values.items():
            yield from field(key, json.dumps(value, ensure_ascii=False), width)
    yield ()
    yield from field("Hash", row.hash, width)
