"""Clock that was wrong for a while, by an hour or a day: requests planned meanwhile leave once it is right again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from helpers import order_of, raw_line, raw_order, take_in, work

from bmtui.desk.acceptance import accept
from bmtui.desk.companies import companies, undo_windows
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.operations import doctor
from bmtui.desk.outbox import clock_steps
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.queue import jobs, limits
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Job
from bmtui.words import EffectState, JobStatus, JobType

STEPS = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)]
RIGHT, DAY = timedelta(), timedelta(days=1)


@dataclass
class Clock:
    """Wall clock that is wrong by `off`."""

    off: timedelta = RIGHT

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.off


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(jobs, "now_utc", made)
    monkeypatch.setattr(limits, "now_us", lambda: int(made().timestamp() * 1e6))
    return made


def some(server: SandboxServer, state: int, count: int) -> list[dict[str, Any]]:
    found = [
        order
        for order in server.marketplace.all_orders()
        if [line["state"] for line in order["orderlines"]] == [state] and float(order["orderlines"][0]["price"]) > 20
    ]
    assert len(found) >= count
    return found[:count]


@pytest.mark.usefixtures("no_rest")
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_effects_planned_under_a_wrong_clock_are_settled_once_it_is_right(
    shop: Desk, marketplace: SandboxServer, clock: Clock, step: timedelta
) -> None:
    companies.change(shop, None, {"undo_windows": "accept=1 refund=1"})
    desk = replace(shop, now=clock, undo=True)
    accepts, returns = some(marketplace, 1, 4), some(marketplace, 3, 4)
    take_in(desk, *accepts, *returns)
    numbers = [order["order_id"] for order in (*accepts, *returns)]
    clock.off = step
    marketplace.faults.rules = [
        Rule("drop-after", "/ws/orders", "POST", count=2),
        Rule("throttle", method="GET", count=1),
    ]
    for number in numbers[:2]:
        accept.accept(replace(desk, undo=False), number)
    for number in numbers[4:6]:
        refunds.issue(replace(desk, undo=False), number, RefundRequest())
    work(desk)
    for number in numbers[2:4]:
        accept.accept(desk, number)
    for number in numbers[6:]:
        refunds.issue(desk, number, RefundRequest())
    limits.hold(desk.store, marketplace.url, 5, "throttled")
    clock.off = RIGHT
    # What still holds is of the right clock: seconds, which this test does not wait for.
    for _ in range(4):
        work(desk)
        Job.update(scheduled_at=clock()).where(
            (Job.status == JobStatus.SUBMITTED) & (Job.scheduled_at < clock() + timedelta(seconds=60))
        ).execute()
        Effect.update(not_before=clock()).where(Effect.not_before < clock() + timedelta(seconds=60)).execute()
    assert {effect.state for effect in Effect.select()} == {EffectState.CONFIRMED}
    assert Effect.select().count() == len(numbers)
    sent = [effect["order_id"] for effect in marketplace.marketplace.effects]
    assert sorted(sent) == sorted(numbers)
    assert order_of(numbers[0]).channel_status == "to_ship"


def test_undo_window_of_a_plan_from_the_future_begins_now(offline: Desk, clock: Clock) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 3)]))
    companies.change(offline, None, {"undo_windows": "refund=300"})
    desk = replace(offline, now=clock, undo=True)
    clock.off = timedelta(days=1)
    refunds.issue(desk, 1, RefundRequest())
    clock.off = RIGHT
    told = next(finding for finding in doctor._local(desk) if finding.topic == "plans")
    assert not told.ok
    assert "have a later time than now" in told.message
    before = clock()
    assert clock_steps.mend(desk) > 0
    assert clock_steps.mend(desk) == 0
    effect = Effect.get()
    assert before + timedelta(seconds=300) <= effect.not_before <= clock() + timedelta(seconds=300)
    assert effect.job.scheduled_at <= clock()


def ahead(desk: Desk, clock: Clock, by: timedelta, order_id: int = 1) -> Effect:
    """Plan a refund of the order, due at once, under a clock that is ahead."""
    clock.off = by
    job_id = refunds.issue(replace(desk, now=clock), order_id, RefundRequest()).job_id
    clock.off = RIGHT
    return Effect.get(Effect.job == job_id)


@pytest.fixture
def sold(offline: Desk) -> Desk:
    take_in(offline, *(raw_order(number, [raw_line(10 * number, 3)]) for number in (1, 2, 3)))
    return offline


@pytest.mark.parametrize(
    ("window", "mended"),
    [
        (timedelta(), True),
        (timedelta(seconds=undo_windows.LONGEST_S), True),
        (timedelta(seconds=undo_windows.LONGEST_S + 1), False),
        (timedelta(seconds=-1), False),
    ],
)
def test_only_an_undo_window_begins_anew_and_an_hour_of_the_day_stays(
    sold: Desk, clock: Clock, window: timedelta, mended: bool
) -> None:
    effect = ahead(sold, clock, timedelta(days=1))
    leaves = effect.made_at + window
    Effect.update(not_before=leaves).execute()
    now = clock()
    frozen = replace(sold, now=lambda: now)
    clock_steps.mend(frozen)
    assert Effect.get().not_before == (now + window if mended else leaves)


@pytest.mark.parametrize("state", [EffectState.SENDING, EffectState.CONFIRMED])
def test_only_a_plan_of_the_future_is_mended(sold: Desk, clock: Clock, state: EffectState) -> None:
    left, soon, waits = (ahead(sold, clock, by, n) for n, by in enumerate([DAY, timedelta(seconds=20), DAY], 1))
    Effect.update(state=state).where(Effect.id == left.id).execute()
    # Their jobs are looked at on their own.
    Job.update(scheduled_at=clock()).execute()
    assert clock_steps.ahead(sold) == 1
    assert clock_steps.mend(sold) == 1
    assert clock_steps.ahead(sold) == 0
    after = {effect.id: effect.not_before for effect in Effect.select()}
    assert (after[left.id], after[soon.id]) == (left.not_before, soon.not_before)
    assert after[waits.id] <= clock()


def test_job_that_was_looked_at_under_the_right_clock_is_due_with_its_mended_effect(sold: Desk, clock: Clock) -> None:
    effect, other = ahead(sold, clock, DAY), ahead(sold, clock, DAY, 2)
    Effect.update(not_before=effect.made_at + timedelta(seconds=300)).where(Effect.id == effect.id).execute()
    assert clock_steps.ahead(sold) == 4
    # A worker read it, and put it to rest until its window is over.
    for each in (effect, other):
        jobs.write_log(each.job_id, "It can be withdrawn.")
    soon = clock() - timedelta(hours=1)
    Job.update(scheduled_at=soon).where(Job.id == other.job_id).execute()
    now = clock()
    assert clock_steps.mend(replace(sold, now=lambda: now)) == 2
    assert Job.get_by_id(effect.job_id).scheduled_at == now + timedelta(seconds=300)
    assert Job.get_by_id(other.job_id).scheduled_at == soon
    assert Effect.get_by_id(effect.id).not_before == now + timedelta(seconds=300)
    assert Effect.get_by_id(other.id).not_before == now


def test_automatic_invoices_go_on_after_the_clock_was_set_back(offline: Desk, clock: Clock) -> None:
    from invoice_shop import SELLER, sold

    invoice_settings.change(offline, None, "", SELLER | {"automatic": "make"})
    desk = replace(offline, now=clock)
    shipped = datetime.now(UTC) - timedelta(days=1)
    take_in(desk, sold(1, date_shipping=shipped.isoformat()))
    clock.off = timedelta(days=1)
    invoice_jobs.submit_due(desk)
    (first,) = Job.select().where(Job.type == JobType.INVOICE)
    Job.update(status=JobStatus.COMPLETED).where(Job.id == first.id).execute()
    clock.off = RIGHT
    invoice_jobs.submit_due(desk)
    assert Job.select().where(Job.type == JobType.INVOICE).count() == 2
    invoice_jobs.submit_due(desk)
    assert Job.select().where(Job.type == JobType.INVOICE).count() == 2


def test_hold_set_under_a_wrong_clock_blocks_no_call(offline: Desk, clock: Clock) -> None:
    clock.off = timedelta(hours=1)
    limits.hold(offline.store, "there", 5, "throttled")
    clock.off = RIGHT
    assert limits.held("there") is None
    assert limits.reserve(offline.store, "there", longest_s=1) >= 0
    limits.hold(offline.store, "there", 100_000, "asked for a day")
    held = limits.held("there")
    assert held is not None
    assert held.until <= clock() + timedelta(seconds=limits.LONGEST_HOLD_S)


def test_penalty_of_an_hour_is_kept_and_one_from_another_clock_is_not(offline: Desk, clock: Clock) -> None:
    limits.hold(offline.store, "there", 3600, "asked for an hour")
    clock.off = timedelta(minutes=59)
    held = limits.held("there")
    assert held is not None
    assert limits.reserve(offline.store, "there", longest_s=1) < -50
    clock.off = RIGHT
    assert limits.held("there") == held
    for ahead in (timedelta(minutes=2), timedelta(days=1)):
        clock.off = ahead
        limits.hold(offline.store, f"ahead by {ahead}", 3600, "asked for an hour")
        clock.off = RIGHT
        assert limits.held(f"ahead by {ahead}") is None
        assert limits.reserve(offline.store, f"ahead by {ahead}", longest_s=1) >= 0
