"""Job handlers, one file per type of job, and the loop of a worker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Callable, Collection
from dataclasses import replace
from time import monotonic

from bmtui.desk.core.context import Desk
from bmtui.errors import StoreError
from bmtui.store import event_rows

log = logging.getLogger(__name__)

DEADLINES_S = 60.0
"""Seconds between two checks for deadlines that passed."""
BY_SCHEDULE = "schedule"
"""Author of scheduled jobs, as jobs and the audit name it."""
PRUNED_S = 3600.0
"""Seconds between two deletions of old notifications."""


def _step(function: Callable[[Desk], object], desk: Desk) -> None:
    """Run a scheduled step; its error is logged and stops neither the other steps nor the sending.

    Raises:
        StoreError: the worker asks again, or ends.
    """
    try:
        function(desk)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - a row that cannot be read must not end the worker
        # Frames without values, as of a job.
        frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        log.error("%s: %s\n%s", function.__module__, type(error).__name__, frames)


async def run_worker(
    desk: Desk,
    *,
    stop: asyncio.Event,
    once: bool = False,
    root: int | Collection[int] | None = None,
    alive: Callable[[], None] = lambda: None,
) -> None:
    """Run due jobs until `stop` is set, until nothing is due (`once`), or until `root` and what it submits has ended.

    On `stop`, what is being sent is finished, and what did not start is given back. `alive` is called every few seconds
    as long as the work gets on. Jobs of companies whose tokens the service alone has are left to the service; all are
    where the database lets only the service work.
    """
    # The kinds load httpx, which a desk that only looks should not pay for before its first screen.
    from bmtui.desk.accounts import fee_backfill
    from bmtui.desk.after_sales import folder_store
    from bmtui.desk.companies import channel_access
    from bmtui.desk.core import seen_state
    from bmtui.desk.invoicing import jobs as invoice_jobs
    from bmtui.desk.notifications import deadlines, deliveries
    from bmtui.desk.operations import moved_store
    from bmtui.desk.orders import view_schedules
    from bmtui.desk.outbox import clock_steps
    from bmtui.desk.rules import engine
    from bmtui.desk.sync import schedule, shadow_report
    from bmtui.queue.worker import Worker
    from bmtui.workers.company_channel import connections_kept
    from bmtui.workers.kinds import kinds

    may_work = await desk.store.read(desk.store.database.may_work)
    if may_work:
        # Whose process it is says nothing: nobody sits before it.
        desk = replace(desk, actor=event_rows.WORKER)
    by_schedule = replace(desk, actor=BY_SCHEDULE)
    looked_at, pruned_at = -DEADLINES_S, -PRUNED_S

    def due() -> None:
        nonlocal looked_at, pruned_at
        _step(clock_steps.mend, desk)
        _step(schedule.submit_due, by_schedule)
        _step(view_schedules.submit_due, by_schedule)
        _step(engine.run_due, desk)
        _step(invoice_jobs.submit_due, by_schedule)
        _step(folder_store.submit_due, by_schedule)
        if monotonic() - looked_at >= DEADLINES_S:
            looked_at = monotonic()
            _step(deadlines.look, desk)
            _step(shadow_report.tell_due, by_schedule)
        if monotonic() - pruned_at >= PRUNED_S:
            pruned_at = monotonic()
            _step(deliveries.prune, desk)
        _step(deliveries.submit_due, desk)
        _step(fee_backfill.go_on, desk)
        _step(seen_state.remember, desk)
        alive()

    # What somebody runs by hand does what is due, and nothing that nobody asked for.
    by_the_clock = None if once or root is not None or not may_work else due
    if may_work:
        await desk.store.write(moved_store.look, desk)
        await desk.store.write(clock_steps.mend, desk)

    def leaves() -> Collection[int]:
        return channel_access.served_elsewhere(desk)

    worker = Worker(desk.store, kinds(desk), root=root, submit_due=by_the_clock, leaves=leaves, tidies=may_work)
    trying = asyncio.create_task(channel_access.try_refused_tokens(desk)) if by_the_clock else None
    try:
        async with connections_kept():
            await worker.run(stop, once=once)
        if may_work:
            with contextlib.suppress(StoreError):  # what was done is done
                await desk.store.write(seen_state.remember, desk)
    finally:
        if trying is not None:
            trying.cancel()
            await asyncio.gather(trying, return_exceptions=True)
