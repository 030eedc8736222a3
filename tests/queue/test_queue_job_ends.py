"""Ends of a job's attempts: what is logged, told and forgotten, and when it is due again, to the second."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from bmtui.desk.core.context import Desk
from bmtui.errors import Interrupted
from bmtui.queue import jobs, liveness
from bmtui.queue.jobs import Claim, Progress
from bmtui.store.models import Event, Job, JobLog
from bmtui.words import JobStatus, JobType, Priority


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Time, which stands still."""
    moment = jobs.now_utc()
    monkeypatch.setattr(jobs, "now_utc", lambda: moment)
    return moment


def submit(desk: Desk, **more: object) -> int:
    return jobs.submit(desk.store, JobType.ORDER_DOWNLOAD, by="test", **more)  # type: ignore[arg-type]


def claim(desk: Desk, worker: str = "w1") -> Claim:
    taken = jobs.claim(desk.store, worker)
    assert taken is not None
    return taken


def logged(job_id: int) -> list[tuple[str, bool]]:
    return [(row.message, row.is_error) for row in JobLog.select().where(JobLog.job == job_id).order_by(JobLog.id)]


def told() -> list[tuple[str, dict[str, object]]]:
    return [(row.name, row.data) for row in Event.select().order_by(Event.id)]


def rest_of(job_id: int, now: datetime) -> timedelta:
    rest: timedelta = jobs.get(job_id).scheduled_at - now
    return rest


def test_job_keeps_what_it_was_submitted_with(desk: Desk, now: datetime) -> None:
    job_id = submit(desk, parameters={"since": "2026-11-01"}, about={"order_id": 7}, after=timedelta(seconds=5))
    row = jobs.get(job_id)
    assert (row.parameters, row.about, row.submitted_by) == ({"since": "2026-11-01"}, {"order_id": 7}, "test")
    assert (row.scheduled_at, row.submitted_at) == (now + timedelta(seconds=5), now)
    assert (jobs.get(submit(desk)).parameters, jobs.get(submit(desk)).about) == ({}, {})


def test_one_claim_takes_one_job_that_is_due_now(desk: Desk, now: datetime) -> None:
    one, two = submit(desk), submit(desk)
    later = submit(desk, after=timedelta(microseconds=1))
    taken = claim(desk)
    assert (taken.job_id, taken.type, jobs.get(one).attempts, jobs.get(one).started_at) == (
        one,
        JobType.ORDER_DOWNLOAD,
        1,
        now,
    )
    assert [jobs.get(job_id).status for job_id in (two, later)] == ["submitted", "submitted"]
    assert [found.job_id for found in jobs.claim_some(desk.store, "w1", limit=5)] == [two]


def test_jobs_are_claimed_by_priority_then_by_their_time_then_by_their_number(desk: Desk, now: datetime) -> None:
    low, late, one, two = (
        submit(desk, priority=priority) for priority in (Priority.BELOW_NORMAL, *[Priority.NORMAL] * 3)
    )
    urgent = submit(desk, priority=Priority.HIGH)
    for job_id, ago in ((low, 9), (late, 1), (one, 5), (two, 5), (urgent, 0)):
        Job.update(scheduled_at=now - timedelta(seconds=ago)).where(Job.id == job_id).execute()
    found = [taken.job_id for taken in jobs.claim_some(desk.store, "w1", limit=9)]
    assert found == [urgent, one, two, late, low]


def test_jobs_of_several_roots_and_their_children_are_one_family(desk: Desk) -> None:
    roots = [submit(desk) for _ in range(3)]
    children = [submit(desk, parent_id=root, priority=Priority.HIGH) for root in roots]
    for family, expected in (
        (roots[0], {roots[0], children[0]}),
        (roots[:1], {roots[0], children[0]}),
        (roots[:2], {*roots[:2], *children[:2]}),
    ):
        assert {job.id for job in Job.select().where(jobs.family(family))} == expected


def test_progress_changes_what_it_names_and_logs_what_it_says(desk: Desk) -> None:
    job_id = submit(desk)
    taken = claim(desk)
    jobs.record(taken, Progress(phase="page 1", total=9, processed=3, succeeded=2, failed=1, log="Three read."))
    jobs.record(taken, Progress(processed=0))
    jobs.record(taken, Progress(log="No luck.", log_is_error=True))
    jobs.record(taken, Progress())
    row = jobs.get(job_id)
    assert (row.phase, row.total, row.processed, row.succeeded, row.failed) == ("page 1", 9, 0, 2, 1)
    assert logged(job_id) == [("Three read.", False), ("No luck.", True)]


@pytest.mark.parametrize(
    "status", [JobStatus.COMPLETED, JobStatus.PARTIAL_SUCCESS, JobStatus.CANCELLED, JobStatus.FAILED]
)
def test_only_a_job_that_failed_is_told(desk: Desk, now: datetime, status: JobStatus) -> None:
    job_id = submit(desk)
    jobs.finish(claim(desk), status, output={"n": 1}, error="No.", error_kind="Refused")
    row = jobs.get(job_id)
    assert (row.status, row.completed_at, row.output, row.error, row.error_kind, row.worker) == (
        status,
        now,
        {"n": 1},
        "No.",
        "Refused",
        None,
    )
    data = {"job_id": job_id, "type": "order_download", "error_kind": "Refused"}
    assert told() == ([("job.failed", data)] if status == JobStatus.FAILED else [])


@pytest.mark.parametrize(
    ("jitter", "after_s", "rest_s", "when"),
    [(0.4, None, 0.4, "at once"), (1.0, None, 1.0, "in 1 s"), (0.0, 40, 40.0, "in 40 s"), (0.2, 1, 1.2, "in 1 s")],
)
def test_next_attempt_is_told_with_its_time(
    desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch, jitter: float, after_s: float, rest_s: float, when: str
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: jitter)
    job_id = submit(desk)
    assert jobs.fail_or_retry(claim(desk), "No luck.", "TimedOut", transient=True, after_s=after_s)
    assert logged(job_id) == [(f"No luck. Next attempt {when}.", True)]
    assert rest_of(job_id, now) == timedelta(seconds=rest_s)
    assert (jobs.get(job_id).worker, told()) == (None, [])


def test_last_failure_is_logged_as_an_error_and_keeps_the_output(desk: Desk) -> None:
    job_id = submit(desk)
    Job.update(output={"done": 3}).execute()
    assert not jobs.fail_or_retry(claim(desk), "Refused.", "Refused", transient=False, after_s=None)
    assert logged(job_id) == [("Refused.", True)]
    assert (jobs.get(job_id).output, [name for name, _ in told()]) == ({"done": 3}, ["job.failed"])


def test_failure_of_a_job_that_is_being_cancelled_is_no_failure(desk: Desk) -> None:
    job_id = submit(desk)
    taken = claim(desk)
    jobs.cancel(desk.store, job_id, "me")
    assert jobs.fail_or_retry(taken, "No luck.", "TimedOut", transient=True, after_s=None)
    assert (jobs.get(job_id).status, logged(job_id), told()) == ("cancelled", [("Cancelled by me.", False)], [])


def test_job_given_back_is_due_at_once_and_keeps_its_last_error_unless_it_rests(desk: Desk, now: datetime) -> None:
    job_id = submit(desk)
    jobs.give_back(claim(desk), "The worker was stopped.")
    row = jobs.get(job_id)
    assert (row.scheduled_at, row.error, row.error_kind, row.attempts, row.worker) == (now, "", "", 0, None)
    jobs.give_back(claim(desk), "Too fast.", delay_s=7, kind="Throttled")
    row = jobs.get(job_id)
    assert (rest_of(job_id, now), row.error, row.error_kind) == (timedelta(seconds=7), "Too fast.", "Throttled")
    assert logged(job_id) == [("The worker was stopped.", False), ("Too fast.", False)]
    assert jobs.waits_since(row) is None


def test_job_that_waits_in_an_outage_waits_since_its_beginning_and_ever_longer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    began = jobs.now_utc()
    job_id = submit(desk)
    for passed_s, rest_s in ((0, 1 + 2), (100, 100 + 2), (10_000, 300 + 2)):
        moment = began + timedelta(seconds=passed_s)
        monkeypatch.setattr(jobs, "now_utc", lambda moment=moment: moment)
        Job.update(scheduled_at=moment).execute()
        taken = claim(desk)
        assert jobs.waited(taken) is (passed_s > 0)
        jobs.give_back(taken, "It is away.", delay_s=2, kind="NotReachable", outage=True)
        assert rest_of(job_id, moment) == timedelta(seconds=rest_s)
        assert jobs.waits_since(jobs.get(job_id)) == began
    Job.update(scheduled_at=moment).execute()
    # Another reason is told, whatever the last one was.
    jobs.give_back(claim(desk), "The worker was stopped.", kind="NotReachable")
    assert [message for message, _ in logged(job_id)] == ["It is away.", "The worker was stopped."]
    assert jobs.waits_since(jobs.get(job_id)) is None


@pytest.mark.parametrize(
    ("lost", "rest_s"), [(0, 0), (2, 0), (3, 2), (4, 4), (7, 32), (8, 60), (jobs.MAX_LOST - 2, 60)]
)
def test_job_that_lost_workers_rests_the_longer_the_more_it_lost(
    desk: Desk, now: datetime, lost: int, rest_s: int
) -> None:
    job_id = submit(desk)
    first = claim(desk, "dead")
    Job.update(lost=lost).execute()
    assert jobs.reclaim(desk.store, ["dead"]) == 1
    assert (jobs.get(job_id).status, jobs.get(job_id).lost, rest_of(job_id, now)) == (
        "submitted",
        lost + 1,
        timedelta(seconds=rest_s),
    )
    assert logged(job_id) == [("The worker that ran this job is gone; the job goes on where it stopped.", True)]
    Job.update(scheduled_at=now).execute()
    second = claim(desk, "dead")
    assert second.fence != first.fence
    with pytest.raises(Interrupted):
        jobs.record(first, Progress(processed=1))


def test_job_that_lost_its_last_worker_is_told_and_that_of_a_cancelled_one_is_not(desk: Desk) -> None:
    job_id = submit(desk)
    claim(desk, "dead")
    Job.update(lost=jobs.MAX_LOST - 1).execute()
    jobs.reclaim(desk.store, ["dead"])
    row = jobs.get(job_id)
    assert (row.status, row.error_kind, row.worker, row.completed_at is None) == ("failed", "BmtuiError", None, False)
    assert logged(job_id) == [(row.error, True)]
    assert [(name, data["job_id"]) for name, data in told()] == [("job.failed", job_id)]
    other = submit(desk)
    claim(desk, "dead")
    Job.update(lost=jobs.MAX_LOST - 1).where(Job.id == other).execute()
    jobs.cancel(desk.store, other, "me")
    jobs.reclaim(desk.store, ["dead"])
    assert logged(other)[-1] == ("The worker that ran this job is gone; the job is cancelled.", True)
    assert (jobs.get(other).status, jobs.get(other).worker, len(told())) == ("cancelled", None, 1)


def test_jobs_that_are_steered_leave_others_as_they_are(desk: Desk, now: datetime) -> None:
    mine, other = submit(desk), submit(desk, after=timedelta(hours=1))
    jobs.cancel(desk.store, mine, "me")
    assert (jobs.get(mine).completed_at, jobs.get(other).status) == (now, "submitted")
    jobs.retry(desk.store, mine, "you")
    assert logged(mine) == [("Cancelled by me.", False), ("Retried by you.", False)]
    assert (jobs.get(mine).scheduled_at, rest_of(other, now)) == (now, timedelta(hours=1))
    taken = claim(desk)
    Job.update(lost=3, failures=2).where(Job.id == mine).execute()
    jobs.cancel(desk.store, mine, "me")
    assert (jobs.get(mine).cancel_requested, jobs.get(other).cancel_requested) == (True, False)
    jobs.give_back(taken, "")
    jobs.retry(desk.store, mine, "you")
    row = jobs.get(mine)
    assert (row.lost, row.failures, row.cancel_requested, row.completed_at) == (0, 0, False, None)


def test_jobs_claimed_without_knowledge_are_put_back_and_those_that_run_are_not(desk: Desk) -> None:
    runs, lost, others, waits = submit(desk), submit(desk), submit(desk), submit(desk)
    held = claim(desk)
    claim(desk)
    claim(desk, "w2")
    fence = jobs.get(lost).fence
    assert liveness.disown(desk.store, "w1", {runs}) == 1
    assert [jobs.get(job_id).status for job_id in (runs, lost, others, waits)] == [
        "processing",
        "submitted",
        "processing",
        "submitted",
    ]
    row = jobs.get(lost)
    assert (row.attempts, row.worker, row.fence != fence) == (0, None, True)
    assert jobs.owned(held) is True
