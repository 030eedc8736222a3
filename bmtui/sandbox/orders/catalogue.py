"""Catalogue of the practice seller: invented devices, their SKUs, their prices in each currency."""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

Identifier = Literal["imei", "serial_number", "none"]

#: API §4: the condition codes, and what the seller writes for them in a SKU.
CONDITIONS: Final = {9: "PREM", 10: "EXC", 11: "GOOD", 12: "FAIR"}

#: Units of a currency for one euro, about; only there to make amounts look right.
_RATES: Final = {"EUR": "1", "GBP": "0.86", "SEK": "11.3", "USD": "1.09", "JPY": "163"}

#: The signs that the refund answer writes behind an amount (API §7).
SIGNS: Final = {"EUR": "€", "GBP": "£", "SEK": "kr", "USD": "$", "JPY": "¥"}

#: Carriers that the marketplace knows; the quirk `unknown-carrier` refuses the others.
CARRIERS: Final = (
    "DHL",
    "DHL Express",
    "UPS",
    "FedEx",
    "DPD",
    "GLS",
    "Chronopost",
    "Colissimo",
    "Royal Mail Express",
    "PostNord",
    "Correos",
    "BRT",
    "PostNL",
    "CTT",
    "ACS",
    "USPS",
    "Yamato",
    "Sagawa",
)


@dataclass(frozen=True)
class Device:
    """A model. `price_eur` is in good condition, whole euros; `identifier` is what a shipped piece carries."""

    code: str
    brand: str
    title: str
    colours: tuple[tuple[str, str], ...]
    price_eur: int
    identifier: Identifier = "none"


@dataclass(frozen=True)
class Offer:
    """A listing of the seller: one device, one colour, one condition."""

    sku: str
    listing_id: int
    product_id: int
    title: str
    brand: str
    condition: int
    price_eur: Decimal
    identifier: Identifier


_DARK = (("BLK", "Black"), ("GRN", "Forest Green"), ("BLU", "Midnight Blue"))
_LIGHT = (("SLV", "Silver"), ("GRY", "Space Grey"))
_PLAIN = (("WHT", "White"), ("BLK", "Black"))

_DEVICES: Final = (
    Device("PHN-A12-128", "exemple", "Exemple Phone 12 128 GB - {} - Unlocked", _DARK, 319, "imei"),
    Device("PHN-A13-256", "exemple", "Exemple Phone 13 256 GB - {} - Unlocked - Dual SIM", _DARK, 449, "imei"),
    Device("PHN-A14P-512", "exemple", "Exemple Phone 14 Pro 512 GB - {} - Unlocked", _DARK, 729, "imei"),
    Device("PHN-AMINI-64", "exemple", "Exemple Phone mini 64 GB - {} - Unlocked", _PLAIN, 189, "imei"),
    Device("PHN-N21-128", "nordis", "Nordis Fjord 21 5G 128 GB - {} - Unlocked", _DARK, 239, "imei"),
    Device("PHN-N22U-256", "nordis", "Nordis Fjord 22 Ultra 5G 256 GB - {} - Unlocked", _LIGHT, 499, "imei"),
    Device("PHN-K7-128", "kitsu", "Kitsu K7a 128 GB - {} - Unlocked", _PLAIN, 259, "imei"),
    Device("TAB-10-64", "exemple", "Exemple Tablet 10-inch 64 GB - WiFi - {}", _LIGHT, 199, "serial_number"),
    Device("TAB-11-256", "exemple", "Exemple Tablet Pro 11-inch 256 GB - WiFi + 5G - {}", _LIGHT, 579, "serial_number"),
    Device("LAP-13-256", "exemple", "Exemple Laptop 13-inch 8-core 8 GB 256 GB SSD - {}", _LIGHT, 625, "serial_number"),
    Device("LAP-16-1TB", "exemple", "Exemple Laptop 16-inch 32 GB 1 TB SSD - {}", _LIGHT, 1649, "serial_number"),
    Device("LAP-TX14-512", "tessel", "Tessel TX14 14-inch i5 16 GB 512 GB SSD - {}", _PLAIN, 389, "serial_number"),
    Device("WAT-S7-45", "exemple", "Exemple Watch Series 7 45 mm GPS - {} Sport band", _DARK, 209, "serial_number"),
    Device("CON-G5-1TB", "ludora", "Ludora G5 1 TB - {}", _PLAIN, 379, "serial_number"),
    Device("AUD-BUDS2", "aurel", "Aurel Buds 2 noise cancelling - {}", _PLAIN, 79),
    Device("AUD-OE700", "aurel", "Aurel OE-700 wireless headphones - {}", _LIGHT, 149),
    Device("CAM-M2-KIT", "kitsu", "Kitsu M2 mirrorless + 18-55 mm - {}", _PLAIN, 449, "serial_number"),
    Device("ACC-CHG-20W", "exemple", "Exemple 20 W USB-C charger - {}", _PLAIN, 15),
)

_WORTH: Final = {9: Decimal("1.22"), 10: Decimal("1.10"), 11: Decimal("1"), 12: Decimal("0.86")}

OFFERS: Final = tuple(
    Offer(
        f"{device.code}-{colour}-{CONDITIONS[condition]}",
        5_510_000 + 37 * number + 11 * shade + condition,
        610_000 + 101 * number + shade,
        device.title.format(colour_name),
        device.brand,
        condition,
        device.price_eur * _WORTH[condition],
        device.identifier,
    )
    for number, device in enumerate(_DEVICES)
    for shade, (colour, colour_name) in enumerate(device.colours)
    for condition in CONDITIONS
)


def decimals(currency: str) -> int:
    """Return the number of decimals of an amount in `currency`."""
    return 0 if currency == "JPY" else 2


def written(amount: Decimal, currency: str) -> str:
    """Return `amount` as the decimal string of the wire (API §4): `319.00`, `45800`."""
    return f"{amount:.{decimals(currency)}f}"


def unit_price(offer: Offer, currency: str) -> Decimal:
    """Return the price of one piece in `currency`, rounded as a shop would do."""
    worth = offer.price_eur * Decimal(_RATES[currency])
    return worth.quantize(Decimal("1E2")) if currency == "JPY" else worth.quantize(Decimal(1)) - Decimal("0.01")


def imei(rng: random.Random) -> str:
    """Return 15 digits with a valid Luhn check digit."""
    body = f"35{rng.randrange(10**12):012d}"
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-sum(number - 9 if number > 9 else number for number in doubled) % 10}"


def serial_number(rng: random.Random) -> str:
    """Return twelve letters and digits, like the serial number of a laptop."""
    return "".join(rng.choices("CDFGHJKLMNPQRTVWXY0123456789", k=12))
