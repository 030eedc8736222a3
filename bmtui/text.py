"""Foreign text is plain text: one place strips what could steer a terminal (reliability §5)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Bidirectional controls can make a line read as something else than it is; they carry no meaning in an order.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


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


def width_of(text: str) -> int:
    """Cells that `text` takes in a terminal that nobody measures; an East Asian wide character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def first_of(sentences: Sequence[str], most: int = 5) -> str:
    """So many sentences of a list, and how many more there are."""
    more = len(sentences) - most
    return " ".join((*sentences[:most], f"And {more:,} more.")) if more > 0 else " ".join(sentences)
