"""Printable form of foreign text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from bmtui.text import plain, without_emoji
from bmtui.values import cleaning


def tidy(text: str) -> str:
    """Return foreign text for print: composed, without emoji and invisible characters."""
    composed = unicodedata.normalize("NFC", without_emoji(plain(text))).strip()
    return "".join(char for char in composed if unicodedata.category(char) != "Cf" and not _is_selector(char))


def left_out(texts: Iterable[str]) -> str:
    """Return a sentence about the emoji of these texts, which cannot be printed; '' where there are none."""
    found = dict.fromkeys(text for text in texts if without_emoji(text) != text)
    return f"Emoji are left out of {', '.join(map(cleaning.shown, found))}." if found else ""


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f"
