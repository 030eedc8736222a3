"""Worker beside others: waiting people, the clock, and processes that share the work or are killed."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from helpers import python
from one_worker import KIND, done, row, run, submit
from waiting import until

from bmtui.desk.core.context import Desk
from bmtui.errors import EdgeBlocked, StoreUnreachable, Throttled
from bmtui.queue import jobs, worker
from bmtui.queue.liveness import WorkerLock, living
from bmtui.queue.worker import JobContext, Kind, Outcome, Reschedule, Worker
from bmtui.store.models import Job, JobLog

pytestmark = pytest.mark.slow

# A person who waits


@pytest.mark.parametrize("wait_s", [worker.PATIENCE_S + 1, 86_400])
def test_command_reports_a_long_wait_and_leaves_the_job_queued(desk: Desk, wait_s: float) -> None:
    async def hold(job: JobContext) -> Outcome:
        raise Reschedule("The refunds of the day are used up.", wait_s)

    job = submit(desk)
    run(desk, hold, root=job, once=False)
    left = row(job)
    assert (left.status, left.attempts, left.error) == ("submitted", 0, "The refunds of the day are used up.")
    Job.update(scheduled_at=jobs.now_utc()).execute()
    run(desk, done)
    assert (row(job).status, row(job).error) == ("completed", "")


def test_command_reports_a_firewall_block_and_a_worker_keeps_trying(desk: Desk, no_rest: None) -> None:
    async def blocked(job: JobContext) -> Outcome:
        raise EdgeBlocked("Blocked.", cf_ray="8f")

    waited_for, by_itself = submit(desk), submit(desk)
    run(desk, blocked, root=waited_for, once=False)
    run(desk, blocked)
    for job in (waited_for, by_itself):
        assert (row(job).status, row(job).error_kind, row(job).failures) == ("submitted", "EdgeBlocked", 1)
        assert row(job).scheduled_at - jobs.now_utc() > timedelta(seconds=10)


def test_a_person_waits_for_a_short_penalty(desk: Desk, no_rest: None) -> None:
    async def throttled_once(job: JobContext) -> Outcome:
        if job.claim.fence == 1:
            raise Throttled("Too fast.", retry_after_s=0.1)
        return Outcome()

    job = submit(desk)
    run(desk, throttled_once, root=job, once=False)
    assert (row(job).status, row(job).attempts) == ("completed", 2)


# By the clock


def test_worker_asks_for_scheduled_work_once_in_a_while(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL_S", 0.0)
    asked: list[int] = []

    def submit_one() -> None:
        asked.append(submit(desk))

    async def whole() -> None:
        stop = asyncio.Event()

        async def stop_all(job: JobContext) -> Outcome:
            stop.set()
            return Outcome()

        one = Worker(desk.store, {KIND: Kind(stop_all)}, submit_due=submit_one)
        await asyncio.wait_for(one.run(stop), 20)

    asyncio.run(whole())
    assert len(asked) == 1
    assert row(asked[0]).status == "completed"


def test_scheduled_work_is_asked_for_no_sooner_than_its_time_though_jobs_end(desk: Desk) -> None:
    asked: list[int] = []

    async def whole() -> None:
        one = Worker(desk.store, {KIND: Kind(done)}, concurrency=1, submit_due=lambda: asked.append(submit(desk)))
        await asyncio.wait_for(one.run(asyncio.Event(), once=True), 20)
        await asyncio.sleep(0)
        # What waited for the stop and for news in each pause is gone.
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(whole())
    assert [row(job).status for job in asked] == ["completed"]


# Several processes

CLAIMER = """
import json, sys
from bmtui.queue import jobs
from bmtui.store import open_store
store = open_store(sys.argv[1])
print("ready", flush=True)
taken = []
while claim := jobs.claim(store, sys.argv[2]):
    taken.append(claim.job_id)
print(json.dumps(taken))
store.close()
"""


def test_each_job_is_claimed_by_one_process(desk: Desk) -> None:
    with desk.store.transaction():
        wanted = {submit(desk) for _ in range(120)}
    claimers = [python(CLAIMER, desk.settings.store_url, f"w{number}") for number in range(4)]
    taken = []
    for claimer in claimers:
        out, errors = claimer.communicate()
        assert (claimer.returncode, errors) == (0, "")
        taken.append(json.loads(out.splitlines()[-1]))
    everything = [job for one in taken for job in one]
    assert sorted(everything) == sorted(wanted)
    assert {(job.attempts, job.fence) for job in Job.select()} == {(1, 1)}


HELD = """
import asyncio, sys, threading
from bmtui.queue.worker import Kind, Worker
from bmtui.store import open_store
async def hold(job):
    print("here", flush=True)
    threading.Event().wait()
store = open_store(sys.argv[1])
asyncio.run(Worker(store, {"order_download": Kind(hold)}).run(asyncio.Event()))
"""


def test_the_job_of_a_killed_process_is_free_at_once_and_that_of_a_living_one_is_not(desk: Desk) -> None:
    job = submit(desk)
    held = python(HELD, desk.settings.store_url)
    assert held.stdout is not None
    assert held.stdout.readline() == "here\n"
    worker_id = row(job).worker
    assert living(desk.store) == {worker_id}
    run(desk, done)
    assert (row(job).status, row(job).worker) == ("processing", worker_id)
    held.kill()
    held.communicate()
    until(lambda: living(desk.store) == set())
    run(desk, done)
    assert (row(job).status, row(job).attempts, row(job).output) == ("completed", 2, {"by": 3})
    assert any(log.is_error and "is gone" in log.message for log in JobLog.select())
    assert living(desk.store) == set()


def test_worker_ids_are_never_used_again(desk: Desk) -> None:
    locks = [WorkerLock(desk.store) for _ in range(3)]
    assert len({lock.worker_id for lock in locks}) == 3
    assert living(desk.store) == {lock.worker_id for lock in locks}
    for lock in locks:
        lock.release()
    assert living(desk.store) == set()


def test_worker_ends_a_job_and_claims_the_next_in_one_commit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = submit(desk), submit(desk)
    commits: list[str] = []
    database: Any = desk.store.database
    commit = database.commit

    def noting() -> None:
        commits.append(f"{row(first).status} {row(second).status}")
        commit()

    monkeypatch.setattr(database, "commit", noting)
    asyncio.run(Worker(desk.store, {KIND: Kind(done)}, concurrency=1).run(asyncio.Event(), once=True))
    assert commits == ["processing submitted", "completed processing", "completed completed"]


def test_job_claimed_by_a_broken_commit_is_put_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit(desk)
    claim_some = jobs.claim_some
    broken: list[list[jobs.Claim]] = []

    def claimed_and_unheard(*args: Any, **kwargs: Any) -> list[jobs.Claim]:
        found = claim_some(*args, **kwargs)
        if found and not broken:
            broken.append(found)
            raise StoreUnreachable("The connection was lost.", "Try again.")
        return found

    monkeypatch.setattr(jobs, "claim_some", claimed_and_unheard)
    run(desk, done)
    assert broken
    assert (row(job).status, row(job).attempts, row(job).fence) == ("completed", 1, 3)


async def test_idle_worker_polls_a_change_number_and_notices_a_new_job(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    claim_some = jobs.claim_some

    def looked(*args: Any, **kwargs: Any) -> list[jobs.Claim]:
        looks.append(1)
        return claim_some(*args, **kwargs)

    monkeypatch.setattr(jobs, "claim_some", looked)
    monkeypatch.setattr(worker, "POLL_S", 0.01)
    monkeypatch.setattr(worker, "IDLE_S", 3600.0)
    ran = asyncio.Event()

    async def tell(job: JobContext) -> Outcome:
        ran.set()
        return Outcome()

    stop = asyncio.Event()
    works = asyncio.create_task(Worker(desk.store, {KIND: Kind(tell)}).run(stop))
    await asyncio.sleep(0.5)
    assert len(looks) < 10
    await desk.store.write(submit, desk)
    await asyncio.wait_for(ran.wait(), 60)
    # One that rests is run when its time has come, though nobody commits anything.
    ran.clear()
    await desk.store.write(partial(submit, desk, after=timedelta(seconds=0.3)))
    await asyncio.wait_for(ran.wait(), 60)
    stop.set()
    await works
