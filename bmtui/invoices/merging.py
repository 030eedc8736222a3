"""Several PDFs as one, for a printer or an archive."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO


def merged(pdfs: Iterable[bytes]) -> bytes:
    """Return one PDF with the pages of all, in their order; fonts that they share are in it once."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for pdf in pdfs:
        writer.append(PdfReader(BytesIO(pdf)), import_outline=False)
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
