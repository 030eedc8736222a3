"""Clock steps: jobs whose time was computed while the clock was ahead become due once it is right again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from peewee import fn

from bmtui.queue import jobs
from bmtui.store.connection import Store
from bmtui.store.models import Job, JobLog, to_micros
from bmtui.words import JobStatus

SLACK = timedelta(seconds=30)
"""Tolerance for clocks of hosts that share a store; times within it do not count as the future."""


def rests_in_future() -> Any:
    """Return the condition for a resting job that was put to rest later than now: the clock was set back since."""
    soon = to_micros(jobs.now_utc() + SLACK)
    last = JobLog.select(fn.MAX(JobLog.id)).where(JobLog.job == Job.id)
    logged = JobLog.select(JobLog.at).where(JobLog.id == last)
    # A job without a log since it was submitted rests since then.
    since = fn.COALESCE(logged, Job.submitted_at)
    return (Job.status == JobStatus.SUBMITTED) & (Job.scheduled_at > soon) & (since > soon)


def wake(store: Store) -> int:
    """Make jobs due that rest only because the clock was ahead; returns their number."""
    if not Job.select().where(rests_in_future()).exists():
        return 0
    with store.transaction():
        found = [job.id for job in Job.select(Job.id).where(rests_in_future())]
        for job_id in found:
            jobs.write_log(job_id, "The clock was set back meanwhile: it is due.")
        return int(Job.update(scheduled_at=jobs.now_utc()).where(Job.id.in_(found)).execute()) if found else 0
