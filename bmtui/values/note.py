"""Reader of notes of several lines, and of names and titles of one line, as plain text in one normal form."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bmtui.errors import NotRead, ValueRefused
from bmtui.text import how_many, plain
from bmtui.values import cleaning

LONGEST_NOTE, LONGEST_NAME = 10_000, 200
_LINE_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_NO_WIDTH = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
_LOST = ("Cs", "Cn", "Co")
"""Categories of characters that cannot be shown: halves of pairs, unassigned ones, those of a private font."""


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text; `doubts` say which visible characters were left out."""

    value: str
    doubts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.value


def read_note(text: str, *, field: str = "note", longest: int = LONGEST_NOTE, required: bool = True) -> Text:
    """Read a note: every line of it, without blanks at the ends of lines and of the whole.

    Raises:
        NotRead: nothing is there and something is `required`. ValueRefused: more than `longest` characters.
    """
    lines = [_line(line).rstrip() for line in _LINE_BREAKS.split(text)]
    return _checked("\n".join(lines).strip("\n "), text, "note", field, longest, required)


def read_name(
    text: str, *, field: str = "name", wanted: str = "name", longest: int = LONGEST_NAME, required: bool = True
) -> Text:
    """Read a name, title or other text of one line; line breaks become blanks, and several blanks one.

    Raises:
        NotRead: nothing is there and something is `required`. ValueRefused: more than `longest` characters.
    """
    value = " ".join(_line(_LINE_BREAKS.sub(" ", text)).split())
    return _checked(value, text, wanted, field, longest, required)


def _line(text: str) -> str:
    """Return a line in NFC, without control, bidirectional and other zero-width characters that have no meaning."""
    # Joiners stay: Persian words and emoji are made with them.
    return unicodedata.normalize("NFC", plain(text.translate(_NO_WIDTH)))


def _checked(value: str, text: str, wanted: str, field: str, longest: int, required: bool) -> Text:
    came = cleaning.shown(text)
    if not any(not char.isspace() and unicodedata.category(char) != "Cf" for char in value):
        value = ""
    if required and not value:
        raise NotRead(field, came, "empty", f"Enter the {wanted}.", message=f"The {wanted} is missing.")
    if len(value) > longest:
        understood = f"too long for the {wanted}: it has {len(value):,} characters, and {longest:,} are the most"
        raise ValueRefused(field, came, understood, "Shorten it.")
    lost = sum(unicodedata.category(char) in _LOST for char in text)
    if not lost:
        return Text(value)
    counted = how_many(lost, "unreadable character is", "unreadable characters are")
    return Text(value, (f"{counted} left out of the {wanted}.",))
