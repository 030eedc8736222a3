"""Screens of invoices: orders that wait for one, all documents, and one document as text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from textual.widget import Widget

from bmtui.desk.invoicing import files as invoice_files
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.invoicing.search import TARGET_H, Waiting
from bmtui.desk.invoicing.views import InvoiceView
from bmtui.text import how_many
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context, InvoiceFact
from bmtui.tui.row_filter import LOADING, NOTHING, SEARCHED, RowFilter
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.lines import Line, Reader
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning, of_effect
from bmtui.tui.widgets.table import Column, Table
from bmtui.tui.widgets.text import width_of, wrap
from bmtui.words import EffectState, label

SOON = timedelta(hours=8)
"""Business time left on a clock from which on it stands out."""


def left_text(row: Waiting) -> str:
    """Return the clock in business time: ``31h left``, ``late 5h``, ``late 59d``."""
    length = time_format.span(abs(row.left))
    return f"late {length}" if row.left < timedelta() else f"{length} left"


def left_meaning(row: Waiting) -> Meaning | None:
    """Return the clock's meaning: late, or soon; None while there is time."""
    if row.left < timedelta():
        return Meaning.LATE
    return Meaning.SOON if row.left < SOON else None


def _meaning(row: Waiting) -> Meaning:
    if row.invoice is not None and row.invoice.upload:
        return of_effect(row.invoice.upload)
    return left_meaning(row) or Meaning.NOTHING


def _meaning_of_paper(row: InvoiceView) -> Meaning:
    return of_effect(row.upload) if row.upload else Meaning.NOTHING


class QueueScreen(RowFilter[Waiting]):
    """Screen of shipped orders for which Back Market has no invoice, the longest shipped first."""

    PLACE = "invoice_queue"
    BINDINGS = registry.bindings(PLACE)

    def body(self) -> Iterable[Widget]:
        app = self.desk_app
        yield Line(id="info")
        columns: tuple[Column[Waiting], ...] = (
            Column("order", "Order", 10, lambda row: str(row.order.order_id)),
            Column("market", "Market", 6, lambda row: row.order.market),
            Column("left", "Within 48h", 12, left_text, meaning=left_meaning, clock=True),
            Column("invoice", "Invoice", 16, _invoice_text),
            Column("total", "Total", 14, lambda row: LOCAL.aligned(row.order.total, 14), right=True, rank=1),
            Column("customer", "Customer", 14, lambda row: row.order.customer_name, grows=True, rank=2),
            Column(
                "shipped",
                "Shipped",
                12,
                lambda row: time_format.short(row.order.shipped_at, app.list_zone, app.minute),
                rank=3,
            ),
        )
        table = Table(
            columns,
            lambda row: (row.order.company, row.order.order_id),
            meaning=_meaning,
            moved=self.cursor_moved,
            id="waiting",
        )
        table.empty = LOADING
        yield table

    def context(self) -> Context:
        row = self.table.current
        context = super().context()
        if row is None:
            return context
        fact = InvoiceFact(row.order.order_id, row.order.company, row.invoice)
        return replace(context, order=row.order).knowing(fact)

    def reload(self) -> None:
        table = self.table
        self._ask(*table.ask(again=True))

    def minute_passed(self) -> None:
        self.reload()

    def on_table_wanted(self, event: Table.Wanted) -> None:
        event.stop()
        self._ask(event.question, event.offset, event.limit)

    def _ask(self, question: int, offset: int, limit: int) -> None:
        if self.words:
            offset, limit = 0, SEARCHED

        async def read() -> None:
            desk = self.desk_app.desk
            rows = await desk.read(invoice_search.waiting, limit=limit, offset=offset)
            count = await desk.read(invoice_search.waiting_count)
            table = self.table
            table.empty = (
                ("Every order that shipped has its invoice on Back Market. ", ""),
                ("l", "key"),
                (" shows all.", ""),
            )
            if self.words:
                table.empty = NOTHING
            fitting = self.narrowed(rows)
            if table.fill(question, offset, fitting, len(fitting) if self.words else count, False, limit):
                text = (
                    f"Shipped, no invoice provided · {how_many(count, 'order')}, due within {TARGET_H} business hours"
                )
                self.part("#info", Line).show((text, "dim"), self.narrowed_told(len(fitting), count))

        self.read(read, latest=False)


def _invoice_text(row: Waiting) -> str:
    if row.invoice is None:
        return "–"
    return f"{row.invoice.number} {EffectState(row.invoice.upload).label}" if row.invoice.upload else row.invoice.number


class BookScreen(RowFilter[InvoiceView]):
    """Screen of invoices and credit notes, newest first."""

    PLACE = "invoices"
    BINDINGS = registry.bindings(PLACE)

    def body(self) -> Iterable[Widget]:
        yield Line(id="info")
        columns: tuple[Column[InvoiceView], ...] = (
            Column("number", "Number", 17, lambda row: row.number, grows=True),
            Column("kind", "Kind", 11, lambda row: label(row.kind)),
            Column("issued", "Date", 10, lambda row: row.issued),
            Column("order", "Order", 10, lambda row: str(row.order_id)),
            Column("gross", "Total", 14, lambda row: LOCAL.aligned(row.gross, 14), right=True),
            Column("upload", "Upload", 10, lambda row: EffectState(row.upload).label if row.upload else "", rank=1),
            Column("schemes", "VAT", 16, lambda row: row.schemes, rank=2),
        )
        table = Table(
            columns, lambda row: row.invoice_id, meaning=_meaning_of_paper, moved=self.cursor_moved, id="invoices"
        )
        table.empty = LOADING
        yield table

    def context(self) -> Context:
        row = self.table.current
        return super().context().knowing(*([InvoiceFact(row.order_id, row.company, row)] if row else []))

    def reload(self) -> None:
        table = self.table
        self._ask(*table.ask(again=True))

    def on_table_wanted(self, event: Table.Wanted) -> None:
        event.stop()
        self._ask(event.question, event.offset, event.limit)

    def _ask(self, question: int, offset: int, limit: int) -> None:
        if self.words:
            offset, limit = 0, SEARCHED

        async def read() -> None:
            desk = self.desk_app.desk
            rows = await desk.read(invoice_search.listing, limit=limit, offset=offset)
            count = await desk.read(invoice_search.count)
            table = self.table
            table.empty = (("No invoice was made yet.", ""),)
            if self.words:
                table.empty = NOTHING
            fitting = self.narrowed(rows)
            if table.fill(question, offset, fitting, len(fitting) if self.words else count, False, limit):
                text = f"Invoices and credit notes · {count:,}, newest first"
                self.part("#info", Line).show((text, "dim"), self.narrowed_told(len(fitting), count))

        self.read(read, latest=False)


class InvoiceScreen(DeskScreen):
    """Screen of a document as text: the one that was made, or a preview.

    Args:
        invoice: None before it is made; the screen then shows the one that is made meanwhile.
    """

    PLACE = "invoice"
    BINDINGS = registry.bindings(PLACE)

    def __init__(self, order_id: int, company: str, invoice: InvoiceView | None) -> None:
        super().__init__()
        self._order_id, self._company, self._invoice = order_id, company, invoice

    def body(self) -> Iterable[Widget]:
        yield Line(id="title")
        yield Reader(id="invoice")

    def context(self) -> Context:
        return super().context().knowing(InvoiceFact(self._order_id, self._company, self._invoice))

    def reload(self) -> None:
        self.read(self._read)

    def on_reader_resized(self) -> None:
        self.reload()

    async def _read(self) -> None:
        desk = replace(self.desk_app.desk, company=self._company)
        if self._invoice is None:
            made = await desk.read(invoice_search.listing, order_id=self._order_id, kind="invoice")
            self._invoice = made[0] if made else None
        else:
            self._invoice = await desk.read(invoice_search.show, self._invoice.number)
        if self._invoice is None:
            seen = await desk.read(invoicing.preview, self._order_id)
            title, lines = f"Preview of {seen.number}; not made yet", seen.lines
        else:
            title, lines = _title(self._invoice), await desk.read(invoice_files.text_of, self._invoice.number)
        reader = self.part(Reader)
        self.part("#title", Line).show((title, "bold" if self._invoice else "warn"))
        width = reader.size.width
        texts = (text for line in lines for text in line.split("\n"))
        # Lines in columns fit; wrapping would remove their spaces.
        shown = (part for text in texts for part in ([text] if width_of(text) <= width else wrap(text, width)))
        reader.show(((part, ""),) for part in shown)


def _title(invoice: InvoiceView) -> str:
    upload = f" · upload {EffectState(invoice.upload).label.lower()}" if invoice.upload else ""
    remark = f" · {invoice.remark}" if invoice.remark else ""
    return f"{invoice.number} · {label(invoice.preference)}{upload}{remark}"
