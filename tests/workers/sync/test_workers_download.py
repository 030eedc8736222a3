"""Order download against the practice marketplace: whatever goes wrong, each order is stored once in the end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from downloaded import children, complete, here, said
from helpers import (
    COMPANY,
    KILLED_WHILE_KEEPING,
    NOWHERE,
    add_company,
    check_money,
    connect,
    download,
    dump,
    kill_worker,
    order_of,
    raw_line,
    raw_order,
    work,
    work_through,
)

from bmtui.channel.client import BackMarket, OrdersPage
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import download as downloads
from bmtui.errors import ChannelNotFound
from bmtui.queue import jobs as queue
from bmtui.queue import limits
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Inbox, Job, Order
from bmtui.workers import company_channel, run_worker
from bmtui.workers.sync import order_list

pytestmark = pytest.mark.usefixtures("no_rest")

LIST = "/ws/orders"

FAULTS = [
    "error-500",
    "html-502",
    "html-200",
    "truncated",
    "drop",
    "drop-after",
    "error-500-after",
    "waf",
    "challenge",
    "bomb",
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_on_every_kind_of_page_loses_and_doubles_nothing(
    shop: Desk, marketplace: SandboxServer, fault: str
) -> None:
    # The first page fails twice; later ones once more.
    marketplace.faults.rules = [Rule(fault, LIST, count=2)]
    job_id = downloads.start(shop, None, "2000-01-01", max_failures=3)
    work_through(shop)
    complete(shop, marketplace, job_id)
    assert any(log.is_error for log in jobs.logs(shop, job_id))
    assert marketplace.faults.rules == []


def test_pages_that_overlap_double_nothing(shop: Desk, marketplace: SandboxServer) -> None:
    marketplace.faults.rules = [Rule("overlap", LIST)]
    complete(shop, marketplace, download(shop))


@pytest.mark.parametrize(
    "quirks",
    [
        {"result-order": "descending"},
        {"page-past-end": "empty"},
        {"offsets": "z", "addresses": "camelCase"},
    ],
)
def test_download_under_every_quirk_brings_every_order(desk: Desk, quirks: dict[str, str]) -> None:
    with SandboxServer(SandboxOptions(orders=100, rate_limit=100_000, quirks=quirks)) as server:
        connect(desk, server)
        complete(desk, server, download(desk))


def test_an_empty_marketplace_is_no_error(desk: Desk) -> None:
    with SandboxServer(SandboxOptions(orders=0)) as server:
        connect(desk, server)
        complete(desk, server, download(desk))


def test_only_orders_from_the_start_date_on_come(shop: Desk, marketplace: SandboxServer) -> None:
    job_id = download(shop, "10d")
    since = jobs.show(shop, job_id).parameters["since"]
    assert 0 < len(here()) < len(said(marketplace))
    assert here() < said(marketplace)
    assert all(row.created_at.isoformat() >= since for row in Order.select())
    download(shop)
    assert here() == said(marketplace)


def test_a_throttled_download_waits_as_long_as_it_was_told(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[float] = []
    monkeypatch.setattr(limits, "hold", lambda store, name, seconds, reason: held.append(seconds))
    marketplace.faults.rules = [Rule("throttle-retry-after", LIST, count=1, seconds=7), Rule("throttle", LIST, count=1)]
    scheduled: list[float | None] = []
    fail_or_retry: Any = queue.fail_or_retry

    def at_once(*args: Any, after_s: float | None, **kwargs: Any) -> bool:
        scheduled.append(after_s)
        return bool(fail_or_retry(*args, after_s=None, **kwargs))

    monkeypatch.setattr(queue, "fail_or_retry", at_once)
    complete(shop, marketplace, download(shop))
    assert held == [7.0, company_channel.BLOCKED_S]
    assert scheduled == [7.0, None]


def test_download_during_a_long_penalty_is_put_back(shop: Desk, marketplace: SandboxServer) -> None:
    """Put the job back during a long penalty: a job that sleeps could not be stopped."""
    limits.hold(shop.store, marketplace.url, 3600, "Too fast.")
    job_id = download(shop)
    view = jobs.show(shop, job_id)
    assert (view.status, view.attempts) == ("submitted", 0)
    assert 3500 < (view.scheduled_at - shop.now()).total_seconds() < 3700


# Failing for good, and stopping


def test_a_wrong_token_fails_at_once_and_says_what_to_do(shop: Desk) -> None:
    companies.change(shop, None, {"token": "wrong"})
    view = jobs.show(shop, download(shop))
    assert (view.status, view.error_kind, view.attempts) == ("failed", "Unauthorised", 1)
    assert "token" in view.error
    assert "--token-file" in view.error
    assert "wrong" not in view.error


def test_download_from_an_unreachable_host_is_retried_and_then_fails(shop: Desk) -> None:
    companies.change(shop, None, {"url": NOWHERE})
    job_id = download(shop)
    view = jobs.show(shop, job_id)
    assert (view.status, view.error_kind, view.attempts) == ("failed", "NotReachable", 3)
    assert children(shop, job_id) == []


def test_unavailable_channel_is_never_taken_for_an_empty_list(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(self: BackMarket, **_: object) -> OrdersPage:
        raise ChannelNotFound("Back Market's web services are not available for this account (404).")

    monkeypatch.setattr(BackMarket, "orders", gone)
    view = jobs.show(shop, download(shop))
    assert (view.status, view.error_kind) == ("failed", "ChannelNotFound")


def test_settings_that_changed_meanwhile_stop_a_queued_download(shop: Desk, marketplace: SandboxServer) -> None:
    job_id = downloads.start(shop, None, "2000-01-01")
    companies.change(shop, None, {"allow_order_download": "false"})
    work(shop)
    view = jobs.show(shop, job_id)
    assert (view.status, view.error_kind) == ("failed", "RuleRefused")
    companies.change(shop, None, {"allow_order_download": "true"})
    jobs.retry(shop, job_id)
    work(shop)
    complete(shop, marketplace, job_id)


def test_settings_that_change_while_it_runs_stop_a_download_at_once(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = BackMarket.orders
    asked: list[int] = []

    async def turn_off(self: BackMarket, *, page: int, **more: Any) -> OrdersPage:
        asked.append(page)
        if page == 1:
            companies.change(shop, None, {"allow_order_download": "false"})
        return await orders(self, page=page, **more)

    monkeypatch.setattr(BackMarket, "orders", turn_off)
    job_id = downloads.start(shop, None, "2000-01-01")
    work(shop)
    view = jobs.show(shop, job_id)
    assert (view.status, "Allow Order Download is off" in view.error, asked) == ("failed", True, [1])
    companies.change(shop, None, {"allow_order_download": "true"})
    monkeypatch.setattr(BackMarket, "orders", orders)
    jobs.retry(shop, job_id)
    work(shop)
    complete(shop, marketplace, job_id)


def test_stopped_worker_leaves_a_download_that_can_go_on(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = BackMarket.orders
    asked: list[int] = []
    stop = asyncio.Event()

    async def stop_at_two(self: BackMarket, *, page: int, **more: Any) -> OrdersPage:
        asked.append(page)
        if page == 2:
            stop.set()
        return await orders(self, page=page, **more)

    monkeypatch.setattr(BackMarket, "orders", stop_at_two)
    monkeypatch.setattr(order_list, "PAGES_AT_ONCE", 1)
    job_id = downloads.start(shop, None, "2000-01-01")

    async def until_stopped() -> None:
        nonlocal stop
        stop = asyncio.Event()
        await run_worker(shop, stop=stop)

    asyncio.run(until_stopped())
    view = jobs.show(shop, job_id)
    assert (view.status, view.attempts) == ("submitted", 0)
    assert 50 < view.processed < len(said(marketplace))
    work(shop)
    complete(shop, marketplace, job_id)
    assert asked[:3] == [1, 2, 2]


def test_cancelled_download_keeps_the_fetched_orders(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = BackMarket.orders

    async def cancel_at_two(self: BackMarket, *, page: int, **more: Any) -> OrdersPage:
        if page == 2:
            await shop.write(jobs.cancel, job_id)
        return await orders(self, page=page, **more)

    with monkeypatch.context() as impatient:
        impatient.setattr(BackMarket, "orders", cancel_at_two)
        impatient.setattr(order_list, "PAGES_AT_ONCE", 1)
        job_id = downloads.start(shop, None, "2000-01-01")
        work(shop)
    assert jobs.show(shop, job_id).status == "cancelled"
    assert 50 < Inbox.select().count() < len(said(marketplace))
    assert here() == set()
    complete(shop, marketplace, download(shop))


def test_a_download_waits_for_an_older_one_that_runs(shop: Desk, marketplace: SandboxServer) -> None:
    from bmtui.queue.liveness import WorkerLock

    other, foreign = WorkerLock(shop.store), WorkerLock(shop.store)
    # That of another company is no reason to wait.
    add_company(shop, "Other")
    apart = downloads.start(shop, "Other", "5d")
    Job.update(status="processing", worker=foreign.worker_id).where(Job.id == apart).execute()
    shop = shop.of_company(COMPANY)
    older = downloads.start(shop, None, "5d")
    Job.update(status="processing", worker=other.worker_id).where(Job.id == older).execute()
    newer = download(shop)
    view = jobs.show(shop, newer)
    assert (view.status, view.attempts) == ("submitted", 0)
    assert f"Waiting for job {older}" in jobs.logs(shop, newer)[-1].message
    other.release()
    Job.update(status="cancelled").where(Job.id == older).execute()
    Job.update(scheduled_at=shop.now()).where(Job.id == newer).execute()
    work(shop)
    complete(shop, marketplace, newer)
    foreign.release()


# Killed

ASKED = """
from bmtui.channel.client import BackMarket
orders = BackMarket.orders
async def ask_and_stand(self, *, page, **more):
    answer = await orders(self, page=page, **more)
    if page == 3:
        here()
    return answer
BackMarket.orders = ask_and_stand
"""
CREATED = """
from bmtui.desk.sync import ingest as creation
create, batches = creation.create_waiting, []
def create_and_stand(*args):
    batches.append(1)
    counts = create(*args)
    if len(batches) == 2:
        here()
    return counts
creation.create_waiting = create_and_stand
"""
FINISHED = """
from bmtui.queue import jobs
finish = jobs.finish
def stand(*args, **kwargs):
    finish(*args, **kwargs)
    here()
jobs.finish = stand
"""


@pytest.mark.parametrize(
    "place", [KILLED_WHILE_KEEPING, ASKED, CREATED, FINISHED], ids=["keeping", "asking", "creating", "finishing"]
)
def test_download_of_a_killed_worker_is_ended_by_another_one(
    shop: Desk, marketplace: SandboxServer, place: str
) -> None:
    bookkeeping = ("jobs", "job_log", "inbox", "audit", "audit_head", "rate_limits", "job_orders")
    job_id = downloads.start(shop, None, "2000-01-01")
    kill_worker(shop, place)
    work(shop)
    view = jobs.show(shop, job_id)
    assert (view.status, view.output["fetched"]) == ("completed", len(said(marketplace)))
    assert here() == said(marketplace)
    assert set(children(shop, job_id)) == {"completed"}
    assert sum(child.output["created"] for child in jobs.children(shop, job_id)) == len(here())
    check_money()
    killed = dump(shop, *bookkeeping)
    download(shop, "2000-01-02")
    assert dump(shop, *bookkeeping) == killed


def test_order_creation_job_lists_unreadable_orders(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def orders(self: BackMarket, *, page: int, **_: object) -> OrdersPage:
        good = [raw_order(n, [raw_line(n)]) for n in range(1, 61)]
        return OrdersPage(61, page, (*good, raw_order(99, [raw_line(99)], price="?")), True)

    monkeypatch.setattr(BackMarket, "orders", orders)
    (creation,) = jobs.children(shop, download(shop))
    assert (creation.status, creation.error_kind, creation.failed) == ("partial_success", "PartlyDone", 1)
    assert creation.output == {"created": 60, "updated": 0, "unchanged": 0, "skipped": 1}
    assert "1 order could not be read" in creation.error
    assert len(here()) == 60
    assert order_of(60).company.name == COMPANY
