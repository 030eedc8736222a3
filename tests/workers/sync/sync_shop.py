"""Marketplace whose time stands still, a desk with the same clock, and checks after a sync."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from helpers import check_money, connect, here_orders, work

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import schedule
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Order, SyncMark

LIST = "/ws/orders"
NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@contextmanager
def standing_marketplace() -> Iterator[SandboxServer]:
    """Yield a marketplace whose time stands still, unless it is moved."""
    with SandboxServer(SandboxOptions(orders=120, rate_limit=100_000, now=NOW)) as running:
        yield running


def clocked_shop(desk: Desk, server: SandboxServer) -> Desk:
    """Return a desk with the marketplace's clock, and a look-back that covers all orders."""
    clocked = replace(desk, now=server.marketplace.clock.now)
    connect(clocked, server)
    companies.change(clocked, None, {"look_back_days": "400"})
    return clocked


def run_sync(desk: Desk, mode: str = schedule.SYNC) -> int:
    job_id = schedule.start(desk, None, mode=mode, max_failures=3)
    work(desk)
    return job_id


def until() -> datetime | None:
    mark = SyncMark.get_or_none()
    return mark.modified_until if mark else None


def mirrors(desk: Desk, server: SandboxServer) -> None:
    """Check that all orders of the marketplace are stored as they are now."""
    said = {order["order_id"]: order for order in server.marketplace.all_orders() if order["state"] not in (0, 8)}
    assert here_orders() == set(said)
    for row in Order.select():
        assert row.updated_at == datetime.fromisoformat(said[row.order_id]["date_modification"]), row.order_id
    check_money()


def change_silently(server: SandboxServer, order_id: int, **fields: Any) -> None:
    """Change an order without a new date_modification, so that no list shows it."""
    server.marketplace.state.orders[order_id].payload.update(fields)
