"""Writes that wait: for their host to be reached again, and for an earlier write to the same order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from helpers import NOWHERE, add_company, order_of, raw_line, raw_order, take_in
from planning import plan_accept, plan_ship

from bmtui.desk.companies import companies, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import waiting
from bmtui.queue import outages
from bmtui.store.models import Effect, Job, Order


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """A desk with one order that waits to be accepted."""
    take_in(offline, raw_order(1, [raw_line(11, 1)], state=1))
    return offline


def two_writes(desk: Desk) -> tuple[int, int]:
    """Plan two writes to the order; return their jobs."""
    first = plan_accept(desk, order_of(1))
    # The target of a line is taken by what is not settled; another line's is not.
    Effect.update(target="another line").execute()
    return first, plan_ship(desk, order_of(1))


def test_end_of_an_outage_makes_only_the_jobs_of_its_host_due(counter: Desk) -> None:
    add_company(counter, "Other", url="http://127.0.0.1:10")
    now = counter.now()
    job = Job.id == plan_accept(counter, order_of(1))
    Job.update(cursor={"waits_since": now.isoformat()}, scheduled_at=now + timedelta(hours=1)).where(job).execute()
    assert waiting.over(counter, "http://127.0.0.1:10") == 0
    assert Job.get(job).scheduled_at > now
    assert waiting.over(counter, NOWHERE) == 1
    assert Job.get(job).scheduled_at <= counter.now()


def test_end_of_an_outage_makes_a_write_of_no_order_due(counter: Desk) -> None:
    job = Job.id == plan_accept(counter, order_of(1))
    Effect.update(kind="message", order_ref=None).execute()
    rests = counter.now() + timedelta(hours=1)
    Job.update(cursor={"waits_since": counter.now().isoformat()}, scheduled_at=rests).where(job).execute()
    assert waiting.over(counter, NOWHERE) == 1
    assert Job.get(job).scheduled_at < rests


def test_after_an_outage_the_oldest_ship_by_time_leaves_first_and_those_without_one_last(counter: Desk) -> None:
    now, days = counter.now(), {1: None, 2: 3, 3: 1, 4: None, 5: 2}
    take_in(counter, *(raw_order(order_id, [raw_line(order_id * 10, 1)], state=1) for order_id in (2, 3, 4, 5)))
    planned = {}
    for order_id, day in days.items():
        due = None if day is None else now + timedelta(days=day)
        Order.update(ship_by=due).where(Order.order_id == order_id).execute()
        planned[plan_accept(counter, order_of(order_id))] = order_id
    Job.update(cursor={"waits_since": now.isoformat()}, scheduled_at=now + timedelta(hours=1)).execute()
    assert waiting.over(counter, NOWHERE) == 5
    due_jobs = Job.select().where(Job.id.in_(list(planned))).order_by(Job.scheduled_at)
    assert [planned[job.id] for job in due_jobs] == [3, 5, 2, 1, 4]


@pytest.mark.parametrize(("failures", "woken"), [(0, 1), (2, 0)])
def test_next_write_to_an_order_is_woken_unless_it_rests_after_a_failure(
    counter: Desk, failures: int, woken: int
) -> None:
    first, second = two_writes(counter)
    rests = counter.now() + timedelta(hours=1)
    Job.update(failures=failures, scheduled_at=rests).where(Job.id == second).execute()
    assert waiting.wake_next(counter, first) == woken
    assert (Job.get_by_id(second).scheduled_at == rests) is not bool(woken)


def test_next_write_to_an_order_is_not_woken_while_back_market_cannot_be_reached(counter: Desk) -> None:
    first, second = two_writes(counter)
    waits = {"cursor": {"waits_since": counter.now().isoformat()}, "scheduled_at": counter.now() + timedelta(hours=1)}
    Job.update(**waits).where(Job.id == second).execute()
    assert waiting.wake_next(counter, first) == 0
    assert Job.get_by_id(second).scheduled_at == waits["scheduled_at"]


def test_a_write_does_not_wait_for_an_earlier_one_that_may_not_leave_yet(counter: Desk) -> None:
    first, second = two_writes(counter)
    effect = Effect.get(Effect.job == second)
    before = waiting.before(counter, effect)
    assert before is not None
    assert before.job_id == first
    Effect.update(not_before=counter.now() + timedelta(hours=9)).where(Effect.job == first).execute()
    assert waiting.before(counter, effect) is None


def test_end_of_an_outage_makes_only_what_still_waits_for_it_due_the_first_ship_by_first(counter: Desk) -> None:
    take_in(counter, *(raw_order(number, [raw_line(number * 11, 1)], state=1) for number in range(2, 8)))
    planned = {number: plan_accept(counter, order_of(number)) for number in range(1, 8)}
    now = counter.now()
    later, rests = now + timedelta(hours=1), {"waits_since": now.isoformat()}
    Job.update(cursor=rests, scheduled_at=later).where(Job.id.in_(list(planned.values()))).execute()
    for number, days in ((1, 3), (2, 1), (3, 2)):
        Order.update(ship_by=now + timedelta(days=days)).where(Order.order_id == number).execute()
    Order.update(ship_by=None).where(Order.order_id == 4).execute()
    Job.update(status="on_hold").where(Job.id == planned[5]).execute()
    Effect.update(state="confirmed").where(Effect.job == planned[6]).execute()
    # It rests for another reason than the outage.
    Job.update(cursor={}).where(Job.id == planned[7]).execute()
    outages.begin(counter.store, NOWHERE, "No route.")
    assert waiting.over(counter, NOWHERE) == 4
    assert outages.since(NOWHERE) is None
    due = Job.select().where(Job.scheduled_at <= counter.now()).order_by(Job.scheduled_at)
    assert [job.id for job in due if job.id in planned.values()] == [planned[2], planned[3], planned[1], planned[4]]
    assert [Job.get_by_id(planned[number]).scheduled_at for number in (5, 6, 7)] == [later] * 3


def test_next_write_alone_is_woken_and_no_job_that_waits_for_the_channel(counter: Desk) -> None:
    take_in(counter, raw_order(2, [raw_line(22, 1)], state=1))
    first, second = two_writes(counter)
    other = plan_accept(counter, order_of(2))
    rests = counter.now() + timedelta(hours=1)
    Job.update(scheduled_at=rests).where(Job.id.in_([first, second, other])).execute()
    Job.update(cursor={"waits_since": counter.now().isoformat()}).where(Job.id == second).execute()
    assert waiting.wake_next(counter, first) == 0
    Job.update(cursor={}, status="on_hold").where(Job.id == second).execute()
    assert waiting.wake_next(counter, first) == 0
    Job.update(status="submitted").where(Job.id == second).execute()
    assert waiting.wake_next(counter, other) == 0
    assert waiting.wake_next(counter, first) == 1
    assert [Job.get_by_id(job_id).scheduled_at == rests for job_id in (first, second, other)] == [True, False, True]
    assert waiting.wake_next(counter, first) == 0


def test_a_write_waits_for_an_earlier_one_to_its_order_that_changes_it_and_may_leave(counter: Desk) -> None:
    _, second = two_writes(counter)
    effect = Effect.get(Effect.job == second)
    assert waiting.before(counter, effect) is not None
    for change in ({"kind": "message"}, {"order_ref": None}):
        changed = Effect.get(Effect.job == second)
        for name, value in change.items():
            setattr(changed, name, value)
        assert waiting.before(counter, changed) is None
    sending_pauses.pause(counter, "stock-taking")
    assert waiting.before(counter, effect) is None


def test_a_write_does_not_wait_for_an_earlier_one_that_is_kept_back(counter: Desk) -> None:
    kept = plan_ship(counter, order_of(1))
    Effect.update(target="another line").execute()
    effect = Effect.get(Effect.job == plan_accept(counter, order_of(1)))
    before = waiting.before(counter, effect)
    assert before is not None
    assert before.job_id == kept
    companies.change(counter, None, {"allow_fulfillment_upload": "false"})
    assert waiting.before(counter, effect) is None


def test_a_write_waits_for_the_first_of_the_earlier_ones_that_can_leave(counter: Desk) -> None:
    plan_ship(counter, order_of(1))
    Effect.update(target="another line").execute()
    free = plan_accept(counter, order_of(1))
    Effect.update(target="a third line").where(Effect.job == free).execute()
    effect = Effect.get(Effect.job == plan_accept(counter, order_of(1)))
    companies.change(counter, None, {"allow_fulfillment_upload": "false"})
    before = waiting.before(counter, effect)
    assert before is not None
    assert before.job_id == free
    jobs.hold(counter, free)
    assert waiting.before(counter, effect) is None
