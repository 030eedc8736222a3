"""Screens of the tax returns, with the text of their files, and of lines shipped without a purchase cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from pathlib import Path

from textual.widget import Widget

from bmtui.desk.accounts import costs, oss, periods, return_files, vat_return
from bmtui.desk.accounts.costs import WithoutCost
from bmtui.desk.accounts.oss import OssReport
from bmtui.desk.accounts.periods import Period
from bmtui.desk.accounts.vat_return import VatReport
from bmtui.desk.core.context import Desk
from bmtui.errors import NotFound, RuleRefused
from bmtui.text import how_many
from bmtui.tui.actions import registry
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces, fit, wrap

Report = VatReport | OssReport
_NAMED = 30


class TaxReturnScreen(DeskScreen):
    """Screen of the VAT of a month, at first the last one, or the OSS return of its quarter."""

    PLACE = "tax_return"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self) -> None:
        super().__init__()
        self._period: Period | None = None
        self._of_quarter = False
        self.report: Report | None = None

    def body(self) -> Iterable[Widget]:
        yield Line(id="title")
        yield Reader(id="return")

    def on_reader_resized(self) -> None:
        self.reload()

    def reload(self) -> None:
        self.read(self._read)

    def do_earlier(self) -> None:
        """Go to the period before this one."""
        self._go(lambda period: period.first - timedelta(days=1))

    def do_later(self) -> None:
        """Go to the period after this one."""
        self._go(lambda period: period.last + timedelta(days=1))

    def do_other(self) -> None:
        """Show the OSS return of the quarter instead of the VAT of the month, or the other way round."""
        self._of_quarter = not self._of_quarter
        self._go(lambda period: period.last)

    def _go(self, to: Callable[[Period], date]) -> None:
        if self._period is not None:
            self._period = _period_of(to(self._period).isoformat(), self._of_quarter)
            self.reload()

    async def _read(self) -> None:
        desk = self.desk_app.desk
        if self._period is None:
            today = desk.now().astimezone(self.desk_app.list_zone).date()
            self._period = periods.read("last-month", today)
        period, what = self._period, "OSS" if self._of_quarter else "VAT"
        try:
            self.report = await desk.read(_reported, period, self._of_quarter)
            lines = list(_lines(self.report, self.part("#return", Reader).size.width))
        except (RuleRefused, NotFound) as error:
            self.report = None
            width = self.part("#return", Reader).size.width
            lines = [((line, "warn"),) for line in wrap(str(error), width)]
        self.part("#title", Line).show((f"{what} {period.name}", "bold"), (f" · {period.begin} to {period.end}", "dim"))
        self.part("#return", Reader).show(lines)


class WithoutCostScreen(ListScreen[WithoutCost]):
    """Screen of shipped lines whose device and SKU have no purchase cost, newest first."""

    PLACE = "without_cost"
    BINDINGS = registry.bindings(PLACE)
    LISTED = 500
    EMPTY = (("Everything that was shipped has a purchase cost.", ""),)

    def columns(self) -> Sequence[Column[WithoutCost]]:
        return (
            Column("order", "Order", 10, lambda row: str(row.order_id)),
            Column("sku", "SKU", 16, lambda row: row.sku, grows=True, rank=-1),
            Column("imei", "IMEI", 15, lambda row: row.imei, rank=1),
            Column("serial", "Serial number", 14, lambda row: row.serial_number, rank=3),
            Column("price", "Price", 14, lambda row: LOCAL.amount(row.price), right=True),
            Column("shipped", "Shipped", 12, self._shipped, rank=2),
        )

    def meaning_of(self, row: WithoutCost) -> Meaning:
        return Meaning.SOON

    def key_of(self, row: WithoutCost) -> object:
        return row.line_id

    async def find(self, query: str, limit: int) -> Sequence[WithoutCost]:
        return await self.desk_app.desk.read(costs.without_cost, limit)

    def told(self, shown: Sequence[WithoutCost], more: bool) -> Pieces:
        pieces = f"the newest {len(shown)} of more" if more else how_many(len(shown), "line")
        return ((f"Shipped without a purchase cost · {pieces}", "dim"),)

    def _shipped(self, row: WithoutCost) -> str:
        app = self.desk_app
        return time_format.short(row.shipped_at, app.zone(row.company), app.minute)


def write(desk: Desk, report: Report, path: str) -> int:
    """Write the return as CSV, or as PDF if the name ends with .pdf; return the number of bytes.

    Raises:
        RuleRefused: something else is there. ConfigError: it cannot be written.
    """
    file = Path(path).expanduser()
    as_pdf = file.suffix.lower() == ".pdf"
    if isinstance(report, OssReport):
        pdf, table = return_files.write_oss, return_files.write_oss_csv
        return pdf(report, file, desk.now()) if as_pdf else table(report, file)
    return return_files.write_vat(report, file, desk.now()) if as_pdf else return_files.write_vat_csv(report, file)


def _period_of(day: str, of_quarter: bool) -> Period:
    name = periods.quarter_of(day) if of_quarter else day[:7]
    return periods.named(name)


def _reported(desk: Desk, period: Period, of_quarter: bool) -> Report:
    return oss.report(desk, period) if of_quarter else vat_return.report(desk, period)


def _lines(report: Report, width: int) -> Iterable[Pieces]:
    sections = return_files.oss_sections(report) if isinstance(report, OssReport) else return_files.vat_sections(report)
    for number, (heading, rows) in enumerate(sections):
        if number:
            yield ()
        yield ((heading, "title"),)
        for name, text in rows:
            # Wrap instead of cutting: a sum without its end would be another sum.
            names = wrap(name, _NAMED)
            texts = wrap(text, width - _NAMED - 2)
            for left, right in zip_longest(names, texts, fillvalue=""):
                yield ((f"{fit(left, _NAMED)} ", "dim"), (right, ""))
