"""Jobs that run in this process until they have ended, with their progress on stderr."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from bmtui.cli.output import say
from bmtui.words import label

if TYPE_CHECKING:
    from bmtui.desk.core.context import Desk
    from bmtui.desk.core.views import JobView

REPORT_S = 1.0
LOOK_S, LOOKS_SHARE = 0.2, 0.02
"""Seconds between two reads of the jobs, and the largest share of the time that reading may take."""


def report_nothing(view: JobView) -> None:
    """Discard progress: the command prints a result of its own."""


def wait_for(opened: Desk, job_id: int, report: Callable[[JobView], None] = report_nothing) -> JobView:
    """Run the job and the jobs that it submits in this process until all have ended, and return the job.

    `report` is called when a status changes, and once a second with the progress. Ctrl+C stops gracefully: the job goes
    on later.
    """
    from bmtui.desk.jobs import jobs

    wait_for_all(opened, [job_id], report)
    return jobs.show(opened, job_id)


def wait_for_all(opened: Desk, job_ids: Sequence[int], report: Callable[[JobView], None]) -> None:
    """Run several jobs in this process, with all that they submit, until all have ended; see `wait_for`."""
    from bmtui.desk.jobs import jobs
    from bmtui.workers import run_worker

    if notice := jobs.left_to_service(opened, job_ids):
        say(notice)

    async def run() -> None:
        stop = asyncio.Event()
        with stopping(stop):
            worker = asyncio.create_task(run_worker(opened, stop=stop, root=job_ids))
            reported: dict[int, tuple[jobs.Mark, float]] = {}
            done: set[asyncio.Task[None]] = set()
            rest_s = LOOK_S
            while not done:
                done, _ = await asyncio.wait({worker}, timeout=rest_s)
                began = monotonic()
                marks = await opened.read(jobs.marks, job_ids)
                due = []
                for mark in marks:
                    last, at = reported.get(mark.job_id, (None, 0.0))
                    news = last is None or last.status != mark.status
                    if news or (mark != last and began - at >= REPORT_S):
                        due.append(mark.job_id)
                        reported[mark.job_id] = (mark, began)
                for view in await opened.read(jobs.some, due) if due else ():
                    report(view)
                rest_s = min(max(LOOK_S, (monotonic() - began) / LOOKS_SHARE), LOOK_S + REPORT_S)
            await worker
            if stop.is_set():
                raise KeyboardInterrupt

    asyncio.run(run())


def report_progress(view: JobView) -> None:
    """Print the job's status, the work that is done and the error that it waits for, on stderr."""
    done = f"{view.processed:,} of {view.total:,}" if view.total is not None else f"{view.processed:,}"
    waits = f": {view.error}" if view.status == "submitted" and view.error else ""
    say(
        f"Job {view.job_id} {label(view.type)}: {label(view.status)}, {done}"
        + (f" ({view.phase})" if view.phase else "")
        + waits
    )


def report_errors(view: JobView) -> None:
    """Print the job's progress on stderr, but only if it has an error."""
    if view.error:
        report_progress(view)


@contextlib.contextmanager
def stopping(stop: asyncio.Event) -> Iterator[None]:
    """Make SIGINT and SIGTERM set `stop` while inside, so that a write that is being sent is not killed."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
