"""Text from outside: remove characters that could steer a terminal, and fold text for the search (reliability §5)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Bidirectional controls can make a line read as something else than it is; they carry no meaning in an order.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_PICTURES = (
    "\U0001f000-\U0001f0ff\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u20e3\ufe0f"
    # Of the older symbols only those that are shown as pictures by default.
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757"
    "\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
)
_EMOJI = re.compile(f"[{_PICTURES}][{_PICTURES}\u200d]*")


def without_emoji(text: str) -> str:
    """Return `text` without emoji, and without the blanks that they leave behind; other text comes back as it is."""
    return " ".join(_EMOJI.sub(" ", text).split()) if _EMOJI.search(text) else text


def plain(value: str, *, multiline: bool = False) -> str:
    """Return `value` without control, escape, surrogate and bidirectional characters.

    Line breaks and tabs become spaces, unless `multiline`: then line breaks stay.
    """
    # Of all that is removed or replaced, nothing is printable.
    if value.isprintable():
        return value
    kept: list[str] = []
    for char in value:
        if char in "\n\r\t\u2028\u2029":
            kept.append("\n" if multiline and char == "\n" else " ")
        elif char not in _BIDI and unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co"):
            kept.append(char)
    return "".join(kept)


_ACCENTS = re.compile("[\u0300-\u036f]+")
_OTHER_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"} | dict(zip("øłđðħŧŋı", "olddhtni", strict=True)))
"""Letters that Unicode does not split into a base letter and an accent, with the usual spelling without them."""


def folded(text: str) -> str:
    """Return `text` for the search: words without accents, width and case, ß as ss; ASCII words stay as they are."""
    return text if text.isascii() else " ".join(word if word.isascii() else _folded(word) for word in text.split(" "))


def _folded(word: str) -> str:
    lower = unicodedata.normalize("NFKD", word).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", lower)).translate(_OTHER_LETTERS)
    return unicodedata.normalize("NFC", bare)


MOST_MARKS = 8
"""Largest number of combining marks that stay on one letter; every script needs fewer."""


def without_stacks(text: str) -> str:
    """Return `text` with at most `MOST_MARKS` combining marks on a letter: hundreds of them paint over other lines."""
    if text.isascii():
        return text
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def width_of(text: str) -> int:
    """Return the number of terminal cells that `text` probably takes; an East Asian wide character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def how_many(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 order``, ``1,200 orders``; `many` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def first_of(sentences: Sequence[str], most: int = 5) -> str:
    """Join the first `most` sentences of a list, and say how many more there are."""
    more = len(sentences) - most
    return " ".join((*sentences[:most], f"And {more:,} more.")) if more > 0 else " ".join(sentences)
