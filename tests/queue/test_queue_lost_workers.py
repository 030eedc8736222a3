"""Jobs that kill one worker after another: given up, and startable again by a person."""

from __future__ import annotations

from bmtui.desk.core.context import Desk
from bmtui.queue import jobs
from bmtui.words import JobType


def lose_a_worker(desk: Desk) -> None:
    """Claim the job as a worker that dies."""
    taken = jobs.claim(desk.store, "dead")
    assert taken is not None
    assert jobs.reclaim(desk.store, ["dead"]) == 1


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
