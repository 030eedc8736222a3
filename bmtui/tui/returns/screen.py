"""Screens of RMAs: the list, and one RMA with its actions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual.widget import Widget

from bmtui.desk.core.context import Desk
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns import search as return_search
from bmtui.desk.returns.views import ReturnRow, ReturnView
from bmtui.errors import NotFound
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.returns.document import document
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.words import ReturnStatus, label


class ReturnActs(DeskScreen):
    """Screen with an RMA to act on."""

    @property
    def rma(self) -> ReturnRow | None:
        """RMA that is open, or under the cursor."""
        raise NotImplementedError

    def context(self) -> Context:
        context = super().context()
        return context if self.rma is None else context.knowing(self.rma)

    def desk_and_rma(self) -> tuple[Desk, ReturnRow]:
        """Return the desk of the RMA's company, and the RMA to act on."""
        rma = self.rma
        if rma is None:  # it has gone since the key was pressed
            raise NotFound("There is no RMA here any more.")
        return replace(self.desk_app.desk, company=rma.company), rma


class ReturnsScreen(ReturnActs, ListScreen[ReturnRow]):
    """Screen of the RMAs, newest first."""

    PLACE = "returns"
    BINDINGS = registry.bindings(PLACE)
    TITLE_TEXT = "RMA"
    FILTER_HELP = f"Such as status:open reason:defective. {return_search.HELP}"
    EMPTY = (("No RMA yet. On an order, ", ""), ("m", "key"), (" makes one.", ""))

    @property
    def rma(self) -> ReturnRow | None:
        return self.current

    def columns(self) -> Sequence[Column[ReturnRow]]:
        app = self.desk_app
        return (
            Column("id", "RMA", 5, lambda row: str(row.rma_id)),
            Column("order", "Order", 9, lambda row: str(row.order_id)),
            Column("status", "Status", 10, lambda row: label(row.status)),
            Column("back", "Back", 5, lambda row: f"{row.received_pieces}/{row.pieces}"),
            Column("device", "Device", 6, lambda row: "OTHER" if row.differs else ""),
            Column("reason", "Reason", 12, lambda row: row.reasons, grows=True),
            Column("resolution", "Resolution", 12, _resolution, rank=1),
            Column("skus", "SKUs", 14, lambda row: row.skus, grows=True, rank=3),
            Column("name", "Customer", 12, lambda row: row.customer, grows=True, rank=4),
            Column(
                "made",
                "Made",
                12,
                lambda row: time_format.short(row.made_at, app.list_zone, app.minute),
                rank=2,
            ),
        )

    def meaning_of(self, row: ReturnRow) -> Meaning:
        return _meaning(row)

    def key_of(self, row: ReturnRow) -> object:
        return row.rma_id

    async def find(self, query: str, limit: int) -> Sequence[ReturnRow]:
        return await self.desk_app.desk.read(return_search.listing, query, limit=limit)

    async def do_open(self) -> None:
        _, rma = self.desk_and_rma()
        await open_return(self, rma.rma_id)


class ReturnScreen(ReturnActs):
    """Screen of one RMA, kept up to date.

    Args:
        view: the RMA as it was read; it is read again whenever the store changes.
    """

    PLACE = "return"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self, view: ReturnView) -> None:
        super().__init__()
        self.view = view
        self._refunded = ""

    def body(self) -> Iterable[Widget]:
        yield Line(id="title")
        yield Reader(id="return")

    @property
    def rma(self) -> ReturnRow | None:
        return self.view.row

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        desk, _ = self.desk_and_rma()
        self.view = await desk.read(returns.show, self.view.row.rma_id)
        self._refunded = await desk.read(returns.refunded, self.view.row.order_id)
        self._show()

    def on_reader_resized(self) -> None:
        self._show()

    def _show(self) -> None:
        row, reader = self.view.row, self.part(Reader)
        reader.show(document(self.view, self._refunded, self.desk_app.zone(row.company), reader.size.width))
        self.part("#title", Line).show(
            (f"RMA {row.rma_id}", "bold"), (f" · order {row.order_id} · {row.customer}", ""), _alarm(row)
        )


async def open_return(screen: DeskScreen, rma_id: int) -> None:
    """Show an RMA on its own screen. Raise NotFound if it does not exist."""
    view = await screen.desk_app.desk.read(returns.show, rma_id)
    await screen.desk_app.show(ReturnScreen(view))


def _alarm(row: ReturnRow) -> tuple[str, str]:
    return (" · ANOTHER DEVICE CAME BACK" if row.differs else "", "bad")


def _meaning(row: ReturnRow) -> Meaning:
    if row.differs:
        return Meaning.LATE
    return Meaning.DONE if row.status == ReturnStatus.CLOSED else Meaning.SOON


def _resolution(row: ReturnRow) -> str:
    return ", ".join(map(label, row.resolutions))
