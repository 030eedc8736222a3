"""Packing documents, drawn with fpdf2: packing slip and pick list with barcodes, and the command barcodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF

from bmtui.invoices import fonts
from bmtui.text import how_many

_LEFT, _WIDTH, _TOP, _BOTTOM = 15.0, 180.0, 15.0, 280.0
_BAR_MM, _BAR_HEIGHT = 1.1, 14.0
_ROW = 6.0
_NAMED = 8
"""Number of orders that a row of the pick list names; the others are only counted."""


@dataclass(frozen=True, slots=True)
class Slip:
    """Packing slip of one parcel. `barcode` is what the scan station reads as the order."""

    order_id: int
    barcode: str
    company: str
    ordered: str
    address: tuple[str, ...]
    carrier: str
    lines: tuple[tuple[int, str, str, str], ...]
    """Lines: pieces, SKU, product, and IMEI or serial numbers."""


@dataclass(frozen=True, slots=True)
class Pick:
    """SKU to fetch: number of pieces, and the orders that they are for."""

    sku: str
    product: str
    pieces: int
    orders: tuple[int, ...]


def check(slip: Slip) -> None:
    """Check that the fonts have all characters of the slip. Raises RuleRefused."""
    fonts.check(_texts(slip))


def packing_slips(slips: Sequence[Slip], at: datetime) -> bytes:
    """Return the packing slips, a page each; `at` is the time in the file. Raises RuleRefused: a missing character."""
    pdf = _document("Packing slip", at, (text for slip in slips for text in _texts(slip)))
    for slip in slips:
        pdf.add_page()
        _barcode(pdf, slip.barcode, 110, _TOP)
        _text(pdf, f"Packing slip {slip.order_id}", _TOP, size=16, bold=True)
        _text(pdf, f"{slip.company} · ordered {slip.ordered} · {slip.carrier}", _TOP + 9)
        y = _TOP + 24
        for line in slip.address:
            _text(pdf, line, y, size=11)
            y += _ROW
        y += _ROW
        for pieces, sku, product, known in slip.lines:
            _text(pdf, f"{pieces} ×  {sku}", y, bold=True)
            _text(pdf, product, y + 5)
            if known:
                _text(pdf, known, y + 10)
            y = _down(pdf, y + (17 if known else 12))
    return _bytes(pdf)


def pick_list(picks: Sequence[Pick], at: datetime) -> bytes:
    """Return the pick list of several orders, by SKU, as a PDF. Raises RuleRefused: a character that no font has."""
    texts = [text for pick in picks for text in (pick.sku, pick.product)]
    pdf = _document("Pick list", at, texts)
    pdf.add_page()
    total = sum(pick.pieces for pick in picks)
    _text(
        pdf,
        f"Pick list · {how_many(total, 'piece')} of {how_many(len(picks), 'SKU')} · {at:%Y-%m-%d %H:%M}",
        _TOP,
        size=13,
        bold=True,
    )
    y = _TOP + 12
    for pick in picks:
        more = len(pick.orders) - _NAMED
        named = ", ".join(map(str, pick.orders[:_NAMED])) + (f" and {more:,} more" if more > 0 else "")
        pdf.rect(_LEFT, y, 4, 4)
        _text(pdf, f"{pick.pieces} ×  {pick.sku}", y, bold=True, left=_LEFT + 7)
        _text(pdf, f"{pick.product} · for {named}", y + 5, size=8, left=_LEFT + 7)
        y = _down(pdf, y + 12)
    return _bytes(pdf)


def command_sheet(commands: Iterable[tuple[str, str]], at: datetime) -> bytes:
    """Return a page with the command barcodes of the scan station: each code with its action."""
    pdf = _document("Scan station", at, ())
    pdf.add_page()
    _text(pdf, "Scan station", _TOP, size=16, bold=True)
    y = _TOP + 15
    for code, meaning in commands:
        _barcode(pdf, code, _LEFT, y)
        _text(pdf, meaning, y + 20)
        y += 34
    return _bytes(pdf)


def _document(title: str, at: datetime, texts: Iterable[str]) -> FPDF:
    written = [*texts, title, "0123456789 ×·,:;-+ abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    fonts.check(written)
    pdf = FPDF()
    pdf.set_auto_page_break(False)
    # Nothing in a buyer's name may turn into a number of pages.
    pdf.str_alias_nb_pages = ""
    pdf.c_margin = 0
    pdf.creation_date = at
    pdf.set_title(title)
    pdf.set_producer("bmtui, fpdf2")
    fonts.add_to(pdf, written)
    return pdf


def _text(pdf: FPDF, text: str, y: float, *, size: float = 10, bold: bool = False, left: float = _LEFT) -> None:
    pdf.set_font(fonts.FAMILY, "B" if bold else "", size)
    # A line that is too long is set smaller, never cut.
    while size > 4 and pdf.get_string_width(text) > _LEFT + _WIDTH - left:
        size -= 0.5
        pdf.set_font_size(size)
    pdf.set_xy(left, y)
    pdf.cell(_WIDTH, 5, text)


def _barcode(pdf: FPDF, code: str, x: float, y: float) -> None:
    pdf.code39(f"*{code}*", x=x, y=y, w=_BAR_MM, h=_BAR_HEIGHT)
    _text(pdf, code, y + _BAR_HEIGHT + 1, size=9, left=x)


def _down(pdf: FPDF, y: float) -> float:
    if y < _BOTTOM:
        return y
    pdf.add_page()
    return _TOP


def _texts(slip: Slip) -> Iterable[str]:
    yield from (slip.company, slip.ordered, slip.carrier, slip.barcode, *slip.address)
    for _, sku, product, known in slip.lines:
        yield from (sku, product, known)


def _bytes(pdf: FPDF) -> bytes:
    return bytes(pdf.output(output_producer_class=fonts.PRODUCER))
