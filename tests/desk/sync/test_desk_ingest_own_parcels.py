"""Orders that come again while their parcel left from here and the channel does not know it yet."""

from __future__ import annotations

from helpers import order_of, raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import search
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.ship import ShipRequest

TRACKING = "1Z999AA10123456784"


def test_order_with_a_parcel_of_ours_stays_shipped_and_others_follow_the_channel(offline: Desk) -> None:
    raws = [raw_order(number, [raw_line(number * 10, 2)], state=3) for number in (1, 2)]
    take_in(offline, *raws)
    shipping.ship(offline, 1, ShipRequest(tracking=TRACKING, carrier="ups", accept_doubts=True))
    later = [raw | {"date_modification": "2026-11-03T10:00:00+00:00", "shipper": "Later"} for raw in raws]
    assert take_in(offline, *later) == {"updated": 2}
    assert [order_of(number).shipping_status for number in (1, 2)] == ["fully_shipped", "unshipped"]
    assert [row.order_id for row in search.page(offline, TRACKING).rows] == [1]
