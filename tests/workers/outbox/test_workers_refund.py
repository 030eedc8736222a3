"""Sending a refund: once, as planned, refused or withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from helpers import check_money, connect, download, line_of, of_marketplace, order_of, work, work_through
from refund_case import ORDERS, Case, job, minor

from bmtui.desk.companies import companies, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.sync import ingest, schedule
from bmtui.errors import NotUnderstood, RuleRefused
from bmtui.money import Money
from bmtui.queue import jobs as queue
from bmtui.queue import limits
from bmtui.queue.jobs import Claim
from bmtui.queue.worker import JobContext
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import DailyBudget, Effect, Job
from bmtui.workers import company_channel

pytestmark = pytest.mark.usefixtures("no_rest")


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
    view = overview.show(case.desk, case.order_id)
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


def test_line_in_state_6_after_a_partial_refund_does_not_count_as_refunded_whole(desk: Desk) -> None:
    with SandboxServer(SandboxOptions(orders=120, rate_limit=100_000, quirks={"partial-refund": "first"})) as server:
        connect(desk, server)
        download(desk)
        case = Case(desk, server)
        case.issue(700)
        work(desk)
        assert (case.channel_state, case.states, case.refunded) == (6, ["confirmed"], 700)
        download(desk, "2000-01-02")
        assert case.refunded == 700


def test_unshipped_line_is_refunded_in_full(shop: Desk, marketplace: SandboxServer) -> None:
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
    assert [line.state for line in overview.show(shop, case.order_id).lines] == [6, 3]
    assert case.refunded == case.price


def test_a_whole_order_is_one_job_with_an_effect_a_line(shop: Desk, marketplace: SandboxServer) -> None:
    case = Case(shop, marketplace, 3, 3)
    issued = refunds.issue(shop, case.order_id, RefundRequest())
    work(shop)
    assert [minor(effect) for effect in case.applied] == [item.amount.minor for item in issued.plan.items]
    assert [effect["line_ids"] for effect in case.applied] == [[line_id] for line_id in case.line_ids]
    view = job(case, issued)
    assert (view.status, view.total, view.succeeded) == ("completed", 2, 2)


def test_refund_by_amount_waits_for_the_next_day_once_the_days_are_used_up(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Noon(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime(2026, 11, 24, 12, tzinfo=UTC)

    monkeypatch.setattr(limits, "datetime", Noon)
    monkeypatch.setattr(company_channel, "REFUNDS_A_DAY", 1)
    case.issue(700)
    work(case.desk)
    issued = case.issue(300)
    work(case.desk)
    view = job(case, issued)
    assert ([minor(effect) for effect in case.applied], case.states) == ([700], ["confirmed", "queued"])
    assert (view.status, "1 refunds that Back Market accepts in a day are used up" in view.error) == ("submitted", True)
    assert view.scheduled_at > case.desk.now() + timedelta(hours=11)
    assert DailyBudget.get(DailyBudget.name.startswith("refunds ")).spent == 1


def test_refund_of_a_whole_line_is_no_refund_by_amount(case: Case) -> None:
    case.issue()
    work(case.desk)
    assert (case.states, DailyBudget.select().count()) == (["confirmed"], 0)


# Refused


def test_refund_refused_by_the_marketplace_fails_and_frees_its_amount(case: Case, marketplace: SandboxServer) -> None:
    issued = case.issue(700)
    case.refund_all_but_one()
    work(case.desk)
    view = job(case, issued)
    assert (view.status, case.states, case.refunded) == ("failed", ["failed"], 0)
    assert "amount must be" in view.error
    assert len(case.applied) == 1
    with pytest.raises(RuleRefused, match="Issue the refund again"):
        jobs.retry(case.desk, view.job_id)


def test_one_refused_line_does_not_hold_back_the_other(shop: Desk, marketplace: SandboxServer) -> None:
    case = Case(shop, marketplace, 3, 3)
    amounts = {line_id: Money(500, case.currency) for line_id in case.line_ids}
    issued = refunds.issue(shop, case.order_id, RefundRequest(lines=amounts))
    case.refund_all_but_one()
    work(shop)
    assert (job(case, issued).status, case.states, case.refunded) == ("partial_success", ["failed", "confirmed"], 500)


def test_refund_already_made_in_the_back_office_is_confirmed(case: Case, marketplace: SandboxServer) -> None:
    """Refund the line in the Back Office first: the refusal of our request says that nothing is left to do."""
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
    (pause,) = sending_pauses.standing(case.desk)
    assert pause.cause == "token"
    sync_due = case.desk.now() + timedelta(days=2)
    schedule.submit_due(replace(case.desk, now=lambda: sync_due))
    assert not Job.select().where(Job.type == "order_download").exists()
    companies.change(case.desk, None, {"token": marketplace.token})
    work(case.desk)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)
    assert sending_pauses.standing(case.desk) == ()


@pytest.mark.parametrize("how", ["disabled", "no token"])
def test_refund_that_cannot_be_sent_at_all_fails_and_frees_its_amount(case: Case, how: str) -> None:
    issued = case.issue()
    if how == "disabled":
        companies.change(case.desk, None, {"enabled": "false"})
    else:
        (file,) = case.desk.settings.credentials.iterdir()
        file.unlink()
    work(case.desk)
    view = job(case, issued)
    assert (view.status, case.states, case.refunded, case.applied) == ("failed", ["failed"], 0, [])
    assert view.attempts == 1
    assert Effect.get().state == "rejected"
    assert view.error


# Not applied: sent again, once


@pytest.mark.parametrize("fault", ["throttle", "waf", "challenge"])
@pytest.mark.parametrize("amount", [None, 700])
def test_refund_that_was_provably_not_applied_is_sent_again(
    case: Case, monkeypatch: pytest.MonkeyPatch, fault: str, amount: int | None
) -> None:
    monkeypatch.setattr(company_channel, "BLOCKED_S", 0.0)
    case.server.faults.rules = [Rule(fault, method="POST", count=2)]
    issued = case.issue(amount)
    work_through(case.desk)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)
    assert case.refunded == (amount or case.price)
    # What was refused before it was taken is no attempt.
    assert Effect.get().attempts == 1


def test_a_throttle_that_lasts_is_waited_for_and_the_amount_stays_counted(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company_channel, "BLOCKED_S", 0.0)
    case.server.faults.rules = [Rule("throttle", method="POST")]
    issued = case.issue()
    work(case.desk)
    assert (job(case, issued).status, case.states, case.refunded, case.applied) == (
        "submitted",
        ["queued"],
        case.price,
        [],
    )
    assert job(case, issued).waits_since is not None


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

    monkeypatch.setattr(ingest, "refresh", strange)
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
def test_refund_withdrawn_at_the_last_moment_is_not_sent(case: Case, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    turn = company_channel.Access.turn
    todo = [1]

    async def withdraw_first(self: company_channel.Access) -> None:
        await turn(self)
        if todo:
            todo.pop()
            act: Any = outbox.withdraw if how == "withdraw" else jobs.cancel
            await case.desk.write(act, effect_id if how == "withdraw" else issued.job_id)

    look = JobContext.must_go_on

    def looked_before(self: Any) -> None:
        if how == "cancel":
            look(self)

    monkeypatch.setattr(company_channel.Access, "turn", withdraw_first)
    monkeypatch.setattr(JobContext, "must_go_on", looked_before)
    issued = case.issue()
    effect_id = Effect.get().id
    work(case.desk)
    assert (job(case, issued).status, case.states, case.refunded, case.applied) == ("cancelled", ["withdrawn"], 0, [])


def test_a_worker_that_lost_its_job_before_marking_sends_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = company_channel.Access.turn

    async def lose_it(self: company_channel.Access) -> None:
        await turn(self)
        await case.desk.store.write(lambda: Job.update(fence=Job.fence + 1, status="submitted").execute())

    with monkeypatch.context() as zombie:
        zombie.setattr(company_channel.Access, "turn", lose_it)
        # Its look before the mark comes too early: the mark's own commit finds out.
        zombie.setattr(JobContext, "must_go_on", lambda self: None)
        issued = case.issue()
        # It claims it again and again, and loses it each time: look after the first.
        zombie.setattr("bmtui.queue.jobs.claim_some", only_once())
        work(case.desk)
    assert (Effect.get().state, Effect.get().attempts, case.applied) == ("planned", 0, [])
    work(case.desk)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)


def only_once() -> Any:
    claimed: list[Claim] = []
    claim = queue.claim_some

    def once(*args: Any, **options: Any) -> list[Claim]:
        found = [] if claimed else claim(*args, **options)
        claimed.extend(found)
        return found

    return once
