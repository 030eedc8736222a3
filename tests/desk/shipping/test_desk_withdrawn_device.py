"""Device of a withdrawn parcel: free for another order, and its own order can ship another device."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.shipping import identifiers
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.store.models import Unit

IMEI = "356938035643809"
PARCEL = ShipRequest(tracking="1Z999AA10123456784", carrier="ups", identifiers=(given(10, IMEI),))


@pytest.fixture
def withdrawn(offline: Desk) -> Desk:
    """Desk with two orders to ship; the parcel of order 1 with a device was withdrawn before it was sent."""
    take_in(offline, *(raw_order(number, [raw_line(number * 10, 2)], state=3) for number in (1, 2)))
    shipping.ship(replace(offline, undo=True), 1, PARCEL)
    assert [found.order_id for found in search.page(offline, IMEI).rows] == [1]
    outbox.withdraw(offline, outbox.listing(offline)[0].effect_id)
    return offline


def test_device_of_a_withdrawn_parcel_goes_into_another_order_without_a_question(withdrawn: Desk) -> None:
    identifiers.identify(withdrawn, 2, [given(20, IMEI)])
    assert [(unit.order.order_id, unit.state) for unit in Unit.select().where(Unit.imei == IMEI)] == [
        (1, "withdrawn"),
        (2, "waiting"),
    ]


def test_imei_of_a_withdrawn_parcel_is_not_merged_into_a_new_identification(withdrawn: Desk) -> None:
    (plan,) = identifiers.plan(withdrawn, 1, [given(10, "serial:C02XK1ABCDEF")]).units
    assert (plan.imei, plan.serial_number) == ("", "C02XK1ABCDEF")
    assert plan.write is not None
    assert plan.write.body == {"serial_number": "C02XK1ABCDEF"}


def test_search_does_not_find_an_order_by_the_device_of_a_withdrawn_parcel(withdrawn: Desk) -> None:
    for query in (IMEI, f"imei:{IMEI}"):
        assert [found.order_id for found in search.page(withdrawn, query).rows] == []
    identifiers.identify(withdrawn, 2, [given(20, IMEI)])
    for query in (IMEI, f"imei:{IMEI}"):
        assert [found.order_id for found in search.page(withdrawn, query).rows] == [2]
