"""Drawing of the Standard and the Channel-Specific document with fpdf2: A4, tables that break over pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from datetime import date as Day
from io import BytesIO

from fpdf import FPDF

from bmtui.invoices import fonts, fpdf2_internals, xmp
from bmtui.invoices.content import Content, Row, content_of
from bmtui.invoices.model import Assets, Document
from bmtui.invoices.wrapping import wrapped

_LEFT, _RIGHT, _TOP, _BOTTOM = 15.0, 195.0, 15.0, 272.0
_WIDTH = _RIGHT - _LEFT
_FOOT = 281.0
_WITH_VAT = (78.0, 14.0, 32.0, 20.0, 36.0)
_WITHOUT_VAT = (104.0, 14.0, 31.0, 31.0)
_SUMMARY = (72.0, 36.0, 36.0, 36.0)
_LOGO = (60.0, 22.0)
_QR_MM = 24.0
_GREY, _BLACK = 90, 0
_PRODUCER = "bmtui, fpdf2"
"""Producer name without versions: they would change the bytes of an equal drawing."""


def draw(document: Document, assets: Assets, xml: bytes = b"") -> bytes:
    """The document's PDF; `xml` is embedded as its Factur-X. The same arguments give the same bytes."""
    content = content_of(document, assets.words)
    sheet = _Sheet(document, content, assets, 1)
    pages = sheet.draw()
    if pages > 1:
        # Only now is it known what "1 of 2" must say.
        sheet = _Sheet(document, content, assets, pages)
        sheet.draw()
    pdf = sheet.pdf
    if xml:
        pdf.embed_file(
            bytes=xml,
            basename="factur-x.xml",
            desc="Factur-X",
            mime_type="text/xml",
            associated_file_relationship="Alternative",
            modification_date=_moment(document),
            compress=True,
        )
    if document.pdf_a:
        pdf.set_xmp_metadata(xmp.metadata(document, content.title, _moment(document), _PRODUCER))
    return bytes(pdf.output(output_producer_class=fonts.PRODUCER))


def _moment(document: Document) -> datetime:
    """Return the time that the file names, from the document: the clock of the machine is never used."""
    return datetime.combine(Day.fromisoformat(document.issued), time(), UTC)


class _Sheet:
    """Pages of a document, and the height down to which they are drawn."""

    def __init__(self, document: Document, content: Content, assets: Assets, pages: int) -> None:
        self.document, self.content, self.assets, self.pages = document, content, assets, pages
        self.y = _TOP
        compliance = "PDF/A-3B" if document.pdf_a else None
        self.pdf = pdf = FPDF(enforce_compliance=compliance)
        pdf.set_auto_page_break(False)
        # Nothing in a buyer's name may turn into a number of pages.
        pdf.str_alias_nb_pages = ""
        pdf.c_margin = 0
        pdf.creation_date = _moment(document)
        pdf.set_title(f"{content.title} {document.number}")
        pdf.set_author(document.seller.name)
        pdf.set_lang(document.language)
        pdf.set_producer(_PRODUCER)
        fonts.add_to(pdf, content.texts())

    def draw(self) -> int:
        """Draw the whole document; returns the number of pages."""
        self._new_page()
        self._head()
        self._parties()
        self._table()
        self._summary()
        self._end()
        return self.pdf.pages_count

    # Blocks

    def _new_page(self) -> None:
        pdf, content = self.pdf, self.content
        pdf.add_page()
        pdf.set_text_color(_GREY)
        page = content.page.replace("{pages}", str(self.pages)).replace("{page}", str(pdf.page_no()))
        self._font(7)
        room = _WIDTH - fpdf2_internals.width_of(pdf, page) - 4
        lines = self._wrapped(content.footer, room)
        for place, line in enumerate(lines):
            self._put(_LEFT, _FOOT + (place - len(lines) + 1) * 3.2, room, line)
        self._put(_LEFT, _FOOT, _WIDTH, page, "R")
        if pdf.page_no() > 1:
            self._font(8)
            self._put(_LEFT, _TOP - 5, _WIDTH, f"{content.title} {self.document.number}", "R")
        pdf.set_text_color(_BLACK)
        self.y = _TOP

    def _head(self) -> None:
        pdf, content = self.pdf, self.content
        if self.assets.logo:
            pdf.image(BytesIO(self.assets.logo), _LEFT, _TOP, *_LOGO, keep_aspect_ratio=True)
        left = 110.0
        self._font(17, "B")
        for line in self._wrapped(content.title, _RIGHT - left):
            self._put(left, self.y, _RIGHT - left, line, "R")
            self.y += 8
        self.y += 1
        for label, value in content.facts:
            self._font(8)
            pdf.set_text_color(_GREY)
            self._put(left, self.y, 42, label)
            pdf.set_text_color(_BLACK)
            self._font(9)
            for line in self._wrapped(value, _RIGHT - left - 42):
                self._put(left + 42, self.y, _RIGHT - left - 42, line, "R")
                self.y += 4.4
        self.y = max(self.y, _TOP + _LOGO[1]) + 6

    def _parties(self) -> None:
        content, half = self.content, _WIDTH / 2 - 5
        begin = self.y
        ends = []
        for x, heading, lines in (
            (_LEFT, content.seller_heading, content.seller),
            (_LEFT + half + 10, content.buyer_heading, content.buyer),
        ):
            self.y = begin
            self._font(8)
            self.pdf.set_text_color(_GREY)
            self._put(x, self.y, half, heading)
            self.pdf.set_text_color(_BLACK)
            self.y += 4.6
            for place, text in enumerate(lines):
                self._font(9, "" if place else "B")
                self._lines(x, half, text, 4.4)
            ends.append(self.y)
        self.y = max(ends) + 7

    def _table(self) -> None:
        widths = _WITH_VAT if self.document.shows_vat else _WITHOUT_VAT
        self._table_head(widths)
        for row in self.content.rows:
            self._row(row, widths)
        self.y += 3

    def _table_head(self, widths: Sequence[float]) -> None:
        self._font(8, "B")
        wrapped = [
            self._wrapped(heading, width - 2) for heading, width in zip(self.content.headings, widths, strict=True)
        ]
        height = max(map(len, wrapped)) * 3.8
        x = _LEFT
        for place, (lines, width) in enumerate(zip(wrapped, widths, strict=True)):
            for number, line in enumerate(lines):
                y = self.y + height - (len(lines) - number) * 3.8
                self._put(x, y, width, line, "R" if place else "L")
            x += width
        self.y += height + 1.4
        self._rule(0.4)

    def _row(self, row: Row, widths: Sequence[float]) -> None:
        self._font(9)
        texts = self._wrapped(row.text, widths[0] - 3)
        self._font(7.5)
        details = [line for detail in row.details for line in self._wrapped(detail, widths[0] - 3)]
        height = len(texts) * 4.4 + len(details) * 3.6 + 2.4
        if self.y + height > _BOTTOM:
            self._new_page()
            self._table_head(widths)
        self.y += 1
        begin = self.y
        self._font(9)
        x = _LEFT + widths[0]
        for cell, width in zip(row.cells, widths[1:], strict=True):
            self._put(x, begin, width, cell, "R")
            x += width
        for line in texts:
            self._put(_LEFT, self.y, widths[0], line)
            self.y += 4.4
        self._font(7.5)
        self.pdf.set_text_color(_GREY)
        for line in details:
            self._put(_LEFT, self.y, widths[0], line)
            self.y += 3.6
        self.pdf.set_text_color(_BLACK)
        self.y += 1.4
        self._rule(0.1)

    def _summary(self) -> None:
        rows = self.content.summary
        self._room(len(rows) * 4.6 + 22)
        if rows:
            self._font(8)
            self.pdf.set_text_color(_GREY)
            self._cells(self.content.summary_headings, _SUMMARY)
            self.pdf.set_text_color(_BLACK)
            for row in rows:
                self._room(6)
                self._font(9)
                self._cells(row, _SUMMARY)
            self.y += 1
            self._rule(0.1)
        self.y += 2
        self._font(12, "B")
        label, amount = self.content.total
        self._put(_LEFT, self.y, _WIDTH / 2, label)
        self._put(_LEFT + _WIDTH / 2, self.y, _WIDTH / 2, amount, "R")
        self.y += 10

    def _end(self) -> None:
        qr_x = _RIGHT - _QR_MM
        width = (qr_x - _LEFT - 5) if self.content.qr else _WIDTH
        if self.content.qr:
            self._room(_QR_MM + 2)
            self._qr(qr_x, self.y)
        page, qr_end = self.pdf.page_no(), self.y + _QR_MM
        for texts, style in ((self.content.notes, ""), (self.content.mentions, "B")):
            for text in texts:
                self._font(8.5, style)
                for line in self._wrapped(text, width):
                    self._room(5)
                    self._put(_LEFT, self.y, width, line)
                    self.y += 4.4
            self.y += 2
        if self.content.qr and self.pdf.page_no() == page:
            self.y = max(self.y, qr_end)

    # Strokes

    def _qr(self, x: float, y: float) -> None:
        import segno

        matrix = segno.make(self.content.qr, micro=False, error="m").matrix
        size = _QR_MM / len(matrix)
        for row, modules in enumerate(matrix):
            column = 0
            while column < len(modules):
                run = column
                while run < len(modules) and modules[run]:
                    run += 1
                if run > column:
                    self.pdf.rect(x + column * size, y + row * size, (run - column) * size, size, "F")
                column = run + 1

    def _font(self, size: float, style: str = "") -> None:
        self.pdf.set_font(fonts.FAMILY, style, size)

    def _put(self, x: float, y: float, width: float, text: str, align: str = "L") -> None:
        if text:
            fpdf2_internals.put(self.pdf, x, y, width, 4, text, right=align == "R")

    def _lines(self, x: float, width: float, text: str, height: float) -> None:
        for line in self._wrapped(text, width):
            self._put(x, self.y, width, line)
            self.y += height

    def _cells(self, texts: Sequence[str], widths: Sequence[float]) -> None:
        x = _LEFT
        for place, (text, width) in enumerate(zip(texts, widths, strict=True)):
            self._put(x, self.y, width, text, "R" if place else "L")
            x += width
        self.y += 4.6

    def _rule(self, width: float) -> None:
        self.pdf.set_line_width(width)
        self.pdf.line(_LEFT, self.y, _RIGHT, self.y)
        self.y += 0.6

    def _room(self, height: float) -> None:
        if self.y + height > _BOTTOM:
            self._new_page()

    def _wrapped(self, text: str, width: float) -> list[str]:
        return wrapped(self.pdf, text, width)
