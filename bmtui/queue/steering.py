"""Steering of a job that has not ended, by a person: hold it, release it, change its priority."""

from __future__ import annotations

from bmtui.errors import RuleRefused
from bmtui.queue import jobs
from bmtui.store.connection import Store
from bmtui.store.models import Job
from bmtui.words import JOB_LIVE, JobStatus, Priority


def hold(store: Store, job_id: int, by: str) -> None:
    """Hold a submitted job until it is released.

    Raises:
        NotFound, RuleRefused: it runs already, or has ended.
    """
    _move(store, job_id, JobStatus.SUBMITTED, JobStatus.ON_HOLD, f"Held by {by}.", "Only one that waits can be held.")


def release(store: Store, job_id: int, by: str) -> None:
    """Release a held job; it is due at once, even if it was scheduled for later.

    Raises:
        NotFound, RuleRefused: it is not held.
    """
    _move(store, job_id, JobStatus.ON_HOLD, JobStatus.SUBMITTED, f"Released by {by}.", "Only a held one is released.")


def _move(store: Store, job_id: int, before: JobStatus, after: JobStatus, log: str, advice: str) -> None:
    with store.transaction():
        job = jobs.get(job_id)
        if job.status != before:
            raise RuleRefused(f"Job {job_id} is {JobStatus(job.status).label}.", advice)
        jobs.write_log(job_id, log)
        Job.update(status=after, scheduled_at=jobs.now_utc()).where(Job.id == job_id).execute()


def prioritise(store: Store, job_id: int, priority: Priority, by: str) -> None:
    """Change the priority of a job; jobs of a higher one are claimed first.

    Raises:
        NotFound, RuleRefused: it has ended.
    """
    with store.transaction():
        job = jobs.get(job_id)
        if job.status not in JOB_LIVE:
            raise RuleRefused(f"Job {job_id} has ended ({JobStatus(job.status).label}); its priority means nothing.")
        jobs.write_log(job_id, f"Priority {priority.label}, by {by}.")
        Job.update(priority=priority.rank).where(Job.id == job_id).execute()
