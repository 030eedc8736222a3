from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from channel_wire import ORDER, order
from hypothesis import given
from hypothesis import strategies as st

from bmtui.channel.model import ChannelOrder
from bmtui.channel.reading import read_order
from bmtui.errors import NotUnderstood
from bmtui.money import Money


def test_order_with_every_field_is_read_whole() -> None:
    read = read_order(ORDER)
    assert (read.order_id, read.state, read.market, read.currency) == (70001, 3, "de-de", "EUR")
    assert (read.goods, read.shipping, read.sales_taxes) == (Money(44990, "EUR"), Money(495, "EUR"), Money(0, "EUR"))
    assert read.total == Money(45485, "EUR")
    assert read.created_at == datetime(2026, 5, 4, 8, tzinfo=UTC)
    assert read.modified_at == datetime(2026, 5, 4, 8, 0, 5, 250000, tzinfo=UTC)
    assert read.paid_at == datetime(2026, 5, 4, 8, 0, 1, tzinfo=UTC)
    assert read.shipped_at is None
    assert read.invoice_provided_at is None
    assert read.ship_by == datetime(2026, 5, 5, 12, tzinfo=UTC)  # naive: taken as UTC
    assert (read.carrier, read.delivery_note, read.delivery_mode, read.is_backship) == (
        *("DPD", "", "HOME_DELIVERY"),
        False,
    )
    assert (read.shipping_address.name, read.shipping_address.street2) == ("Probe Muster", "")
    assert read.billing_address.name == ""
    phone, case = read.lines
    assert (phone.line_id, phone.sku, phone.quantity, phone.condition) == (81001, "PHONE-1", 2, 10)
    assert (phone.price, phone.fee) == (Money(39990, "EUR"), Money(3999, "EUR"))
    assert (case.state, case.quantity, case.fee, case.listing_id, case.shipping) == (4, 1, None, None, Money(0, "EUR"))


def test_minimal_order_is_read() -> None:
    read = read_order({"order_id": "12", "state": "1", "currency": "jpy", "price": 4500, "orderlines": []})
    assert read == ChannelOrder(
        order_id=12, state=1, currency="JPY", goods=Money(4500, "JPY"), shipping=Money(0, "JPY"), lines=()
    )


def test_camel_case_addresses_and_american_states() -> None:
    camel = {
        "firstName": "A",
        "lastName": "B",
        "postalCode": "1",
        "stateOrProvince": "NY",
        "firstNamePronunciation": "é",
        "phoneNumber": "+33639980000",
    }
    read = read_order(order(shipping_address=camel, billing_address={"state_or_province": "CA", "country": "us"}))
    address = read.shipping_address
    assert (address.name, address.postal_code, address.state) == ("A B", "1", "NY")
    assert (address.first_name_pronunciation, address.phone) == ("é", "+33639980000")
    assert (read.billing_address.state, read.billing_address.country) == ("CA", "US")


def test_unknown_states_and_fields_survive() -> None:
    raw = order(state=77, new_field={"x": [1]})
    raw["orderlines"][0]["state"] = -3
    read = read_order(raw)
    assert (read.state, read.lines[0].state) == (77, -3)


def test_text_of_an_order_loses_its_control_characters() -> None:
    raw = order(shipper="D\x1b[31mPD\u202e", shipping_address={"city": "Ber\x07lin\x9b"})
    raw["orderlines"][0]["product"] = "a\nb"
    raw["orderlines"][0]["return_message"] = "a\nb\x00"
    read = read_order(raw)
    assert (read.carrier, read.shipping_address.city) == ("D[31mPD", "Berlin")
    assert (read.lines[0].product, read.lines[0].return_message) == ("a b", "a\nb")


def test_number_in_place_of_a_text_is_read_as_text() -> None:
    assert read_order(order(shipper=77)).carrier == "77"
    assert read_order(order(shipper="", shipper_display="Post")).carrier == "Post"


@pytest.mark.parametrize(
    ("price", "minor"),
    [
        ("319.00", 31900),
        (319, 31900),
        (319.0, 31900),
        (0.1, 10),
        ("319.5000", 31950),
        (1234567.89, 123456789),
        (" 1 ", 100),
    ],
)
def test_amounts_as_text_and_as_numbers(price: object, minor: int) -> None:
    assert read_order(order(price=price)).goods == Money(minor, "EUR")


@pytest.mark.parametrize(
    "price",
    [
        *("", "1,50", "1.005", "-1.00", "1e3", "NaN", None, True, [], {}, "9" * 18, 10**30, 1e30, 0.1 + 0.2),
        *(float("inf"), float("nan"), {"amount": "1.00"}),
    ],
)
def test_price_that_is_no_amount_is_refused(price: object) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read_order(order(price=price))
    assert caught.value.path == "price"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02t03:04:05z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123Z", datetime(2026, 1, 2, 3, 4, 5, 123000, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456789+01:00", datetime(2026, 1, 2, 2, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02T03:04:05-0500", datetime(2026, 1, 2, 8, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_dates_in_every_observed_form_are_read(text: str | None, moment: datetime | None) -> None:
    assert read_order(order(date_creation=text)).created_at == moment


def _changed(path: list[str | int], value: object) -> dict[str, Any]:
    raw = copy.deepcopy(ORDER)
    place: Any = raw
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return raw


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["order_id"], 2**63, "order_id"),
        (["order_id"], True, "order_id"),
        (["order_id"], 1.0, "order_id"),
        (["order_id"], "1 2", "order_id"),
        (["state"], None, "state"),
        (["currency"], "EURO", "currency"),
        (["shipping_price"], "free", "shipping_price"),
        (["orderlines"], None, "orderlines"),
        (["orderlines"], {}, "orderlines"),
        (["orderlines", 1], None, "orderlines[1]"),
        (["orderlines", 0, "price"], "x", "orderlines[0].price"),
        (["orderlines", 0, "quantity"], -1, "orderlines[0].quantity"),
        (["orderlines", 0, "currency"], "USD", "orderlines[0].currency"),
        (["orderlines", 0, "shipping_price"], [], "orderlines[0].shipping_price"),
        (["orderlines", 1, "id"], None, "orderlines[1].id"),
    ],
)
def test_the_error_names_the_field_and_not_its_value(path: list[str | int], value: object, named: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read_order(_changed(path, value))
    assert caught.value.path == named
    assert named in caught.value.message
    assert caught.value.advice


@pytest.mark.parametrize(
    ("path", "value", "mark"),
    [
        (["orderlines", 0, "orderline_fee"], "n/a", "orderlines[0].orderline_fee: n/a"),
        (["orderlines", 0, "orderline_fee"], -1, "orderlines[0].orderline_fee: -1"),
        (["sales_taxes"], "1.0001", "sales_taxes: 1.0001"),
        (["orderlines", 0, "sales_taxes"], {}, "orderlines[0].sales_taxes: an object without anything in it"),
        (["orderlines", 0, "condition"], "GOOD", "orderlines[0].condition: GOOD"),
        (
            ["orderlines", 0, "product_id"],
            "3350ee43-ff2b-44c7-99dd-41f1b428998c",
            "orderlines[0].product_id: 3350ee43-ff2b-44c7-99dd-41f1b428998c",
        ),
        (["orderlines", 0, "listing_id"], "9" * 6000, f"orderlines[0].listing_id: {'9' * 40}… (6,000 characters)"),
        (["orderlines", 0, "listing"], ["A"], "orderlines[0].listing: a list"),
        (["orderlines", 0, "return_reason"], "none", "orderlines[0].return_reason: none"),
        (["is_backship"], "no", "is_backship: no"),
        (["country_code"], ["x"], "country_code: a list"),
        (["shipper"], {"id": 77}, "shipper: an object"),
        (["delivery_mode"], "x" * 501, f"delivery_mode: {'x' * 40}… (501 characters)"),
        (["date_bill_provided"], "soon", "date_bill_provided: soon"),
        (["date_payment"], 1700000000, "date_payment: 1700000000"),
        (["date_creation"], True, "date_creation: True"),
        (["date_shipping"], "0001-01-01T00:00:00+10:00", "date_shipping: 0001-01-01T00:00:00+10:00"),
        (["expected_dispatch_date"], "9999-12-31T00:00:00Z", "expected_dispatch_date: 9999-12-31T00:00:00Z"),
        (["date_modification"], "2026-02-30T00:00:00Z", "date_modification: 2026-02-30T00:00:00Z"),
        (["shipping_address"], [], "shipping_address: a list without anything in it"),
        (["billing_address"], "Berlin", "billing_address: Berlin"),
        # What stands in an address may be personal data.
        (["shipping_address", "city"], 1.5, "shipping_address.city: a number that does not fit"),
        (["shipping_address", "street"], "x" * 501, "shipping_address.street: a text that does not fit"),
        (["shipping_address", "phone"], ["0"], "shipping_address.phone: a list"),
    ],
)
def test_optional_field_that_is_damaged_is_marked_and_the_order_is_read(
    path: list[str | int], value: object, mark: str
) -> None:
    read = read_order(_changed(path, value))
    assert [str(found) for found in read.marked] == [mark]
    in_line = read.lines[0].marked
    assert in_line == (read.marked if path[0] == "orderlines" else ())
    # All else is as it is without the damage.
    plain = read_order(_changed(path, None))
    if path[0] != "shipper":
        assert replace(read, marked=(), lines=(replace(read.lines[0], marked=()), *read.lines[1:])) == plain


def test_undamaged_order_has_no_marked_fields() -> None:
    assert read_order(ORDER).marked == ()


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("True", True), ("false", False), ("1", False)])
def test_backship_as_text_is_read_and_marked(text: str, meant: bool) -> None:
    read = read_order(order(is_backship=text))
    assert (read.is_backship, [mark.path for mark in read.marked]) == (meant, ["is_backship"])


def test_customer_id_number_is_read_in_both_styles() -> None:
    read = read_order(
        order(shipping_address={"customer_id_number": "12345678Z"}, billing_address={"customerIdNumber": "X1"})
    )
    assert (read.shipping_address.customer_id_number, read.billing_address.customer_id_number) == ("12345678Z", "X1")


def test_us_tax_amounts_are_read_where_they_are_sent() -> None:
    raw = order(currency="USD", sales_taxes="12.30", sales_dp_adjustment="-4.20")
    raw["orderlines"][0] |= {"currency": "USD", "sales_taxes": "12.30", "sales_dp_adjustment": 4.2}
    read = read_order(raw)
    assert (read.sales_taxes, read.sales_dp_adjustment) == (Money(1230, "USD"), Money(-420, "USD"))
    assert (read.lines[0].sales_taxes, read.lines[0].sales_dp_adjustment) == (Money(1230, "USD"), Money(420, "USD"))
    assert (read.lines[1].sales_taxes, read.lines[1].sales_dp_adjustment) == (None, None)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["1", "9" * 25, "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "EUR", "٣.٥٠", "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from([*ORDER]), inner),
    max_leaves=12,
)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[list[str | int]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([list(path)] if path else []), *(found for key, item in items for found in _paths(item, (*path, key)))]


def _reads_or_refuses(raw: object) -> None:
    try:
        read = read_order(raw)
    except NotUnderstood:
        return
    assert -(2**63) <= read.state < 2**63
    assert 0 <= read.order_id < 2**63
    assert all(0 <= money.minor < 2**63 for money in (read.goods, read.shipping, *(line.price for line in read.lines)))
    dates = (read.created_at, read.modified_at, read.paid_at, read.shipped_at, read.ship_by)
    assert all(date is None or date.tzinfo is UTC for date in dates)


@given(JSON)
def test_any_json_value_is_read_or_refused(raw: object) -> None:
    _reads_or_refuses(raw)


@given(st.lists(st.tuples(st.sampled_from(_paths(ORDER)), JSON), min_size=1, max_size=3))
def test_order_with_any_damaged_field_is_read_or_refused(changes: list[tuple[list[str | int], Any]]) -> None:
    raw = ORDER
    for path, value in changes:
        changed = copy.deepcopy(raw)
        place: Any = changed
        try:
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue  # an earlier change took this place away
        raw = changed
    _reads_or_refuses(raw)


def test_order_with_a_deeply_nested_value_is_refused() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    for field in ORDER:
        _reads_or_refuses(order(**{field: deep}))
