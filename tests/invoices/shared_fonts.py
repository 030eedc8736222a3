"""Writes the files of the shared fonts: run it when fpdf2 or the everyday characters change.

    python tests/invoices/shared_fonts.py

With it changes the hash of every new document, and old ones are drawn with other bytes than they were sealed with.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.fonts import Glyph, SubsetMap, TTFFont
from fpdf.output import OutputProducer
from fpdf.syntax import PDFObject

from bmtui.invoices import fonts


class ClosedSubset(SubsetMap):
    """Subset of exactly these characters, as far as the font has them."""

    def __init__(self, font: TTFFont, characters: Iterable[int]) -> None:
        super().__init__(font)
        self._closed = False
        self.codes = {char: code for char in sorted(characters) if (code := self.pick(char)) is not None}
        self._closed = True

    def pick_glyph(self, glyph: Glyph | None) -> int | None:
        """Return the code of a glyph, which must be in the subset already."""
        assert not self._closed or glyph in self._char_id_per_glyph, glyph
        return super().pick_glyph(glyph)


def closed(path: Path, style: str, characters: Iterable[int]) -> TTFFont:
    """Return the font as fpdf2 parses it, with a subset of these characters."""
    font = TTFFont(FPDF(), path, f"shared{style}", style)
    font.subset = ClosedSubset(font, set(characters) & set(font.cmap))
    return font


def known(path: Path, style: str = "", characters: Iterable[int] = fonts.EVERYDAY) -> dict[str, Any]:
    """Return what `SharedFont` takes."""
    font = closed(path, style, characters)
    document = FPDF()
    document.fonts[font.fontkey] = font
    producer = OutputProducer(document)
    producer._add_fonts({}, {}, {})
    assert isinstance(font.subset, ClosedSubset)
    assert not font.color_font
    return {
        "name": font.name,
        "style": style,
        "scale": font.scale,
        "up": font.up,
        "ut": font.ut,
        "sp": font.sp,
        "ss": font.ss,
        "default_width": font.desc.missing_width,
        "codes": list(font.cmap),
        "widths": [font.cw[code] for code in font.cmap],
        "embedded": sorted(font.subset.codes.items()),
        "objects": [_described(item) for item in producer.pdf_objs if isinstance(item, PDFObject)],
    }


def _described(item: PDFObject) -> tuple[str, str | None, bool]:
    """Return the object's entries, its contents before they were compressed, and whether they were."""
    lines = item.serialize().partition("\n<<\n")[2].partition("\n>>\n")[0]
    assert "{" not in lines
    lines = re.sub(r"\b(\d+) 0 R", lambda found: f"{{{int(found[1]) - 1}}} 0 R", lines)
    contents = item.content_stream()
    if contents is None:
        return lines, None, False
    compressed = "/Filter /FlateDecode" in lines
    lines = re.sub(r"(?m)^/Length \d+", "/Length {length}", lines)
    plain = zlib.decompress(contents) if compressed else contents
    return lines, base64.b64encode(zlib.compress(plain, 9)).decode(), compressed


def unpacked(objects: Iterable[tuple[str, str | None, bool]]) -> list[tuple[str, bytes | None, bool]]:
    """Return the objects of `known` with their plain contents: zlib packs in more than one way."""
    return [
        (text, None if packed is None else zlib.decompress(base64.b64decode(packed)), flag)
        for text, packed, flag in objects
    ]


if __name__ == "__main__":
    for style in ("", "B"):
        text = json.dumps(known(fonts.font_file(style), style), separators=(",", ":"))
        fonts.shared_file(style).write_text(text + "\n", encoding="utf-8")
