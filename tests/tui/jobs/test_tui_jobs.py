"""Jobs panel, and the actions on a job."""

from __future__ import annotations

import pytest
from driving import driving

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import download as downloads
from bmtui.store.models import Job
from bmtui.tui.jobs.document import _pairs
from bmtui.tui.widgets.lines import Reader
from bmtui.tui.widgets.table import Table


async def test_the_jobs_panel_shows_numbers_log_and_orders(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("J")
        await person.at("JobsScreen")
        await person.until(lambda: "Order download" in person.seen())
        await person.press("G", "enter")
        await person.at("JobScreen")
        reader = person.app.screen.query_one(Reader)
        await person.until(lambda: any(text.startswith("Log (") for text in reader.texts))
        assert any("since" in text for text in reader.texts)
        assert any(text.startswith("Orders (") for text in reader.texts)
        await person.press("x")
        await person.says("has ended")
        await person.press("R")
        await person.says("has not failed")


async def test_a_job_is_cancelled_after_a_question_and_retried(office: Desk) -> None:
    job_id = downloads.start(office, "Shop", "2026-02-01")
    async with driving(office) as person:
        await person.press("J")
        await person.at("JobsScreen")
        await person.until(lambda: "Submitted" in person.seen() and person.app.screen.query_one(Table).count > 0)
        await person.press("x")
        await person.at("Confirm")
        await person.press("enter")
        await person.at("JobsScreen")
        assert not jobs.show(office, job_id).ended
        await person.press("x")
        await person.at("Confirm")
        await person.press("Y")
        await person.says(f"Job {job_id}: Cancelled.")
        await person.until(lambda: getattr(person.app.screen.query_one(Table).current, "status", "") == "cancelled")
        await person.press("R")
        await person.says("is submitted again")


async def test_a_held_job_counts_as_waiting_in_the_header(office: Desk) -> None:
    job_id = downloads.start(office, "Shop", "2026-02-01")
    async with driving(office) as person:
        await person.until(lambda: "jobs: 1 waiting" in person.line("#header"))
        jobs.hold(office, job_id)
        await person.app.check_changes()
        await person.settled()
        assert "jobs: 1 waiting" in person.line("#header")
        Job.update(status="processing").where(Job.id == job_id).execute()
        await person.app.lookout.check_everything()
        await person.settled()
        assert "jobs: 1 running" in person.line("#header")


@pytest.mark.parametrize("status", ["failed", "partial_success", "cancelled"])
async def test_partly_done_job_can_be_retried(office: Desk, status: str) -> None:
    job_id = downloads.start(office, "Shop", "2026-02-01")
    Job.update(status=status, completed_at=office.now()).where(Job.id == job_id).execute()
    async with driving(office) as person:
        await person.open_list("J", "JobsScreen", "Order download")
        await person.until(lambda: person.app.top.part(Table).count > 0)
        await person.press("R")
        await person.until(lambda: jobs.show(office, job_id).status == "submitted")


@pytest.mark.parametrize("status", ["completed", "submitted", "processing", "on_hold"])
async def test_done_or_running_job_is_not_retried(office: Desk, status: str) -> None:
    job_id = downloads.start(office, "Shop", "2026-02-01")
    Job.update(status=status).where(Job.id == job_id).execute()
    async with driving(office) as person:
        await person.open_list("J", "JobsScreen", "Order download")
        await person.until(lambda: person.app.top.part(Table).count > 0)
        await person.press("R")
        await person.says(f"Job {job_id} has not failed: there is nothing to retry.")
        assert jobs.show(office, job_id).status == status


def test_nested_job_values_are_shown_as_words() -> None:
    values = {"effects": {"1": "not_applied"}, "orders": [1, 2], "fix": False, "company": "Shop_EU"}
    assert _pairs(values) == "effects: 1 not applied · orders: 1, 2 · fix: no · company: Shop_EU"


async def test_escape_when_digits_were_typed_forgets_them_and_stays(office: Desk) -> None:
    async with driving(office) as person:
        await person.press("J")
        await person.at("JobsScreen")
        await person.press("1", "2")
        assert "12 …" in person.seen()
        await person.press("escape")
        await person.at("JobsScreen")
        assert "12 …" not in person.seen()
        await person.press("escape")
        await person.at("SearchScreen")
