"""Refunds on the practice marketplace: amounts, types and limits; no line is refunded twice (API §5 to §7)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seller_moves import accept, market, new_order, refund, ship, sku, states, update

from bmtui.sandbox.errors import Refused


def test_partial_refunds_add_up_to_the_price() -> None:
    place = market()
    order = ship(place, accept(place, new_order(place)))
    line = order["orderlines"][0]
    assert refund(place, line, 1.5) == f"1.50€ refunded on the sku {line['listing']}"
    assert states(place.order(order["order_id"])) == [3]
    left = float(line["price"]) - 1.5
    for amount, text in (
        (left + 0.01, "at most"), (0, "more than 0"), (-1, "more than 0"), (0.001, "decimals"), ("1", "a number"),
        (True, "a number"), (float("inf"), "at most"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=text):
            refund(place, line, amount)
    refund(place, line, round(left - 1, 2))
    assert states(place.order(order["order_id"])) == [3]
    refund(place, line, 1)
    assert states(place.order(order["order_id"])) == [6]
    with pytest.raises(Refused, match="needs an orderline in state 3, not 6"):
        refund(place, line, 1)
    refunds = [effect for effect in place.effects if effect["kind"] == "refund_amount"]
    assert [effect["amount"] for effect in refunds] == ["1.50", f"{left - 1:.2f}", "1.00"]


def test_full_refund_after_a_partial_one_pays_the_rest() -> None:
    place = market()
    for full in (
        lambda order: update(place, order, 6, sku=sku(order), return_reason=1),
        lambda order: refund(place, order["orderlines"][0]),
    ):
        order = ship(place, accept(place, new_order(place)))
        refund(place, order["orderlines"][0], 2)
        full(order)
        assert states(place.order(order["order_id"])) == [6]
        assert place.effects[-1]["amount"] == f"{float(order['price']) - 2:.2f}"


def test_refund_types_before_shipping_end_the_lines() -> None:
    place = market()
    order = new_order(place, lines=2)
    first, second = order["orderlines"]
    with pytest.raises(Refused, match="refund_type 6 only"):
        refund(place, first, 1, kind=4)
    refund(place, first, kind=4)
    update(place, order, 2, sku=sku(order, 1))
    refund(place, second, kind=5)
    now = place.order(order["order_id"])
    assert (now["state"], states(now)) == (9, [4, 5])
    assert [effect["kind"] for effect in place.effects] == ["cancel", "accept", "refund_before_shipping"]


def test_refunds_above_the_daily_number_are_throttled() -> None:
    place = market(refunds_per_day=2)
    line = ship(place, accept(place, new_order(place)))["orderlines"][0]
    refund(place, line, 1)
    refund(place, line, 1)
    with pytest.raises(Refused) as caught:
        refund(place, line, 1)
    assert (caught.value.status, caught.value.code) == (429, "E008")
    place.clock.advance(timedelta(days=1))
    refund(place, line, 1)


def test_partial_refund_quirk_ends_the_line_at_once() -> None:
    place = market(quirks={"partial-refund": "first"})
    order = ship(place, accept(place, new_order(place)))
    refund(place, order["orderlines"][0], 1)
    assert states(place.order(order["order_id"])) == [6]


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from([2, 3, 4, 5, 6, "part"]), st.integers(0, 3), st.integers(1, 900)), max_size=25)
)
def test_random_moves_refund_no_line_twice(moves: list[tuple[Any, int, int]]) -> None:
    place = market()
    order = new_order(place, lines=3)
    for move, number, amount in moves:
        line = order["orderlines"][number % 3]
        try:
            if move == "part":
                refund(place, line, amount)
            elif move == 3:
                ship(place, order)
            else:
                update(place, order, move, sku=line["listing"], return_reason=1)
        except Refused:
            continue
    now = place.order(order["order_id"])
    for line in now["orderlines"]:
        mine = [effect for effect in place.effects if line["id"] in effect["line_ids"] and effect["amount"]]
        paid_back = sum(round(float(effect["amount"]) * 100) for effect in mine)
        price = round(float(line["price"]) * 100)
        assert paid_back <= price
        assert (line["state"] in (5, 6)) == (paid_back == price)
    if set(states(now)) <= {3, 4, 5, 6}:
        assert now["state"] == 9
    elif 1 in states(now):
        assert now["state"] == 1
    else:
        assert now["state"] == 3
