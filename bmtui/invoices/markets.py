"""Defaults of a market's documents: language, usual VAT rate, legal requirements.

The rates are the standard rates of 2026; a company sets its own where it needs another (order-desk §8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bmtui.invoices.model import Scheme
from bmtui.invoices.vat import PER_LINE, PER_TOTAL


@dataclass(frozen=True, slots=True)
class Market:
    """Market. `rate` is percent. `needs_vat_id`: the seller's VAT or registration number is part of every document.
    `needs_buyer_id`: so is the buyer's tax or identity number, where it is known.
    """

    code: str
    language: str
    rate: str
    scheme: str = Scheme.MARGIN
    rounding: str = PER_LINE
    needs_vat_id: bool = True
    needs_buyer_id: bool = False

    @property
    def country(self) -> str:
        """ISO 3166 alpha-2."""
        return self.code[-2:].upper()


_ALL = (
    Market("fr-fr", "fr", "20"),
    Market("fr-be", "fr", "21"),
    Market("es-es", "es", "21", needs_buyer_id=True),
    Market("de-de", "de", "19"),
    Market("de-at", "de", "20"),
    Market("it-it", "it", "22"),
    Market("en-gb", "en", "20"),
    Market("nl-nl", "nl", "21"),
    Market("pt-pt", "pt", "23"),
    Market("en-ie", "en", "23"),
    Market("el-gr", "el", "24"),
    Market("sk-sk", "sk", "23"),
    Market("sv-se", "sv", "25"),
    # The marketplace owes the sales tax there.
    Market("en-us", "en", "0", Scheme.MARKETPLACE, needs_vat_id=False),
    # A qualified invoice rounds once per rate.
    Market("ja-jp", "ja", "10", Scheme.REGULAR, PER_TOTAL),
    Market("en-au", "en", "10", Scheme.REGULAR),
)
MARKETS: Mapping[str, Market] = MappingProxyType({market.code: market for market in _ALL})


def of(code: str) -> Market:
    """Return the market; for one that this release does not know, English with only the margin scheme's rules."""
    return MARKETS.get(code) or Market(code, "en", "0")
