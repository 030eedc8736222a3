"""Patterns for numbers of a series and for file names."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass

from bmtui.errors import ConfigError
from bmtui.text import plain

_FIELDS = ("number", "year", "month", "country", "market", "company")
_FILE_FIELDS = (*_FIELDS, "order", "kind")
NUMBER_LENGTH = 40
"""Longest number; longer ones fit neither on the page nor into Factur-X readers."""


@dataclass(frozen=True, slots=True)
class Place:
    """Values that a pattern can use."""

    year: str
    month: str
    country: str
    market: str
    company: str


def check_series(pattern: str) -> None:
    """Check the pattern of a series. Raises ConfigError: unknown fields, no number, or not printable."""
    names = _names(pattern, _FIELDS, "series pattern")
    if "number" not in names:
        raise ConfigError(
            f"The series pattern '{pattern}' has no {{number}}.", "Write it like {country}-{year}-{number:05}."
        )
    sample = number_of(pattern, Place("2026", "12", "FR", "fr-fr", "Company"), 99_999)
    if len(sample) > NUMBER_LENGTH:
        raise ConfigError(f"A number such as {sample} is too long.", f"At most {NUMBER_LENGTH} characters.")
    if plain(sample) != sample or not re.fullmatch(r"[\w./#-]+", sample):
        raise ConfigError(f"A number such as '{sample}' cannot be used.", "Use letters, digits and . / # - _ only.")


def period_of(pattern: str, place: Place) -> str:
    """Return the period after which the series starts again: the year, year and month, or "" for never."""
    names = _names(pattern, _FIELDS, "series pattern")
    return place.year + place.month if "month" in names else place.year if "year" in names else ""


def number_of(pattern: str, place: Place, number: int) -> str:
    """Return the number as it is printed."""
    fields = {"year": place.year, "month": place.month, "country": place.country, "market": place.market}
    return pattern.format(number=number, company=_word(place.company), **fields)


def check_file(pattern: str) -> None:
    """Check the pattern of file names. Raises ConfigError when a name is unsafe, or could be given twice."""
    names = _names(pattern, _FILE_FIELDS, "file pattern")
    if "number" not in names:
        raise ConfigError(f"The file pattern '{pattern}' has no {{number}}.", "Two invoices would have the same name.")
    parts = pattern.split("/")
    if pattern.startswith(("/", "~")) or "\\" in pattern or any(part.strip(" .") == "" for part in parts):
        raise ConfigError(
            f"The file pattern '{pattern}' leads elsewhere.", "Write it like {company}/{year}/{month}/{number}."
        )


def file_of(pattern: str, place: Place, number: str, order_id: int, kind: str) -> str:
    """Return the path of a document's PDF below its folder, with slashes; every part is of harmless characters."""
    fields = {
        "number": _word(number),
        "year": place.year,
        "month": place.month,
        "country": place.country,
        "market": place.market,
        "company": _word(place.company),
        "order": str(order_id),
        "kind": kind,
    }
    return f"{pattern.format(**fields)}.pdf"


def _word(text: str) -> str:
    return re.sub(r"[^\w.#-]+", "_", text).strip("._") or "_"


def _names(pattern: str, known: tuple[str, ...], what: str) -> set[str]:
    try:
        found = [
            (name, spec, conversion)
            for _, name, spec, conversion in string.Formatter().parse(pattern)
            if name is not None
        ]
    except ValueError as error:
        raise ConfigError(f"The {what} '{pattern}' cannot be read ({error}).", "Braces come in pairs.") from error
    for name, spec, conversion in found:
        if name not in known:
            raise ConfigError(
                f"The {what} '{pattern}' has an unknown field '{{{name}}}'.", f"Fields: {', '.join(known)}."
            )
        if conversion or (spec and not (name == "number" and re.fullmatch(r"0?\d{1,2}", spec))):
            raise ConfigError(
                f"The {what} '{pattern}' has a format that is not known.", "Only {number:05} and the like."
            )
    return {name for name, _, _ in found}
