"""Marks of jobs, by which a command that waits for many tells which of them changed."""

from __future__ import annotations

from helpers import download

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs


def test_marks_of_a_job_tell_it_and_the_jobs_that_it_submitted_as_its_family_does(shop: Desk) -> None:
    job_id = download(shop)
    other = download(shop)
    views = jobs.families(shop, [job_id])
    marks = jobs.marks(shop, [job_id])
    assert len(marks) > 1
    assert [mark.job_id for mark in marks] == [view.job_id for view in views]
    assert [(mark.status, mark.phase, mark.total, mark.processed, mark.error) for mark in marks] == [
        (view.status, view.phase, view.total, view.processed, view.error) for view in views
    ]
    assert {view.job_id for view in jobs.some(shop, [job_id, other])} == {job_id, other}
