"""Rows of orders in the store: what Back Market expects next, and statuses of one company alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from helpers import COMPANY, add_company, order_of, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders

NIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""Half past midnight in Paris."""


def test_ship_by_time_of_an_order_is_called_today_by_the_clocks_of_its_company(offline: Desk) -> None:
    desk = replace(offline, now=lambda: NIGHT)
    for number, at in ((1, "2026-11-24T11:00:00+00:00"), (2, "2026-11-23T22:00:00+00:00")):
        take_in(desk, raw_order(number, [raw_line(number, 2)], state=3, expected_dispatch_date=at))
    assert [orders.channel_belief(desk, order_of(number)) for number in (1, 2)] == [
        "Back Market still expects this order to ship by 12:00 today.",
        "Back Market still expects this order to ship by 2026-11-23 23:00.",
    ]


def test_statuses_on_the_channel_are_those_of_the_company_in_view(offline: Desk) -> None:
    add_company(offline, "Other")
    mine, other = offline.of_company(COMPANY), offline.of_company("Other")
    take_in(mine, raw_order(1, [raw_line(1, 1)], state=1))
    take_in(other, raw_order(1, [raw_line(1, 3)]), raw_order(2, [raw_line(2, 3)]))
    assert orders.channel_statuses(mine, [1, 2]) == {1: "to_accept"}
    assert orders.channel_statuses(other, [1, 2]) == {1: "shipped", 2: "shipped"}
    assert orders.channel_statuses(offline, [2]) == {2: "shipped"}
