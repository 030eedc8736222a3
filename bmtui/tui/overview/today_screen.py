"""Today screen: work that needs a person, most urgent first; Enter opens the worst of a row, `n` the next of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from textual.widget import Widget

from bmtui.desk.after_sales import folders
from bmtui.desk.orders.saved_views import ViewOfOrders
from bmtui.desk.overview import day, today
from bmtui.desk.overview.day import Day
from bmtui.desk.overview.today import Item, Kind, Row
from bmtui.desk.returns import rma
from bmtui.tui.actions import registry
from bmtui.tui.after_sales.screen import FolderScreen, FoldersScreen
from bmtui.tui.companies.screen import SettingsScreen
from bmtui.tui.invoicing.screen import QueueScreen
from bmtui.tui.jobs.screen import JobScreen, JobsScreen
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.notifications.screen import WaysScreen
from bmtui.tui.outbox.screen import OutboxScreen
from bmtui.tui.refunds.screen import ApprovalsScreen
from bmtui.tui.returns.screen import ReturnScreen, ReturnsScreen
from bmtui.tui.screen import DeskScreen
from bmtui.tui.shipping.uploads_screen import UploadsScreen
from bmtui.tui.sync.screen import DriftsScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.bars import bar, sparkline
from bmtui.tui.widgets.lines import Line
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces

DIGITS = (
    Kind.UNKNOWN,
    Kind.SHIP_LATE,
    Kind.CUSTOMERS,
    Kind.INVOICES,
    Kind.UPLOADS_FAILED,
    Kind.ACCEPT,
    Kind.APPROVE,
    Kind.DIFFERENCES,
    Kind.RETURNS,
)
"""Rows that are always shown, in the order of their digits; other rows appear only with work to do."""

_DEFINITE = (Kind.UNKNOWN, Kind.EXCESS)
_ORDERS = (Kind.EXCESS, Kind.INVOICES, Kind.UPLOADS_OFF, Kind.REFUNDED_ABOVE, Kind.NO_RETURN, Kind.NOT_REFUNDED)
"""Rows whose items are opened as orders."""
BAR = 12
"""Cells of the widest bar."""


class TodayScreen(ListScreen[Row]):
    """Screen of the rows of `bmtui.desk.overview.today`, and the numbers of the day below them."""

    PLACE = "today"
    GLYPHS = False
    BINDINGS = registry.bindings(PLACE)

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Row] = ()
        self._day: Day | None = None
        self._seen: set[tuple[Kind, int, str]] = set()

    def body(self) -> Iterable[Widget]:
        yield from super().body()
        yield Line(id="due")
        yield Line(id="came")
        yield Line(id="refunded")

    def columns(self) -> Sequence[Column[Row]]:
        return (
            Column("digit", "", 1, lambda row: str(DIGITS.index(row.kind) + 1) if row.kind in DIGITS else " "),
            Column("glyph", "", 1, lambda row: _meaning(row).glyph, meaning=_meaning),
            Column("what", "What", 19, lambda row: today.LABELS[row.kind]),
            Column("count", "n", 6, lambda row: today.shown(row.count), right=True),
            Column("when", "Oldest or next", 14, self._when, meaning=_clock, rank=1),
            Column("worst", "Worst", 13, _worst, grows=True),
        )

    def key_of(self, row: Row) -> object:
        return row.kind

    async def find(self, query: str, limit: int) -> Sequence[Row]:
        desk = self.desk_app.desk
        begins = self._day is None
        self._day = await desk.read(day.read)
        self._rows = await desk.read(today.rows)
        if begins:
            # The rows of a shift stay where they are: the cursor skips those that need nobody.
            self.start_at = next((row.kind for row in self._rows if row.count), None)
        self._show_day(self._day)
        return [row for row in self._rows if row.count or row.kind in DIGITS]

    def told(self, shown: Sequence[Row], more: bool) -> Pieces:
        left = sum(row.count for row in shown)
        what = "what needs you, most urgent first" if left else "nothing needs you"
        return (("TODAY", "bold"), (f" · {what}", "dim"))

    def _when(self, row: Row) -> str:
        app = self.desk_app
        now = app.minute
        if row.due_at is not None and not row.late:
            return time_format.short(row.due_at, app.zone(app.desk.company), now)
        began = row.oldest_at if row.due_at is None else row.due_at
        return time_format.span(now - began) if began is not None and began < now else ""

    def _show_day(self, numbers: Day) -> None:
        most = max((band.count for band in numbers.due), default=1)
        pieces: list[tuple[str, str]] = [("DUE  ", "bold")]
        for band in numbers.due:
            style = Meaning.LATE.style if band.at is None and band.label == "late" else ""
            drawn = bar(band.count, most, max(min(BAR, (self.size.width - 40) // max(len(numbers.due), 1)), 1))
            pieces += [(f" {band.label} ", "dim"), (drawn, style), (f" {band.count:,} ", style)]
        if not numbers.due:
            pieces.append((" nothing has to leave", "dim"))
        self.part("#due", Line).show(*pieces)
        refunds = ", ".join(map(LOCAL.amount, numbers.refunds)) or "none"
        self.part("#came", Line).show(
            ("ORDERS", "bold"),
            (f" 24 h {sparkline(numbers.orders_24h)} {sum(numbers.orders_24h):,}", ""),
            (f"   7 d {sparkline(numbers.orders_7d)} {sum(numbers.orders_7d):,}", ""),
        )
        self.part("#refunded", Line).show(("REFUNDS", "bold"), (f" today: {refunds}", ""))

    # Opening items

    async def do_open(self) -> None:
        """Open the worst item of the row under the cursor."""
        row = self.current
        if row is None or row.worst is None:
            self.say("This row has no task.")
            return
        await self._open(row.kind, row.worst)

    async def do_query(self) -> None:
        """Go to the home screen and begin a query."""
        await self.desk_app.go_home()
        self.desk_app.home.do_query()

    async def do_next(self) -> None:
        """Open the most urgent item that was not opened yet; once all were, start again with those left."""
        left = [(row.kind, item) for row in await self.desk_app.desk.read(today.rows) for item in row.items]
        if not left:
            self.say("Nothing needs you.", "good")
            return
        fresh = [one for one in left if (one[0], one[1].id, one[1].company) not in self._seen]
        if not fresh:
            self._seen.clear()
        await self._open(*(fresh or left)[0])

    async def do_list(self, number: int) -> None:
        """Open the list of the row with this digit."""
        kind = DIGITS[number - 1]
        app = self.desk_app
        if kind in today.QUERIES:
            await app.go_home()
            app.home.show_view(ViewOfOrders("", today.QUERIES[kind], "shipby", False, (), 0))
            return
        screen = _list_of(kind)
        worst = next((row.worst for row in self._rows if row.kind is kind), None)
        if isinstance(screen, ListScreen) and worst is not None:
            # Put the cursor on the worst item of the row, whatever the list is sorted by.
            of_list = {Kind.CUSTOMERS: (worst.company, worst.id), Kind.RETURNS: worst.id}
            screen.start_at = of_list.get(kind, worst.row_id)
        await app.show(screen)

    async def _open(self, kind: Kind, item: Item) -> None:
        self._seen.add((kind, item.id, item.company))
        await self._show(kind, item)
        top = self.desk_app.top
        if isinstance(top, DeskScreen) and top is not self:
            top.shift = OpenItem(self, kind, item)

    async def _show(self, kind: Kind, item: Item) -> None:
        app = self.desk_app
        desk = replace(app.desk, company=item.company or app.desk.company)
        if kind is Kind.CUSTOMERS:
            await app.show(FolderScreen(await desk.read(folders.show, item.id)))
        elif kind is Kind.RETURNS:
            await app.show(ReturnScreen(await desk.read(rma.show, item.id)))
        elif kind is Kind.QUARANTINE:
            await app.show(JobScreen(item.row_id))
        elif kind in today.QUERIES or kind in _ORDERS:
            await app.open_order(item.id, item.company)
        else:
            screen = _list_of(kind)
            if isinstance(screen, ListScreen):
                screen.start_at = item.row_id
            await app.show(screen)


class OpenItem:
    """Item that was opened from Today: once it is worked, `n` opens the next."""

    def __init__(self, today_screen: TodayScreen, kind: Kind, item: Item) -> None:
        self._today, self._kind, self._item = today_screen, kind, item
        self.worked = False

    async def look(self, screen: Any) -> None:
        if self.worked:
            return
        # Reads run side by side: one that began earlier may end later, and must not take it back.
        self.worked = await screen.desk_app.desk.read(today.is_worked, self._kind, self._item) or self.worked
        if self.worked and not screen.part("#status", Line).text:
            screen.say("Done: n opens the next.", "good")

    async def go_on(self) -> None:
        app = self._today.desk_app
        await app.go_home(self._today)
        if app.top is self._today:
            await self._today.do_next()


def _list_of(kind: Kind) -> DeskScreen:
    if kind is Kind.CUSTOMERS:
        return FoldersScreen("show:waiting")
    if kind is Kind.RETURNS:
        return ReturnsScreen("status:open,on_hold,processing received:not_received,partially_received")
    screens: dict[Kind, type[DeskScreen]] = {
        Kind.INVOICES: QueueScreen,
        Kind.UPLOADS_FAILED: UploadsScreen,
        Kind.APPROVE: ApprovalsScreen,
        Kind.DIFFERENCES: DriftsScreen,
        Kind.CHANNEL_AWAY: JobsScreen,
        Kind.TOKEN: SettingsScreen,
        Kind.NOTIFICATIONS: WaysScreen,
    }
    return screens.get(kind, OutboxScreen)()


def _meaning(row: Row) -> Meaning:
    if not row.count:
        return Meaning.NOTHING
    return Meaning.UNKNOWN if row.kind in _DEFINITE else _clock(row) or Meaning.SOON


def _clock(row: Row) -> Meaning | None:
    return Meaning.LATE if row.late else None


def _worst(row: Row) -> str:
    worst = row.worst
    return LOCAL.sentence(f"{worst.id or worst.company} {worst.about}".strip()) if worst is not None else ""
