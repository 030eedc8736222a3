"""Orders that the sandbox makes: shape, variety, determinism."""

import json
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bmtui.sandbox.dates import Clock, parse
from bmtui.sandbox.marketplace import Marketplace, Query
from bmtui.sandbox.orders.buyers import MARKETS
from bmtui.sandbox.orders.observed import OTHER_PAYMENT_METHODS

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
WINTER = datetime(2026, 2, 14, 10, tzinfo=UTC)

ORDER_FIELDS = set(
    """order_id shipping_address billing_address delivery_note tracking_number tracking_url shipper shipper_display
    delivery_mode is_backship date_creation date_modification date_shipping date_payment date_bill_provided
    expected_dispatch_date state orderlines price shipping_price currency country_code paypal_reference psp_reference
    installment_payment payment_method sales_taxes""".split()  # noqa: SIM905 - read more easily
)
LINE_FIELDS = set(
    """id date_creation state price shipping_price shipping_delay shipper currency return_reason return_message listing
    listing_id orderline_fee product quantity brand product_id backcare backcare_price sales_taxes imei serial_number
    condition""".split()  # noqa: SIM905 - read more easily
)
ADDRESS_FIELDS = set(
    """company first_name first_name_pronunciation last_name last_name_pronunciation street street2 postal_code country
    city phone email customer_id_number""".split()  # noqa: SIM905 - read more easily
)


def market(**options: Any) -> Marketplace:
    return Marketplace(**{"orders": 2000, "clock": Clock(NOW), **options})


@pytest.fixture(scope="module")
def orders() -> list[dict[str, Any]]:
    return market().all_orders()


@pytest.fixture(scope="module")
def lines(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for order in orders for line in order["orderlines"]]


def test_every_order_has_exactly_the_documented_fields(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        assert set(order) | {"delivery_mode"} == ORDER_FIELDS
        assert all(set(line) == LINE_FIELDS for line in order["orderlines"])
        for address in (order["shipping_address"], order["billing_address"]):
            assert set(address) - {"state", "state_or_province"} == ADDRESS_FIELDS


def test_every_state_market_and_condition_occurs(orders: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
    assert {order["state"] for order in orders} == {0, 1, 3, 8, 9, 10}
    assert {line["state"] for line in lines} == set(range(10))
    assert {order["country_code"] for order in orders} == {market.code for market in MARKETS}
    assert {order["currency"] for order in orders} == {"EUR", "GBP", "SEK", "USD", "JPY"}
    assert {line["condition"] for line in lines} == {9, 10, 11, 12}
    assert {len(order["orderlines"]) for order in orders} == {1, 2, 3, 4}
    assert {order.get("delivery_mode") for order in orders} == {"HOME_DELIVERY", "COLLECTION_POINT", None}
    mixes = {frozenset(line["state"] for line in order["orderlines"]) for order in orders}
    assert {frozenset({3, 4}), frozenset({3, 6}), frozenset({4}), frozenset({1, 2}), frozenset({1, 9})} <= mixes
    cancelled = [order for order in orders if {line["state"] for line in order["orderlines"]} == {4}]
    assert {order["state"] for order in cancelled} == {9}


def test_amounts_are_decimal_strings_that_add_up(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        for field in ("price", "shipping_price", "sales_taxes"):
            parts = [line[field] for line in order["orderlines"]]
            assert Decimal(order[field]) == sum(map(Decimal, parts))
            assert all(("." in part) == (order["currency"] != "JPY") for part in [order[field], *parts])


def test_order_ids_ascend_by_creation_without_duplicates(
    orders: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    ids = [order["order_id"] for order in orders]
    assert ids == sorted(set(ids))
    created = [parse(order["date_creation"]).replace(microsecond=0) for order in orders]
    assert created == sorted(created)
    assert NOW - timedelta(days=90) <= created[0] < created[-1] <= NOW
    line_ids = [line["id"] for line in lines]
    assert len(line_ids) == len(set(line_ids))
    assert not set(line_ids) & set(ids)


def test_order_dates_agree_with_the_order_state(orders: list[dict[str, Any]]) -> None:
    for order in orders:
        states = {line["state"] for line in order["orderlines"]}
        assert (order["date_payment"] is None) == (order["state"] in (0, 8, 10))
        assert (order["date_shipping"] is None) == (not states & {3, 6})
        assert (order["expected_dispatch_date"] is None) == (order["state"] not in (1, 3))
        assert (order["delivery_note"] is None) == (not states & {2, 3, 5, 6} and states != {4})
        assert order["tracking_number"] or not states & {3, 6}
        assert parse(order["date_creation"]) <= parse(order["date_modification"]) <= NOW
        for name in ("date_payment", "date_shipping"):
            if order[name]:
                assert parse(order[name]) <= parse(order["date_modification"]), name
    early = [order for order in orders if order["tracking_number"] and not order["date_shipping"]]
    assert early
    assert all(order["is_backship"] for order in early)


def test_practice_orders_have_dates_in_all_forms(orders: list[dict[str, Any]]) -> None:
    def endings(made: list[dict[str, Any]]) -> set[str]:
        dates = [order["date_payment"] for order in made if order["date_payment"]]
        dates += [order["date_creation"] for order in made]
        assert any("." in text for text in dates)
        return {"Z" if text.endswith("Z") else text[-6:] if text[-6] in "+-" else "naive" for text in dates}

    # All of one account, whatever the market: in summer here, as it is in London.
    assert endings(orders) == {"Z", "+01:00", "naive"}
    assert endings(market(clock=Clock(WINTER)).all_orders()) == {"Z", "naive"}
    assert {"Z", "+02:00", "-04:00", "+09:00"} <= endings(market(quirks={"offsets": "local"}).all_orders())
    # What drives a synchronisation is never ambiguous.
    for order in orders:
        for name in ("date_creation", "date_modification"):
            assert order[name].endswith("Z") or order[name][-6] in "+-"


def test_identifiers_stand_on_shipped_single_pieces(lines: list[dict[str, Any]]) -> None:
    with_imei = [line for line in lines if line["imei"]]
    assert with_imei
    assert any(line["serial_number"] for line in lines)
    for line in lines:
        if line["imei"] or line["serial_number"]:
            assert line["state"] in (3, 6)
            assert line["quantity"] == 1
    for line in with_imei:
        digits = [int(sign) for sign in line["imei"]]
        assert len(digits) == 15
        doubled = [digit * 2 if place % 2 else digit for place, digit in enumerate(digits)]
        assert sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def test_hostile_and_foreign_names_occur(orders: list[dict[str, Any]]) -> None:
    names = {f"{order['shipping_address'][f'{part}_name']}" for order in orders for part in ("first", "last")}
    assert {"[/b]", "[red]O'Brien", "山田", "Γιώργος", "Åsa"} <= names
    japanese = [order["shipping_address"] for order in orders if order["country_code"] == "ja-jp"]
    assert any(address["last_name_pronunciation"] for address in japanese)
    american = [order["shipping_address"] for order in orders if order["country_code"] == "en-us"]
    assert {"state", "state_or_province"} <= set().union(*american)


def test_the_same_seed_makes_the_same_orders() -> None:
    first, again, other = (market(orders=300, seed=seed) for seed in (7, 7, 8))
    assert first.all_orders() == again.all_orders()
    assert first.all_orders() != other.all_orders()
    assert first.add_orders(3) == again.add_orders(3)
    assert first.all_orders() == again.all_orders()


def test_new_orders_come_last_paid_and_to_accept() -> None:
    place = market(orders=50)
    place.clock.advance(timedelta(hours=1))
    ids = place.add_orders(4)
    newest = place.all_orders()[-4:]
    assert [order["order_id"] for order in newest] == ids
    for order in newest:
        assert order["state"] == 1
        assert parse(order["date_creation"]) == NOW + timedelta(hours=1)
        assert {line["state"] for line in order["orderlines"]} == {1}


def test_a_late_buyer_pays_when_the_time_comes() -> None:
    place = market()
    waiting = [order for order in place.all_orders() if order["state"] in (0, 10)]
    place.clock.advance(timedelta(hours=4))
    later = {order["order_id"]: order for order in place.all_orders()}
    paid = [order for order in waiting if later[order["order_id"]]["state"] == 1]
    assert {order["state"] for order in paid} == {0, 10}
    assert len(paid) < len(waiting)
    for order in paid:
        now = later[order["order_id"]]
        assert {line["state"] for line in now["orderlines"]} == {1}
        assert NOW < parse(now["date_payment"]) == parse(now["date_modification"]) <= NOW + timedelta(hours=4)
        assert now["expected_dispatch_date"]
        assert now["date_creation"] == order["date_creation"]
    # A scan by modification finds them, although they are old.
    found = place.page(Query(modified_from=NOW + timedelta(seconds=1)), 0, 10_000)[1]
    assert {order["order_id"] for order in paid} == {order["order_id"] for order in found}


def test_quirks_of_dates_and_addresses_change_the_orders() -> None:
    camel = market(orders=60, quirks={"addresses": "camelCase", "offsets": "z"}).all_orders()
    for order in camel:
        for address in (order["shipping_address"], order["billing_address"]):
            # The documented names, and no other.
            assert set(address) == {
                *("company", "firstName", "lastName", "street", "street2", "postalCode", "city", "state", "country"),
                "phoneNumber",
            }
        dates = [value for name, value in order.items() if name.startswith(("date_", "expected_")) and value]
        assert all(text.endswith("Z") for text in dates)


def test_practice_orders_have_the_shapes_of_real_ones(
    orders: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    assert {order["payment_method"] for order in orders} == {"CARD", "PAYPAL", "APPLE_PAY", *OTHER_PAYMENT_METHODS}
    assert all(uuid.UUID(order["psp_reference"]) for order in orders)
    phones = Counter(order["billing_address"]["phone"] is None for order in orders)
    assert phones[True] > 5 * phones[False] > 0
    other = [order for order in orders if order["shipper"] not in {line["shipper"] for line in order["orderlines"]}]
    assert len(orders) / 20 < len(other) < len(orders) / 3
    assert any(len(order["tracking_number"]) > 140 for order in orders)
    assert {line["return_reason"] for line in lines if line["state"] == 6} == {0, 25}
    assert {line["return_message"] for line in lines if line["state"] != 5} == {""}
    assert not any(line["imei"] and line["serial_number"] for line in lines)
    late = [order for order in orders if order["date_payment"] and waited(order) > timedelta(hours=1)]
    assert late
    assert max(map(waited, late)) <= timedelta(hours=5)


def waited(order: dict[str, Any]) -> timedelta:
    return parse(order["date_payment"]) - parse(order["date_creation"])


def test_erased_buyers_say_deleted_in_every_field_but_the_country(orders: list[dict[str, Any]]) -> None:
    gone = [order for order in orders if order["shipping_address"]["first_name"] == "Deleted"]
    assert 1 < len(gone) < len(orders) / 50
    for order in gone:
        for address in (order["shipping_address"], order["billing_address"]):
            assert {value for name, value in address.items() if name != "country"} == {"Deleted"}
            assert len(address["country"]) == 2
        assert order["state"] == 9
    none = market(quirks={"erased-buyers": "none"}).all_orders()
    assert "Deleted" not in {order["shipping_address"]["first_name"] for order in none}
    place = market(orders=5)
    order_id = place.all_orders()[0]["order_id"]
    assert place.erase_buyer(order_id)["billing_address"]["email"] == "Deleted"


def test_an_invoice_given_elsewhere_does_not_move_the_modification_date() -> None:
    place = market(orders=0)
    (order_id,) = place.add_orders(1)
    before = place.order(order_id)
    after = place.give_invoice_elsewhere(order_id)
    assert before["date_bill_provided"] is None
    assert parse(after["date_bill_provided"]) > parse(after["date_modification"])
    assert after["date_modification"] == before["date_modification"]
    assert place.effects == []
    moving = market(orders=0, quirks={"invoice-date": "moves"})
    (order_id,) = moving.add_orders(1)
    assert moving.give_invoice_elsewhere(order_id)["date_modification"] != moving.order(order_id)["date_creation"]


def test_wholly_cancelled_orders_have_no_delivery_note_in_the_other_reading() -> None:
    for order in market(quirks={"cancelled-notes": "absent"}).all_orders():
        if {line["state"] for line in order["orderlines"]} == {4}:
            assert order["delivery_note"] is None


def test_practice_orders_stay_equal_through_json() -> None:
    orders = market(orders=200).all_orders()
    assert json.loads(json.dumps(orders)) == orders
