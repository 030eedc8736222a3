"""Refunds with an unknown outcome: read again, and never sent twice, wherever the worker is killed."""

from __future__ import annotations

import pytest
from helpers import kill_worker, work, work_through
from refund_case import ORDERS, SAV, Case, job, minor

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import RuleRefused
from bmtui.queue import limits
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Job
from bmtui.words import EffectState
from bmtui.workers.outbox import send_effects

pytestmark = pytest.mark.usefixtures("no_rest")


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


def test_refund_with_a_lost_answer_is_unknown_and_counted_until_it_is_read(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
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
def test_unknown_partial_refund_goes_to_a_person_and_is_never_sent_again(
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


def test_full_refund_without_a_trace_goes_to_a_person_after_three_attempts(case: Case) -> None:
    case.server.faults.rules = [Rule("drop", method="POST")]
    issued = case.issue()
    work(case.desk)
    assert (job(case, issued).error_kind, case.states, case.refunded) == ("OutcomeUnknown", ["unknown"], case.price)
    assert Effect.get().attempts == send_effects.MAX_SENDS
    case.settle(False)
    assert case.refunded == 0


def test_an_outcome_that_a_reading_cannot_decide_goes_to_a_person_and_stays_counted(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bmtui.channel.client import BackMarket

    async def unreadable(self: BackMarket, order_id: int) -> object:
        return {"order_id": order_id, "state": "?", "currency": "EUR", "price": "1.00", "orderlines": []}

    monkeypatch.setattr(BackMarket, "order", unreadable)
    case.server.faults.rules = [Rule("drop-after", method="POST", count=1)]
    issued = case.issue()
    work(case.desk)
    assert (job(case, issued).status, case.states, case.refunded) == ("failed", ["unknown"], case.price)
    (waiting,) = outbox.listing(case.desk)
    assert (waiting.state, len(case.applied)) == ("needs_person", 1)
    case.settle(True)
    assert (case.states, case.refunded) == (["confirmed"], case.price)


def test_refused_refund_that_cannot_be_read_is_read_again_later(case: Case, marketplace: SandboxServer) -> None:
    marketplace.marketplace.refund({"orderline_pk": case.line_id, "refund_type": 6})
    issued = refunds.issue(case.desk, case.order_id, RefundRequest(lines={case.line_id: None}))
    case.server.faults.rules = [Rule("error-500", ORDERS, "GET", count=2)]
    work_through(case.desk)
    assert (job(case, issued).status, case.states, len(case.applied)) == ("completed", ["confirmed"], 1)


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
from bmtui.desk.outbox import effects
mark = effects.mark_sending
def stand(*args):
    mark(*args)
    here()
effects.mark_sending = stand
"""
SETTLING = """
from bmtui.desk.outbox import effects
settle = effects.settle
def stand(*args, **kwargs):
    settle(*args, **kwargs)
    here()
effects.settle = stand
"""
SETTLED = """
from bmtui.desk.sync import ingest as creation
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
def test_partial_refund_is_never_applied_twice_wherever_its_worker_is_killed(case: Case, place: str) -> None:
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


def test_refund_sent_by_a_killed_worker_waits_before_it_is_read(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait before reading: the request may still be on its way through the channel."""
    issued = case.issue()
    kill_worker(case.desk, MARKED)
    monkeypatch.setattr(send_effects, "SETTLE_S", 3600)
    work(case.desk)
    view = job(case, issued)
    assert (view.status, case.states, case.applied) == ("submitted", ["unknown"], [])
    assert (view.scheduled_at - case.desk.now()).total_seconds() > 3000


def test_rate_limit_holds_for_writes_too(case: Case, marketplace: SandboxServer) -> None:
    issued = case.issue()
    limits.hold(case.desk.store, marketplace.url, 3600, "Too fast.")
    work(case.desk)
    assert (job(case, issued).status, case.states, case.applied) == ("submitted", ["queued"], [])
    jobs.cancel(case.desk, issued.job_id or 0)
    assert case.refunded == 0


def test_failed_job_names_the_write_that_a_person_must_settle_and_not_its_first(
    shop: Desk, marketplace: SandboxServer
) -> None:
    case = Case(shop, marketplace, 3, 3)
    issued = refunds.issue(shop, case.order_id, RefundRequest())
    settled, asks = Effect.select().where(Effect.job == issued.job_id).order_by(Effect.id)
    Effect.update(state=EffectState.CONFIRMED).where(Effect.id == settled.id).execute()
    Effect.update(state=EffectState.NEEDS_PERSON).where(Effect.id == asks.id).execute()
    work(shop)
    assert f"'bmtui outbox settle {asks.id} --happened'" in job(case, issued).error
