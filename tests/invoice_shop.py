"""Shop for invoices: settings, and orders with everything that an invoice needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.invoices.model import from_json
from bmtui.store.models import Invoice

NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""Time when it is the 24th already in Paris."""
SELLER = {
    "seller_name": "Refurb Example SARL",
    "seller_address": "1 place du Test|69003 Lyon|France",
    "seller_country": "FR",
    "vat_id": "FR11123456782",
}
ADDRESS = {
    "first_name": "Marie",
    "last_name": "Dupont",
    "street": "12 rue de l'Essai",
    "postal_code": "75011",
    "city": "Paris",
    "country": "FR",
}


def sold(order_id: int, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an order as the channel sends it: shipped on 20 November, with a complete address."""
    values: dict[str, Any] = {
        "shipping_address": ADDRESS,
        "billing_address": ADDRESS,
        "date_shipping": "2026-11-20T10:00:00+00:00",
        "tracking_number": "XX123",
        "shipper": "Colissimo",
    }
    goods = lines or (raw_line(order_id * 10 + 1, 3, "100.00", "PHN", product="Phone 64 GB", imei="356789012345678"),)
    return raw_order(order_id, list(goods), **(values | more))


def open_shop(desk: Desk, *raws: dict[str, Any], **settings: str) -> Desk:
    """Change the invoice settings, and store the orders."""
    invoice_settings.change(desk, None, "", SELLER | settings)
    take_in(desk, *raws)
    return desk


def open_shop_of_three(desk: Desk) -> Desk:
    """Store invoice settings and three shipped orders, the third of a phone and a cable; return the desk at `NOW`."""
    open_shop(
        desk,
        sold(1),
        sold(2),
        sold(3, raw_line(31, 3, "300.00", "PHN", product="Phone"), raw_line(32, 3, "20.00", "ACC", product="Cable")),
    )
    return replace(desk, now=lambda: NOW)


def document_of(number: str) -> Any:
    return from_json(Invoice.get(Invoice.number == number).document)
