"""Foreign text is plain text: one place strips what could steer a terminal (reliability §5)."""

from __future__ import annotations

import unicodedata

# Bidirectional controls can make a line read as something else than it is; they carry no meaning in an order.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(value: str, *, multiline: bool = False) -> str:
    """`value` without control, escape, surrogate and bidirectional characters.

    Line breaks and tabs become spaces, unless `multiline`: then line breaks stay.
    """
    if value.isascii() and value.isprintable():
        return value
    kept: list[str] = []
    for char in value:
        if char in "\n\r\t\u2028\u2029":
            kept.append("\n" if multiline and char == "\n" else " ")
        elif char not in _BIDI and unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co"):
            kept.append(char)
    return "".join(kept)


def csv_cell(text: str) -> str:
    """`text` as a cell of a CSV file that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def width_of(text: str) -> int:
    """Cells that `text` takes in a terminal that nobody measures; an East Asian wide character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
