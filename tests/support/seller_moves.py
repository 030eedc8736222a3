"""Orders of a marketplace in this process, and the writes of a seller: accept, ship, refund."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bmtui.sandbox.dates import Clock
from bmtui.sandbox.errors import Refused
from bmtui.sandbox.marketplace import Marketplace

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
Json = dict[str, Any]


def market(**options: Any) -> Marketplace:
    """Return a marketplace without orders whose clock begins at `NOW`."""
    return Marketplace(**{"orders": 0, "clock": Clock(NOW), **options})


def new_order(place: Marketplace, lines: int = 1, quantity: int = 1) -> Json:
    """Return a new order in EUR with `lines` lines, the first of that quantity."""
    while True:
        for order_id in place.add_orders(20):
            order = place.order(order_id)
            quantities = [line["quantity"] for line in order["orderlines"]]
            if len(quantities) == lines and quantities[0] == quantity and order["currency"] == "EUR":
                return order


def update(place: Marketplace, order: Json, new_state: Any, **more: Any) -> Json:
    """Write a new state of the order, as a seller; return the order."""
    return place.update(order["order_id"], {"order_id": order["order_id"], "new_state": new_state, **more})


def sku(order: Json, line: int = 0) -> str:
    """Return the SKU of a line, by its place."""
    return str(order["orderlines"][line]["listing"])


def accept(place: Marketplace, order: Json) -> Json:
    """Accept all lines; return the order."""
    for line in order["orderlines"]:
        order = update(place, order, 2, sku=line["listing"])
    return order


def ship(place: Marketplace, order: Json, **more: Any) -> Json:
    """Ship the order with the tracking number ZZ1; return the order."""
    return update(place, order, 3, tracking_number="ZZ1", **more)


def states(order: Json) -> list[int]:
    """Return the states of the lines."""
    return [line["state"] for line in order["orderlines"]]


def refused(place: Marketplace, order: Json, new_state: Any, **more: Any) -> str:
    """Return the text of the refusal; check that it changed nothing."""
    before, effects = place.order(order["order_id"]), place.effects
    with pytest.raises(Refused) as caught:
        update(place, order, new_state, **more)
    assert place.order(order["order_id"]) == before
    assert place.effects == effects
    return caught.value.text


def refund(place: Marketplace, line: Json, amount: Any = None, kind: int = 6) -> str:
    """Refund a line by the order line API; return the text of the answer."""
    body = {"orderline_pk": line["id"], "refund_type": kind}
    return place.refund(body if amount is None else {**body, "amount": amount})
