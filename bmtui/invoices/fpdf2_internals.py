"""Adapter for fpdf2's internals: the only private names that bmtui uses, and the code that depends on how they work.

fpdf2 parses a font file whenever a document adds it, and subsets it anew whenever a document is written: most of the
time that a short document takes. A `SharedFont` does both once, for a fixed set of characters; each document gets the
same embedded subset, so its bytes do not depend on which documents were made before. Nothing in here knows invoices.

tests/invoices/test_invoices_fpdf2_internals.py names each inside that a new fpdf2 lacks or has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy, deepcopy
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from fpdf import FPDF
from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from fpdf.enums import TextDirection
from fpdf.fonts import Glyph, SubsetMap, TTFFont
from fpdf.output import OutputProducer, PDFFont
from fpdf.syntax import PDFObject


class SharedFont:
    """A font file and the characters of it that every document embeds.

    Args:
        characters: code points; those that the font does not have are left out.
    """

    def __init__(self, path: Path, style: str, characters: Iterable[int]) -> None:
        document = FPDF()
        self._font = _SharedTTFFont(document, path, f"shared{style}", style)
        self.has = frozenset(self._font.cmap)
        """Code points that the font can write."""
        subset = _ClosedSubset(self._font, sorted(self.has.intersection(characters)))
        self._font.subset = subset
        self.characters = subset.characters
        """The code points that are embedded."""
        document.fonts[self._font.fontkey] = self._font
        # The objects that fpdf2 writes for this font, kept to be written again and again.
        producer = OutputProducer(document)
        producer._add_fonts({}, {}, {})
        self._font.embedded = [item for item in producer.pdf_objs if isinstance(item, PDFObject)]

    def add_to(self, document: FPDF, family: str) -> None:
        """Do what `FPDF.add_font` does, without parsing. The document must be written with `SharedFontProducer`."""
        font = copy(self._font)
        font.i = len(document.fonts) + 1
        font.fontkey = f"{family.lower()}{font.emphasis.style}"
        document.fonts[font.fontkey] = font


def write_font_again(document: FPDF) -> None:
    """Let the next cell name its font in the page's stream.

    After a cell that began with a fallback font, fpdf2 takes the font that was set before it for the one in use.
    """
    document.current_font_is_set_on_page = False


def shape_and_order(document: FPDF) -> None:
    """Write right-to-left text joined and in order; needs uharfbuzz. Each text must be one line.

    fpdf2 orders whole fragments, by which the numbers and brackets of a mixed line come to stand at the wrong end.
    """
    document.set_text_shaping(True)
    vars(document)["_preload_bidirectional_text"] = partial(_fragments_as_seen, document)


def _fragments_as_seen(document: FPDF, text: str, markdown: bool) -> Sequence[Any]:
    """Return the runs of `text` from left to right (Unicode annex 9), each in the order in which it is read."""
    paragraph = BidiParagraph(text, auto_detect_base_direction(text), preserve_bn_chars=True)
    shaping = cast(dict[str, Any], document.text_shaping)
    shaping["paragraph_direction"] = TextDirection.LTR
    found: list[Any] = []
    for leftwards, run in groupby(paragraph.get_reordered_characters(), lambda char: char.embedding_level % 2):
        shown = "".join(char.character for char in run)
        shaping["fragment_direction"] = TextDirection.RTL if leftwards else TextDirection.LTR
        found += document._preload_font_styles(shown[::-1] if leftwards else shown, markdown)
    return tuple(found)


class SharedFontProducer(OutputProducer):
    """Writer of a document; see `FPDF.output`."""

    def _add_fonts(self, *args: Any) -> Any:
        fonts = self.fpdf.fonts
        every = dict(fonts)
        shared = [font for font in every.values() if isinstance(font, _SharedTTFFont)]
        for font in shared:
            del fonts[font.fontkey]
        try:
            written = super()._add_fonts(*args)
        finally:
            fonts.clear()
            fonts.update(every)
        for font in shared:
            # They refer to each other by number, and get others in each document; their streams are not copied.
            objects = deepcopy(font.embedded)
            for item in objects:
                self._add_pdf_obj(item, "fonts")
            written[font.i] = cast(PDFFont, objects[0])
        return written


class _SharedTTFFont(TTFFont):
    __slots__ = ("embedded",)
    embedded: list[PDFObject]


class _ClosedSubset(SubsetMap):
    """Subset that is complete: another character would get a code that is not in the embedded font."""

    def __init__(self, font: TTFFont, characters: Iterable[int]) -> None:
        super().__init__(font)
        self._closed = False
        self.characters = frozenset(char for char in characters if self.pick(char) is not None)
        self._closed = True

    def pick_glyph(self, glyph: Glyph | None) -> int | None:
        if self._closed and glyph not in self._char_id_per_glyph:
            raise KeyError("the character is not in the shared subset")
        return super().pick_glyph(glyph)
