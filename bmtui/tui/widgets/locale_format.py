"""Formats of the operator's locale: letters, amounts, months. Read once, at the start of the screens."""

from __future__ import annotations

import contextlib
import locale
import re
import unicodedata
from collections.abc import Mapping

from rich.cells import cell_len

from bmtui.errors import RuleRefused
from bmtui.money import Money

_PLAIN = {
    **{
        "…": "~",
        "─": "-",
        "│": "|",
        "–": "-",
        "—": "-",
        "−": "-",
        "·": "|",
        "×": "x",
        "●": "*",
        "•": "*",
        "↑": "^",
        "↓": "v",
        "←": "<",
    },
    **{
        "»": ">",
        "«": "<",
        "✓": "+",
        "→": ">",
        "‹": "<",
        "›": ">",
        "’": "'",
        "“": '"',
        "”": '"',
        "€": "E",
        "£": "L",
        "ß": "s",
        "ø": "o",
        "Ø": "O",
    },
    **{"ł": "l", "Ł": "L", "æ": "a", "œ": "o", "đ": "d"},
}
"""Replacements of characters where only ASCII can be shown; always as wide."""


_AMOUNT = re.compile(r"(?<![\w.,:/-])(-?\d{1,12}(?:\.\d{1,3})?) ([A-Z]{3})\b", re.ASCII)
"""Amount in a sentence of the desk: ``1234.50 EUR``."""
_FAST = "\u00a0"
"""Space at which no line is broken."""


class Local:
    """Formats of the locale.

    Attributes:
        ascii: only ASCII can be shown.
        point, group: the signs before the decimals and between the thousands of an amount.
        months, weekdays: short names, from January and Monday on.
        day_first: the day of a date comes before its month.
    """

    def __init__(self) -> None:
        self.ascii = False
        self.point, self.group = ".", " "
        self.months: tuple[str, ...] = (
            "Jan",
            "Feb",
            "Mar",
            "Apr",
            "May",
            "Jun",
            "Jul",
            "Aug",
            "Sep",
            "Oct",
            "Nov",
            "Dec",
        )
        self.weekdays: tuple[str, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        self.day_first = True

    def read(self, environ: Mapping[str, str], *, ascii_only: bool | None = None) -> None:
        """Read the formats of the environment's locale, as far as this machine knows it."""
        self.ascii = names_no_utf8(environ) if ascii_only is None else ascii_only
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_ALL, "")
            words = locale.localeconv()
            self.point = str(words["decimal_point"] or ".")
            group = str(words["thousands_sep"])
            # A narrow space is as wide as any other on a terminal. Where the locale groups nothing, the space of
            # ISO 80000 does: a price in yen has no decimals that would tell thousands from hundreds.
            self.group = group if group.strip() else " "
            if not (locale.setlocale(locale.LC_TIME) or "C").startswith(("C", "POSIX")):
                self.months = tuple(
                    locale.nl_langinfo(getattr(locale, f"ABMON_{n}")).strip(".")[:4] for n in range(1, 13)
                )
                days = [locale.nl_langinfo(getattr(locale, f"ABDAY_{n}")).strip(".")[:3] for n in range(1, 8)]
                self.weekdays = (*days[1:], days[0])
                form = locale.nl_langinfo(locale.D_FMT)
                self.day_first = form.find("%d") < form.find("%m") or "%m" not in form

    def amount(self, money: Money) -> str:
        """Return the amount with its currency, in the locale's format."""
        return f"{self.number(money)} {money.currency}"

    def number(self, money: Money) -> str:
        """Return the amount without its currency."""
        sign, digits = ("-" if money.minor < 0 else ""), money.decimal.removeprefix("-")
        whole, dot, rest = digits.partition(".")
        whole = f"{int(whole):,}".replace(",", self.group)
        return f"{sign}{whole}{self.point if dot else ''}{rest}"

    def sentence(self, text: str) -> str:
        """Return a sentence of the desk with its amounts in the locale's format, none of which a line end parts."""
        return _AMOUNT.sub(self._said, text)

    def _said(self, found: re.Match[str]) -> str:
        # A number before three other capitals is no amount: this one would be written with its decimals.
        with contextlib.suppress(RuleRefused):
            money = Money.parse(found[1], found[2])
            if money.decimal == found[1]:
                return self.amount(money).replace(" ", _FAST)
        return found[0]

    def aligned(self, money: Money, width: int) -> str:
        """Return the amount for a column of `width` cells: an amount without decimals leaves the room of two."""
        text = self.amount(money)
        if "." not in money.decimal:
            apart = text.replace(f" {money.currency}", f"    {money.currency}")
            return apart if cell_len(apart) <= width else text
        return text

    def day(self, day: int, month: int) -> str:
        """Return a day of a month: ``23 Nov`` or ``Nov 23``."""
        name = self.months[month - 1]
        return f"{day} {name}" if self.day_first else f"{name} {day}"

    def shown(self, text: str) -> str:
        """Return `text`, or its replacement in ASCII, exactly as wide."""
        if not self.ascii or text.isascii():
            return text
        return "".join(char if char.isascii() else _plain(char) for char in text)


def _plain(char: str) -> str:
    width = cell_len(char)
    if width == 0:
        return ""
    known = _PLAIN.get(char) or unicodedata.normalize("NFKD", char)[:1]
    return known if known.isascii() and known.isprintable() and len(known) == width else "?" * width


def names_no_utf8(environ: Mapping[str, str]) -> bool:
    """Return True if the environment says that the terminal shows no UTF-8; an empty environment does not say so."""
    named = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    _, dot, codeset = named.partition(".")
    if dot:
        return codeset.partition("@")[0].lower().replace("-", "") != "utf8"
    return environ.get("LC_ALL") in ("C", "POSIX")


LOCAL = Local()
"""Formats of this process."""
