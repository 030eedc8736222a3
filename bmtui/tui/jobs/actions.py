"""Actions on jobs."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, Action
from bmtui.tui.actions.why_not import Context


def _acts() -> ModuleType:
    from bmtui.tui.jobs import acts

    return acts


def _job(context: Context) -> str | None:
    return None if context.job else "There is no job under the cursor."


def _cancel_job(context: Context) -> str | None:
    if context.read_only or context.job is None:
        return why_not.write(context) or _job(context)
    if context.job.ended:
        return f"Job {context.job.job_id} has ended: there is nothing left to cancel."
    return f"Job {context.job.job_id} is being cancelled already." if context.job.cancel_requested else None


def _retry_job(context: Context) -> str | None:
    if context.read_only or context.job is None:
        return why_not.write(context) or _job(context)
    if context.job.status in ("failed", "partial_success", "cancelled"):
        return None
    return f"Job {context.job.job_id} has not failed: there is nothing to retry."


ACTIONS: tuple[Action, ...] = (
    Action(
        "job.open",
        "Open",
        "Log, parameters, error and orders of the job.",
        ("enter",),
        "Job",
        ("jobs",),
        lambda screen: screen.do_open(),
        why_not=_job,
        former=("o",),
        hint=1,
        after="view.delete",
    ),
    Action(
        "job.cancel",
        "Cancel job",
        "What is being sent is finished first.",
        ("x",),
        "Job",
        ("jobs", "job"),
        lambda screen: _acts().cancel(screen),
        destructive=True,
        why_not=_cancel_job,
        hint=2,
    ),
    Action(
        "job.retry",
        "Retry",
        "Run it again, or what failed of it.",
        ("R",),
        "Job",
        ("jobs", "job"),
        lambda screen: _acts().retry(screen),
        why_not=_retry_job,
        hint=3,
    ),
    Action(
        "desk.jobs",
        "Jobs",
        "What is queued, running and done.",
        ("J",),
        "Desk",
        EVERYWHERE,
        lambda screen: _acts().open_jobs(screen),
        not_in=("jobs",),
        hint=21,
        after="orders.sync",
    ),
)
