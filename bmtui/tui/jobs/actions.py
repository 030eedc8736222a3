"""What is done with a job."""

from __future__ import annotations

from types import ModuleType

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import EVERYWHERE, Action


def _acts() -> ModuleType:
    from bmtui.tui.jobs import acts

    return acts


ACTIONS: tuple[Action, ...] = (
    Action(
        "job.open",
        "Open",
        "Log, parameters, error and orders of the job.",
        ("enter", "o"),
        "Job",
        ("jobs",),
        lambda screen: screen.do_open(),
        why_not=why_not.job,
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
        why_not=why_not.cancel_job,
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
        why_not=why_not.retry_job,
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
        not_in=("jobs", "job"),
        hint=6,
        after="orders.sync",
    ),
)
