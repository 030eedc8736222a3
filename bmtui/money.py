"""Amounts of money: integer minor units of one currency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from bmtui.errors import ConfigError, RuleRefused

UNUSUAL_EXPONENTS = {"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0, "KWD": 3, "BHD": 3, "TND": 3}
"""ISO 4217 minor-unit exponents other than 2, for currencies that a marketplace could plausibly send."""

_AMOUNT = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)


def exponent(currency: str) -> int:
    """Number of decimals of `currency` (ISO 4217): 2 for EUR, 0 for JPY."""
    return UNUSUAL_EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units (cents, öre, yen) of `currency` (ISO 4217, upper case)."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read a decimal string such as ``319.00``; zeros beyond the currency's decimals are fine (``4500.00`` JPY).

        Raises:
            ConfigError: not a decimal number. RuleRefused: too long, or more decimals than the currency has.
        """
        cleaned = text.strip()
        if not _AMOUNT.fullmatch(cleaned):
            raise ConfigError(f"'{cleaned[:40]}' is not an amount.", "Write it like 49.90: digits and a point.")
        if len(cleaned) > 16:
            raise RuleRefused(f"{cleaned[:16]}… is too long for an amount.", "Use at most 16 characters.")
        scaled = Decimal(cleaned).scaleb(exponent(currency))
        if scaled != scaled.to_integral_value():
            places = exponent(currency)
            allowed = f"{places} decimals" if places else "no decimals"
            raise RuleRefused(f"{cleaned} has too many decimals: {currency} has {allowed}.")
        return cls(int(scaled), currency)

    @property
    def decimal(self) -> str:
        """The amount as a decimal string without the currency: ``49.90``, ``4500`` for yen."""
        places = exponent(self.currency)
        sign, digits = ("-" if self.minor < 0 else ""), str(abs(self.minor)).zfill(places + 1)
        return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise RuleRefused(f"{other} and {self} are different currencies.")
        return other.minor
