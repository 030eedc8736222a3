"""Example of an invoice plugin: a function from a frozen document to the bytes of a PDF.

It gets everything that is to be printed and nothing else; bmtui keeps what it returns, so that it need not give the
same bytes twice. Whatever it raises is told to the operator, with the plugin's name, and no number is used up.
"""

from collections.abc import Mapping

from fpdf import FPDF

from bmtui.invoices.model import Document


def render(document: Document, words: Mapping[str, str], logo: bytes) -> bytes:
    """Return a short slip in a core font, which has no letters beyond Western Europe."""
    if not document.lines:
        raise ValueError("a slip needs a line")
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=12)
    pdf.cell(text=f"{words[document.kind]} {document.number}", new_x="LMARGIN", new_y="NEXT")
    for line in document.lines:
        pdf.cell(text=f"{line.quantity} x {line.text}: {line.gross / 100:.2f}", new_x="LMARGIN", new_y="NEXT")
    pdf.cell(text=f"{words['total']} {document.gross / 100:.2f} {document.currency}")
    return bytes(pdf.output())
