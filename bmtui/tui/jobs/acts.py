"""Steps of the jobs' actions: listing, cancelling and retrying them."""

from __future__ import annotations

from bmtui.desk.jobs import jobs
from bmtui.tui.dialogs.confirm import Confirm
from bmtui.tui.jobs.document import progress, status_text
from bmtui.tui.jobs.screen import JobActs, JobsScreen
from bmtui.tui.screen import DeskScreen
from bmtui.words import label


async def open_jobs(screen: DeskScreen) -> None:
    """Show the list of jobs."""
    await screen.desk_app.show(JobsScreen())


async def cancel(screen: JobActs) -> None:
    """Cancel the job, after a question."""
    app, job = screen.desk_app, screen.job
    if job is None:
        return
    parts = [
        (f"{label(job.type)}, {label(job.status)} {progress(job)}".strip(), "bold"),
        ("What is being sent right now is finished; what has not been sent is withdrawn.", ""),
    ]
    if await app.ask(Confirm(f"Cancel job {job.job_id}?", parts, f"Cancel job {job.job_id}")):
        after = await app.desk.write(jobs.cancel, job.job_id)
        await app.check_changes()
        screen.say(f"Job {job.job_id}: {status_text(after)}.")


async def retry(screen: JobActs) -> None:
    """Run the job again, or the failed part of it."""
    app, job = screen.desk_app, screen.job
    if job is None:
        return
    after = await app.desk.write(jobs.retry, job.job_id)
    await app.check_changes()
    screen.say(f"Job {job.job_id} is submitted again: {status_text(after)}.", "good")
