"""Metrics for a monitor: ages are those of work that waits now, and of each company alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bmtui.desk.core.context import Desk
from bmtui.desk.operations import metrics
from bmtui.queue import jobs
from bmtui.store.models import Job
from bmtui.words import JobStatus, JobType

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def value(desk: Desk, name: str) -> float:
    (sample,) = next(metric for metric in metrics.read(desk) if metric.name == name).samples
    return sample.value


def test_oldest_due_job_is_one_that_a_worker_could_run_now(offline: Desk) -> None:
    desk = replace(offline, now=lambda: NOW)
    for hours, status in ((-9, JobStatus.COMPLETED), (-2, JobStatus.SUBMITTED), (3, JobStatus.SUBMITTED)):
        job_id = jobs.submit(desk.store, JobType.RECONCILIATION, by="test")
        Job.update(scheduled_at=NOW + timedelta(hours=hours), status=status).where(Job.id == job_id).execute()
    assert (value(desk, "bmtui_jobs_due"), value(desk, "bmtui_job_oldest_due_seconds")) == (1, 7200)
    Job.update(status=JobStatus.COMPLETED).execute()
    assert (value(desk, "bmtui_jobs_due"), value(desk, "bmtui_job_oldest_due_seconds")) == (0, 0)
