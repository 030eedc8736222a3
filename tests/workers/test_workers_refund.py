"""Sending a refund: once, whatever happens on the way, and never again when nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from helpers import (
    NOWHERE,
    check_money,
    connect,
    download,
    kill_worker,
    line_of,
    of_marketplace,
    order_of,
    take_in,
    work,
    work_through,
)

from bmtui.desk import companies, jobs, orders, outbox, pauses, refunds, sync
from bmtui.desk.context import Desk
from bmtui.desk.refunds import RefundIssued, RefundRequest
from bmtui.errors import NotUnderstood, RuleRefused
from bmtui.money import Money
from bmtui.queue import limits
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Job, Order
from bmtui.workers import access, send_effects

SAV, ORDERS = "/ws/sav", "/ws/orders/"


@pytest.fixture(autouse=True)
def _at_once(no_rest: None) -> None:
    """What is retried is due at once."""


class Case:
    """A shipped order of one line, on both sides."""

    def __init__(self, desk: Desk, server: SandboxServer, *line_states: int) -> None:
        self.desk, self.server = desk, server
        order = of_marketplace(server, *(line_states or (3,)))
        if not Order.select().exists():
            take_in(desk, order)
        self.order_id: int = order["order_id"]
        self.line_ids: list[int] = [line["id"] for line in order["orderlines"]]
        self.line_id = self.line_ids[0]
        self.currency: str = order["currency"]

    def issue(self, amount: int | None = None, **more: Any) -> RefundIssued:
        money = None if amount is None else Money(amount, self.currency)
        return refunds.issue(self.desk, self.order_id, RefundRequest(lines={self.line_id: money}, **more))

    @property
    def applied(self) -> list[dict[str, Any]]:
        return [effect for effect in self.server.marketplace.effects if effect["order_id"] == self.order_id]

    @property
    def channel_state(self) -> int:
        (order,) = self.server.marketplace.all_orders([self.order_id])
        return next(line["state"] for line in order["orderlines"] if line["id"] == self.line_id)

    @property
    def states(self) -> list[str]:
        return [refund.state for refund in orders.show(self.desk, self.order_id).refunds]

    @property
    def refunded(self) -> int:
        check_money()
        return int(order_of(self.order_id).refunded)

    @property
    def price(self) -> int:
        return int(line_of(self.line_id).price)

    def refund_all_but_one(self) -> None:
        """Somebody refunds the line in the Back Office, but for one euro, or one of whatever its currency is."""
        (order,) = self.server.marketplace.all_orders([self.order_id])
        price = next(line["price"] for line in order["orderlines"] if line["id"] == self.line_id)
        amount = round(float(price) - 1, 2)
        self.server.marketplace.refund({"orderline_pk": self.line_id, "refund_type": 6, "amount": amount})

    def settle(self, happened: bool) -> None:
        (waiting,) = outbox.listing(self.desk)
        outbox.settle_by_person(self.desk, waiting.effect_id, happened=happened)


@pytest.fixture(scope="module")
def bazaar() -> Iterator[SandboxServer]:
    """One marketplace for all of these; each test changes an order of its own."""
    with SandboxServer(SandboxOptions(orders=400, rate_limit=100_000)) as server:
        yield server


@pytest.fixture
def marketplace(bazaar: SandboxServer) -> Iterator[SandboxServer]:
    yield bazaar
    bazaar.faults.rules = []


@pytest.fixture
def case(shop: Desk, marketplace: SandboxServer) -> Case:
    return Case(shop, marketplace)


def job(case: Case, issued: RefundIssued) -> Any:
    assert issued.job_id is not None
    return jobs.show(case.desk, issued.job_id)


def minor(effect: dict[str, Any]) -> int:
    return int(Decimal(effect["amount"]) * (1 if effect["currency"] == "JPY" else 100))


# As planned


def test_a_full_refund_is_sent_as_planned_and_confirmed(case: Case) -> None:
    issued = case.issue(reason=21)
    assert case.applied == []
    work(case.desk)
    (applied,) = case.applied
    (item,) = issued.plan.items
    assert item.write is not None
    assert applied["body"] == item.write.body
    assert (applied["line_ids"], minor(applied)) == ([case.line_id], issued.plan.total.minor)
    assert (job(case, issued).status, case.states, case.channel_state) == ("completed", ["confirmed"], 6)
    assert (case.refunded, line_of(case.line_id).state) == (case.price, 6)
    view = orders.show(case.desk, case.order_id)
    assert view.row.payment_status == issued.plan.payment_status_after
    assert any("Confirmed" in row.summary for row in view.history)
    assert issued.job_id in {one.job_id for one in view.jobs}


def test_partial_refunds_add_up_and_the_rest_ends_the_line(case: Case) -> None:
    case.issue(700)
    work(case.desk)
    assert (case.refunded, case.channel_state) == (700, 3)
    case.issue(300)
    work(case.desk)
    case.issue()
    work(case.desk)
    assert [minor(effect) for effect in case.applied] == [700, 300, case.price - 1000]
    assert (case.states, case.refunded, case.channel_state) == (["confirmed"] * 3, case.price, 6)


def test_a_line_that_goes_to_6_at_its_first_part_is_not_taken_for_refunded_whole(desk: Desk) -> None:
    with SandboxServer(SandboxOptions(orders=120, rate_limit=100_000, quirks={"partial-refund": "first"})) as server:
        connect(desk, server)
        download(desk)
        case = Case(desk, server)
        case.issue(700)
        work(desk)
        assert (case.channel_state, case.states, case.refunded) == (6, ["confirmed"], 700)
        download(desk, "2000-01-02")
        assert case.refunded == 700


def test_before_shipping_a_line_is_refunded_in_full(shop: Desk, marketplace: SandboxServer) -> None:
    case = Case(shop, marketplace, 2)
    case.issue()
    work(shop)
    assert [effect["kind"] for effect in case.applied] == ["refund_before_shipping"]
    assert (case.channel_state, case.states[0]) == (5, "confirmed")
    # The order ended before it was shipped, so its shipping charges went back too.
    assert order_of(case.order_id).refunded == order_of(case.order_id).received
    check_money()


def test_two_lines_of_one_sku_are_refunded_one_at_a_time(shop: Desk, marketplace: SandboxServer) -> None:
    twins = of_marketplace(marketplace, 3, 3)
    real = marketplace.marketplace._orders[twins["order_id"]]
    real.lines[1]["listing"] = real.lines[0]["listing"]
    download(shop)
    case = Case(shop, marketplace, 3, 3)
    assert case.order_id == twins["order_id"]
    case.issue()
    work(shop)
    assert [effect["line_ids"] for effect in case.applied] == [[case.line_id]]
    assert [line.state for line in orders.show(shop, case.order_id).lines] == [6, 3]
    assert case.refunded == case.price


def test_a_whole_order_is_one_job_with_an_effect_a_line(shop: Desk, marketplace: SandboxServer) -> None:
    case = Case(shop, marketplace, 3, 3)
    issued = refunds.issue(shop, case.order_id, RefundRequest())
    work(shop)
    assert [minor(effect) for effect in case.applied] == [item.amount.minor for item in issued.plan.items]
    assert [effect["line_ids"] for effect in case.applied] == [[line_id] for line_id in case.line_ids]
    view = job(case, issued)
    assert (view.status, view.total, view.succeeded) == ("completed", 2, 2)


# Refused


def test_what_the_marketplace_refuses_has_failed_and_its_amount_is_free_again(
    case: Case, marketplace: SandboxServer
) -> None:
    issued = case.issue(700)
    case.refund_all_but_one()
    work(case.desk)
    view = job(case, issued)
    assert (view.status, case.states, case.refunded) == ("failed", ["failed"], 0)
    assert "amount must be" in view.error
    assert len(case.applied) == 1
    with pytest.raises(RuleRefused, match="Issue the refund anew"):
        jobs.retry(case.desk, view.job_id)


def test_one_refused_line_does_not_hold_back_the_other(shop: Desk, marketplace: SandboxServer) -> None:
    case = Case(shop, marketplace, 3, 3)
    amounts = {line_id: Money(500, case.currency) for line_id in case.line_ids}
    issued = refunds.issue(shop, case.order_id, RefundRequest(lines=amounts))
    case.refund_all_but_one()
    work(shop)
    assert (job(case, issued).status, case.states, case.refunded) == ("partial_success", ["failed", "confirmed"], 500)


def test_already_so_is_done(case: Case, marketplace: SandboxServer) -> None:
    """Somebody refunded the line in the Back Office since: the refusal says that there is nothing left to do."""
    issued = case.issue()
    marketplace.marketplace.refund({"orderline_pk": case.line_id, "refund_type": 6})
    work(case.desk)
    assert (job(case, issued).status, case.states, case.refunded) == ("completed", ["confirmed"], case.price)
    assert len(case.applied) == 1


def test_a_refused_token_stops_the_company_until_it_has_a_new_one(case: Case, marketplace: SandboxServer) -> None:
    issued = case.issue()
    companies.change(case.desk, None, {"token": "wrong"})
    work(case.desk)
    view = job(case, issued)
    assert (view.status, case.states, case.applied) == ("submitted", ["queued"], [])
    assert "refused the token" in view.error
    (pause,) = pauses.standing(case.desk)
    assert pause.cause == "token"
    sync_due = case.desk.now() + timedelta(days=2)
    sync.submit_due(replace(case.desk, now=lambda: sync_due))
    assert not Job.select().where(Job.type == "order_download").exists()
    companies.change(case.desk, None, {"token": marketplace.token})
    work(case.desk)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)
    assert pauses.standing(case.desk) == ()


@pytest.mark.parametrize("how", ["disabled", "no token", "unreachable"])
def test_what_cannot_be_sent_at_all_fails_and_frees_the_amount(case: Case, how: str) -> None:
    issued = case.issue()
    if how == "disabled":
        companies.change(case.desk, None, {"enabled": "false"})
    elif how == "unreachable":
        companies.change(case.desk, None, {"url": NOWHERE})
    else:
        (file,) = case.desk.settings.credentials.iterdir()
        file.unlink()
    work(case.desk)
    view = job(case, issued)
    assert (view.status, case.states, case.refunded, case.applied) == ("failed", ["failed"], 0, [])
    assert view.attempts == (6 if how == "unreachable" else 1)
    assert Effect.get().state == "rejected"
    assert view.error


# Not applied: sent again, once


@pytest.mark.parametrize("fault", ["throttle", "waf", "challenge"])
@pytest.mark.parametrize("amount", [None, 700])
def test_what_was_provably_not_applied_is_sent_again(
    case: Case, monkeypatch: pytest.MonkeyPatch, fault: str, amount: int | None
) -> None:
    monkeypatch.setattr(access, "BLOCKED_S", 0.0)
    case.server.faults.rules = [Rule(fault, method="POST", count=2)]
    issued = case.issue(amount)
    work_through(case.desk)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)
    assert case.refunded == (amount or case.price)
    assert Effect.get().attempts == 3


def test_a_throttle_that_lasts_fails_and_frees_the_amount(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "BLOCKED_S", 0.0)
    case.server.faults.rules = [Rule("throttle", method="POST")]
    issued = case.issue()
    work(case.desk)
    assert (job(case, issued).status, case.states, case.refunded, case.applied) == ("failed", ["failed"], 0, [])


# Nobody knows

UNSEEN = ["drop", "error-500", "html-502", "html-200"]
DONE_BUT_UNSEEN = ["drop-after", "error-500-after", "truncated"]


@pytest.mark.parametrize("fault", UNSEEN)
def test_a_full_refund_that_left_no_trace_is_sent_again_once(case: Case, fault: str) -> None:
    case.server.faults.rules = [Rule(fault, method="POST", count=1)]
    issued = case.issue()
    work(case.desk)
    assert (job(case, issued).status, case.states, case.channel_state) == ("completed", ["confirmed"], 6)
    assert ([minor(effect) for effect in case.applied], case.refunded) == ([case.price], case.price)
    assert Effect.get().attempts == 2


@pytest.mark.parametrize("fault", DONE_BUT_UNSEEN)
def test_a_full_refund_whose_answer_was_lost_is_read_and_not_sent_again(case: Case, fault: str) -> None:
    case.server.faults.rules = [Rule(fault, method="POST", count=1)]
    issued = case.issue()
    work(case.desk)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)
    assert (case.refunded, Effect.get().attempts) == (case.price, 1)
    assert [log.message for log in jobs.logs(case.desk, issued.job_id or 0) if log.message.startswith("Unknown")]


def test_between_the_two_it_is_unknown_and_counted(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_effects, "SETTLE_S", 3600)
    case.server.faults.rules = [Rule("drop-after", method="POST", count=1)]
    issued = case.issue()
    work(case.desk)
    assert (job(case, issued).status, case.states, case.refunded) == ("submitted", ["unknown"], case.price)
    with pytest.raises(RuleRefused, match="not known"):
        jobs.cancel(case.desk, issued.job_id or 0)
    with pytest.raises(RuleRefused):
        case.issue()
    Job.update(scheduled_at=case.desk.now()).execute()
    work(case.desk)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)


@pytest.mark.parametrize("fault", [*UNSEEN, "drop-after", "error-500-after"])
@pytest.mark.parametrize("happened", [True, False])
def test_a_part_that_nobody_knows_of_is_never_sent_again_and_goes_to_a_person(
    case: Case, fault: str, happened: bool
) -> None:
    case.server.faults.rules = [Rule(fault, SAV, count=1)]
    issued = case.issue(700)
    work(case.desk)
    applied = [minor(effect) for effect in case.applied]
    assert applied == ([700] if fault in DONE_BUT_UNSEEN else [])
    view = job(case, issued)
    assert (view.status, view.error_kind, case.states, case.refunded) == ("failed", "OutcomeUnknown", ["unknown"], 700)
    assert "outbox settle" in view.error
    work(case.desk)
    with pytest.raises(RuleRefused, match="on its way"):
        case.issue(100)
    case.settle(happened)
    work(case.desk)
    assert [minor(effect) for effect in case.applied] == applied
    assert (case.states, case.refunded) == ((["confirmed"], 700) if happened else (["failed"], 0))


def test_a_full_refund_that_never_leaves_a_trace_goes_to_a_person_after_three(case: Case) -> None:
    case.server.faults.rules = [Rule("drop", method="POST")]
    issued = case.issue()
    work(case.desk)
    assert (job(case, issued).error_kind, case.states, case.refunded) == ("OutcomeUnknown", ["unknown"], case.price)
    assert Effect.get().attempts == send_effects.MAX_SENDS
    case.settle(False)
    assert case.refunded == 0


def test_an_outcome_that_cannot_be_read_goes_to_a_person_and_stays_counted(case: Case) -> None:
    case.server.faults.rules = [Rule("drop-after", method="POST", count=1), Rule("error-500", ORDERS, "GET")]
    issued = case.issue()
    work(case.desk)
    assert (job(case, issued).status, case.states, case.refunded) == ("failed", ["unknown"], case.price)
    (waiting,) = outbox.listing(case.desk)
    assert (waiting.state, len(case.applied)) == ("needs_person", 1)
    case.settle(True)
    assert (case.states, case.refunded) == (["confirmed"], case.price)


def test_a_refusal_that_cannot_be_looked_into_is_asked_about_again(case: Case, marketplace: SandboxServer) -> None:
    marketplace.marketplace.refund({"orderline_pk": case.line_id, "refund_type": 6})
    issued = refunds.issue(case.desk, case.order_id, RefundRequest(lines={case.line_id: None}))
    case.server.faults.rules = [Rule("error-500", ORDERS, "GET", count=2)]
    work(case.desk)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)


# The order is re-read, but the refund does not depend on it


@pytest.mark.parametrize("fault", ["error-500", "truncated", "waf"])
def test_a_refund_stands_when_the_order_cannot_be_re_read(case: Case, fault: str) -> None:
    case.server.faults.rules = [Rule(fault, ORDERS, "GET")]
    issued = case.issue(700)
    work(case.desk)
    assert (job(case, issued).status, case.states, case.refunded) == ("completed", ["confirmed"], 700)
    assert any("could not be re-read" in log.message for log in jobs.logs(case.desk, issued.job_id or 0))


def test_a_refund_stands_when_the_order_cannot_be_stored(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def strange(*args: object) -> None:
        raise NotUnderstood("The order has no date at all.")

    monkeypatch.setattr(send_effects.creation, "refresh", strange)
    issued = case.issue(700)
    work(case.desk)
    assert (job(case, issued).status, job(case, issued).attempts, case.states) == ("completed", 1, ["confirmed"])


# Withdrawn in time, and just in time


def test_a_cancelled_job_sends_nothing(case: Case) -> None:
    issued = case.issue()
    jobs.cancel(case.desk, issued.job_id or 0)
    work(case.desk)
    assert (job(case, issued).status, case.states, case.refunded, case.applied) == ("cancelled", ["withdrawn"], 0, [])


def test_a_withdrawn_effect_is_not_sent_and_its_job_is_not_called_a_success(case: Case) -> None:
    issued = case.issue()
    outbox.withdraw(case.desk, Effect.get().id)
    work(case.desk)
    assert (job(case, issued).status, case.states, case.applied) == ("cancelled", ["withdrawn"], [])


@pytest.mark.parametrize("how", ["withdraw", "cancel"])
def test_one_that_is_withdrawn_at_the_last_moment_is_not_sent(
    case: Case, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    turn = access.Access.turn
    todo = [1]

    async def withdraw_first(self: access.Access) -> None:
        await turn(self)
        if todo:
            todo.pop()
            act = outbox.withdraw if how == "withdraw" else jobs.cancel
            await case.desk.write(act, effect_id if how == "withdraw" else issued.job_id)

    checkpoint = send_effects.JobContext.checkpoint

    async def looked_before(self: Any) -> None:
        if how == "cancel":
            await checkpoint(self)

    monkeypatch.setattr(access.Access, "turn", withdraw_first)
    monkeypatch.setattr(send_effects.JobContext, "checkpoint", looked_before)
    issued = case.issue()
    effect_id = Effect.get().id
    work(case.desk)
    assert (job(case, issued).status, case.states, case.refunded, case.applied) == ("cancelled", ["withdrawn"], 0, [])


def test_a_worker_that_lost_its_job_before_marking_sends_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = send_effects.JobContext.checkpoint

    async def lose_it(self: Any) -> None:
        await checkpoint(self)
        await self.store.write(lambda: Job.update(fence=Job.fence + 1, status="submitted").execute())

    with monkeypatch.context() as zombie:
        zombie.setattr(send_effects.JobContext, "checkpoint", lose_it)
        issued = case.issue()
        # It claims it again and again, and loses it each time: look after the first.
        zombie.setattr("bmtui.queue.worker.Worker._claim", only_once())
        work(case.desk)
    assert (Effect.get().state, Effect.get().attempts, case.applied) == ("planned", 0, [])
    work(case.desk)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)


def only_once() -> Any:
    from bmtui.queue.worker import Worker

    claim, asked = Worker._claim, []

    async def once(self: Worker, worker_id: str) -> Any:
        asked.append(1)
        return await claim(self, worker_id) if len(asked) == 1 else None

    return once


# Killed

MARKED = """
from bmtui.channel.client import BackMarket
async def stand(self, request, **when):
    here()
BackMarket.send = stand
"""
SENT = """
from bmtui.channel.client import BackMarket
send = BackMarket.send
async def send_and_stand(self, request, **when):
    answer = await send(self, request, **when)
    here()
BackMarket.send = send_and_stand
"""
MARKING = """
from bmtui.desk import effects
mark = effects.mark_sending
def stand(*args):
    mark(*args)
    here()
effects.mark_sending = stand
"""
SETTLING = """
from bmtui.desk import effects
settle = effects.settle
def stand(*args, **kwargs):
    settle(*args, **kwargs)
    here()
effects.settle = stand
"""
SETTLED = """
from bmtui.desk import creation
def stand(*args):
    here()
creation.refresh = stand
"""
PLACES = {"marking": MARKING, "marked": MARKED, "sent": SENT, "settling": SETTLING, "settled": SETTLED}


@pytest.mark.parametrize("place", PLACES)
def test_a_full_refund_is_applied_once_wherever_its_worker_is_killed(case: Case, place: str) -> None:
    issued = case.issue()
    kill_worker(case.desk, PLACES[place])
    assert case.refunded == case.price
    work(case.desk)
    assert (job(case, issued).status, case.states, case.channel_state) == ("completed", ["confirmed"], 6)
    assert ([minor(effect) for effect in case.applied], case.refunded) == ([case.price], case.price)


@pytest.mark.parametrize("place", PLACES)
def test_a_part_is_never_applied_twice_wherever_its_worker_is_killed(case: Case, place: str) -> None:
    issued = case.issue(700)
    kill_worker(case.desk, PLACES[place])
    work(case.desk)
    applied = [minor(effect) for effect in case.applied]
    if place in ("marking", "settled"):
        # Nothing had left yet, or it was known already.
        assert (job(case, issued).status, case.states, applied) == ("completed", ["confirmed"], [700])
    else:
        assert (job(case, issued).error_kind, case.states) == ("OutcomeUnknown", ["unknown"])
        assert applied == ([] if place == "marked" else [700])
        case.settle(bool(applied))
    assert case.refunded == sum(applied)


def test_what_a_killed_worker_sent_rests_before_it_is_read(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its request may still be on its way through the channel."""
    issued = case.issue()
    kill_worker(case.desk, MARKED)
    monkeypatch.setattr(send_effects, "SETTLE_S", 3600)
    work(case.desk)
    view = job(case, issued)
    assert (view.status, case.states, case.applied) == ("submitted", ["unknown"], [])
    assert (view.scheduled_at - case.desk.now()).total_seconds() > 3000


def test_the_shared_limit_holds_for_what_is_sent_too(case: Case, marketplace: SandboxServer) -> None:
    issued = case.issue()
    limits.hold(case.desk.store, marketplace.url, 3600, "Too fast.")
    work(case.desk)
    assert (job(case, issued).status, case.states, case.applied) == ("submitted", ["queued"], [])
    jobs.cancel(case.desk, issued.job_id or 0)
    assert case.refunded == 0
