"""Words of each language: those that come with bmtui, with the changes of `invoice-words.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from bmtui import plain_file, toml_text
from bmtui.errors import ConfigError, unreadable
from bmtui.money import exponent
from bmtui.text import plain

FILE = "invoice-words.toml"
"""File of own wordings in the configuration folder."""

LONGEST = 300

Words = Mapping[str, str]

_SYMBOLS = {"EUR": "€", "GBP": "£", "SEK": "kr", "JPY": "¥", "USD": "US$", "AUD": "A$"}
_FIELD = re.compile(r"\{([^{}]*)\}")
_DATE = date(2026, 12, 31)


def languages() -> tuple[str, ...]:
    """Return the languages in which bmtui has words."""
    return tuple(name for name in _packaged() if "-" not in name)


def words_of(config: Path, language: str, market: str) -> Words:
    """Return the words of `language` for `market`; the file in `config` overrides them.

    Raises:
        ConfigError: no such language, or what is wrong in the file, with its place.
    """
    own = _own(config / FILE)
    packaged = _packaged()
    if language not in packaged:
        raise ConfigError(f"There are no invoice words in '{language}'.", f"Languages: {', '.join(languages())}.")
    words = {**packaged[language], **own.get(language, {})}
    # A market's way of saying it belongs to its language alone.
    if market.startswith(f"{language}-"):
        words |= {**packaged.get(market, {}), **own.get(market, {})}
    return words


def day(words: Words, iso: str) -> str:
    """Return an ISO date as the language writes it."""
    return date.fromisoformat(iso).strftime(words["date_format"])


def amount(words: Words, minor: int, currency: str) -> str:
    """Return an amount as the language writes numbers, without the currency."""
    return amount_of(words, Decimal(minor), currency)


def amount_of(words: Words, minor: Decimal, currency: str) -> str:
    """Return an amount that may have parts of a minor unit: then with two more decimals."""
    places = exponent(currency) + (0 if minor == minor.to_integral_value() else 2)
    value = minor.scaleb(-exponent(currency)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    whole, _, part = f"{value:,f}".partition(".")
    return whole.replace(",", words["group"]) + (f"{words['decimal']}{part}" if part else "")


def with_currency(words: Words, minor: int, currency: str) -> str:
    """Return an amount with its currency: the sign stands in front where the decimal sign is a point: ``£9.90``."""
    number, symbol = amount(words, minor, currency), _SYMBOLS.get(currency, currency)
    if words["decimal"] == "," or symbol.isalpha():
        return f"{number} {symbol}"
    return f"-{symbol}{number[1:]}" if number.startswith("-") else f"{symbol}{number}"


def rate(words: Words, percent: str) -> str:
    """Return a rate as the language writes numbers: ``5,5``."""
    return percent.replace(".", words["decimal"])


@cache
def _packaged() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("bmtui.invoices").joinpath("wording.toml").read_text(encoding="utf-8")
    return toml_text.read(text)


def _own(file: Path) -> dict[str, dict[str, str]]:
    try:
        text = plain_file.read_text(file)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {unreadable(error)}.", "It must be a UTF-8 text file.") from error
    try:
        sections = toml_text.read(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.", "Correct that line.") from error
    return {section: _checked(file, section, values) for section, values in sections.items()}


def _checked(file: Path, section: str, values: Any) -> dict[str, str]:
    known = _packaged()
    base = known.get(section.partition("-")[0])
    if base is None or not isinstance(values, dict):
        raise ConfigError(
            f"{file} has a section [{section}], which is not a language or market.",
            f"Languages: {', '.join(languages())}; or a market such as [fr-be].",
        )
    for key, value in values.items():
        if key not in base:
            raise ConfigError(f"{file}, [{section}]: there is no word '{key}'.", f"Words: {', '.join(base)}.")
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or plain(value) != value:
            raise ConfigError(
                f"{file}, [{section}]: '{key}' must be one line of text.", f"1 to {LONGEST} characters, in quotes."
            )
        wanted, found = (sorted(_FIELD.findall(text)) for text in (base[key], value))
        if wanted != found:
            fields = ", ".join(f"{{{name}}}" for name in wanted) or "nothing in braces"
            raise ConfigError(f"{file}, [{section}]: '{key}' must have {fields}.", f"As in: {base[key]}")
        if key == "date_format" and not _is_whole_date(value):
            raise ConfigError(
                f"{file}, [{section}]: '{value}' does not write a whole date.", "Use %d, %m and %Y, as in %d.%m.%Y."
            )
    return values


def _is_whole_date(pattern: str) -> bool:
    written = _DATE.strftime(pattern)
    return all(part in written for part in ("31", "12", "2026"))
