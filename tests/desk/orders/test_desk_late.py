"""Definition of "late": the search, a row of its result and the metrics agree on every order (order-desk §9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.operations import metrics
from bmtui.desk.orders import search, ship_by
from bmtui.store.models import Order
from bmtui.words import ChannelStatus, OrderStatus, ShippingStatus

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DUE = (None, NOW - timedelta(hours=1), NOW + timedelta(hours=1))


def test_late_orders_when_states_differ_are_the_same_for_search_row_and_metrics(offline: Desk) -> None:
    desk = replace(offline, now=lambda: NOW)
    states = list(product(ChannelStatus, OrderStatus, ShippingStatus, DUE))
    for first in range(0, len(states), 100):
        numbers = range(first + 1, min(first + 100, len(states)) + 1)
        take_in(desk, *(raw_order(number, [raw_line(number * 10, 2)]) for number in numbers))
    with desk.store.transaction():
        for number, (channel, status, shipping, due) in enumerate(states, 1):
            changes = {"channel_status": channel, "status": status, "shipping_status": shipping, "ship_by": due}
            assert Order.update(**changes).where(Order.order_id == number).execute() == 1
    found = {row.order_id for row in search.page(desk, "shipby:overdue", limit=1000).rows}
    rows = search.page(desk, "status:" + ",".join(OrderStatus), limit=5000).rows
    assert len(rows) == len(states)
    assert {row.order_id for row in rows if row.is_late(NOW)} == found != set()
    (late,) = (metric for metric in metrics.read(desk) if metric.name == "bmtui_orders_late")
    assert [sample.value for sample in late.samples] == [len(found)] == [ship_by.counts(desk).late]
