"""Cleaning of the text of a field or cell: it is folded and unwrapped; what a spreadsheet broke is refused."""

from __future__ import annotations

import re
import unicodedata

from bmtui.errors import NotRead
from bmtui.text import plain
from bmtui.values import keyboard

_SHOWN, _LONGEST = 40, 1000
"""Largest number of characters that a message repeats, and that a value may have before it is cleaned."""
_MINUS = "\u2212"
_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?\s?[eE]\s?[+-]\s?\d+|[+-]?\d+[.,]\d+\s?[eE]\s?\d+", re.ASCII)
_LOST = re.compile(r"\d{16,}[.,]0{1,2}", re.ASCII)
_AS_TEXT = "Format the column as text, and export the file again."
_WRAPPED = re.compile(r'=?"([^"]*)"|=(\d+)')
_SPREADSHEET_ERROR = re.compile(r"#{2,}|#[A-Z]{2,}[A-Z/0-9]*[!?]?|#[A-Z]/[0A-Z]!?", re.IGNORECASE)
_PLACEHOLDERS = frozenset(
    (
        *("n/a", "na", "n.a.", "n.v.", "n/v", "nv", "none", "null", "nil", "nan"),
        *("nat", "undefined", "unknown", "unbekannt", "inconnu", "missing", "empty", "leer", "vide", "tbd"),
        *("tba", "todo", "test", "xxx", "keine", "kein", "aucun", "aucune", "sans", "ninguno"),
        *("nessuno", "geen", "brak", "inf", "infinity", "true", "false"),
    )
)
_NOTHING = re.compile(r"[-_.?*/\\|~,;: ]+")


def shown(text: str, longest: int = _SHOWN) -> str:
    """Return `text` for a message: plain, on one line, at most `longest` characters."""
    if len(text) <= longest and text.isascii() and text.isprintable():
        return " ".join(text.split())
    line = " ".join("".join(filter(str.isprintable, plain(text[:_LONGEST]))).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def folded(text: str) -> str:
    """Return `text` with ASCII digits, ASCII widths, plain blanks and hyphens, without zero-width characters.

    Decimal digits of every script and full-width forms become ASCII. Superscripts, circled digits and fractions stay
    as they are, so that they are refused: NFKC alone would make 12 of 1². Line breaks, tabs and control characters at
    the ends (suffixes of scanners) go; inside, line breaks become "\\n" and other control characters stay.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    found: list[str] = []
    for char in text.replace("\r\n", "\n"):
        category = unicodedata.category(char)
        if category == "Nd":
            found.append(str(unicodedata.decimal(char)))
        elif char in "\r\u2028\u2029\x85\x0b\x0c" or char == "\n":
            found.append("\n")
        elif category == "Zs" or char == "\t":
            found.append(" ")
        elif category in ("Cf", "Mn") and (category == "Cf" or "\ufe00" <= char <= "\ufe0f"):
            continue
        elif category == "Pd" or char == _MINUS:
            found.append("-")
        elif unicodedata.east_asian_width(char) in "FH":
            found.append(unicodedata.normalize("NFKC", char))
        else:
            found.append(char)
    ends = "".join(map(chr, (*range(33), 127)))
    return "".join(found).strip(ends)


def cell(text: str, field: str, wanted: str) -> str:
    """Return the folded text of a value; `wanted` names the value for messages: "tracking number".

    ``="35…"`` is unwrapped to what it holds, and the quote by which a spreadsheet marks text goes.

    Raises:
        NotRead: nothing is there, a placeholder, a formula, an exponent, the digits of another keyboard, or a page.
    """
    came = shown(text)
    if len(text) > _LONGEST:
        raise NotRead(field, came, f"too long: it has {len(text):,} characters", f"Enter the {wanted} alone.")
    value = folded(text)
    meant = keyboard.meant("".join(value.split()))
    if meant is not None:
        layout, typed = meant
        raise NotRead(
            field,
            came,
            f"what a scanner types on a keyboard set to {layout}: {typed} is meant",
            f"Set the keyboard of the scanner and of this computer to the same layout, or type {typed}.",
            meant=typed,
        )
    value = unwrapped(value)
    if not value:
        raise NotRead(field, came, "empty", f"Enter the {wanted}.", message=f"The {wanted} is missing.")
    if _SPREADSHEET_ERROR.fullmatch(value):
        raise NotRead(field, came, "an error value of a spreadsheet", f"Enter the {wanted} itself.")
    if value[0] in "=@":
        raise NotRead(field, came, "a formula of a spreadsheet", f"Enter the {wanted} itself.")
    if value.casefold() in _PLACEHOLDERS or _NOTHING.fullmatch(value):
        raise NotRead(field, came, "a placeholder", f"Enter the {wanted}, or leave the field empty.")
    if _EXPONENT.fullmatch(value):
        raise NotRead(
            field,
            came,
            "a number that a spreadsheet turned into an exponent; its digits are lost",
            _AS_TEXT,
        )
    if _LOST.fullmatch(value):
        raise NotRead(field, came, "a number of which a spreadsheet kept 15 digits; the others are lost", _AS_TEXT)
    return value


def unwrapped(value: str) -> str:
    """Return `value` without the quotation marks and the ``=`` by which a spreadsheet is told to keep it as text."""
    for _ in range(2):
        value = value.removeprefix("'").strip()
        if match := _WRAPPED.fullmatch(value):
            value = (match[1] if match[1] is not None else match[2]).strip()
    return value


def whole(value: str) -> str:
    """Return `value` without the ``.0`` of a number from a spreadsheet or a float, which keep 15 digits."""
    match = re.fullmatch(r"(\d{1,15})[.,]0{1,2}", value, re.ASCII)
    return match[1] if match else value


def other_value(value: str) -> str:
    """Return the kind of a value that belongs into another column: "a date", "an amount"; "" for others."""
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}(?:[T ].*)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}", value, re.ASCII):
        return "a date"
    return "an amount" if re.fullmatch(r"[+-]?\d{1,9}[.,]\d{1,2}", value, re.ASCII) else ""


def several(value: str) -> bool:
    """Return whether `value` holds two or more numbers: on lines, between separators, or in fields of a barcode."""
    if "\n" in value or any(char in value for char in "\x1c\x1d\x1e\x1f"):
        return True
    parts = [part.strip() for part in re.split(r"[,;|+&/]", value)]
    return len(parts) > 1 and all(len(part) >= 8 and any(map(str.isdigit, part)) for part in parts)
