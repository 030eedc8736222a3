"""Five orders that differ in all fields of the query language, and the function that searches them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from helpers import add_company, raw_line, raw_order, take_in

from bmtui import settings as installation
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.store.search import From, Search

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
ANNA, BEN, CHLOE, DAICHI, VOID = 1001, 1002, 1003, 1004, 1005


@contextmanager
def five_orders(path: Path) -> Iterator[Desk]:
    """Yield a desk with five orders, one of them void."""
    desk = open_desk(installation.load(str(path), environ={}))
    add_company(desk, "Élan Télécom")
    take_in(
        desk,
        raw_order(
            ANNA,
            [raw_line(1, 3, "100.00", "PHN-A12-128", imei="356938035643809", product="Phone A12 128 GB")],
            country_code="fr-fr",
            date_creation="2026-11-23T08:00:00+01:00",
            date_modification="2026-11-23T09:00:00+01:00",
            shipping_address=person("Anna", "Müller-Lüdenscheidt", email="anna@example.com", country="FR"),
            shipper="Colissimo",
            tracking_number="TRK0001FR",
            date_shipping="2026-11-23T09:00:00+01:00",
            date_bill_provided="2026-11-23T10:00:00+01:00",
        ),
        raw_order(
            BEN,
            [raw_line(2, 2, "49.90", "TAB_10%"), raw_line(3, 1, "10.00", "CASE")],
            state=1,
            country_code="de-de",
            date_creation="2026-11-16T23:30:00+01:00",
            date_modification="2026-11-17T09:00:00+01:00",
            expected_dispatch_date="2026-11-24T12:00:00+01:00",
            shipping_address=person("Ben", "O'Neill", email="ben.oneill@example.com", country="DE", phone="+4930123"),
        ),
        raw_order(
            CHLOE,
            [raw_line(4, 8, "200.00", "LAP-1", serial_number="SN-77")],
            state=10,
            date_payment=None,
            date_creation="2026-10-25T02:30:00+01:00",
            date_modification="2026-10-26T09:00:00+01:00",
            shipping_address=person("Chloé", "Dupont", postal_code="75011", country="FR"),
        ),
        raw_order(
            DAICHI,
            [raw_line(5, 6, "4500", "PHN-B1")],
            currency="JPY",
            price="4500",
            shipping_price="0",
            country_code="ja-jp",
            date_creation="2026-01-01T00:00:00+09:00",
            date_modification="2026-01-05T00:00:00+09:00",
            shipping_address=person("太郎", "山田", country="JP"),
        ),
        raw_order(VOID, [raw_line(6, 2, "1.00", "X")], state=3),
    )
    internal_cancel.cancel_internally(desk, VOID, "void", "Not an order.")
    orders.add_note(desk, BEN, "Rang: no answer")
    yield desk
    desk.store.close()


def person(first: str, last: str, **more: str) -> dict[str, str]:
    return {"first_name": first, "last_name": last, **more}


def find(desk: Desk, text: str, zone: ZoneInfo = PARIS) -> set[int]:
    with desk.store.snapshot():
        looked = Search(text, NOW, zone)
        found = [row[0] for row in looked.page("o.order_id", "id", False, From(), 50)]
        assert looked.count(None) == len(found)
    return set(found)


EVERYBODY = {ANNA, BEN, CHLOE, DAICHI}
