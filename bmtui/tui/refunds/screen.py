"""Screen of approvals: refunds above a limit, which a second person decides."""

from __future__ import annotations

from collections.abc import Sequence

from bmtui.desk.refunds import approvals
from bmtui.desk.refunds.approvals import ApprovalView
from bmtui.tui.actions import registry
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces


class ApprovalsScreen(ListScreen[ApprovalView]):
    """Screen of refunds that wait for a second person."""

    PLACE = "approvals"
    BINDINGS = registry.bindings(PLACE)
    LISTED = 500
    TITLE_TEXT = "Approvals"
    EMPTY = (("Nothing waits for a second person.", ""),)

    def columns(self) -> Sequence[Column[ApprovalView]]:
        app = self.desk_app
        return (
            Column("id", "No", 4, lambda row: str(row.approval_id)),
            Column("order", "Order", 10, lambda row: str(row.order_id)),
            Column("amount", "Amount", 14, lambda row: LOCAL.aligned(row.amount, 14), right=True),
            Column("by", "Asked by", 14, lambda row: row.made_by),
            Column("at", "At", 12, lambda row: time_format.short(row.made_at, app.list_zone, app.minute), rank=2),
            Column("why", "Why", 16, lambda row: row.doubt or row.why, grows=True, rank=1),
        )

    def meaning_of(self, row: ApprovalView) -> Meaning:
        return Meaning.UNKNOWN if row.doubt else Meaning.SOON

    def key_of(self, row: ApprovalView) -> object:
        return row.approval_id

    async def find(self, query: str, limit: int) -> Sequence[ApprovalView]:
        return await self.desk_app.desk.read(approvals.listing, limit=limit)

    def told(self, shown: Sequence[ApprovalView], more: bool) -> Pieces:
        waits = f"{len(shown)} wait{'s' * (len(shown) == 1)}"
        return ((f"Refunds above a limit · {waits}{' · the newest of more' * more}", "dim"),)
