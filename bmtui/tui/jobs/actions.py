"""What is done with a job."""

from __future__ import annotations

from bmtui.tui.actions import why_not
from bmtui.tui.actions.action import Action

ACTIONS: tuple[Action, ...] = (
    Action(
        "job.open",
        "Open",
        "Log, parameters, error and orders of the job.",
        ("enter", "o"),
        "Job",
        ("jobs",),
        "do_open",
        why_not=why_not.job,
        hint=1,
    ),
    Action(
        "job.cancel",
        "Cancel job",
        "What is being sent is finished first.",
        ("x",),
        "Job",
        ("jobs", "job"),
        "do_cancel_job",
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
        "do_retry",
        why_not=why_not.retry_job,
        hint=3,
    ),
)
