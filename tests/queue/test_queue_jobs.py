"""Jobs: submitted once, claimed by one worker, written by the owner only, ended in exactly one way."""

from __future__ import annotations

import math
import random
from datetime import timedelta

import pytest
from helpers import let_time_pass

from bmtui.desk.core.context import Desk
from bmtui.errors import Interrupted, NotFound, RuleRefused
from bmtui.queue import clock_steps, jobs, liveness, steering
from bmtui.queue.jobs import Claim, Progress
from bmtui.store.models import Company, Job, JobLog
from bmtui.words import JobStatus, JobType, Priority

KIND = JobType.ORDER_DOWNLOAD


def submit(desk: Desk, **more: object) -> int:
    return jobs.submit(desk.store, KIND, by="test", **more)  # type: ignore[arg-type]


def claim(desk: Desk, worker: str = "w1", root: int | None = None) -> Claim:
    taken = jobs.claim(desk.store, worker, root)
    assert taken is not None
    return taken


def due_now() -> None:
    Job.update(scheduled_at=jobs.now_utc()).execute()


def status(job_id: int) -> str:
    return str(jobs.get(job_id).status)


def logged(job_id: int) -> str:
    return "\n".join(row.message for row in JobLog.select().where(JobLog.job == job_id))


def test_same_request_submitted_twice_is_one_live_job(desk: Desk) -> None:
    one = submit(desk, identity="a")
    assert submit(desk, identity="a") == one
    assert submit(desk, identity="b") != one
    assert submit(desk) != submit(desk)
    taken = claim(desk)
    assert taken.job_id == one
    assert submit(desk, identity="a") == one
    jobs.finish(taken, JobStatus.COMPLETED, output={})
    assert submit(desk, identity="a") != one


def test_the_most_urgent_is_claimed_first_then_the_oldest(desk: Desk) -> None:
    wanted = {priority: [submit(desk, priority=priority) for _ in range(2)] for priority in Priority}
    order = [claim(desk).job_id for _ in range(8)]
    assert order == [job for priority in reversed(Priority) for job in wanted[priority]]
    assert jobs.claim(desk.store, "w1") is None


def test_job_that_is_not_due_is_not_claimed(desk: Desk) -> None:
    job = submit(desk)
    Job.update(scheduled_at=jobs.now_utc() + timedelta(hours=1)).execute()
    assert jobs.claim(desk.store, "w1") is None
    due_now()
    assert claim(desk).job_id == job


def test_worker_for_a_root_job_claims_only_its_children(desk: Desk) -> None:
    submit(desk, priority=Priority.CRITICAL)
    root = submit(desk)
    child = submit(desk, parent_id=root)
    assert [claim(desk, root=root).job_id for _ in range(2)] == [root, child]
    assert jobs.claim(desk.store, "w1", root) is None


def test_worker_that_lost_its_claim_writes_nothing(desk: Desk) -> None:
    job = submit(desk)
    zombie = claim(desk)
    assert jobs.reclaim(desk.store, ["w1"]) == 1
    owner = claim(desk, "w2")
    assert owner.fence > zombie.fence
    before = desk.store.database.execute_sql("SELECT * FROM jobs").fetchall()
    logs = JobLog.select().count()

    def all_or_nothing(write: object, *args: object, **kwargs: object) -> None:
        with pytest.raises(Interrupted, match="taken over"), desk.store.transaction():
            write(*args, **kwargs)  # type: ignore[operator]

    all_or_nothing(jobs.record, zombie, Progress(phase="mine", log="mine"))
    all_or_nothing(jobs.record, zombie, Progress())
    all_or_nothing(jobs.finish, zombie, JobStatus.COMPLETED, output={})
    all_or_nothing(jobs.give_back, zombie, "mine")
    all_or_nothing(jobs.fail_or_retry, zombie, "mine", "x", transient=True, after_s=None)
    all_or_nothing(jobs.fail_or_retry, zombie, "mine", "x", transient=False, after_s=None)
    assert desk.store.database.execute_sql("SELECT * FROM jobs").fetchall() == before
    assert JobLog.select().count() == logs
    assert jobs.owned(zombie) is False
    assert jobs.owned(owner) is True
    jobs.finish(owner, JobStatus.COMPLETED, output={"n": 1})
    assert status(job) == "completed"


def test_earlier_claim_of_the_same_worker_writes_nothing(desk: Desk) -> None:
    submit(desk)
    first = claim(desk)
    jobs.give_back(first, "wait")
    second = claim(desk)
    assert jobs.owned(first) is False
    assert jobs.owned(second) is True


def test_job_given_back_counts_no_attempt_and_no_failure(desk: Desk) -> None:
    job = submit(desk)
    jobs.give_back(claim(desk), "The worker was stopped.")
    row = jobs.get(job)
    assert (row.status, row.attempts, row.failures, row.worker) == ("submitted", 0, 0, None)
    assert "stopped" in logged(job)


def test_failed_job_is_retried_ever_later_until_its_budget_is_spent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    job = submit(desk, max_failures=5)
    delays = []
    for _ in range(4):
        claimed, now = claim(desk), jobs.now_utc()
        # However long it takes: the clock stands still meanwhile.
        with monkeypatch.context() as stopped:
            stopped.setattr(jobs, "now_utc", lambda now=now: now)
            assert jobs.fail_or_retry(claimed, "No luck.", "TimedOut", transient=True, after_s=None)
        row = jobs.get(job)
        assert (row.status, row.error, row.error_kind) == ("submitted", "No luck.", "TimedOut")
        delays.append(round((row.scheduled_at - now).total_seconds()))
        due_now()
    assert delays == [1, 3, 9, 27]
    assert not jobs.fail_or_retry(claim(desk), "No luck.", "TimedOut", transient=True, after_s=None)
    row = jobs.get(job)
    assert (row.status, row.failures, row.attempts, row.error_kind) == ("failed", 5, 5, "TimedOut")
    assert logged(job).count("No luck.") == 5


def test_retry_delay_is_jittered_capped_and_at_least_what_the_channel_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(desk, max_failures=100)
    ceilings = []
    monkeypatch.setattr(random, "uniform", lambda low, high: ceilings.append((low, high)) or 0.0)  # type: ignore[func-returns-value]
    for _ in range(20):
        now = jobs.now_utc()
        jobs.fail_or_retry(claim(desk), "Slow down.", "Throttled", transient=True, after_s=40)
        assert jobs.get(job).scheduled_at - now >= timedelta(seconds=40)
        due_now()
    assert {low for low, _ in ceilings} == {0}
    assert max(high for _, high in ceilings) == jobs.RETRY_CAP_S


def test_job_with_a_permanent_error_fails_at_once(desk: Desk) -> None:
    job = submit(desk)
    assert not jobs.fail_or_retry(claim(desk), "Refused.", "Refused", transient=False, after_s=None)
    assert (status(job), jobs.get(job).failures) == ("failed", 1)


def test_progress_of_a_job_resets_its_failures(desk: Desk) -> None:
    job = submit(desk, max_failures=2)
    jobs.fail_or_retry(claim(desk), "x", "x", transient=True, after_s=None)
    due_now()
    taken = claim(desk)
    jobs.record(taken, Progress(phase="page 2"))
    assert jobs.get(job).failures == 1
    jobs.record(taken, Progress(cursor={"page": 2}))
    assert jobs.get(job).failures == 0
    assert jobs.fail_or_retry(taken, "x", "x", transient=True, after_s=None)
    due_now()
    assert claim(desk).cursor == {"page": 2}


def test_cancelled_waiting_job_ends_and_running_job_is_asked_to_stop(desk: Desk) -> None:
    waiting, running = submit(desk), submit(desk, priority=Priority.HIGH)
    taken = claim(desk)
    jobs.cancel(desk.store, waiting, "me")
    jobs.cancel(desk.store, running, "me")
    assert (status(waiting), status(running)) == ("cancelled", "processing")
    assert jobs.owned(taken) is None
    with pytest.raises(RuleRefused, match="ended"):
        jobs.cancel(desk.store, waiting, "me")
    with pytest.raises(NotFound):
        jobs.cancel(desk.store, 99, "me")


@pytest.mark.parametrize("how", ["again", "failure", "death"])
def test_a_job_that_is_being_cancelled_never_starts_again(desk: Desk, how: str) -> None:
    job = submit(desk)
    taken = claim(desk)
    jobs.cancel(desk.store, job, "me")
    if how == "again":
        jobs.give_back(taken, "Waiting for another one.", delay_s=1)
    elif how == "failure":
        jobs.fail_or_retry(taken, "x", "TimedOut", transient=True, after_s=None)
    else:
        jobs.reclaim(desk.store, ["w1"])
    assert status(job) == "cancelled"
    assert jobs.get(job).completed_at is not None


def test_only_jobs_of_the_dead_are_freed(desk: Desk) -> None:
    one, two = submit(desk), submit(desk)
    assert (claim(desk, "dead").job_id, claim(desk, "alive").job_id) == (one, two)
    assert jobs.reclaim(desk.store, []) == 0
    assert jobs.reclaim(desk.store, ["dead", "stranger"]) == 1
    assert (status(one), status(two)) == ("submitted", "processing")


def test_an_ended_job_is_retried_from_where_it_stopped(desk: Desk) -> None:
    job = submit(desk, identity="a", max_failures=2)
    taken = claim(desk)
    with pytest.raises(RuleRefused, match="Processing"):
        jobs.retry(desk.store, job, "me")
    jobs.record(taken, Progress(cursor={"page": 7}))
    jobs.fail_or_retry(taken, "Refused.", "Refused", transient=False, after_s=None)
    other = submit(desk, identity="a")
    with pytest.raises(RuleRefused, match=f"Job {other} does the same"):
        jobs.retry(desk.store, job, "me")
    jobs.cancel(desk.store, other, "me")
    jobs.retry(desk.store, job, "me")
    row = jobs.get(job)
    assert (row.failures, row.error, row.error_kind, row.completed_at) == (0, "", "", None)
    assert claim(desk).cursor == {"page": 7}


def test_a_cancelled_job_that_is_retried_is_not_cancelled_again(desk: Desk) -> None:
    job = submit(desk)
    taken = claim(desk)
    jobs.cancel(desk.store, job, "me")
    jobs.give_back(taken, "")
    jobs.retry(desk.store, job, "me")
    assert jobs.owned(claim(desk)) is True


def test_a_completed_job_is_not_retried(desk: Desk) -> None:
    job = submit(desk)
    jobs.finish(claim(desk), JobStatus.COMPLETED, output={})
    with pytest.raises(RuleRefused, match="Completed"):
        jobs.retry(desk.store, job, "me")
    with pytest.raises(NotFound):
        jobs.get(job + 1)


def test_job_that_kills_its_workers_fails_and_is_abandoned_properly(desk: Desk) -> None:
    job = submit(desk)
    abandoned = []
    for turn in range(jobs.MAX_LOST):
        assert claim(desk, f"w{turn}").job_id == job
        jobs.reclaim(desk.store, [f"w{turn}"], lambda claim, reason: abandoned.append((claim.job_id, reason)))
        let_time_pass(desk)
    assert (status(job), [job_id for job_id, _ in abandoned]) == ("failed", [job])
    assert str(jobs.MAX_LOST) in jobs.get(job).error
    assert jobs.claim(desk.store, "w") is None
    jobs.retry(desk.store, job, "me")
    assert claim(desk).job_id == job


def test_priority_can_be_changed_until_the_end(desk: Desk) -> None:
    first, second = submit(desk), submit(desk)
    steering.prioritise(desk.store, second, Priority.CRITICAL, "me")
    taken = claim(desk)
    assert taken.job_id == second
    jobs.finish(taken, JobStatus.COMPLETED, output={})
    with pytest.raises(RuleRefused, match="ended"):
        steering.prioritise(desk.store, second, Priority.NORMAL, "me")
    assert status(first) == "submitted"


def test_jobs_of_one_moment_are_claimed_in_the_order_in_which_they_were_submitted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = jobs.now_utc()
    monkeypatch.setattr(jobs, "now_utc", lambda: now)
    kinds = (JobType.ORDER_DOWNLOAD, JobType.INVOICE, JobType.ORDER_DOWNLOAD, JobType.ACCEPTANCE)
    wanted = [jobs.submit(desk.store, kind, by="test") for kind in kinds]
    assert [taken.job_id for taken in jobs.claim_some(desk.store, "w1", limit=4)] == wanted


def test_a_waiting_job_alone_is_held_and_a_held_one_alone_is_released(desk: Desk) -> None:
    job = submit(desk, after=timedelta(hours=1))
    with pytest.raises(RuleRefused, match="Submitted") as refused:
        steering.release(desk.store, job, "me")
    assert refused.value.advice == "Only a held job can be released."
    steering.hold(desk.store, job, "me")
    assert (status(job), jobs.claim(desk.store, "w1")) == ("on_hold", None)
    with pytest.raises(RuleRefused, match="On Hold") as refused:
        steering.hold(desk.store, job, "me")
    assert refused.value.advice == "Only a waiting job can be held."
    steering.release(desk.store, job, "you")
    assert logged(job).splitlines() == ["Held by me.", "Released by you."]
    assert claim(desk).job_id == job


def test_the_log_says_once_that_an_outage_began(desk: Desk) -> None:
    job = submit(desk)
    jobs.give_back(claim(desk), "Too fast.", delay_s=1, kind="Unreachable")
    for _ in range(3):
        due_now()
        jobs.give_back(claim(desk), "It is away.", kind="Unreachable", outage=True)
    assert logged(job).splitlines() == ["Too fast.", "It is away."]
    due_now()
    jobs.give_back(claim(desk), "It is away.", kind="Other", outage=True)
    assert logged(job).splitlines() == ["Too fast.", "It is away.", "It is away."]
    assert jobs.waits_since(jobs.get(job)) is not None


def test_a_worker_rests_until_the_next_job_is_due(desk: Desk) -> None:
    assert liveness.next_due_s() == math.inf
    submit(desk, after=timedelta(hours=2))
    submit(desk, after=timedelta(hours=1))
    assert 3500 < liveness.next_due_s() <= 3600
    submit(desk)
    assert liveness.next_due_s() == 0
    jobs.finish(claim(desk), JobStatus.COMPLETED, output={})
    assert 3500 < liveness.next_due_s() <= 3600


def test_only_waiting_jobs_become_due_when_the_clock_was_set_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    right = jobs.now_utc
    monkeypatch.setattr(jobs, "now_utc", lambda: right() + timedelta(days=1))
    waits, held, soon = (submit(desk, after=rest) for rest in (timedelta(hours=1), timedelta(hours=1), timedelta()))
    steering.hold(desk.store, held, "me")
    later = jobs.get(held).scheduled_at
    monkeypatch.setattr(jobs, "now_utc", right)
    rests = submit(desk, after=timedelta(hours=1))
    assert clock_steps.wake(desk.store) == 2
    assert [claim(desk).job_id for _ in range(2)] == [waits, soon]
    assert (status(held), jobs.get(held).scheduled_at) == ("on_hold", later)
    assert logged(waits) == "The clock was set back meanwhile: it is due."
    assert (logged(held), logged(rests)) == ("Held by me.", "")
    assert clock_steps.wake(desk.store) == 0


def test_job_of_no_company_is_claimed_where_companies_are_left_to_others(offline: Desk) -> None:
    company_id = Company.get().id
    theirs = submit(offline, company_id=company_id, priority=Priority.CRITICAL)
    nobodys = submit(offline)
    taken = jobs.claim_some(offline.store, "w1", but_of=[company_id], limit=5)
    assert [one.job_id for one in taken] == [nobodys]
    assert claim(offline).job_id == theirs


def test_job_on_hold_is_the_live_one_of_its_request(desk: Desk) -> None:
    held = submit(desk, identity="a")
    steering.hold(desk.store, held, "ann")
    assert submit(desk, identity="a") == held


def test_jobs_of_the_same_priority_are_claimed_in_the_order_in_which_they_are_due(desk: Desk) -> None:
    ids = [submit(desk) for _ in range(3)]
    for job_id, seconds in zip(ids, (1, 3, 2), strict=True):
        Job.update(scheduled_at=jobs.now_utc() - timedelta(seconds=seconds)).where(Job.id == job_id).execute()
    assert [claim(desk).job_id for _ in ids] == [ids[1], ids[2], ids[0]]


def test_job_that_failed_or_is_retried_does_not_wait_for_the_channel_any_more(desk: Desk) -> None:
    job_id = submit(desk)
    with desk.store.transaction():
        jobs.give_back(claim(desk), "No route.", outage=True)
    assert jobs.waits_since(jobs.get(job_id)) is not None
    due_now()
    with desk.store.transaction():
        jobs.fail_or_retry(claim(desk), "Refused.", "Refused", transient=True, after_s=None)
    assert jobs.waits_since(jobs.get(job_id)) is None
    due_now()
    with desk.store.transaction():
        jobs.give_back(claim(desk), "No route.", outage=True)
    jobs.cancel(desk.store, job_id, "me")
    jobs.retry(desk.store, job_id, "me")
    assert jobs.waits_since(jobs.get(job_id)) is None
