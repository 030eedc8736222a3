"""The scan station: one field, and what it says to each code."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from bmtui.desk.shipping import scan_station
from bmtui.desk.shipping.scan_station import Piece, Station
from bmtui.tui.actions import advice, registry
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.form import Entry, Paragraph
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.text import Pieces, fit

_HINT = "scan, or type · BM-YES: confirm · BM-CANCEL: aside · BM-UNDO: last one back"


class ScanScreen(DeskScreen):
    """Order → device → label, without touching the keyboard; a stop rings the bell and says why.

    Args:
        name: who packs, as others see it.
    """

    PLACE = "scan"
    UNDO = "BM-UNDO"
    WRITES = True
    # Scanners end a code with CR, LF, both, or Tab.
    BINDINGS: ClassVar[list[BindingType]] = [
        *registry.bindings(PLACE),
        Binding("tab,ctrl+j", "submit", "Take the code", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "#code"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.station = Station(secrets.token_hex(8), name)
        self._first_read.set()

    def body(self) -> Iterable[Widget]:
        yield Line(id="packer")
        yield Line(id="order")
        yield Reader(id="pieces")
        yield Paragraph(id="message")
        yield Entry(placeholder=_HINT, limit=200, id="code")

    def on_mount(self) -> None:
        self.show_header()
        self._show()

    def reload(self) -> None:
        """What is packed changes by scans alone; a lease that was lost is told by the next one."""

    def on_input_submitted(self, event: Entry.Submitted) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        entry = self.part("#code", Entry)
        text, entry.value = entry.value, ""
        if text.strip():
            self.desk_app.begin(self._scan(text))

    async def _scan(self, text: str) -> None:
        self.station = await self.desk_app.desk.write(scan_station.scan, self.station, text)
        if self.station.bad:
            self.desk_app.bell()
        self._show()

    def _show(self) -> None:
        now = self.station
        self.part("#packer", Line).show(
            (f"Scan station · {now.name}", "bold"), (f" · {now.done:,} shipped · scan: {now.next_step}", "")
        )
        title = f"Order {now.order_id} · {now.customer} · {now.carrier}" if now.order_id else "No order"
        self.part("#order", Line).show((title, "bold" if now.order_id else "dim"))
        self.part("#pieces", Reader).show([_line(piece) for piece in now.pieces], top=0)
        message = advice.spoken(f"STOP  {now.message}" if now.bad else now.message)
        self.part("#message", Paragraph).show((message, "bad" if now.bad else "good"))

    def do_back(self) -> None:
        self.desk_app.begin(self._leave())

    async def _leave(self) -> None:
        """Other stations may have the order; nothing of it was sent."""
        await self.desk_app.desk.write(scan_station.close, self.station)
        self.desk_app.close(self)


def _line(piece: Piece) -> Pieces:
    done = not piece.missing and (piece.seen or not piece.unsure)
    known = ", ".join(one.value for one in piece.known)
    asks = f"{piece.missing} to scan" if piece.missing else "its device, if it has a number" if piece.unsure else ""
    return (
        ("[x] " if done else "[ ] ", "good" if done else "warn"),
        (fit(f"{piece.left} × {piece.sku}", 28), "bold"),
        (f" {known} {asks}".rstrip(), ""),
        (f"  {piece.product}", "dim"),
    )
