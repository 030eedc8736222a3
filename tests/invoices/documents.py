"""Documents for tests: the usual document of a market, with the changes that a test wants."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from bmtui.invoices import markets, vat, wording
from bmtui.invoices.model import Assets, Document, Kind, Line, Movement, Party, Preference, Scheme

NOWHERE = Path("/nonexistent")
CURRENCIES = {"GB": "GBP", "SE": "SEK", "US": "USD", "JP": "JPY", "AU": "AUD"}
BUYERS = {
    "GR": ("Αικατερίνη Παπαδοπούλου", "Οδός Δείγματος 5", "104 31 Αθήνα"),
    "SE": ("Åsa Öström", "Provgatan 3", "111 22 Göteborg"),
    "JP": ("田中 美咲", "千代田区見本町1-2-3", "100-0001 東京都"),
    "DE": ("Jürgen Größmann", "Am Alten Prüfstand 7", "80331 München"),
    "SK": ("Ľubomír Ďurčanský", "Skúšobná 9", "811 01 Bratislava"),
}
IMEI = "356789012345678"


def line(number: int, gross: int, scheme: str, rate: str, **more: Any) -> Line:
    values: dict[str, Any] = {
        "ref": str(number),
        "text": f"Phone {number} 128 GB",
        "quantity": 1,
        "gross": gross,
        "scheme": scheme,
        "rate": rate if scheme == Scheme.REGULAR else "0",
        "net": 0,
        "tax": 0,
        "sku": f"PHN-{number}",
        "condition": "excellent",
        "imei": IMEI,
        "serial_number": f"SN{number}",
    }
    return Line(**(values | more))


def assets(market: str) -> Assets:
    return Assets(wording.words_of(NOWHERE, markets.of(market).language, market))


def document(market: str = "fr-fr", mode: str = "", kind: str = Kind.INVOICE, **more: Any) -> Document:
    """Return a document of two lines; in the mode `mixed` one of each VAT scheme."""
    usual = markets.of(market)
    mode = mode or usual.scheme
    schemes = (Scheme.REGULAR, Scheme.MARGIN) if mode == "mixed" else (mode, mode)
    lines = vat.taxed(
        (line(place + 1, 33_333 + place, scheme, usual.rate) for place, scheme in enumerate(schemes)), usual.rounding
    )
    name, street, town = BUYERS.get(usual.country, ("Marie Dupont", "12 rue de l'Essai", "75011 Paris"))
    credit = kind == Kind.CREDIT_NOTE
    currency = CURRENCIES.get(usual.country, "EUR")
    moved = Movement(
        kind="refund" if credit else "received", date="2026-11-18", method="CARD", amount=sum(x.gross for x in lines)
    )
    values: dict[str, Any] = {
        "kind": kind,
        "number": f"{usual.country}-2026-00042",
        "issued": "2026-11-24",
        "supplied": "2026-11-20",
        "market": market,
        "language": usual.language,
        "country": usual.country,
        "currency": currency,
        "order_id": 52384711,
        "seller": Party(
            name="Refurb Example SARL",
            address=("1 place du Test", "69003 Lyon", "France"),
            country="FR",
            vat_id="T7123456789012" if usual.country == "JP" else "FR11123456782",
            registration="RCS Lyon 123 456 789",
            contact="billing@shop.example",
        ),
        "buyer": Party(
            name=name,
            address=(street, town),
            country=usual.country,
            vat_id="DE999999999" if mode == Scheme.REVERSE_CHARGE else "",
        ),
        "lines": lines,
        "groups": vat.groups_of(lines),
        "rounding": usual.rounding,
        "style": Preference.CHANNEL,
        "payments": (moved,),
        "corrects": (f"{usual.country}-2026-00007", "2026-11-01") if credit else None,
        "reason": "Withdrawal" if credit else "",
        "reference": "80112907",
        "tracking": "DHL 00340434161094",
    }
    return Document(**(values | more))


def text_of(pdf: bytes) -> str:
    """Return the text of a PDF's pages, with single spaces."""
    from pypdf import PdfReader

    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    # pypdf reads the two bytes of a code of the Japanese font as two.
    return " ".join(text.replace("\0", "").split())


def squeezed(text: str) -> str:
    """Return the text without spaces, so that line breaks do not matter."""
    return "".join(text.split())
