"""Holds that channels asked for, as jobs show them, and whose company the history of a steered job names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpers import COMPANY, NOWHERE, add_company

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.queue import jobs as queue
from bmtui.queue import limits
from bmtui.store.models import Audit, Company, Job
from bmtui.words import JobStatus, JobType, Priority

OTHER, ELSEWHERE = "Other", "http://127.0.0.1:10"


@pytest.fixture
def two(offline: Desk) -> Desk:
    """Desk of two companies on different hosts, each with a job that waits."""
    add_company(offline, OTHER, url=ELSEWHERE)
    for row in Company.select().order_by(Company.id):
        queue.submit(offline.store, JobType.ORDER_DOWNLOAD, by="test", company_id=row.id)
    return offline


def test_hold_of_a_channel_is_that_of_the_companies_in_view_and_the_longest_of_them(two: Desk) -> None:
    assert jobs.held(two) is None
    limits.hold(two.store, ELSEWHERE, 600, "Too fast.")
    assert jobs.held(two.of_company(COMPANY)) is None
    limits.hold(two.store, NOWHERE, 60, "Blocked.")
    for name, reason in ((COMPANY, "Blocked."), (OTHER, "Too fast."), (None, "Too fast.")):
        found = jobs.held(two.of_company(name))
        assert found is not None
        assert found.reason == reason


def test_job_shows_the_hold_of_its_own_channel_until_it_ends(two: Desk) -> None:
    limits.hold(two.store, ELSEWHERE, 600, "Too fast.")
    limits.hold(two.store, NOWHERE, 60, "Blocked.")
    assert {view.company: view.held_because for view in jobs.listing(two)} == {COMPANY: "Blocked.", OTHER: "Too fast."}
    Job.update(status=JobStatus.COMPLETED).execute()
    assert [view.held_because for view in jobs.listing(two)] == ["", ""]


@pytest.mark.parametrize(
    ("act", "action"),
    [
        (jobs.cancel, "job.cancelled"),
        (jobs.hold, "job.steered"),
        (lambda desk, job_id: jobs.prioritise(desk, job_id, Priority.HIGH), "job.steered"),
    ],
    ids=["cancel", "hold", "prioritise"],
)
def test_history_of_a_steered_job_is_in_that_of_its_company(
    two: Desk, act: Callable[[Desk, int], object], action: str
) -> None:
    job = Job.select().order_by(Job.id.desc()).first()
    act(two, job.id)
    row = Audit.select().order_by(Audit.id.desc()).first()
    assert (row.action, row.company_id) == (action, job.company_id)
    if action == "job.cancelled":
        jobs.retry(two, job.id)
        row = Audit.select().order_by(Audit.id.desc()).first()
        assert (row.action, row.company_id) == ("job.retried", job.company_id)
