"""Fonts by the characters that they have. A character that no font here has is an error, never a box (order-desk §8).

DejaVu comes with bmtui. What all markets but Japan write is in the shared subset; a document with a rarer character
embeds a subset of its own, which takes longer. Japanese needs the extra `japanese`, and what goes from right to left
the extra `shaping`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from fpdf import FPDF

from bmtui.errors import RuleRefused
from bmtui.invoices.fpdf2_internals import SharedFont, SharedFontProducer, shape_and_order

FAMILY, REGULAR, JAPANESE = "invoice", "regular", "japanese"
PRODUCER = SharedFontProducer
"""Output producer with which `FPDF.output` must write."""

_FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
EVERYDAY = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x218, 0x21C),
    *range(0x370, 0x400),
    *range(0x2010, 0x2050),
    *map(ord, "€№™−₤"),
)
"""Characters of the shared subset: Latin of all Europe, Greek, punctuation. tests/invoices/shared_fonts.py makes it."""
_OTHER_NAME = (
    "In a buyer's name: give a name for papers, 'bmtui orders paper-name ID NAME'. In other texts: have it changed "
    "on Back Market, or use the Plugin or Word to PDF with a font of your own."
)
_JAPANESE_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH", "FULLWIDTH", "IDEOGRAPHIC")
_SCRIPT_NAMES = {"HANGUL": "Korean", "CJK": "Chinese and Japanese"}


def font_file(style: str = "") -> Path:
    """Return the font file of a style: "" or "B"."""
    return Path(str(resources.files("bmtui.invoices").joinpath("fonts", _FILES[style])))


def shared_file(style: str = "") -> Path:
    """Return the file of a style's shared subset."""
    return font_file(style).with_suffix(".json")


def check(texts: Iterable[str]) -> None:
    """Check that all texts can be written. Raises RuleRefused, which names the text and the missing character."""
    japanese: frozenset[int] | None = None
    known = _characters()
    for text in texts:
        if known.issuperset(text) and not goes_leftwards(text):
            continue
        if goes_leftwards(text) and find_spec("uharfbuzz") is None:
            raise RuleRefused(
                f"Arabic and Hebrew cannot be written without joining and ordering the letters of '{_cut(text)}'.",
                f"Install the library: pip install 'bmtui[shaping]'. {_OTHER_NAME}",
            )
        for char in text:
            code = ord(char)
            if code in _shared("").has or char == "\n":
                continue
            if japanese is None:
                japanese = _japanese_characters()
            if code not in japanese:
                raise _missing(char, text, bool(japanese))


def goes_leftwards(text: str) -> bool:
    """Return whether the text has characters that are written from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)


def add_to(document: FPDF, texts: Iterable[str]) -> bool:
    """Add the fonts that `texts` need; `check` must have passed. Returns True when some text needs another font."""
    written = list(texts)
    used = {ord(char) for text in written for char in text if char != "\n"}
    regular, bold = _shared(""), _shared("B")
    japanese = used - regular.has
    if used - japanese <= regular.characters:
        regular.add_to(document, FAMILY)
        bold.add_to(document, FAMILY)
    else:
        # With a subset of its own: fpdf2 makes it from all that the document then writes.
        for style in _FILES:
            document.add_font(FAMILY, style, font_file(style))
    fallbacks = []
    if not used - japanese <= bold.has:
        # Characters that the bold font lacks are written in the regular one.
        document.add_font(REGULAR, "", font_file())
        fallbacks.append(REGULAR)
    if japanese:
        document.add_font(JAPANESE, "", _japanese_file())
        fallbacks.append(JAPANESE)
    if any(map(goes_leftwards, written)):
        shape_and_order(document)
    if fallbacks:
        document.set_fallback_fonts(fallbacks, exact_match=False)
    return bool(fallbacks)


@cache
def _characters() -> frozenset[str]:
    return frozenset(map(chr, _shared("").has)) | {"\n"}


@cache
def _shared(style: str) -> SharedFont:
    return SharedFont(json.loads(shared_file(style).read_bytes()))


def _japanese_file() -> Path | None:
    if find_spec("pylopdf_fonts_jp") is None:
        return None
    import pylopdf_fonts_jp

    return Path(pylopdf_fonts_jp.sans_path())


@cache
def _japanese_characters() -> frozenset[int]:
    path = _japanese_file()
    if path is None:
        return frozenset()
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _missing(char: str, text: str, has_japanese: bool) -> RuleRefused:
    name = unicodedata.name(char, "a character without a name")
    script = re.split(r"[ -]", name)[0]
    advice = _OTHER_NAME
    if script in _JAPANESE_SCRIPTS and not has_japanese:
        advice = f"Japanese needs one more font: pip install 'bmtui[japanese]'. {_OTHER_NAME}"
    elif unicodedata.category(char)[0] == "L":
        advice = f"No font for {_SCRIPT_NAMES.get(script, script.title())} comes with bmtui. {_OTHER_NAME}"
    return RuleRefused(f"No font here can write '{char}' (U+{ord(char):04X}, {name}) in '{_cut(text)}'.", advice)


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
