"""Rules of sending: within the limits, as few readings as prove it, and never more often than may be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from helpers import of_marketplace, order_of, take_in, work, work_through
from planning import plan_accept, plan_identifiers, plan_ship
from refund_case import Case

from bmtui.channel.answers import Answer
from bmtui.channel.client import BackMarket
from bmtui.channel.requests import WriteRequest
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.errors import ChannelNotFound, Refused, ServerFailed, Throttled
from bmtui.queue import limits
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import DailyBudget, Effect, Job, JobLog, Order
from bmtui.workers import run_worker
from bmtui.workers.company_channel import Access

pytestmark = pytest.mark.usefixtures("no_rest")

IMEI, OTHER_IMEI = "490154203237518", "356938035643809"


def taken_in(desk: Desk, server: SandboxServer, *line_states: int) -> Order:
    raw = of_marketplace(server, *line_states)
    take_in(desk, raw)
    return order_of(raw["order_id"])


def applied(server: SandboxServer, order: Order) -> list[dict[str, Any]]:
    return [effect for effect in server.marketplace.effects if effect["order_id"] == order.order_id]


def logged(job_id: int) -> list[tuple[str, bool]]:
    return [(row.message, row.is_error) for row in JobLog.select().where(JobLog.job == job_id).order_by(JobLog.id)]


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the orders that were read, one for each reading."""
    read, found = BackMarket.order, list[int]()

    async def counted(self: BackMarket, order_id: int) -> Any:
        found.append(order_id)
        return await read(self, order_id)

    monkeypatch.setattr(BackMarket, "order", counted)
    return found


@pytest.mark.parametrize(("plan", "state"), [(plan_accept, 1), (plan_ship, 2)])
def test_answer_that_shows_the_write_is_not_read_again_to_prove_it(
    shop: Desk, marketplace: SandboxServer, readings: list[int], plan: Callable[[Desk, Order], int], state: int
) -> None:
    order = taken_in(shop, marketplace, state)
    plan(shop, order)
    work(shop)
    assert Effect.get().state == "confirmed"
    # Before it is sent, and at the end.
    assert readings == [order.order_id] * 2


def test_answer_that_does_not_show_the_write_yet_is_settled_by_a_reading_at_once(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 2)
    (old,) = marketplace.marketplace.all_orders([order.order_id])
    send = BackMarket.send

    async def answered_old(self: BackMarket, request: WriteRequest, **when: Any) -> Answer:
        return Answer((await send(self, request, **when)).status, old)

    monkeypatch.setattr(BackMarket, "send", answered_old)
    job_id = plan_identifiers(shop, order, IMEI)
    work(shop)
    assert Effect.get().state == "confirmed"
    assert not [message for message, _ in logged(job_id) if "does not show it" in message]


def test_write_is_not_marked_while_back_market_asks_to_stay_away(shop: Desk, marketplace: SandboxServer) -> None:
    order = taken_in(shop, marketplace, 2)
    job_id = plan_identifiers(shop, order, IMEI)
    limits.hold(shop.store, marketplace.url, 3600, "Too fast.")
    work(shop)
    assert Effect.get().state == "planned"
    assert not [message for message, _ in logged(job_id) if message.startswith("Sending")]


def test_worker_that_is_stopped_while_it_waits_for_its_turn_sends_nothing(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 2)
    plan_identifiers(shop, order, IMEI)
    turn, stop = Access.turn, asyncio.Event()

    async def stopped(self: Access) -> None:
        await turn(self)
        stop.set()

    monkeypatch.setattr(Access, "turn", stopped)
    asyncio.run(run_worker(shop, stop=stop, once=True))
    assert (Effect.get().state, Effect.get().attempts, applied(marketplace, order)) == ("planned", 0, [])


def test_only_refunds_of_an_amount_count_to_the_budget_of_the_day(shop: Desk, marketplace: SandboxServer) -> None:
    plan_accept(shop, taken_in(shop, marketplace, 1))
    work(shop)
    name = f"refunds {marketplace.url}"
    assert not DailyBudget.select().where(DailyBudget.name == name).exists()
    raw = of_marketplace(marketplace, 3)
    take_in(shop, raw)
    case = Case(shop, marketplace)
    case.issue(100)
    work(shop)
    assert DailyBudget.select().where(DailyBudget.name == name).exists()


def test_throttled_write_waits_as_long_as_back_market_says(shop: Desk, marketplace: SandboxServer) -> None:
    job_id = plan_identifiers(shop, taken_in(shop, marketplace, 2), IMEI)
    before = shop.now()

    async def throttled(self: BackMarket, request: WriteRequest, **_: Any) -> Answer:
        raise Throttled("Too many requests.", retry_after_s=40.0)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BackMarket, "send", throttled)
        work(shop)
    row = Job.get_by_id(job_id)
    assert (Effect.get().state, Effect.get().attempts, row.status) == ("planned", 0, "submitted")
    assert row.scheduled_at >= before + timedelta(seconds=40)


def test_next_write_to_the_order_is_due_as_soon_as_the_first_is_done(shop: Desk, marketplace: SandboxServer) -> None:
    order = taken_in(shop, marketplace, 1)
    accept = plan_accept(shop, order)
    Effect.update(target="another line").where(Effect.job == accept).execute()
    ship = plan_ship(shop, order)
    later = shop.now() + timedelta(hours=1)
    Job.update(scheduled_at=later).where(Job.id == ship).execute()
    work_through(shop, rounds=1)
    assert [effect["kind"] for effect in applied(marketplace, order)] == ["accept", "ship"]


def test_write_that_leaves_no_trace_is_sent_three_times_then_a_person_looks(
    shop: Desk, marketplace: SandboxServer
) -> None:
    order = taken_in(shop, marketplace, 1)
    marketplace.faults.rules = [Rule("drop", method="POST", path="/ws/orders/")]
    job_id = plan_accept(shop, order)
    work_through(shop)
    effect = Effect.get()
    assert (effect.state, effect.attempts, applied(marketplace, order)) == ("needs_person", 3, [])
    view = jobs.show(shop, job_id)
    assert (view.total, view.processed, view.succeeded, view.failed) == (1, 1, 0, 1)


def test_refused_registration_of_an_imei_that_is_there_is_already_so(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 2)
    plan_identifiers(shop, order, IMEI)
    work(shop)
    job_id = plan_identifiers(shop, order, IMEI)

    async def refused(self: BackMarket, request: WriteRequest, **_: Any) -> Answer:
        raise Refused("Back Market refused it (400).", status=400)

    monkeypatch.setattr(BackMarket, "send", refused)
    work(shop)
    effect = Effect.get(Effect.job == job_id)
    assert (effect.state, effect.answer.startswith("Already so: ")) == ("confirmed", True)
    assert jobs.show(shop, job_id).status == "completed"


def test_answered_write_that_was_overtaken_is_not_applied(
    shop: Desk, marketplace: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 2)
    (raw,) = marketplace.marketplace.all_orders([order.order_id])
    other = {**raw, "orderlines": [{**line, "imei": OTHER_IMEI} for line in raw["orderlines"]]}

    async def answered(self: BackMarket, request: WriteRequest, **_: Any) -> Answer:
        return Answer(200, {})

    async def read(self: BackMarket, order_id: int) -> Any:
        return other

    monkeypatch.setattr(BackMarket, "send", answered)
    monkeypatch.setattr(BackMarket, "order", read)
    plan_identifiers(shop, order, IMEI)
    work_through(shop)
    effect = Effect.get()
    assert (effect.state, effect.attempts) == ("not_applied", 1)
    assert "It cannot be changed any more." in effect.error


def test_order_that_cannot_be_read_again_is_told_and_changes_no_outcome(
    shop: Desk, marketplace: SandboxServer, readings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 1)
    job_id, read = plan_accept(shop, order), BackMarket.order

    async def once(self: BackMarket, order_id: int) -> Any:
        if readings:
            raise ServerFailed("Back Market has a problem (500).")
        return await read(self, order_id)

    monkeypatch.setattr(BackMarket, "order", once)
    work(shop)
    assert (Effect.get().state, jobs.show(shop, job_id).status) == ("confirmed", "completed")
    told = "The order could not be re-read: Back Market has a problem (500)."
    assert logged(job_id)[-1] == (told, True)


def test_write_to_something_that_is_not_there_is_rejected_without_another_reading(
    shop: Desk, marketplace: SandboxServer, readings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = taken_in(shop, marketplace, 1)

    async def nothing_there(self: BackMarket, request: WriteRequest, **when: Any) -> Answer:
        # Someone accepts it meanwhile: that makes it no success of ours.
        await send(self, request, **when)
        raise ChannelNotFound("Back Market has no such page.")

    send = BackMarket.send
    monkeypatch.setattr(BackMarket, "send", nothing_there)
    plan_accept(shop, order)
    work(shop)
    assert (Effect.get().state, Effect.get().error) == ("rejected", "Back Market has no such page.")
