"""Reader of amounts of money as people of every country write them; an ambiguous text is refused with the reason."""

from __future__ import annotations

import re
from decimal import Decimal

from bmtui.errors import NotRead, ValueRefused
from bmtui.money import Money, exponent
from bmtui.values import cleaning

_WANTED = "amount"
_ADVICE = "Write it like 49.90: digits, and a point or comma before the cents."
_MOST_DIGITS = 12
"""Largest number of digits before the decimals; longer numbers belong into another field."""
_MOST_DECIMALS, _LONGEST = 9, 50
_SYMBOLS = {
    "€": ("EUR",),
    "£": ("GBP",),
    "$": ("USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN", "CLP"),
    "US$": ("USD",),
    "A$": ("AUD",),
    "C$": ("CAD",),
    "¥": ("JPY", "CNY"),
    "円": ("JPY",),
    "元": ("CNY",),
    "₩": ("KRW",),
    "₹": ("INR",),
    "₫": ("VND",),
    "₺": ("TRY",),
    "R$": ("BRL",),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "kr.": ("SEK", "NOK", "DKK", "ISK"),
    "zł": ("PLN",),
    "Kč": ("CZK",),
    "Ft": ("HUF",),
    "lei": ("RON",),
    "лв": ("BGN",),
    "Fr.": ("CHF",),
}
"""Signs beside amounts, and the currencies that have them."""
_BY_SIGN = {sign.casefold(): currencies for sign, currencies in _SYMBOLS.items()}
_PARTS = re.compile(
    r"(?P<before>[^\d.,+-]*?)\s*(?P<sign>[+-]?)\s*(?P<between>[^\d.,+-]*?)\s*"
    r"(?P<number>\d(?:[\d.,' ]*\d)?)\s*(?P<after>[^\d,+-]*)",
    re.ASCII,
)
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*", re.ASCII)


def read(text: str, currency: str, *, field: str = "amount", signed: bool = False) -> Money:
    """Read an amount of `currency`: ``12,50``, ``1.234,50``, ``1 234,50 €``, ``+49.90 EUR``.

    Args:
        currency: ISO 4217 code; a sign or code beside the amount must be of it.
        signed: whether it may be below zero.

    Raises:
        NotRead: no amount, or one that can be read in two ways. ValueRefused: of another currency, too many decimals,
            too large, or below zero.
    """
    came = cleaning.shown(text)
    value = cleaning.cell(text, field, _WANTED)
    if len(value) > _LONGEST:
        raise _not_an_amount(field, came)
    match = _PARTS.fullmatch(value.replace("’", "'").replace("`", "'").replace("\u066b", ".").replace("\u066c", ","))
    if match is None:
        raise _not_an_amount(field, came)
    for named in filter(None, (match["before"].strip(), match["between"].strip(), match["after"].strip())):
        _check_currency(named, currency, came, field)
    number = _number(match["number"], exponent(currency), f" {currency}", came, field)
    if match["sign"] == "-" and number:
        if not signed:
            raise ValueRefused(field, came, "an amount below zero", "Enter it without the minus.")
        number = -number
    places = exponent(currency)
    scaled = number.scaleb(places)
    if scaled != scaled.to_integral_value():
        allowed = f"{places} decimals" if places else "no decimals"
        understood = f"an amount with too many decimals: {currency} has {allowed}"
        raise ValueRefused(field, came, understood, "Round it yourself: the desk does not.")
    return Money(int(scaled), currency)


def read_number(text: str, *, field: str = "amount") -> Decimal:
    """Read an amount whose currency is not known, as in a filter over orders; never below zero.

    Raises:
        NotRead, ValueRefused: as `read`, for a currency with two decimals; three decimals can be read in two ways.
    """
    came = cleaning.shown(text)
    value = cleaning.cell(text, field, _WANTED).replace("’", "'")
    if not re.fullmatch(r"\d(?:[\d.,' ]*\d)?", value, re.ASCII):
        raise _not_an_amount(field, came)
    return _number(value, 2, "", came, field)


def read_currency(text: str, *, field: str = "currency") -> str:
    """Read an ISO 4217 code; returned in capital letters.

    Raises:
        NotRead: not three letters.
    """
    value = cleaning.cell(text, field, "currency").upper()
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise NotRead(field, cleaning.shown(text), "not a currency", "Write three letters, such as EUR.")
    return value


def _number(text: str, places: int, unit: str, came: str, field: str) -> Decimal:
    """Return the number of digits with separators, for a currency with `places` decimals."""
    separators = re.sub(r"\d", "", text)
    same = len(set(separators)) == 1
    if not separators or (same and (len(separators) > 1 or separators in "' ")):
        whole, decimals = text, ""
    elif len(separators) == 1:
        whole, _, decimals = text.partition(separators)
        # In a currency of three decimals 1.000 is how amounts are printed here, and 1,000 still a question.
        as_printed = places >= 3 and separators == "."
        if len(decimals) == 3 and not as_printed and _GROUPED.fullmatch(text) and text[0] != "0":
            raise _ambiguous(whole, decimals, places, unit, came, field)
    else:
        whole, _, decimals = text.rpartition(separators[-1])
        if separators[-1] in "' " or separators[-1] in separators[:-1]:
            raise _not_an_amount(field, came)
    if not whole.isdecimal() and not _GROUPED.fullmatch(whole):
        raise _not_an_amount(field, came)
    digits = re.sub(r"\D", "", whole)
    if len(digits.lstrip("0")) > _MOST_DIGITS or len(decimals) > _MOST_DECIMALS:
        understood = "too long for an amount"
        raise ValueRefused(field, came, understood, f"{_MOST_DIGITS} digits before the decimals are the most.")
    return Decimal(f"{digits}.{decimals or 0}")


def _ambiguous(whole: str, decimals: str, places: int, unit: str, came: str, field: str) -> NotRead:
    large = f"{whole}{decimals}" + (f".{'0' * places}" if places else "")
    exact = not decimals[places:].strip("0")
    kept = decimals[:places] if exact else decimals
    small = f"{whole}.{kept}" if kept else whole
    understood = f"an amount that can be read in two ways: {small}{unit} or {large}{unit}"
    return NotRead(
        field, came, understood, f"Write {small} or {large}." if exact else f"Write {large}, if it is meant."
    )


def _check_currency(named: str, currency: str, came: str, field: str) -> None:
    known = _BY_SIGN.get(named.casefold()) or ((named.upper(),) if re.fullmatch(r"[A-Za-z]{3}", named) else ())
    if not known:
        raise _not_an_amount(field, came)
    if currency not in known:
        raise ValueRefused(
            field, came, f"an amount of {known[0]}, not of {currency}", f"Enter the amount in {currency}."
        )


def _not_an_amount(field: str, came: str) -> NotRead:
    return NotRead(field, came, "not an amount", _ADVICE, message=f"'{came}' is not an amount.")
