"""Helpers of the client's tests against the practice marketplace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from bmtui.channel.client import BackMarket
from bmtui.channel.model import ChannelOrder
from bmtui.channel.reading import read_order
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HIDDEN = (0, 8)
"""States of orders that are never listed (API §3)."""


def marketplace(orders: int = 80, **options: Any) -> SandboxServer:
    return SandboxServer(SandboxOptions(**{"orders": orders, "now": NOW, "rate_limit": 100_000, **options}))


def truth_of(server: SandboxServer) -> Iterator[ChannelOrder]:
    return map(read_order, server.marketplace.all_orders())


def orders_in(server: SandboxServer, *line_states: int, count: int = 1, lines: int | None = None) -> list[ChannelOrder]:
    """Return listed orders whose line states are exactly these, and whose lines all have different SKUs."""
    # Only those that fit are read: of hundreds of tests, each asks for an order or two.
    fit = (
        read_order(raw)
        for raw in server.marketplace.all_orders()
        if raw["state"] not in HIDDEN
        and {line["state"] for line in raw["orderlines"]} == set(line_states)
        and len({line["listing"] for line in raw["orderlines"]}) == len(raw["orderlines"])
        and lines in (None, len(raw["orderlines"]))
    )
    found = list(islice(fit, count))
    assert len(found) == count
    return found


async def everything(client: BackMarket, page_size: int, **filters: Any) -> dict[int, ChannelOrder]:
    found: dict[int, ChannelOrder] = {}
    for number in range(1, 100):
        page = await client.orders(page=number, page_size=page_size, **filters)
        assert not page.results or page.count >= len(page.results)
        orders = map(read_order, page.results)
        found |= {order.order_id: order for order in orders}
        if page.last:
            return found
    raise AssertionError("the list has no end")
