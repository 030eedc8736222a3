"""Received amount of an order without a payment date, and of one that is free."""

from __future__ import annotations

import pytest
from helpers import order_of, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk


@pytest.mark.parametrize(
    ("state", "lines", "received"),
    [
        (9, (4, 3), 20500),
        (3, (2, 4), 20500),
        (9, (4, 4), 0),
        (9, (7, 4), 0),
        (0, (7, 7), 0),
    ],
)
def test_order_without_a_payment_date_counts_as_paid_unless_it_ended_unpaid(
    offline: Desk, state: int, lines: tuple[int, int], received: int
) -> None:
    raw = raw_order(1, [raw_line(11, lines[0]), raw_line(12, lines[1])], state=state, date_payment=None)
    take_in(offline, raw)
    assert order_of(1).received == received


def test_free_order_is_charged_once_when_it_is_paid(offline: Desk) -> None:
    raw = raw_order(1, [raw_line(11, 8, "0.00")], state=10, shipping_price="0.00", date_payment=None)
    states = []
    for day, state in enumerate((8, 1, 2), start=3):
        raw["orderlines"][0]["state"] = state
        paid = {} if state == 8 else {"state": 1, "date_payment": "2026-11-03T09:00:00Z"}
        take_in(offline, raw | paid | {"date_modification": f"2026-11-{day:02}T10:00:00Z"})
        states.append((order_of(1).received, order_of(1).payment_status))
    assert states == [(0, "no_payment"), (0, "charged"), (0, "charged")]
    version = order_of(1).version
    assert take_in(offline, raw | paid | {"tracking_url": ""}) == {"unchanged": 1}
    assert order_of(1).version == version
