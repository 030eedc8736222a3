"""Incremental sync against the practice marketplace: what changed comes, whatever list, clock and kills do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from helpers import (
    KILLED_WHILE_KEEPING,
    check_money,
    connect,
    dump,
    here_orders,
    kill_worker,
    order_of,
    raw_line,
    raw_order,
    take_in,
    work,
    work_through,
)

from bmtui.channel.client import BackMarket, OrdersPage
from bmtui.desk import companies, downloads, jobs, sync
from bmtui.desk.context import Desk
from bmtui.queue import limits
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Company, Inbox, Job, Order, SyncMark
from bmtui.workers import download_orders, dry_run, order_list

LIST = "/ws/orders"
NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_once(no_rest: None) -> None:
    """What is retried is due at once."""


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    """A marketplace whose time stands still, unless it is moved."""
    with SandboxServer(SandboxOptions(orders=120, rate_limit=100_000, now=NOW)) as running:
        yield running


@pytest.fixture
def shop(desk: Desk, server: SandboxServer) -> Desk:
    """A desk whose clock is the marketplace's, with a look-back that holds every order."""
    clocked = replace(desk, now=server.marketplace.clock.now)
    connect(clocked, server)
    companies.change(clocked, None, {"look_back_days": "400"})
    return clocked


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The bounds of every page of the list that is asked for."""
    orders, seen = BackMarket.orders, list[dict[str, Any]]()

    async def note(self: BackMarket, **more: Any) -> OrdersPage:
        seen.append(more)
        return await orders(self, **more)

    monkeypatch.setattr(BackMarket, "orders", note)
    return seen


def listed(server: SandboxServer) -> set[int]:
    return {order["order_id"] for order in server.marketplace.all_orders() if order["state"] not in (0, 8)}


def run_sync(desk: Desk, mode: str = sync.SYNC) -> int:
    job_id = sync.start(desk, None, mode=mode, max_failures=3)
    work(desk)
    return job_id


def until() -> datetime | None:
    mark = SyncMark.get_or_none()
    return mark.modified_until if mark else None


def mirrors(desk: Desk, server: SandboxServer) -> None:
    """Every order is here, as the channel says that it is now."""
    said = {order["order_id"]: order for order in server.marketplace.all_orders() if order["state"] not in (0, 8)}
    assert here_orders() == set(said)
    for row in Order.select():
        assert row.updated_at == datetime.fromisoformat(said[row.order_id]["date_modification"]), row.order_id
    check_money()


def finished(server: SandboxServer, place: int) -> int:
    """A shipped order at this place of the list: the first or the last (0, -1)."""
    shown = [order for order in server.marketplace.all_orders() if order["state"] == 9]
    return int(shown[place]["order_id"])


def change_silently(server: SandboxServer, order_id: int, **fields: Any) -> None:
    """Change an order without a new date_modification, so that no list shows it."""
    server.marketplace._books.orders[order_id].payload.update(fields)


# What is asked for


def test_the_first_sync_reads_the_look_back_and_the_next_only_what_changed(
    shop: Desk, server: SandboxServer, asked: list[dict[str, Any]]
) -> None:
    first = jobs.show(shop, run_sync(shop))
    assert (first.status, first.output["fetched"]) == ("completed", len(listed(server)))
    assert {one["created_since"] for one in asked} == {NOW - 400 * DAY}
    mirrors(shop, server)
    newest = max(row.updated_at for row in Order.select())
    mark = until()
    assert mark is not None
    # By the channel's time, less what the reading took.
    assert newest - timedelta(minutes=1) < mark < newest
    asked.clear()
    server.marketplace.clock.advance(timedelta(minutes=30))
    fresh = server.marketplace.add_orders(2)
    server.marketplace.deliver(finished(server, 0))
    second = jobs.show(shop, run_sync(shop))
    assert {one["modified_since"] for one in asked} == {mark - sync.OVERLAP}
    assert {one["created_since"] for one in asked} == {None}
    assert set(fresh) <= here_orders()
    assert second.output["fetched"] < 20
    mirrors(shop, server)
    moved = until()
    assert moved is not None
    assert moved > mark + timedelta(minutes=20)


def test_a_sweep_reads_everything_again_and_leaves_the_watermark(
    shop: Desk, server: SandboxServer, asked: list[dict[str, Any]]
) -> None:
    run_sync(shop)
    mark = until()
    server.marketplace.clock.advance(DAY)
    silent = finished(server, 0)
    change_silently(server, silent, tracking_number="SEEN-BY-A-SWEEP")
    asked.clear()
    swept = jobs.show(shop, run_sync(shop, sync.SWEEP))
    assert {one["created_since"] for one in asked} == {NOW + DAY - 400 * DAY}
    assert swept.output["fetched"] == len(listed(server))
    assert (until(), swept.status) == (mark, "completed")
    assert "SEEN-BY-A-SWEEP" in Inbox.get(Inbox.order_id == silent).payload


def test_what_is_modified_on_a_page_that_was_read_comes_next_time(
    shop: Desk, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading takes two hours; its last page shows an order that is newer than one changed on its first."""
    run_sync(shop)
    clock, market = server.marketplace.clock, server.marketplace
    # All of them were modified in one second, so that the list of changes has several pages.
    clock.advance(HOUR)
    everything = [order["order_id"] for order in market.all_orders() if order["state"] == 9]
    for order_id in everything:
        market.deliver(order_id)
    monkeypatch.setattr(download_orders, "running_s", lambda: clock.now().timestamp())
    orders, changed = BackMarket.orders, list[datetime]()

    async def slowly(self: BackMarket, *, page: int, **more: Any) -> OrdersPage:
        answer = await orders(self, page=page, **more)
        if not changed:
            clock.advance(HOUR)
            market.deliver(everything[0])
            changed.append(clock.now())
            clock.advance(HOUR)
            market.deliver(everything[-1])
        return answer

    with monkeypatch.context() as slow:
        slow.setattr(BackMarket, "orders", slowly)
        run_sync(shop)
    assert order_of(everything[0]).updated_at < changed[0]
    assert order_of(everything[-1]).updated_at > changed[0]
    clock.advance(HOUR)
    run_sync(shop)
    assert order_of(everything[0]).updated_at == changed[0]
    mirrors(shop, server)


def test_a_reading_that_may_have_missed_some_does_not_move_the_watermark(shop: Desk, server: SandboxServer) -> None:
    server.faults.rules = [Rule("count-high", LIST)]
    view = jobs.show(shop, run_sync(shop))
    assert (view.status, view.error_kind) == ("partial_success", "PartlyDone")
    assert until() is None
    # What came is here all the same.
    mirrors(shop, server)
    server.faults.rules = []
    run_sync(shop)
    assert until() is not None


def test_open_orders_that_are_read_again_do_not_hide_what_the_list_misses(shop: Desk, server: SandboxServer) -> None:
    run_sync(shop)
    mark = until()
    server.marketplace.clock.advance(2 * HOUR)
    server.marketplace.deliver(finished(server, 0))
    server.faults.rules = [Rule("count-high", LIST)]
    view = jobs.show(shop, run_sync(shop))
    assert view.output["fetched"] > 20
    assert (view.status, until()) == ("partial_success", mark)


def test_a_date_in_the_future_does_not_hide_what_comes_later(shop: Desk, server: SandboxServer) -> None:
    change_silently(server, finished(server, 3), date_modification="2099-01-01T00:00:00Z")
    run_sync(shop)
    server.marketplace.clock.advance(HOUR)
    changed = finished(server, 0)
    server.marketplace.deliver(changed)
    run_sync(shop)
    assert order_of(changed).updated_at > NOW + HOUR


@pytest.mark.parametrize("step", [-DAY, DAY])
def test_a_clock_that_is_set_by_a_day_loses_nothing(shop: Desk, server: SandboxServer, step: timedelta) -> None:
    run_sync(shop)
    market, wrong = server.marketplace, [timedelta()]
    stepped = replace(shop, now=lambda: market.clock.now() + wrong[0])
    for wrong[0] in (step, timedelta(), timedelta()):
        market.clock.advance(timedelta(minutes=20))
        market.add_orders(1)
        market.deliver(finished(server, 0))
        view = jobs.show(stepped, run_sync(stepped))
        assert view.status == "completed"
        mirrors(stepped, server)
    mark = until()
    assert mark is not None
    # Once the clock is right again the lists are short again.
    assert mark > market.clock.now() - HOUR


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
def test_an_open_order_that_cannot_be_read_stops_nothing_else(shop: Desk, server: SandboxServer, fault: str) -> None:
    run_sync(shop)
    mark = until()
    assert mark is not None
    server.marketplace.clock.advance(2 * HOUR)
    fresh = server.marketplace.add_orders(1)
    poisoned, *others = sync.open_unseen(shop, Company.get().id)
    server.faults.rules = [Rule(fault, f"{LIST}/{poisoned}")]
    job_id = run_sync(shop)
    assert jobs.show(shop, job_id).status == "completed"
    assert any(log.is_error and str(poisoned) in log.message for log in jobs.logs(shop, job_id))
    assert set(fresh) <= here_orders()
    moved = until()
    assert moved is not None
    assert moved > mark
    assert sync.open_unseen(shop, Company.get().id) == [poisoned]
    assert others


def test_an_order_that_the_channel_no_longer_knows_does_not_keep_others_waiting(
    shop: Desk, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(shop, raw_order(5, [raw_line(5, 1)], state=1))
    server.marketplace.clock.advance(DAY)
    run_sync(shop)
    server.marketplace.clock.advance(2 * HOUR)
    monkeypatch.setattr(sync, "REREAD_LIMIT", 1)
    read = []
    for _ in range(3):
        read += sync.open_unseen(shop, Company.get().id)
        run_sync(shop)
    assert len(set(read)) == 3


def test_a_channel_that_fails_is_not_asked_for_every_open_order(
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


@pytest.mark.parametrize("fault", ["throttle", "waf"])
def test_a_block_holds_everybody_and_keeps_what_the_list_brought(shop: Desk, server: SandboxServer, fault: str) -> None:
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
    syncing = sync.start(shop, None)
    sweeping = sync.start(shop, None, mode=sync.SWEEP)
    work_through(shop)
    assert {jobs.show(shop, job_id).status for job_id in (by_hand, syncing, sweeping)} == {"completed"}
    mirrors(shop, server)
    assert until() is not None


@pytest.mark.parametrize("fault", ["error-500", "truncated", "drop", "overlap", "slip", "drift"])
def test_a_fault_of_the_list_loses_nothing(shop: Desk, server: SandboxServer, fault: str) -> None:
    server.faults.rules = [Rule(fault, LIST, count=2)]
    job_id = sync.start(shop, None)
    work_through(shop)
    assert jobs.show(shop, job_id).status == "completed"
    mirrors(shop, server)
    assert until() is not None


MOVED = """
from bmtui.desk import sync
move = sync.move
def move_and_stand(*args):
    move(*args)
    here()
sync.move = move_and_stand
"""
SUBMITTED = """
from bmtui.workers import create_orders
async def stand(*args):
    here()
create_orders.run = stand
"""


@pytest.mark.parametrize("place", [KILLED_WHILE_KEEPING, MOVED, SUBMITTED], ids=["keeping", "moving", "submitted"])
def test_a_killed_sync_is_ended_by_another_worker(shop: Desk, server: SandboxServer, place: str) -> None:
    job_id = sync.start(shop, None)
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
    run_sync(shop, sync.SWEEP)
    assert dump(shop, *bookkeeping) == before


def test_a_sync_that_was_turned_off_meanwhile_does_not_call(
    shop: Desk, server: SandboxServer, asked: list[dict[str, Any]]
) -> None:
    job_id = sync.start(shop, None)
    companies.change(shop, None, {"enabled": "false"})
    work(shop)
    assert (jobs.show(shop, job_id).status, jobs.show(shop, job_id).error_kind) == ("failed", "RuleRefused")
    assert asked == []


def test_polling_leaves_the_spare_to_a_person(
    shop: Desk, monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]]
) -> None:
    """A sync asks as polling, a download by hand as a person."""
    reserve, how = limits.reserve, list[bool]()

    def note(*args: Any, polling: bool = False, **more: Any) -> float:
        how.append(polling)
        return reserve(*args, polling=polling, **more)

    monkeypatch.setattr(limits, "reserve", note)
    run_sync(shop)
    assert set(how) == {True}
    how.clear()
    downloads.start(shop, None, "2000-01-01")
    work(shop)
    assert set(how) == {False}


# Only looking


def test_a_dry_run_says_what_would_come_and_stores_nothing(
    shop: Desk, server: SandboxServer, compare: Callable[[], dict[str, int]]
) -> None:
    everything = len(listed(server))
    before = dump(shop, "rate_limits")
    assert compare() == {"new": everything, "changed": 0, "unchanged": 0, "unreadable": 0}
    assert dump(shop, "rate_limits") == before
    run_sync(shop)
    server.marketplace.add_orders(3)
    server.marketplace.deliver(finished(server, 0))
    change_silently(server, finished(server, 4), price="?")
    before = dump(shop, "rate_limits")
    assert compare() == {"new": 3, "changed": 1, "unchanged": everything - 2, "unreadable": 1}
    assert dump(shop, "rate_limits") == before
    # It is what a download then makes of them.
    download = downloads.start(shop, None, "2000-01-01")
    work(shop)
    (child,) = jobs.children(shop, download)
    assert (child.output["created"], child.output["updated"], child.output["skipped"]) == (3, 1, 1)


def test_a_dry_run_while_everybody_holds_says_so(
    shop: Desk, server: SandboxServer, compare: Callable[[], dict[str, int]]
) -> None:
    limits.hold(shop.store, server.url, 60, "Too fast.")
    with pytest.raises(dry_run.Throttled, match="stay away"):
        compare()
    assert Job.select().count() == 0


@pytest.fixture
def compare(shop: Desk) -> Callable[[], dict[str, int]]:
    import asyncio

    since = NOW - 400 * DAY
    return lambda: dict(asyncio.run(dry_run.compare(shop, None, since)).counts)


def test_pages_are_asked_for_several_at_once(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    orders, under_way, most, together = BackMarket.orders, [0], [0], asyncio.Event()

    async def count(self: BackMarket, **more: Any) -> OrdersPage:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        if under_way[0] > 1:
            together.set()
        try:
            # The marketplace may answer one before the shared limit has let the next one begin.
            if more["page"] > 1:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(together.wait(), 10)
            return await orders(self, **more)
        finally:
            under_way[0] -= 1

    monkeypatch.setattr(BackMarket, "orders", count)
    monkeypatch.setattr(order_list, "PAGE_SIZE", 20)
    run_sync(shop)
    assert 1 < most[0] <= order_list.PAGES_AT_ONCE
