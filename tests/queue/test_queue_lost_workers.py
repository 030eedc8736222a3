"""Jobs that kill one worker after another: given up, and startable again by a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from helpers import let_time_pass

from bmtui.desk.core.context import Desk
from bmtui.queue import jobs
from bmtui.queue.jobs import Claim
from bmtui.words import JobType


def lose_a_worker(desk: Desk) -> None:
    """Claim the job as a worker that dies."""
    taken = jobs.claim(desk.store, "dead")
    assert taken is not None
    assert jobs.reclaim(desk.store, ["dead"]) == 1
    let_time_pass(desk)


def give_back(claim: Claim) -> None:
    jobs.give_back(claim, "Back Market cannot be reached.", outage=True)


def fail(claim: Claim) -> None:
    jobs.fail_or_retry(claim, "Back Market failed.", "ServerFailed", transient=True, after_s=None)


def test_job_that_lost_several_workers_lets_others_run_first(desk: Desk) -> None:
    suspect = jobs.submit(desk.store, JobType.ORDER_DOWNLOAD, by="test")
    for _ in range(3):
        lose_a_worker(desk)
    other = jobs.submit(desk.store, JobType.RECONCILIATION, by="test")
    before = desk.now()
    taken = jobs.claim(desk.store, "dead")
    assert taken is not None
    assert taken.job_id == suspect
    jobs.reclaim(desk.store, ["dead"])
    following = jobs.claim(desk.store, "well")
    assert following is not None
    assert following.job_id == other
    assert timedelta(seconds=1) < jobs.get(suspect).scheduled_at - before < timedelta(seconds=60)


def test_job_retried_after_it_lost_all_its_workers_survives_the_next_loss(desk: Desk) -> None:
    job_id = jobs.submit(desk.store, JobType.ORDER_DOWNLOAD, by="test")
    for number in range(1, jobs.MAX_LOST + 1):
        assert jobs.get(job_id).status == "submitted", number
        lose_a_worker(desk)
    assert (jobs.get(job_id).status, jobs.get(job_id).lost) == ("failed", jobs.MAX_LOST)
    jobs.retry(desk.store, job_id, "test")
    for _ in range(jobs.MAX_LOST - 1):
        lose_a_worker(desk)
        assert jobs.get(job_id).status == "submitted"


@pytest.mark.parametrize("end", [give_back, fail], ids=["waits for the channel", "fails once"])
def test_losses_between_attempts_that_end_in_order_do_not_add_up(desk: Desk, end: Callable[[Claim], object]) -> None:
    job_id = jobs.submit(desk.store, JobType.ORDER_DOWNLOAD, by="test", max_failures=9)
    for _ in range(2):
        for _ in range(jobs.MAX_LOST - 1):
            lose_a_worker(desk)
        assert jobs.get(job_id).status == "submitted"
        claim = jobs.claim(desk.store, "well")
        assert claim is not None
        with desk.store.transaction():
            end(claim)
        let_time_pass(desk)
    lose_a_worker(desk)
    assert (jobs.get(job_id).status, jobs.get(job_id).lost) == ("submitted", 1)
