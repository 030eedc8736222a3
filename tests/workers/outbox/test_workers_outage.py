"""Outages of Back Market: unsent requests wait as long as it lasts, and all are sent afterwards."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from helpers import add_company, order_of, take_in, work, work_through
from planning import plan_accept, plan_ship
from refund_case import ORDERS, Case, job
from thoroughness import share

from bmtui.channel.client import BackMarket
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.queue import jobs as queue
from bmtui.queue import outages
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Job, JobLog, Order
from bmtui.words import JobStatus, Priority
from bmtui.workers.outbox import send_effects

BEGIN = datetime(2026, 11, 30, 19, 8, tzinfo=UTC)
LOOKS = share(2, 6)
"""Number of times that a worker looks in an hour of outage."""


@dataclass
class Time:
    """Clock for everything that waits; tests move it."""

    passed: timedelta = timedelta()

    def now(self) -> datetime:
        return BEGIN + self.passed

    def now_ns(self) -> int:
        return int(self.now().timestamp() * 1e9)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    moved = Time()
    monkeypatch.setattr(queue, "now_utc", moved.now)
    monkeypatch.setattr("bmtui.queue.limits.now_us", lambda: moved.now_ns() // 1000)
    monkeypatch.setattr(send_effects, "SETTLE_S", 0.0)
    return moved


@pytest.fixture
def away() -> Iterator[SandboxServer]:
    """A marketplace that does not answer until it is started."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = SandboxServer(SandboxOptions(orders=200, port=port, rate_limit=100_000))
    yield server
    server.stop()


@pytest.fixture
def cut_off(desk: Desk, away: SandboxServer, clock: Time) -> Desk:
    """A desk whose Back Market cannot be reached."""
    add_company(desk, url=f"http://127.0.0.1:{away.options.port}", token=away.token)
    return replace(desk, now=clock.now)


def paid_orders(desk: Desk, server: SandboxServer, count: int) -> list[Order]:
    """Paid orders of one line, whose ship-by is the earlier the higher their number."""
    raws = [raw for raw in server.marketplace.all_orders() if [line["state"] for line in raw["orderlines"]] == [1]][
        :count
    ]
    take_in(desk, *raws)
    orders = [order_of(raw["order_id"]) for raw in raws]
    for place, order in enumerate(orders):
        Order.update(ship_by=BEGIN + timedelta(days=3, hours=-place)).where(Order.id == order.id).execute()
    return orders


def next_due() -> datetime:
    earliest: datetime = min(row.scheduled_at for row in Job.select().where(Job.status == JobStatus.SUBMITTED))
    return earliest


def test_writes_after_a_day_of_outage_are_all_sent_the_most_urgent_first(
    cut_off: Desk, away: SandboxServer, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = paid_orders(cut_off, away, 6)
    job_ids = [plan_accept(cut_off, order) for order in orders]
    asked: list[timedelta] = []
    read = BackMarket.order

    async def counted(self: BackMarket, order_id: int) -> Any:
        asked.append(clock.passed)
        return await read(self, order_id)

    monkeypatch.setattr(BackMarket, "order", counted)
    while clock.passed < timedelta(hours=24):
        work(cut_off)
        clock.passed += max(timedelta(hours=1 / LOOKS), next_due() - clock.now())
    views = [jobs.show(cut_off, job_id) for job_id in job_ids]
    assert {(view.status, view.waits_since, view.attempts) for view in views} == {("submitted", BEGIN, 0)}
    assert {(row.state, row.attempts, row.waits_since) for row in outbox.listing(cut_off)} == {("planned", 0, BEGIN)}
    # One asked for all, and the log does not repeat itself.
    assert len(asked) <= 24 * LOOKS + 10
    assert JobLog.select().where(JobLog.job == job_ids[0]).count() <= 4
    away.start()
    clock.passed += timedelta(seconds=outages.CAP_S)
    work(cut_off)
    work(cut_off)
    applied = [effect["order_id"] for effect in away.marketplace.effects]
    assert sorted(applied) == sorted(order.order_id for order in orders)
    assert {jobs.show(cut_off, job_id).status for job_id in job_ids} == {"completed"}
    # The one that asked for all goes first, and three are sent at a time.
    first = applied.index(orders[-1].order_id)
    assert first <= 3
    assert outages.since(f"http://127.0.0.1:{away.options.port}") is None


def test_jobs_due_after_an_outage_are_claimed_by_their_ship_by(cut_off: Desk, away: SandboxServer, clock: Time) -> None:
    from bmtui.desk.outbox import waiting

    orders = paid_orders(cut_off, away, 5)
    job_ids = [plan_accept(cut_off, order) for order in orders]
    work(cut_off)
    # Asked for during the outage, without having tried.
    clock.passed += timedelta(seconds=1)
    assert waiting.over(cut_off, f"http://127.0.0.1:{away.options.port}") == 5
    claimed = [claim.job_id for _ in job_ids if (claim := queue.claim(cut_off.store, "w"))]
    assert claimed == list(reversed(job_ids))


def test_effect_that_waits_in_an_outage_can_be_withdrawn(cut_off: Desk, away: SandboxServer, clock: Time) -> None:
    first, second = paid_orders(cut_off, away, 2)
    cancelled, withdrawn = plan_accept(cut_off, first), plan_accept(cut_off, second)
    work(cut_off)
    jobs.cancel(cut_off, cancelled)
    (waits,) = outbox.listing(cut_off)
    outbox.withdraw(cut_off, waits.effect_id)
    away.start()
    clock.passed += timedelta(hours=1)
    work(cut_off)
    assert away.marketplace.effects == []
    assert {jobs.show(cut_off, job_id).status for job_id in (cancelled, withdrawn)} == {"cancelled"}
    assert {effect.state for effect in Effect.select()} == {"withdrawn"}


def test_attempts_in_an_outage_do_not_count_to_the_budget_of_the_job(cut_off: Desk, away: SandboxServer) -> None:
    (order,) = paid_orders(cut_off, away, 1)
    job_id = plan_accept(cut_off, order)
    for _ in range(Job.get_by_id(job_id).max_failures + 2):
        Job.update(scheduled_at=cut_off.now()).execute()
        outages.end(cut_off.store, f"http://127.0.0.1:{away.options.port}")
        work(cut_off)
    row = Job.get_by_id(job_id)
    assert (row.status, row.failures, row.attempts, row.error_kind) == ("submitted", 0, 0, "NotReachable")


def test_unknown_outcome_waits_until_it_can_be_read(shop: Desk, marketplace: SandboxServer, no_rest: None) -> None:
    case = Case(shop, marketplace)
    marketplace.faults.rules = [Rule("drop-after", method="POST", count=1), Rule("error-500", ORDERS, "GET")]
    issued = case.issue()
    for _ in range(12):
        Job.update(scheduled_at=shop.now()).where(Job.status == JobStatus.SUBMITTED).execute()
        work(shop)
    view = job(case, issued)
    assert (view.status, case.states, case.refunded) == ("submitted", ["unknown"], case.price)
    assert view.waits_since is not None
    assert [row.waits_since for row in outbox.listing(shop)] == [view.waits_since]
    marketplace.faults.rules = []
    work_through(shop)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)
    assert job(case, issued).waits_since is None


def test_writes_to_one_order_are_sent_in_the_order_of_their_planning(
    shop: Desk, marketplace: SandboxServer, no_rest: None
) -> None:
    (order,) = paid_orders(shop, marketplace, 1)
    accept = plan_accept(shop, order)
    # The target of a line is taken by what is not settled; another line's is not.
    Effect.update(target="another line").where(Effect.job == accept).execute()
    ship = plan_ship(shop, order)
    jobs.prioritise(shop, ship, Priority.CRITICAL)
    work(shop)
    assert jobs.show(shop, accept).status == "completed"
    work_through(shop)
    applied = [effect for effect in marketplace.marketplace.effects if effect["order_id"] == order.order_id]
    assert [effect["kind"] for effect in applied] == ["accept", "ship"]
    assert jobs.show(shop, ship).status == "completed"


def test_pause_grows_with_the_outage_up_to_five_minutes(desk: Desk, clock: Time) -> None:
    for waited_s, most_s in ((0, 1), (30, 30), (10_000, 300)):
        pauses = [outages.pause_s(waited_s) for _ in range(200)]
        assert max(pauses) <= most_s
        assert max(pauses) > most_s / 2
        assert min(pauses) < most_s / 2
    assert outages.ask(desk.store, "x") == 0.0
    outages.begin(desk.store, "x", "No route.")
    clock.passed += timedelta(hours=2)
    # One asks for all.
    assert outages.ask(desk.store, "x") == 0.0
    assert 0 < outages.ask(desk.store, "x") <= outages.ASKED_WITHIN_S
    # A clock that is set back keeps nobody away.
    clock.passed -= timedelta(days=1)
    assert outages.ask(desk.store, "x") == 0.0
