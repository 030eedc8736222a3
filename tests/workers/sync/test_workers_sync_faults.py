"""Incremental sync under faults: all changes come, whatever the list, the channel and kills do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from helpers import (
    KILLED_WHILE_KEEPING,
    dump,
    here_orders,
    kill_worker,
    raw_line,
    raw_order,
    take_in,
    work,
    work_through,
)
from sync_shop import DAY, HOUR, LIST, change_silently, clocked_shop, mirrors, run_sync, standing_marketplace, until

from bmtui.channel.client import BackMarket
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import schedule
from bmtui.errors import Unauthorised
from bmtui.queue import limits
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Company, Inbox, Order
from bmtui.workers.sync import download_orders

pytestmark = pytest.mark.usefixtures("no_rest")


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with standing_marketplace() as running:
        yield running


@pytest.fixture
def shop(desk: Desk, server: SandboxServer) -> Desk:
    return clocked_shop(desk, server)


# Open orders that no list shows


def test_open_orders_that_no_list_shows_are_read_one_by_one(shop: Desk, server: SandboxServer) -> None:
    run_sync(shop)
    waiting = [row.order_id for row in Order.select().where(Order.channel_status == "to_ship")]
    silent = waiting[0]
    change_silently(server, silent, shipper="A silent carrier")
    server.marketplace.clock.advance(timedelta(minutes=59))
    run_sync(shop)
    assert "A silent carrier" not in Inbox.get(Inbox.order_id == silent).payload
    server.marketplace.clock.advance(timedelta(minutes=2))
    view = jobs.show(shop, run_sync(shop))
    assert "A silent carrier" in Inbox.get(Inbox.order_id == silent).payload
    assert view.output["fetched"] >= len(waiting)
    assert [child.status for child in jobs.children(shop, view.job_id)] == ["completed"]


@pytest.mark.parametrize("fault", ["error-500", "html-200", "drop", "truncated"])
def test_unreadable_open_order_does_not_stop_the_sync(shop: Desk, server: SandboxServer, fault: str) -> None:
    run_sync(shop)
    mark = until()
    assert mark is not None
    server.marketplace.clock.advance(2 * HOUR)
    fresh = server.marketplace.add_orders(1)
    poisoned, *others = schedule.open_unseen(shop, Company.get().id)
    server.faults.rules = [Rule(fault, f"{LIST}/{poisoned}")]
    job_id = run_sync(shop)
    assert jobs.show(shop, job_id).status == "completed"
    assert any(log.is_error and str(poisoned) in log.message for log in jobs.logs(shop, job_id))
    assert set(fresh) <= here_orders()
    moved = until()
    assert moved is not None
    assert moved > mark
    assert schedule.open_unseen(shop, Company.get().id) == [poisoned]
    assert others


def test_an_order_that_the_channel_no_longer_knows_does_not_keep_others_waiting(
    shop: Desk, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(shop, raw_order(5, [raw_line(5, 1)], state=1))
    server.marketplace.clock.advance(DAY)
    run_sync(shop)
    server.marketplace.clock.advance(2 * HOUR)
    monkeypatch.setattr(schedule, "REREAD_LIMIT", 1)
    read = []
    for _ in range(3):
        read += schedule.open_unseen(shop, Company.get().id)
        run_sync(shop)
    assert len(set(read)) == 3


def test_failing_channel_is_not_asked_for_every_open_order(
    shop: Desk, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_sync(shop)
    server.marketplace.clock.advance(2 * HOUR)
    fresh = server.marketplace.add_orders(1)
    server.faults.rules = [Rule("error-500", f"{LIST}/")]
    order, tries = BackMarket.order, list[int]()

    async def count(self: BackMarket, order_id: int) -> Any:
        tries.append(order_id)
        return await order(self, order_id)

    monkeypatch.setattr(BackMarket, "order", count)
    assert jobs.show(shop, run_sync(shop)).status == "completed"
    assert len(tries) == download_orders.MAX_FAILURES
    assert set(fresh) <= here_orders()

    async def refuse(self: BackMarket, *order_ids: int) -> Any:
        tries.extend(order_ids)
        raise Unauthorised("The token was refused.")

    # A refused token is none of an order's: the job fails by it, with the first.
    tries.clear()
    monkeypatch.setattr(BackMarket, "order", refuse)
    monkeypatch.setattr(BackMarket, "check", refuse)
    view = jobs.show(shop, run_sync(shop))
    assert (view.status, view.error_kind, len(tries)) == ("failed", "Unauthorised", 1)


@pytest.mark.parametrize("fault", ["throttle", "waf"])
def test_firewall_block_during_a_sync_holds_all_calls_and_keeps_read_orders(
    shop: Desk, server: SandboxServer, fault: str
) -> None:
    run_sync(shop)
    server.marketplace.clock.advance(2 * HOUR)
    fresh = server.marketplace.add_orders(1)
    server.faults.rules = [Rule(fault, f"{LIST}/8", count=1)]
    assert jobs.show(shop, run_sync(shop)).status == "completed"
    assert set(fresh) <= here_orders()
    held = limits.held(server.url)
    assert held is not None
    # Another job does not call at all.
    server.faults.rules = []
    blocked = downloads.start(shop, None, "2000-01-01")
    work(shop)
    view = jobs.show(shop, blocked)
    assert (view.status, view.attempts, view.held_until, view.processed) == ("submitted", 0, held.until, 0)
    assert view.held_because == held.reason


# Beside others, and killed


def test_a_sync_beside_a_download_by_hand_loses_nothing(shop: Desk, server: SandboxServer) -> None:
    by_hand = downloads.start(shop, None, "2000-01-01", max_failures=3)
    syncing = schedule.start(shop, None)
    sweeping = schedule.start(shop, None, mode=schedule.SWEEP)
    work_through(shop)
    assert {jobs.show(shop, job_id).status for job_id in (by_hand, syncing, sweeping)} == {"completed"}
    mirrors(shop, server)
    assert until() is not None


@pytest.mark.parametrize("fault", ["error-500", "truncated", "drop", "overlap", "slip", "drift"])
def test_sync_under_a_fault_of_the_list_loses_no_order(shop: Desk, server: SandboxServer, fault: str) -> None:
    server.faults.rules = [Rule(fault, LIST, count=2)]
    job_id = schedule.start(shop, None)
    work_through(shop)
    assert jobs.show(shop, job_id).status == "completed"
    mirrors(shop, server)
    assert until() is not None


MOVED = """
from bmtui.desk.sync import schedule as sync
move = sync.move
def move_and_stand(*args):
    move(*args)
    here()
sync.move = move_and_stand
"""
SUBMITTED = """
from bmtui.workers.sync import create_orders
async def stand(*args):
    here()
create_orders.run = stand
"""


@pytest.mark.parametrize("place", [KILLED_WHILE_KEEPING, MOVED, SUBMITTED], ids=["keeping", "moving", "submitted"])
def test_a_killed_sync_is_ended_by_another_worker(shop: Desk, server: SandboxServer, place: str) -> None:
    job_id = schedule.start(shop, None)
    kill_worker(shop, place)
    # The watermark never stands where not everything was stored.
    if place != SUBMITTED:
        assert until() is None
    work(shop)
    assert jobs.show(shop, job_id).status == "completed"
    mirrors(shop, server)
    assert until() is not None
    bookkeeping = ("jobs", "job_log", "inbox", "audit", "audit_head", "rate_limits", "job_orders", "sync_marks")
    before = dump(shop, *bookkeeping)
    run_sync(shop, schedule.SWEEP)
    assert dump(shop, *bookkeeping) == before
