"""Scheduled work of workers: a failure of one task does not keep the others back."""

from __future__ import annotations

import asyncio
import logging
from types import ModuleType

import pytest

from bmtui.desk.accounts import fee_backfill
from bmtui.desk.after_sales import folder_store
from bmtui.desk.core import seen_state
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.notifications import deadlines, deliveries
from bmtui.desk.orders import view_schedules
from bmtui.desk.outbox import clock_steps
from bmtui.desk.rules import engine
from bmtui.desk.sync import schedule, shadow_report
from bmtui.errors import StoreBusy
from bmtui.queue import jobs, worker
from bmtui.words import JobType
from bmtui.workers import run_worker

STEPS: tuple[tuple[ModuleType, str], ...] = (
    *((clock_steps, "mend"), (schedule, "submit_due"), (view_schedules, "submit_due"), (engine, "run_due")),
    *((invoice_jobs, "submit_due"), (folder_store, "submit_due"), (deadlines, "look"), (shadow_report, "tell_due")),
    *((deliveries, "prune"), (deliveries, "submit_due"), (fee_backfill, "go_on"), (seen_state, "remember")),
)
"""Work that a worker looks for by the clock, in this order."""


async def one_round(desk: Desk) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    # Called at the end of each round, once everything else was done.
    def alive() -> None:
        loop.call_soon_threadsafe(stop.set)

    await run_worker(desk, stop=stop, alive=alive)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the steps that workers took, none of which does anything."""
    taken: list[str] = []
    for module, name in STEPS:
        step = f"{module.__name__}.{name}"
        monkeypatch.setattr(module, name, lambda desk, step=step: taken.append(step))
    return taken


def test_each_step_is_taken_by_the_clock_and_none_for_a_person_who_waits_for_a_job(
    offline: Desk, done: list[str]
) -> None:
    asyncio.run(one_round(offline))
    # A worker mends at its start, too, and remembers at its end.
    wanted = [f"{module.__name__}.{name}" for module, name in STEPS]
    assert done[1 : len(wanted) + 1] == wanted
    done.clear()
    job_id = jobs.submit(offline.store, JobType.NOTIFICATION, by="test")
    asyncio.run(run_worker(offline, stop=asyncio.Event(), root=job_id))
    assert done == [wanted[0], wanted[-1]]


def test_busy_store_ends_a_round_which_begins_again(
    offline: Desk, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = iter([True, False])

    def run_due(desk: Desk) -> None:
        done.append("rules")
        if next(busy, False):
            raise StoreBusy("Another program writes.")

    monkeypatch.setattr(engine, "run_due", run_due)
    monkeypatch.setattr(worker, "SUBMIT_S", 0.0)
    asyncio.run(one_round(offline))
    again = done.index("rules") + 1
    assert done[again] == f"{clock_steps.__name__}.mend"
    assert done.index("rules", again) < done.index(f"{invoice_jobs.__name__}.submit_due")


def test_step_that_fails_is_logged_without_values_and_the_worker_goes_on(
    offline: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Not in the line that raises: a log shows lines, and no values.
    buyer = " ".join(("Marie", "Dupont"))

    def broken(desk: Desk) -> None:
        raise ValueError(buyer)

    monkeypatch.setattr(engine, "run_due", broken)

    with caplog.at_level(logging.ERROR):
        asyncio.run(one_round(offline))
    assert "ValueError" in caplog.text
    assert buyer not in caplog.text
