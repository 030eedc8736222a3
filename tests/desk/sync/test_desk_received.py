"""Received amount of an order without a payment date."""

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
