"""Incremental sync against the practice marketplace: the requests, and the report of a dry run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from helpers import dump, here_orders, order_of, work
from sync_shop import (
    DAY,
    HOUR,
    LIST,
    NOW,
    change_silently,
    clocked_shop,
    mirrors,
    run_sync,
    standing_marketplace,
    until,
)

from bmtui.channel.client import BackMarket, OrdersPage
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import search as invoice_search
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import schedule
from bmtui.errors import Throttled
from bmtui.queue import limits
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Inbox, Job, Order
from bmtui.workers.sync import dry_run, order_list

pytestmark = pytest.mark.usefixtures("no_rest")


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with standing_marketplace() as running:
        yield running


@pytest.fixture
def shop(desk: Desk, server: SandboxServer) -> Desk:
    return clocked_shop(desk, server)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Parameters of each requested page of the order list."""
    orders, seen = BackMarket.orders, list[dict[str, Any]]()

    async def note(self: BackMarket, **more: Any) -> OrdersPage:
        seen.append(more)
        return await orders(self, **more)

    monkeypatch.setattr(BackMarket, "orders", note)
    return seen


def listed(server: SandboxServer) -> set[int]:
    return {order["order_id"] for order in server.marketplace.all_orders() if order["state"] not in (0, 8)}


def finished(server: SandboxServer, place: int) -> int:
    """Return the number of the first (0) or last (-1) shipped order of the list."""
    shown = [order for order in server.marketplace.all_orders() if order["state"] == 9]
    return int(shown[place]["order_id"])


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
    assert {one["modified_since"] for one in asked} == {mark - schedule.OVERLAP}
    assert {one["created_since"] for one in asked} == {None}
    assert set(fresh) <= here_orders()
    assert second.output["fetched"] < 20
    mirrors(shop, server)
    moved = until()
    assert moved is not None
    assert moved > mark + timedelta(minutes=20)


def test_sweep_reads_all_orders_again_and_keeps_the_watermark(
    shop: Desk, server: SandboxServer, asked: list[dict[str, Any]]
) -> None:
    run_sync(shop)
    mark = until()
    server.marketplace.clock.advance(DAY)
    silent = finished(server, 0)
    change_silently(server, silent, tracking_number="SEEN-BY-A-SWEEP")
    asked.clear()
    swept = jobs.show(shop, run_sync(shop, schedule.SWEEP))
    assert {one["created_since"] for one in asked} == {NOW + DAY - 400 * DAY}
    assert swept.output["fetched"] == len(listed(server))
    assert (until(), swept.status) == (mark, "completed")
    assert "SEEN-BY-A-SWEEP" in Inbox.get(Inbox.order_id == silent).payload


def test_order_modified_on_a_page_that_was_read_comes_with_the_next_sync(
    shop: Desk, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read for two hours; the last page shows an order that is newer than one changed on the first page."""
    run_sync(shop)
    clock, market = server.marketplace.clock, server.marketplace
    # The last late buyers have paid, so that the list of changes does not grow while it is read.
    clock.advance(4 * HOUR)
    # All of them were modified in one second, so that the list has several pages.
    everything = [order["order_id"] for order in market.all_orders() if order["state"] == 9]
    for order_id in everything:
        market.deliver(order_id)
    # The list begins with its newest page.
    on_first, on_last = everything[-1], everything[0]
    monkeypatch.setattr(order_list, "running_s", lambda: clock.now().timestamp())
    orders, changed = BackMarket.orders, list[datetime]()

    async def slowly(self: BackMarket, *, page: int, **more: Any) -> OrdersPage:
        answer = await orders(self, page=page, **more)
        if not changed:
            clock.advance(HOUR)
            market.deliver(on_first)
            changed.append(clock.now())
            clock.advance(HOUR)
            market.deliver(on_last)
        return answer

    with monkeypatch.context() as slow:
        slow.setattr(BackMarket, "orders", slowly)
        run_sync(shop)
    assert order_of(on_first).updated_at < changed[0]
    assert order_of(on_last).updated_at > changed[0]
    clock.advance(HOUR)
    run_sync(shop)
    assert order_of(on_first).updated_at == changed[0]
    mirrors(shop, server)


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow no second reading, which would agree with the first and so prove the count wrong."""
    monkeypatch.setattr(order_list, "MAX_READINGS", 1)


@pytest.mark.usefixtures("read_once")
def test_incomplete_reading_does_not_move_the_watermark(shop: Desk, server: SandboxServer) -> None:
    server.faults.rules = [Rule("count-high", LIST)]
    view = jobs.show(shop, run_sync(shop))
    assert (view.status, view.error_kind) == ("partial_success", "PartlyDone")
    assert until() is None
    # What came is here all the same.
    mirrors(shop, server)
    server.faults.rules = []
    run_sync(shop)
    assert until() is not None


def test_constantly_too_high_count_moves_the_watermark(
    shop: Desk, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = server.marketplace.page

    def five_too_many(*asked: Any) -> tuple[int, list[dict[str, Any]]]:
        count, results = page(*asked)
        return count + 5, results

    monkeypatch.setattr(server.marketplace, "page", five_too_many)
    view = jobs.show(shop, run_sync(shop))
    assert (view.status, until() is not None) == ("completed", True)
    mirrors(shop, server)


@pytest.mark.usefixtures("read_once")
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


# Asked as polling, and only while it is on


def test_a_sync_that_was_turned_off_meanwhile_does_not_call(
    shop: Desk, server: SandboxServer, asked: list[dict[str, Any]]
) -> None:
    job_id = schedule.start(shop, None)
    companies.change(shop, None, {"enabled": "false"})
    work(shop)
    assert (jobs.show(shop, job_id).status, jobs.show(shop, job_id).error_kind) == ("failed", "RuleRefused")
    assert asked == []


def test_sync_leaves_the_spare_of_the_rate_limit_to_a_person(
    shop: Desk, monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]]
) -> None:
    """Compare the rate limit's use: a sync reserves as polling, a download by hand as a person."""
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


def test_sync_dry_run_during_a_hold_says_so(
    shop: Desk, server: SandboxServer, compare: Callable[[], dict[str, int]]
) -> None:
    limits.hold(shop.store, server.url, 60, "Too fast.")
    with pytest.raises(Throttled, match="slow down"):
        compare()
    assert Job.select().count() == 0


@pytest.fixture
def compare(shop: Desk) -> Callable[[], dict[str, int]]:
    import asyncio

    since = NOW - 400 * DAY
    return lambda: dict(asyncio.run(dry_run.compare(shop, None, since)).counts)


def test_order_pages_are_requested_several_at_once(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
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


def shipped_now(server: SandboxServer) -> int:
    """Return the number of an order that shipped lately and has no invoice."""
    return next(
        int(order["order_id"])
        for order in server.marketplace.all_orders()
        if order["date_shipping"] and not order["date_bill_provided"] and order["orderlines"][0]["state"] == 3
    )


def test_invoice_that_was_given_elsewhere_is_seen_and_leaves_the_queue(shop: Desk, server: SandboxServer) -> None:
    run_sync(shop)
    order_id = shipped_now(server)
    waiting = invoice_search.waiting_count(shop)
    change_silently(server, order_id, date_bill_provided=server.marketplace.clock.now().isoformat())
    run_sync(shop)
    assert order_of(order_id).invoice_provided_at is None
    server.marketplace.clock.advance(schedule.INVOICE_UNSEEN + HOUR)
    run_sync(shop)
    assert order_of(order_id).invoice_provided_at is not None
    assert invoice_search.waiting_count(shop) == waiting - 1


def test_orders_without_an_invoice_are_read_again_a_few_at_a_time_and_none_twice(
    shop: Desk, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_sync(shop)
    company, order_id = shop.company_row(), shipped_now(server)
    assert schedule.uninvoiced_unseen(shop, company) == []
    server.marketplace.clock.advance(schedule.INVOICE_UNSEEN + HOUR)
    everything = schedule.uninvoiced_unseen(shop, company)
    assert order_id in everything
    monkeypatch.setattr(schedule, "INVOICE_LIMIT", 2)
    first = schedule.uninvoiced_unseen(shop, company)
    run_sync(shop)
    assert (first, set(first) & set(schedule.uninvoiced_unseen(shop, company))) == (everything[:2], set())
    companies.change(shop, None, {"look_back_days": "1"})
    server.marketplace.clock.advance(90 * DAY)
    assert schedule.uninvoiced_unseen(shop, shop.company_row()) == []


def test_orders_fetched_by_number_do_not_count_as_a_complete_reading(shop: Desk, server: SandboxServer) -> None:
    downloads.fetch(shop, None, [shipped_now(server)])
    work(shop)
    assert schedule.read_until(shop) is None
