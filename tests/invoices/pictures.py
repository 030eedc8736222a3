"""Draws the pages of the documentation: a page of each kind, made by the real code and turned into a picture.

    python tests/invoices/pictures.py screenshots

Needs poppler's pdftoppm; the page of Word to PDF also needs LibreOffice, and stays as it is without.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from documents import assets, document
from docx import Document as WordFile
from PIL import Image, ImageDraw

from bmtui.invoices import rendering, word
from bmtui.invoices.model import Assets, Document, Preference
from bmtui.invoices.rendering import Way

DPI = 80
EXAMPLE = Path(__file__).parent / "example_plugin"


def pages(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the PDF of each picture."""
    for name, made, has in _drawn():
        yield name, rendering.standard(made, has)
    sys.path.insert(0, str(EXAMPLE))
    from invoice_example import render

    yield "plugin", render(document("fr-fr"), assets("fr-fr").words, b"")
    if word.available() is None:
        made, has = document("de-de", "mixed"), assets("de-de")
        way = Way(Preference.WORD, template=str(_template(folder)))
        yield "word", rendering.render(made, has, way).pdf


def _drawn() -> Iterator[tuple[str, Document, Assets]]:
    logo = replace(assets("fr-fr"), logo=_logo())
    yield "standard", document("fr-fr", style=Preference.STANDARD, with_qr=True), logo
    yield "channel", document("de-de", "mixed", with_qr=True), assets("de-de")
    yield "credit-note", document("el-gr", "regular", "credit_note"), assets("el-gr")
    yield "receipt-us", document("en-us"), assets("en-us")
    yield "japan", document("ja-jp"), assets("ja-jp")


def _logo() -> bytes:
    picture = Image.new("RGB", (360, 120), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((10, 10, 110, 110), fill="seagreen")
    pen.text((130, 35), "refurb example", fill="seagreen", font_size=32)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _template(folder: Path) -> Path:
    file = WordFile()
    file.add_heading("{{ title }} {{ number }}", 1)
    file.add_paragraph(
        "{{ words.issued }} {{ issued }} · {{ words.supplied }} {{ supplied }} · {{ words.order }} {{ order }}"
    )
    file.add_paragraph("{% for line in seller %}{{ line }}{% if not loop.last %}, {% endif %}{% endfor %}")
    file.add_paragraph("{% for line in buyer %}{{ line }}{% if not loop.last %}, {% endif %}{% endfor %}")
    table = file.add_table(rows=4, cols=3, style="Light Grid Accent 1")
    for cell, heading in zip(table.rows[0].cells, ("description", "quantity", "amount_gross"), strict=True):
        cell.text = f"{{{{ words.{heading} }}}}"
    table.rows[1].cells[0].text = "{%tr for line in lines %}"
    for cell, text in zip(
        table.rows[2].cells,
        ("{{ line.text }} {{ line.imei }}", "{{ line.quantity }}", "{{ line.amount }}"),
        strict=True,
    ):
        cell.text = text
    table.rows[3].cells[0].text = "{%tr endfor %}"
    file.add_paragraph("{% for row in summary %}{{ row | join('  ') }}\n{% endfor %}")
    file.add_paragraph("{{ words.total }} {{ total }}")
    file.add_paragraph("{% for mention in mentions %}{{ mention }}\n{% endfor %}")
    path = folder / "invoice.docx"
    file.save(str(path))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    target = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, pdf in pages(folder):
            path = folder / f"{title}.pdf"
            path.write_bytes(pdf)
            picture = target / f"invoice-{title}"
            command = ["pdftoppm", "-png", "-r", str(DPI), "-singlefile", str(path), str(picture)]
            subprocess.run(command, check=True)
            # A page has few colours: a quarter of the bytes is enough.
            with Image.open(picture.with_suffix(".png")) as page:
                page.quantize(32).save(picture.with_suffix(".png"), optimize=True)
            print(f"Drew {picture}.png")


if __name__ == "__main__":
    main()
