"""Shipped order whose pieces can be returned."""

from __future__ import annotations

from typing import Any

from helpers import raw_line, raw_order, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import ReturnRequest, WantedItem

ORDER, PHONE, PAIR, UNSENT = 5001, 1, 2, 3
IMEI, OTHER_IMEI = "351269738843214", "351269738843222"


def ship(desk: Desk) -> Desk:
    """Store an order of a phone, a pair of chargers, and a line that is not shipped."""
    lines = [
        raw_line(PHONE, sku="PHN", imei=IMEI),
        raw_line(PAIR, sku="CHG", price="40.01", quantity=2),
        raw_line(UNSENT, state=2, sku="CASE", price="10.00"),
    ]
    take_in(desk, raw_order(ORDER, lines))
    return desk


def make(desk: Desk, *items: WantedItem, reason: str = "Defective", **more: Any) -> int:
    return returns.create(desk, ORDER, ReturnRequest(items, reason, **more)).row.rma_id
