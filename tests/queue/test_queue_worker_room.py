"""Room of a worker: how many jobs it takes at once, whose it frees, and what it leaves to others."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from one_worker import KIND, done, row, submit

from bmtui.desk.core.context import Desk
from bmtui.errors import StoreUnreachable
from bmtui.queue import jobs, worker
from bmtui.queue.worker import JobContext, Kind, Outcome, Worker
from bmtui.store.models import Company, Job
from bmtui.words import JobStatus


def work(desk: Desk, handler: Any, *, stop: asyncio.Event | None = None, **more: Any) -> None:
    async def whole() -> None:
        errors: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        one = Worker(desk.store, {KIND: Kind(handler)}, **more)
        await asyncio.wait_for(one.run(stop or asyncio.Event(), once=True), 60)
        # A task that ended with an error says so when nobody knows of it any more.
        gc.collect()
        assert errors == []

    asyncio.run(whole())


@pytest.mark.parametrize("room", [1, 2])
def test_worker_takes_no_more_jobs_than_it_runs_at_once(desk: Desk, room: int) -> None:
    for _ in range(5):
        submit(desk)
    taken, running = list[int](), [0]

    async def watch(job: JobContext) -> Outcome:
        running[0] += 1
        for _ in range(20):
            taken.append(await desk.store.read(Job.select().where(Job.status == JobStatus.PROCESSING).count))
            assert running[0] <= room
            await asyncio.sleep(0.001)
        running[0] -= 1
        return Outcome()

    work(desk, watch, concurrency=room)
    assert (max(taken), Job.select().where(Job.status == JobStatus.COMPLETED).count()) == (room, 5)


@pytest.mark.parametrize(("more", "status"), [({}, "completed"), ({"tidies": False}, "processing")])
def test_worker_frees_the_jobs_of_dead_workers_unless_others_do(desk: Desk, more: dict[str, Any], status: str) -> None:
    job = submit(desk)
    assert jobs.claim(desk.store, "dead") is not None
    work(desk, done, **more)
    assert row(job).status == status


def test_worker_leaves_the_jobs_of_some_companies_to_others(offline: Desk) -> None:
    company_id = Company.get().id
    theirs, mine = submit(offline, company_id=company_id), submit(offline)
    work(offline, done, leaves=lambda: [company_id])
    assert [row(job).status for job in (theirs, mine)] == ["submitted", "completed"]


def test_worker_that_is_stopped_begins_no_job(desk: Desk) -> None:
    first, second = submit(desk), submit(desk)
    stop = asyncio.Event()

    async def stopping(job: JobContext) -> Outcome:
        stop.set()
        return Outcome()

    work(desk, stopping, stop=stop, concurrency=1)
    assert [row(job).status for job in (first, second)] == ["completed", "submitted"]
    assert row(second).attempts == 0


def test_job_that_runs_is_kept_when_the_worker_puts_back_what_it_does_not_know(desk: Desk) -> None:
    job, other = submit(desk), submit(desk)
    one: list[Worker] = []

    async def slow(context: JobContext) -> Outcome:
        if context.claim.job_id == job:
            # As after a commit that was answered with an error.
            one[0]._unsure = True
            for _ in range(3_000):
                if one[0]._unsure:
                    await asyncio.sleep(0.01)
            await context.checkpoint()
        return Outcome()

    async def whole() -> None:
        one.append(Worker(desk.store, {KIND: Kind(slow)}, concurrency=2))
        await asyncio.wait_for(one[0].run(asyncio.Event(), once=True), 60)

    asyncio.run(whole())
    assert [(row(job_id).status, row(job_id).attempts) for job_id in (job, other)] == [("completed", 1)] * 2


def test_job_claimed_by_a_commit_whose_answer_was_lost_is_put_back_and_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = submit(desk), submit(desk)
    database: Any = desk.store.database
    lost: list[int] = []
    commit = database.commit

    def unheard() -> object:
        result = commit()
        # The commit that ends the first claims the second.
        if not lost and [row(job).status for job in (first, second)] == ["completed", "processing"]:
            lost.append(second)
            raise StoreUnreachable("The connection was lost.", "Try again.")
        return result

    monkeypatch.setattr(database, "commit", unheard)
    monkeypatch.setattr(worker, "STORE_RETRY_S", 0.01)
    work(desk, done, concurrency=1)
    assert lost == [second]
    assert [(row(job).status, row(job).attempts) for job in (first, second)] == [("completed", 1)] * 2
