"""Hosts and markets (API §1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Platform:
    """Seller platform: a separate account with its own token. An EU account serves every EU market (API §1)."""

    key: str
    label: str
    production_url: str
    preproduction_url: str
    markets: tuple[str, ...]


_ALL = (
    Platform(
        "eu",
        "Europe and the UK",
        "https://www.backmarket.fr",
        "https://preprod.backmarket.fr",
        (
            *("fr-fr", "fr-be", "es-es", "de-de", "de-at", "it-it", "en-gb"),
            *("nl-nl", "pt-pt", "en-ie", "el-gr", "sk-sk", "sv-se"),
        ),
    ),
    Platform("na", "North America", "https://www.backmarket.com", "https://preprod.backmarket.com", ("en-us",)),
    Platform(
        "ap",
        "Asia-Pacific",
        "https://www.backmarket.co.jp",
        "https://preprod.backmarket.co.jp",
        ("ja-jp", "en-au"),
    ),
)

PLATFORMS: Mapping[str, Platform] = MappingProxyType({platform.key: platform for platform in _ALL})
MARKETS: tuple[str, ...] = tuple(market for platform in _ALL for market in platform.markets)
