"""Scan station: one field, and a verdict on each code."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widget import Widget

from bmtui.desk.shipping import scan_station
from bmtui.desk.shipping.scan_codes import REASON
from bmtui.desk.shipping.scan_station import Piece, Station
from bmtui.text import how_many
from bmtui.tui.actions import advice, registry
from bmtui.tui.screen import DeskScreen
from bmtui.tui.shipping import scan_pause
from bmtui.tui.shipping.verdict import RecentParcels, Verdict
from bmtui.tui.widgets.form import Entry
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.text import Pieces, fit

_HINT = "scan, or type · BM-YES: confirm · BM-CANCEL: aside · BM-UNDO: last one back"
_ROOMY = 20
"""Rows of a terminal from which on the last parcels are shown."""


class ScanScreen(DeskScreen):
    """Screen for packing by scans: order, device, label, without the keyboard; a stop rings the bell and says why.

    Args:
        name: the packer, as others see it.
    """

    PLACE = "scan"
    UNDO = "BM-UNDO"
    WRITES = True
    # Scanners end a code with CR, LF, both, Tab, or nothing.
    BINDINGS: ClassVar[list[BindingType]] = [
        *registry.bindings(PLACE),
        Binding("tab,ctrl+j", "submit", "Take the code", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "#code"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.station = Station(secrets.token_hex(8), name)
        self._codes: deque[str] = deque()
        self._working = False
        self._burst = scan_pause.Burst()
        self._pause: Timer | None = None
        self._first_read.set()

    def body(self) -> Iterable[Widget]:
        yield Line(id="packer")
        yield Line(id="order")
        yield Reader(id="pieces")
        yield Verdict(id="verdict")
        yield Entry(placeholder=_HINT, limit=200, id="code")
        yield RecentParcels(id="recent")

    def on_mount(self) -> None:
        self.show_header()
        self._show()

    def on_resize(self) -> None:
        super().on_resize()
        self.part(RecentParcels).display = self.size.height >= _ROOMY

    def reload(self) -> None:
        """Do nothing: only scans change this screen, and the next scan tells of a lost lock."""

    def on_input_changed(self, event: Entry.Changed) -> None:
        self._burst.changed(len(event.value), time.monotonic())
        if self._pause is not None:
            self._pause.stop()
        pause_s = self._burst.pause_s
        if pause_s is not None and not event.value.lstrip().startswith(REASON):
            self._pause = self.set_timer(pause_s, self._paused)

    def on_input_submitted(self, event: Entry.Submitted) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        self._burst.ended_by_key(time.monotonic())
        self._take()

    def _paused(self) -> None:
        self._burst.ended_by_pause()
        self._take()

    def _take(self) -> None:
        """Take the code out of the field and queue it."""
        entry = self.part("#code", Entry)
        text, entry.value = entry.value, ""
        if text.strip():
            # Scans are handled one after the other.
            self._codes.append(text)
            if not self._working:
                self._working = True
                self.desk_app.spawn(self._scan_all())

    async def _scan_all(self) -> None:
        try:
            while self._codes:
                await self._scan(self._codes.popleft())
        finally:
            self._working = False
            self._codes.clear()

    async def _scan(self, text: str) -> None:
        self.station = await self.desk_app.desk.write(scan_station.scan, self.station, text)
        if self.station.bad:
            self.desk_app.bell()
            if self._codes:
                # The later scans assumed that this one was accepted.
                self.say(
                    f"{how_many(len(self._codes), 'scan after it was', 'scans after it were')} ignored: scan again.",
                    "warn",
                )
                self._codes.clear()
        self._show()

    def _show(self) -> None:
        now = self.station
        self.part("#packer", Line).show(
            (f"Scan station · {now.name}", "bold"), (f" · {now.done:,} shipped · scan: {now.next_step}", "")
        )
        title = f"Order {now.order_id} · {now.customer} · {now.carrier}" if now.order_id else "No order"
        self.part("#order", Line).show((title, "bold" if now.order_id else "dim"))
        self.part("#pieces", Reader).show([_line(piece) for piece in now.pieces], top=0)
        self.part(Verdict).show(advice.spoken(now.message), bad=now.bad, judged=now.judged)
        self.part(RecentParcels).show(now.recent)

    def do_back(self) -> None:
        if self._working:
            self.say("The last scan is not finished yet.", "warn")
            return
        self.desk_app.begin(self._leave())

    async def _leave(self) -> None:
        """Give the order back to other stations, unsent, and close the screen."""
        await self.desk_app.desk.write(scan_station.close, self.station)
        self.desk_app.close(self)


def _line(piece: Piece) -> Pieces:
    done = not piece.missing and (piece.seen or not piece.asked)
    known = ", ".join(one.value for one in piece.known)
    count = f"{piece.count} " if piece.count and (piece.missing or piece.there) else ""
    asks = f"{piece.asks_for} to scan" if piece.missing else ""
    if piece.asked and not piece.known:
        asks = f"its {piece.asks_for}, if it has one"
    return (
        ("[x] " if done else "[ ] ", "good" if done else "warn"),
        (fit(f"{piece.left} × {piece.sku}", 28), "bold"),
        (f" {count}", "bold" if piece.missing else ""),
        (f"{known} {asks}".strip(), ""),
        (f"  {piece.product}", "dim"),
    )
