"""Reader of VAT and tax ids by their form and check digit, and of countries by ISO 3166."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType

from bmtui.errors import NotRead, ValueRefused
from bmtui.values import cleaning

LONGEST = 40
_ALIASES = MappingProxyType({"UK": "GB", "EL": "GR"})
"""Common codes for a country, by people and by the European Commission, and their ISO 3166 codes."""
_SHAPE = re.compile(r"[A-Z0-9]+")
_PREFIXED = re.compile(r"([A-Z]{2,3})(?=.*\d.*\d)[A-Z0-9]+")
_BEGINNING = re.compile(r"T\d|[A-Z]{2,4}\d")
_JAPAN = re.compile(r"T\d{13}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TaxId:
    """Number without blanks and points, with the letters of its country where a VAT id has them.

    `doubts` are sentences that a person confirms before the number is used. `country` is ISO 3166, "" when unknown.
    """

    number: str
    country: str = ""
    doubts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.number


def read(text: str, country: str = "", *, field: str = "vat_id") -> TaxId:
    """Read a VAT or tax id.

    Args:
        country: ISO 3166 code of the owner's country, for numbers without letters in front; "" when unknown.

    Raises:
        NotRead: no such number. ValueRefused: its check digit is wrong; `value` is what a reason overrides.
    """
    came = cleaning.shown(text)
    value = _bare(cleaning.cell(text, field, "VAT id"))
    home = read_country(country, field=field) if country else ""
    if not _SHAPE.fullmatch(value) or not any(char.isdecimal() for char in value):
        raise NotRead(field, came, "not a VAT id: it has other characters than letters and digits", _ADVICE)
    if len(value) > LONGEST:
        raise NotRead(field, came, f"too long for a VAT id: {LONGEST} characters are the most", _ADVICE)
    found = _kind_of(value, home)
    if found is None:
        if not home:
            raise NotRead(field, came, "a number without its country", _ADVICE)
        return TaxId(value, home, (f"{value} does not have the form of a VAT id of {home}.",))
    from stdnum.exceptions import InvalidChecksum, ValidationError

    owner, number, validate = found
    try:
        validate(number)
    except InvalidChecksum:
        understood = f"a VAT id of {owner} whose check digit is wrong"
        raise ValueRefused(field, came, understood, "Compare it with the papers.", value=TaxId(number, owner)) from None
    except ValidationError:
        if number != value:
            return TaxId(value, owner, (f"{value} does not have the form of a VAT id of {owner}.",))
        raise NotRead(field, came, f"not a VAT id of {owner}: it has another form", _ADVICE) from None
    return TaxId(number, owner)


def names_its_country(text: str) -> bool:
    """Return whether `text` begins like the VAT id of a country, or like Japan's registration number.

    A word before a national number, such as SIRET, is none.
    """
    value = _bare(text)
    return _BEGINNING.match(value) is not None and _kind_of(value, "") is not None


def read_country(text: str, *, field: str = "country") -> str:
    """Read an ISO 3166 country code; returned in capital letters, GB for UK and GR for EL.

    Raises:
        NotRead: no such country.
    """
    came, value = cleaning.shown(text), cleaning.cell(text, field, "country")
    code = _ALIASES.get(value.upper(), value.upper())
    if code in countries():
        return code
    named = next((known for known, name in countries().items() if name.casefold() == value.casefold()), "")
    advice = f"Write {named}." if named else "Write its two letters, such as FR."
    raise NotRead(field, came, "not a country code", advice, meant=named)


@lru_cache(maxsize=512)
def usual_country(text: str) -> str:
    """Return the ISO 3166 code for a country in foreign text, such as GB for UK; other text as it is."""
    try:
        return read_country(text)
    except NotRead:
        return text


@cache
def countries() -> Mapping[str, str]:
    """Return the names of the countries by ISO 3166 code, from the table of the time zone database."""
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return MappingProxyType({code: name for code, name in rows})


def _bare(text: str) -> str:
    return re.sub(r"[\s./-]", "", text).upper()


_ADVICE = "Write it with the letters of its country in front, such as FR40303265045."
_OTHERS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {"GB": ("gb", "vat", "GB"), "CH": ("ch", "vat", ""), "NO": ("no", "mva", ""), "AU": ("au", "abn", "")}
)
"""Countries outside the EU: module and kind of number in stdnum, and the letters in front."""


def _kind_of(value: str, home: str) -> tuple[str, str, Callable[[str], object]] | None:
    """Return (country, number with its letters, check) of a number; None where its kind is not known."""
    prefix = match[1] if (match := _PREFIXED.fullmatch(value)) else ""
    two = "EL" if prefix[:2] == "GR" else prefix[:2]
    if two in _eu_prefixes() or two == "EU":
        owner = {"EL": "GR", "XI": "GB", "EU": home}.get(two, two)
        return owner, two + value[2:], _module("eu", "vat")
    if _JAPAN.fullmatch(value):
        return "JP", value, lambda number: _module("jp", "cn")(number[1:])
    for country, (code, kind, letters) in _OTHERS.items():
        if prefix[:2] == country or (home == country and not prefix):
            number = value if not letters or value.startswith(letters) else letters + value
            return country, number, _module(code, kind)
    letters = "EL" if home == "GR" else home
    if letters in _eu_prefixes() and not value.startswith(letters):
        return home, letters + value, _module("eu", "vat")
    return None


@cache
def _eu_prefixes() -> frozenset[str]:
    from stdnum.eu import vat

    return frozenset(code.upper() for code in vat.MEMBER_STATES) - {"GR"} | {"EL"}


def _module(country: str, kind: str) -> Callable[[str], object]:
    # Loaded where a number is checked: stdnum loads ssl and pydoc, 20 ms that every command would pay.
    from stdnum import get_cc_module

    module = get_cc_module(country, kind)
    assert module is not None
    return module.validate
