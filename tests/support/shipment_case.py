"""Parcel to ship, an order for it on the practice marketplace, and workers that send a part of the uploads."""

from __future__ import annotations

from typing import Any

from helpers import let_time_pass, work

from bmtui.desk.core.context import Desk
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.sandbox.server import SandboxServer

IMEI = "356938035643809"
PARCEL = ShipRequest(tracking="1Z 999AA1 0123456784", carrier="ups", accept_doubts=True)
"""Parcel whose packer confirmed that no identifier is missing."""


def effects(server: SandboxServer, order_id: int) -> list[str]:
    """Return the kinds of the order's effects on the marketplace, in the order of their arrival."""
    return [effect["kind"] for effect in server.marketplace.effects if effect["order_id"] == order_id]


def single(server: SandboxServer) -> dict[str, Any]:
    """Return an accepted order of one line and one piece, without a tracking number."""
    for order in server.marketplace.all_orders():
        lines = order["orderlines"]
        if [line["state"] for line in lines] == [2] and lines[0]["quantity"] == 1 and not order["tracking_number"]:
            return order
    raise AssertionError("the marketplace has no such order")


def work_some(desk: Desk) -> None:
    """Run workers three times, so that uploads which wait for a setting stay queued."""
    for _ in range(3):
        work(desk)
        let_time_pass(desk)
