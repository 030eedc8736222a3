"""Adapter for fpdf2's internals: the only private names that bmtui uses, and the code that depends on how they work.

fpdf2 parses a font file whenever a document adds it, and subsets it anew whenever a document is written: most of the
time that a short document takes. A `SharedFont` was parsed and subset beforehand, for a fixed set of characters; each
document gets the same embedded subset, so its bytes do not depend on which documents were made before. Nothing in here
knows invoices.

tests/invoices/test_invoices_fpdf2_internals.py names each inside that a new fpdf2 lacks or has changed.
tests/invoices/shared_fonts.py writes the files of shared fonts; its test compares them with what fpdf2 writes.
"""

from __future__ import annotations

import base64
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from itertools import groupby
from typing import Any, cast

from fpdf import FPDF
from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from fpdf.enums import TextDirection, TextEmphasis
from fpdf.fonts import SubsetMap, TTFFont
from fpdf.output import OutputProducer, PDFFont
from fpdf.syntax import PDFContentStream, PDFObject, create_stream


class SharedFont:
    """A font file and the characters of it that every document embeds.

    Args:
        known: what fpdf2 finds in the font file, and the objects that it writes for those characters.
    """

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._font = _SharedTTFFont(known)
        self.has = frozenset(self._font.cmap)
        """Code points that the font can write."""
        self.characters = frozenset(self._font.subset.codes)
        """The code points that are embedded."""

    def add_to(self, document: FPDF, family: str) -> None:
        """Do what `FPDF.add_font` does, without parsing. The document must be written with `SharedFontProducer`."""
        font = copy(self._font)
        font.i = len(document.fonts) + 1
        font.fontkey = f"{family.lower()}{font.emphasis.style}"
        document.fonts[font.fontkey] = font


def put(document: FPDF, x: float, y: float, width: float, height: float, text: str, *, right: bool = False) -> None:
    """Do what `FPDF.set_xy` and `FPDF.cell` do for a line of text that is not empty, without copying their state.

    The next position is not set: each line must name its own.
    """
    font = _only_font(document)
    if font is None:
        if document._fallback_font_ids:
            # After a cell that began with one, fpdf2 takes the font that was set before it for the one in use.
            document.current_font_is_set_on_page = False
        document.set_xy(x, y)
        document.cell(width, height, text, align="R" if right else "L")
        return
    if not document.current_font_is_set_on_page:
        document._out(document._set_font_for_page(font, document.font_size_pt))
    margin = width - document.c_margin - width_of(document, text) if right else document.c_margin
    baseline = document.h - y - 0.5 * height - 0.3 * document.font_size
    begin = f"BT {(x + margin) * document.k:.2f} {baseline * document.k:.2f} Td"
    end = f"{font.encode_text(text)} ET"
    colour = document.text_color
    if colour is None or colour == document.fill_color:
        document._out(f"{begin} {end}")
    else:
        document._out(f"q {begin} {colour.serialize().lower()} {end} Q")


def width_of(document: FPDF, text: str) -> float:
    """Return what `FPDF.get_string_width` does."""
    font = _only_font(document)
    if font is None:
        return document.get_string_width(text)
    return font.get_text_width(text, document.font_size_pt, None)[1] / document.k


def _only_font(document: FPDF) -> TTFFont | None:
    """Return the current font if it writes all texts as they are, by itself."""
    font = document.current_font
    if document._fallback_font_ids or document.text_shaping or not isinstance(font, TTFFont):
        return None
    return font


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
            first = self.obj_id + 1
            objects = [_WrittenObject(entries, stream, first) for entries, stream in font.embedded]
            for item in objects:
                self._add_pdf_obj(item, "fonts")
            # Of the font itself, which comes first, others need its number alone.
            written[font.i] = cast(PDFFont, objects[0])
        return written


class _SharedTTFFont(TTFFont):
    """Font with what layout and writing ask for; the attributes of one that is parsed or shaped are missing."""

    __slots__ = ("embedded", "written")
    written: dict[str, str]
    """Text of each character in the stream of a page."""
    embedded: list[tuple[str, str]]
    """Objects of the font: the dictionary, in which ``{n}`` is the number of object n, and the stream if any."""
    subset: _ClosedSubset

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.type = "TTF"
        self.name = known["name"]
        self.emphasis = TextEmphasis.coerce(known["style"])
        self.scale = known["scale"]
        self.up, self.ut, self.sp, self.ss = known["up"], known["ut"], known["sp"], known["ss"]
        self.is_symbol = self.is_cff = self.is_compressed = False
        self.color_font = None
        self.biggest_size_pt = 0
        self.missing_glyphs = []
        default_width = known["default_width"]
        self.cw = defaultdict(lambda: default_width, zip(known["codes"], known["widths"], strict=True))
        # A font is asked for which characters it has, not for the names of their glyphs.
        self.cmap = dict.fromkeys(known["codes"], "")
        self.subset = _ClosedSubset(known["embedded"])
        self.written = {chr(code): self.escape_text(chr(place)) for code, place in known["embedded"]}
        self.embedded = [_with_stream(*item) for item in known["objects"]]

    def get_text_width(self, text: str, font_size_pt: float, text_shaping_params: object) -> tuple[int, float]:
        return len(text), sum(map(self.cw.__getitem__, map(ord, text))) * font_size_pt * 0.001

    def encode_text(self, text: str) -> str:
        try:
            return f"({''.join(map(self.written.__getitem__, text))}) Tj"
        except KeyError:
            raise KeyError("the character is not in the shared subset") from None


def _with_stream(entries: str, contents: str | None, compress: bool) -> tuple[str, str]:
    if contents is None:
        return entries, ""
    # Compressed here, as fpdf2 does: other versions of zlib give other bytes.
    stream = PDFContentStream(zlib.decompress(base64.b64decode(contents)), compress)
    return entries.replace("{length}", str(stream.length)), f"{create_stream(stream.content_stream())}\n"


class _WrittenObject(PDFObject):
    """Object whose text is known but for the numbers: `first` is the one of the font's first object."""

    def __init__(self, entries: str, stream: str, first: int) -> None:
        super().__init__()
        self._entries, self._stream, self._first = entries, stream, first

    def serialize(self, obj_dict: object = None, _security_handler: object = None) -> str:
        assert not _security_handler, "a shared font cannot be encrypted"
        entries = self._entries.format(*range(self._first, self._first + 10))
        return f"{self.id} 0 obj\n<<\n{entries}\n>>\n{self._stream}endobj"


class _ClosedSubset(SubsetMap):
    """Subset that is complete: another character would get a code that is not in the embedded font."""

    def __init__(self, codes: Iterable[tuple[int, int]]) -> None:
        self.codes = dict(codes)

    # fpdf2's is a cache of what a font is asked.
    def pick(self, unicode: int) -> int:  # type: ignore[override]
        """Return the code of a character in the embedded font."""
        if unicode not in self.codes:
            raise KeyError("the character is not in the shared subset")
        return self.codes[unicode]
