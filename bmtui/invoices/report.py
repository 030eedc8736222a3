"""Report as a plain PDF: headings, and lines of a name and a text that break over pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from fpdf import FPDF

from bmtui.errors import RuleRefused
from bmtui.invoices import fonts
from bmtui.invoices.wrapping import wrapped

Section = tuple[str, Sequence[tuple[str, str]]]
"""Section: a heading, and below it pairs of a name and a text."""

_MARGIN, _BOTTOM, _NAME, _WIDTH = 15.0, 20.0, 48.0, 180.0
_TITLE, _HEADING, _TEXT, _LINE = 15, 11, 8, 4.2
_REPLACEMENT = "\ufffd"


class _Sheet(FPDF):
    """PDF whose pages have a foot: title and page number."""

    def __init__(self, foot: str) -> None:
        super().__init__()
        self._foot = foot

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(fonts.FAMILY, "", 7)
        self.cell(0, 5, f"{self._foot} · {self.page_no()}", align="C")


def render(title: str, sections: Sequence[Section], made_at: datetime) -> bytes:
    """Return the PDF; the same arguments give the same bytes. A character that no font here has is shown as �."""
    texts = {title, *(heading for heading, _ in sections)}
    texts |= {text for _, rows in sections for row in rows for text in row}
    cleaned = {text: _writable(text) for text in texts}
    pdf = _Sheet(cleaned[title])
    pdf.set_auto_page_break(True, _BOTTOM)
    # Nothing in a buyer's name may turn into a number of pages.
    pdf.str_alias_nb_pages = ""
    pdf.set_margin(_MARGIN)
    pdf.creation_date = made_at
    pdf.set_title(cleaned[title])
    pdf.set_producer("bmtui, fpdf2")
    fonts.add_to(pdf, [*cleaned.values(), "–·0123456789"])
    pdf.add_page()
    pdf.set_font(fonts.FAMILY, "B", _TITLE)
    pdf.multi_cell(_WIDTH, 8, cleaned[title], new_x="LMARGIN", new_y="NEXT")
    for heading, rows in sections:
        pdf.ln(3)
        pdf.set_font(fonts.FAMILY, "B", _HEADING)
        pdf.multi_cell(_WIDTH, 6, cleaned[heading], new_x="LMARGIN", new_y="NEXT")
        for name, text in rows:
            _row(pdf, cleaned[name], cleaned[text])
    return bytes(pdf.output(output_producer_class=fonts.PRODUCER))


def _row(pdf: FPDF, name: str, text: str) -> None:
    if pdf.will_page_break(2 * _LINE):
        pdf.add_page()
    pdf.set_font(fonts.FAMILY, "B", _TEXT)
    pdf.cell(_NAME, _LINE, name)
    pdf.set_font(fonts.FAMILY, "", _TEXT)
    # Right-to-left text is ordered line by line.
    broken = wrapped if fonts.goes_leftwards(text) else _broken_anywhere
    for line in broken(pdf, text, _WIDTH - _NAME - 2 * pdf.c_margin):
        pdf.set_x(_MARGIN + _NAME)
        pdf.cell(_WIDTH - _NAME, _LINE, line or "–", new_x="LMARGIN", new_y="NEXT")


def _broken_anywhere(pdf: FPDF, text: str, width: float) -> list[str]:
    """Return the text in lines of at most `width`: a hash or a body has no place to break.

    `multi_cell` measures the whole line for each character: a pack of 8,000 lines took a minute.
    """
    of_char = cache(pdf.get_string_width)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        begin, taken = 0, 0.0
        for at, char in enumerate(paragraph):
            if taken + of_char(char) > width and at > begin:
                lines.append(paragraph[begin:at])
                begin, taken = at, 0.0
            taken += of_char(char)
        lines.append(paragraph[begin:])
    return lines


def _writable(text: str) -> str:
    try:
        fonts.check([text])
    except RuleRefused:
        return "".join(char if _has(char) else _REPLACEMENT for char in text)
    return text


def _has(char: str) -> bool:
    try:
        fonts.check([char])
    except RuleRefused:
        return False
    return True
