"""Unsent requests and unfinished jobs when a person leaves the desk: in words, and if waiting helps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from helpers import add_company, order_of, raw_line, raw_order, take_in
from planning import plan_accept, plan_ship

from bmtui.desk.companies import companies, sending_pauses
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import unsent
from bmtui.desk.sync import download as downloads
from bmtui.queue import jobs as queue
from bmtui.queue.liveness import WorkerLock
from bmtui.store.models import Company, Effect, Job
from bmtui.words import EffectState, JobStatus, JobType, Priority


@pytest.fixture
def counter(offline: Desk) -> Desk:
    """A desk with two orders to accept and one to ship."""
    orders = [(1, 11, 1), (2, 21, 1), (3, 31, 2)]
    take_in(offline, *(raw_order(order, [raw_line(line, state)], state=1) for order, line, state in orders))
    return offline


def said(desk: Desk) -> tuple[str, ...]:
    return unsent.of(desk).sentences(desk.now())


def test_unsent_of_an_empty_outbox_is_empty(counter: Desk) -> None:
    left = unsent.of(counter)
    assert left.sentences(counter.now()) == ()
    assert left.job_ids == ()
    assert not left.elsewhere


def test_unsent_effects_are_counted_by_kind_with_the_time_of_the_last(counter: Desk) -> None:
    companies.change(counter, None, {"undo_windows": "accept=30 ship=0"})
    patient = replace(counter, undo=True)
    ids = [plan_accept(patient, order_of(1)), plan_accept(patient, order_of(2)), plan_ship(patient, order_of(3))]
    left = unsent.of(counter)
    assert left.job_ids == tuple(ids)
    assert left.leaves_at is not None
    assert left.sentences(left.leaves_at - timedelta(seconds=29.5)) == (
        "In the outbox: 2 acceptances and 1 shipment; sent within 30 s.",
    )
    assert left.sentences(left.leaves_at) == ("In the outbox: 2 acceptances and 1 shipment.",)


def test_unsent_effect_leaves_when_its_job_is_due_and_its_window_is_over(counter: Desk) -> None:
    companies.change(counter, None, {"undo_windows": "accept=30"})
    job_id = plan_accept(replace(counter, undo=True), order_of(1))
    window_ends = Effect.get().not_before
    assert unsent.of(counter).leaves_at == window_ends
    # After a failure the job rests longer.
    rests = window_ends + timedelta(seconds=90)
    Job.update(scheduled_at=rests).where(Job.id == job_id).execute()
    assert unsent.of(counter).leaves_at == rests
    Job.update(scheduled_at=window_ends - timedelta(seconds=90)).where(Job.id == job_id).execute()
    assert unsent.of(counter).leaves_at == window_ends


@pytest.mark.parametrize(
    ("state", "sentence"),
    [(EffectState.SENDING, "Being sent: 1 acceptance."), (EffectState.UNKNOWN, "Checked on Back Market now: 1 acc")],
)
def test_unsent_effect_that_left_before_a_pause_is_waited_for(counter: Desk, state: EffectState, sentence: str) -> None:
    job_id = plan_accept(counter, order_of(1))
    Effect.update(state=state).execute()
    sending_pauses.pause(counter, "stock count")
    left = unsent.of(counter)
    assert (left.job_ids, left.kept) == ((job_id,), ())
    assert said(counter)[0].startswith(sentence)


def test_unsent_effects_being_sent_unknown_or_unsettled_have_their_own_sentences(counter: Desk) -> None:
    for order, state in ((1, EffectState.SENDING), (2, EffectState.UNKNOWN), (3, EffectState.NEEDS_PERSON)):
        job_id = plan_accept(counter, order_of(order))
        Effect.update(state=state).where(Effect.job == job_id).execute()
    assert said(counter) == (
        "Being sent: 1 acceptance.",
        "Checked on Back Market now: 1 acceptance.",
        "Outcome unknown: Accept SKU of order 3. Settle it in the outbox.",
    )


def test_unsent_effects_kept_back_by_a_person_are_not_worth_waiting(counter: Desk) -> None:
    held = plan_accept(counter, order_of(1))
    jobs.hold(counter, held)
    assert said(counter) == ("1 in the outbox stays there. Its job is on hold.",)
    plan_ship(counter, order_of(3))
    sending_pauses.pause(counter, "stock count")
    left = unsent.of(counter)
    assert left.job_ids == ()
    assert any(sentence.endswith(": stock count.") for sentence in left.kept)


@pytest.mark.parametrize("paused", ["Shop", "Other"])
def test_unsent_tells_a_pause_of_one_company_for_its_effects_alone(counter: Desk, paused: str) -> None:
    add_company(counter, "Other")
    of_shop, of_other = plan_accept(counter, order_of(1)), plan_accept(counter, order_of(2))
    Effect.update(company=Company.get(Company.name == "Other")).where(Effect.job == of_other).execute()
    sending_pauses.pause(counter.of_company(paused), "stock count")
    left = unsent.of(counter)
    assert (left.waiting, left.job_ids) == ("1 acceptance", (of_other if paused == "Shop" else of_shop,))
    assert len(left.kept) == 1


@pytest.mark.parametrize(("toggle", "kept"), [("allow_fulfillment_upload", 1), ("enable_imei_update", 0)])
def test_unsent_tells_a_toggle_for_the_effects_of_its_kind_alone(counter: Desk, toggle: str, kept: int) -> None:
    plan_accept(counter, order_of(1))
    plan_ship(counter, order_of(3))
    companies.change(counter, None, {toggle: "false"})
    left = unsent.of(counter)
    assert (len(left.kept), len(left.job_ids)) == (kept, 2 - kept)


def test_unsent_lists_jobs_begun_by_a_person_but_not_scheduled_ones(counter: Desk) -> None:
    company = Company.get().id
    with counter.store.transaction():
        queue.submit(
            counter.store, JobType.ORDER_DOWNLOAD, by="test", company_id=company, priority=Priority.BELOW_NORMAL
        )
    assert said(counter) == ()
    job_id = downloads.start(counter, None, "2026-11-01")
    assert said(counter) == ("Not done: 1 × Order download.",)
    assert unsent.of(counter).job_ids == (job_id,)


def test_unsent_knows_that_another_worker_runs(counter: Desk) -> None:
    lock = WorkerLock(counter.store)
    try:
        assert unsent.of(counter).elsewhere
        assert not unsent.of(counter, mine=1).elsewhere
    finally:
        lock.release()


def test_unsent_notices_effects_and_jobs_that_failed(counter: Desk) -> None:
    good, bad = plan_accept(counter, order_of(1)), plan_accept(counter, order_of(2))
    assert not unsent.failed(counter, [good, bad])
    Effect.update(state=EffectState.NEEDS_PERSON).where(Effect.job == bad).execute()
    assert unsent.failed(counter, [good, bad])
    assert not unsent.failed(counter, [good])
    Job.update(status=JobStatus.FAILED).where(Job.id == good).execute()
    assert unsent.failed(counter, [good])


def test_unsent_names_unknown_outcomes_of_the_company_in_view_alone(counter: Desk) -> None:
    job_id = plan_accept(counter, order_of(1))
    Effect.update(state=EffectState.NEEDS_PERSON).where(Effect.job == job_id).execute()
    add_company(counter, "Other")
    for company, count in ((None, 1), ("Shop", 1), ("Other", 0)):
        assert len(unsent.of(counter.of_company(company)).unknown) == count


def test_unsent_effect_that_is_being_sent_is_not_kept_back_by_a_pause(counter: Desk) -> None:
    job_id = plan_accept(counter, order_of(1))
    Effect.update(state=EffectState.SENDING).execute()
    sending_pauses.pause(counter, "stock count")
    assert said(counter) == ("Being sent: 1 acceptance.",)
    assert unsent.of(counter).job_ids == (job_id,)


def test_unsent_time_of_the_last_is_that_of_its_window_and_of_its_job(counter: Desk) -> None:
    job_id = plan_accept(counter, order_of(1))
    now = counter.now()
    sooner, later = now + timedelta(seconds=1), now + timedelta(seconds=300)
    for window, due in ((sooner, later), (later, sooner)):
        Effect.update(not_before=window).execute()
        Job.update(scheduled_at=due).where(Job.id == job_id).execute()
        left = unsent.of(counter)
        assert left.leaves_at == later
        assert left.sentences(later - timedelta(seconds=1))[0].endswith("; sent within 1 s.")


def test_unsent_leaves_out_jobs_on_hold_and_ended_ones(counter: Desk) -> None:
    job_id = downloads.start(counter, None, "2026-11-01")
    jobs.hold(counter, job_id)
    assert said(counter) == ()
    jobs.release(counter, job_id)
    assert unsent.of(counter).job_ids == (job_id,)
    jobs.cancel(counter, job_id)
    assert unsent.of(counter).job_ids == ()


def test_unsent_asks_only_about_the_jobs_that_it_is_given(counter: Desk) -> None:
    good, failed = plan_accept(counter, order_of(1)), plan_accept(counter, order_of(2))
    asked = plan_ship(counter, order_of(3))
    Job.update(status=JobStatus.FAILED).where(Job.id == failed).execute()
    Effect.update(state=EffectState.NEEDS_PERSON).where(Effect.job == asked).execute()
    assert [unsent.failed(counter, [job_id]) for job_id in (good, failed, asked)] == [False, True, True]
    assert not unsent.failed(counter, [])
