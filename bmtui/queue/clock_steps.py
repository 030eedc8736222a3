"""Jobs that rest until a time that was reckoned while the clock was ahead: once it is right again, they are due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from peewee import fn

from bmtui.queue import jobs
from bmtui.store.connection import Store
from bmtui.store.models import Job, JobLog, to_micros
from bmtui.words import JobStatus

SLACK = timedelta(seconds=30)
"""Clocks of hosts that share a store differ a little; nothing within it counts as the future."""


def rests_in_future() -> Any:
    """A condition: the job rests, and what put it to rest happened later than now, so the clock was set back since."""
    soon = to_micros(jobs.now_utc() + SLACK)
    last = JobLog.select(fn.MAX(JobLog.id)).where(JobLog.job == Job.id)
    logged = JobLog.select(JobLog.at).where(JobLog.id == last)
    # What says nothing since it was submitted rests since then.
    since = fn.COALESCE(logged, Job.submitted_at)
    return (Job.status == JobStatus.SUBMITTED) & (Job.scheduled_at > soon) & (since > soon)


def wake(store: Store) -> int:
    """Make due what rests only because the clock was ahead; how many jobs that are."""
    if not Job.select().where(rests_in_future()).exists():
        return 0
    with store.transaction():
        found = [job.id for job in Job.select(Job.id).where(rests_in_future())]
        for job_id in found:
            jobs.write_log(job_id, "The clock was set back meanwhile: it is due.")
        return int(Job.update(scheduled_at=jobs.now_utc()).where(Job.id.in_(found)).execute()) if found else 0
