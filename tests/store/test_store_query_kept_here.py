"""Filters on the ship-by time of open orders, and on amounts and words that are not in the channel's order."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from five_orders import NOW, find
from helpers import add_company, order_of, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.store.models import Company, FieldName, Order, OrderField, OrderLine
from bmtui.store.query import QueryError
from bmtui.store.search import From, Search

ONE_MINUTE, HOURS = timedelta(minutes=1), timedelta(hours=1)
# Four hours are soon; in Paris it is 16:30, and the day ends at 23:00 UTC.
SHIP_BY = {
    1: NOW - ONE_MINUTE,
    2: NOW,
    3: NOW + 4 * HOURS - ONE_MINUTE,
    4: NOW + 4 * HOURS,
    5: NOW.replace(hour=22, minute=59),
    6: NOW.replace(hour=23, minute=0),
    7: NOW.replace(hour=23, minute=0) - timedelta(days=1),
    8: NOW - timedelta(days=2),
    9: NOW + timedelta(days=8),
    # Of a company for which twelve hours are soon.
    10: NOW + 11 * HOURS,
    11: NOW + 12 * HOURS,
}
STOPPED = {20: "shipped", 21: "cancelled", 22: "shipped by hand", 23: "no time"}


@pytest.fixture
def due(offline: Desk) -> Desk:
    """Desk with open orders at each side of each boundary, and orders for which no ship-by time runs any more."""
    dates = {**SHIP_BY, **dict.fromkeys(STOPPED, NOW - ONE_MINUTE)}
    take_in(
        offline,
        *(
            raw_order(
                order_id,
                [raw_line(order_id, 3 if order_id == 20 else 2)],
                state=9 if order_id == 20 else 3,
                expected_dispatch_date=at.isoformat(),
            )
            for order_id, at in dates.items()
        ),
    )
    add_company(offline, "Second", soon_hours="12")
    Order.update(company=Company.get(Company.name == "Second")).where(Order.order_id.in_([10, 11])).execute()
    Order.update(status="cancelled").where(Order.order_id == 21).execute()
    Order.update(ship_by=None).where(Order.order_id == 23).execute()
    Order.update(shipping_status="fully_shipped").where(Order.order_id == 22).execute()
    return offline


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("overdue", {1, 7, 8}),
        ("soon", {2, 3, 10}),
        ("today", {1, 2, 3, 4, 5, 7}),
        ("later", {6, 9, 11}),
        ("due", {1, 2, 3, 4, 5, 7, 8, 10}),
        ("OVERDUE,soon", {1, 2, 3, 7, 8, 10}),
    ],
)
def test_ship_by_filter_finds_open_orders_by_the_time_that_is_left(due: Desk, word: str, expected: set[int]) -> None:
    assert find(due, f"shipby:{word}") == expected


def test_negated_ship_by_filter_finds_all_other_orders(due: Desk) -> None:
    assert find(due, "-shipby:due") == {6, 9, 11, *STOPPED}


@pytest.fixture
def priced(offline: Desk) -> Desk:
    """Desk with orders of 105.00: with an expected fee, with a charged one beside it, with sales tax, and with none."""
    take_in(offline, *(raw_order(order_id, [raw_line(order_id)]) for order_id in (1, 2, 3, 4)))
    changes: dict[int, dict[str, int | None]] = {
        1: {"fee": 1000},
        2: {"fee": 1000, "fee_charged": 1200, "refunded": 500},
        3: {"fee": 1000, "sales_dp_adjustment": 300},
        4: {"fee": None},
    }
    for order_id, columns in changes.items():
        Order.update(**columns).where(Order.order_id == order_id).execute()
    return offline


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("fee:10", {1, 3}),
        ("fee:>10", {2}),
        ("fee:<=100", {1, 2, 3}),
        ("net:95", {1}),
        ("net:88", {2}),
        ("net:92", {3}),
        ("net:105", {4}),
        ("net:88..95", {1, 2, 3}),
        ("refundable:100", {2}),
    ],
)
def test_amount_filter_takes_the_charged_fee_before_the_expected_one(
    priced: Desk, query: str, expected: set[int]
) -> None:
    assert find(priced, query) == expected


def test_unknown_states_of_the_channel_are_found_by_their_number(priced: Desk) -> None:
    Order.update(channel_status="unknown_-3").where(Order.order_id == 1).execute()
    Order.update(channel_status="unknown_12").where(Order.order_id == 2).execute()
    assert [find(priced, f"channel:{word}") for word in ("unknown_-3", "unknown_12", "unknown_3")] == [{1}, {2}, set()]
    with pytest.raises(QueryError, match="not a value of 'channel:'"):
        find(priced, "channel:unknown_3x")


def test_assignee_me_is_the_account_that_asks_and_nobody_is_no_name(priced: Desk) -> None:
    for order_id, account in {1: "ann", 2: "anna", 3: "nobody"}.items():
        Order.update(assignee=account).where(Order.order_id == order_id).execute()

    def assigned(query: str, me: str = "ann") -> set[int]:
        with priced.store.snapshot():
            return {row[0] for row in Search(query, NOW, UTC, me=me).page("o.order_id", "id", False, From(), 50)}

    assert assigned("assignee:me") == {1}
    assert assigned("assignee:me", "") == set()
    assert assigned("assignee:ann*") == {1, 2}
    assert assigned("assignee:ANN") == {1}
    assert assigned("assignee:*") == {1, 2, 3}
    assert assigned("assignee:nobody") == {4}
    assert assigned("-assignee:anybody") == {4}


def test_field_filter_of_an_unknown_name_says_which_fields_there_are(priced: Desk) -> None:
    def advice(query: str) -> str:
        with pytest.raises(QueryError, match="There is no field") as caught:
            find(priced, query)
        return caught.value.advice

    assert advice("field.shelf:A1") == "'bmtui orders field --add NAME' makes one."
    for name in ("shelf", "box"):
        FieldName.create(name=name, made_at=NOW, made_by="test")
    OrderField.create(order=order_of(1), name="shelf", value="A1")
    assert advice("field.quantity:A1") == "Fields: box, shelf."
    assert "'shelf'" in advice("field.shel:A1")
    assert (find(priced, "field.shelf:a1"), find(priced, "field.box:a1")) == ({1}, set())


def test_soon_of_a_company_reaches_as_far_as_it_may_be_set(due: Desk) -> None:
    Company.update(soon_hours=168).where(Company.name == "Second").execute()
    for order_id, left in ((10, timedelta(days=7) - ONE_MINUTE), (11, timedelta(days=7) + ONE_MINUTE)):
        Order.update(ship_by=NOW + left).where(Order.order_id == order_id).execute()
    assert [find(due, f"shipby:{word}") & {10, 11} for word in ("soon", "due", "later")] == [{10}, {10}, {11}]


def test_line_whose_sku_has_no_letters_or_is_missing_is_found(priced: Desk) -> None:
    for line_id, sku in ((1, "--"), (2, "")):
        OrderLine.update(sku=sku).where(OrderLine.line_id == line_id).execute()
    assert (find(priced, "sku:--"), find(priced, "sku:-*"), find(priced, "sku:*")) == ({1}, {1}, {1, 2, 3, 4})
    assert find(priced, "-sku:--") == {2, 3, 4}
