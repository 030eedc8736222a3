"""The worker: a handler ends its job in exactly one way, and a stop loses nothing."""

from __future__ import annotations

import asyncio

import pytest
from one_worker import KIND, done, row, run, submit

from bmtui.desk.core.context import Desk
from bmtui.errors import Interrupted, Refused, StoreBusy, StoreError, TimedOut
from bmtui.queue import jobs, worker
from bmtui.queue.jobs import Claim, Progress
from bmtui.queue.liveness import WorkerLock, living
from bmtui.queue.worker import JobContext, Kind, Outcome, Reschedule, Worker
from bmtui.store.models import Company, Job, JobLog
from bmtui.words import JobStatus, JobType


def test_a_handler_that_returns_completes_its_job(desk: Desk) -> None:
    job = submit(desk)
    run(desk, done)
    assert (row(job).status, row(job).output, row(job).worker, row(job).attempts) == ("completed", {"by": 1}, None, 1)


def test_a_partial_success_keeps_its_error(desk: Desk) -> None:
    async def partly(job: JobContext) -> Outcome:
        return Outcome({}, JobStatus.PARTIAL_SUCCESS, "One is missing.", "PartlyDone")

    job = submit(desk)
    run(desk, partly)
    assert (row(job).status, row(job).error, row(job).error_kind) == (
        "partial_success",
        "One is missing.",
        "PartlyDone",
    )


def test_a_transient_failure_is_tried_again_and_a_lasting_one_is_abandoned_once(desk: Desk, no_rest: None) -> None:
    tries: list[int] = []
    abandoned: list[tuple[int, str, str]] = []

    async def fail(job: JobContext) -> Outcome:
        tries.append(job.claim.job_id)
        raise (TimedOut if job.claim.parameters["transient"] else Refused)("No luck.")

    def abandon(claim: Claim, reason: str) -> None:
        # In the transaction that ends the job.
        assert desk.store.database.in_transaction()
        abandoned.append((claim.job_id, reason, row(claim.job_id).status))

    soft = submit(desk, parameters={"transient": True}, max_failures=3)
    hard = submit(desk, parameters={"transient": False}, max_failures=3)
    run(desk, fail, abandon=abandon)
    assert (tries.count(soft), tries.count(hard)) == (3, 1)
    assert sorted(abandoned) == [(soft, "No luck.", "failed"), (hard, "No luck.", "failed")]


def test_job_whose_abandoning_fails_does_not_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "STORE_RETRY_S", 0.0)
    calls: list[int] = []

    async def fail(job: JobContext) -> Outcome:
        raise Refused("No.")

    def abandon(claim: Claim, reason: str) -> None:
        Company.update(name="x").execute()
        calls.append(claim.job_id)
        if len(calls) < 3:
            raise StoreError("The disk is full; nothing was changed.")

    job = submit(desk)
    run(desk, fail, abandon=abandon)
    assert (calls, row(job).status, row(job).failures) == ([job] * 3, "failed", 1)


def test_end_of_a_job_on_a_busy_database_is_written_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "STORE_RETRY_S", 0.0)
    finish, busy = jobs.finish, iter([True, True])

    def finish_later(*args: object, **kwargs: object) -> None:
        if next(busy, False):
            raise StoreBusy("Another process kept the database locked.")
        finish(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "finish", finish_later)
    job = submit(desk)
    run(desk, done)
    assert row(job).status == "completed"


def test_a_busy_database_does_not_end_the_worker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL_S", 0.0)
    claim, busy = jobs.claim, iter([True, True, True])

    def claim_later(*args: object, **more: object) -> Claim | None:
        if next(busy, False):
            raise StoreBusy("Another process kept the database locked.")
        return claim(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "claim", claim_later)
    job = submit(desk)
    run(desk, done)
    assert row(job).status == "completed"


def test_an_error_of_ours_fails_its_job_alone_and_shows_no_values(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    async def one_is_broken(job: JobContext) -> Outcome:
        if job.claim.job_id == broken:
            raise KeyError("-".join(["secret", "of", "somebody"]))
        return Outcome()

    broken, good = submit(desk), submit(desk)
    run(desk, one_is_broken)
    assert (row(broken).status, row(good).status) == ("failed", "completed")
    assert (row(broken).error_kind, row(broken).failures) == ("KeyError", 1)
    told = row(broken).error + caplog.text + "".join(log.message for log in JobLog.select())
    assert "secret-of-somebody" not in told
    assert "KeyError" in caplog.text


def test_job_of_an_unknown_type_fails_with_a_message(desk: Desk) -> None:
    job = jobs.submit(desk.store, JobType.REFUND, by="test")
    run(desk, done)
    assert (row(job).status, row(job).error_kind) == ("failed", "NotFound")


def test_waiting_of_a_job_counts_as_no_attempt_and_no_failure(desk: Desk) -> None:
    async def wait_twice(job: JobContext) -> Outcome:
        if job.claim.fence < 3:
            raise Reschedule("Waiting for the other one.", 0.0)
        return Outcome()

    job = submit(desk, max_failures=1)
    run(desk, wait_twice)
    assert (row(job).status, row(job).attempts, row(job).failures) == ("completed", 1, 0)


def test_a_handler_that_is_interrupted_while_it_owns_its_job_gives_it_back(desk: Desk) -> None:
    """Else the job would run for ever, in a worker that no longer runs it."""

    async def withdrawn_once(job: JobContext) -> Outcome:
        if job.claim.fence == 1:
            raise Interrupted("The waiting write was withdrawn.")
        return Outcome()

    job = submit(desk)
    run(desk, withdrawn_once, root=job, once=False)
    assert (row(job).status, row(job).attempts) == ("completed", 1)


def test_a_handler_that_is_cut_short_by_the_end_of_the_program_gives_its_job_back(desk: Desk) -> None:
    cut: list[int] = []

    async def handler(job: JobContext) -> Outcome:
        if not cut:
            cut.append(job.claim.job_id)
            raise asyncio.CancelledError
        return await done(job)

    job = submit(desk, max_failures=1)
    run(desk, handler)
    assert (cut, row(job).status, row(job).failures) == ([job], "completed", 0)


def test_worker_for_several_jobs_takes_them_and_what_they_submitted_alone(desk: Desk) -> None:
    first, second, other = submit(desk), submit(desk), submit(desk)
    child = submit(desk, parent_id=second)
    assert {row.id for row in Job.select().where(jobs.family([first, second]))} == {first, second, child}
    assert {row.id for row in Job.select().where(jobs.family([other]))} == {other}
    assert {row.id for row in Job.select().where(jobs.family(second))} == {second, child}
    assert not Job.select().where(jobs.family([])).exists()


def test_job_that_waited_for_back_market_is_known_by_its_next_claim(desk: Desk, no_rest: None) -> None:
    submit(desk)
    claim = jobs.claim(desk.store, "w1")
    assert claim is not None
    assert not jobs.waited(claim)
    with desk.store.transaction():
        jobs.give_back(claim, "Back Market cannot be reached.", outage=True)
    again = jobs.claim(desk.store, "w1")
    assert again is not None
    assert jobs.waited(again)


def test_job_taken_over_by_another_worker_is_not_written(desk: Desk) -> None:
    other = WorkerLock(desk.store)

    async def lose_it(job: JobContext) -> Outcome:
        def take_over() -> None:
            Job.update(fence=Job.fence + 1, worker=other.worker_id).execute()

        await job.store.write(take_over)
        if job.claim.parameters.get("check"):
            await job.checkpoint()
        elif job.claim.parameters.get("commit"):
            await job.commit(lambda: (Company.update(name="mine").execute(), Progress(phase="mine")))
        return Outcome({"mine": True})

    for parameters in ({"check": 1}, {"commit": 1}, {}):
        job = submit(desk, parameters=parameters)
        run(desk, lose_it)
        lost = row(job)
        assert (lost.status, lost.worker, lost.output, lost.phase) == ("processing", other.worker_id, {}, "")
        Job.update(status=JobStatus.CANCELLED).execute()
    other.release()


def test_a_commit_that_lost_its_job_writes_nothing(offline: Desk) -> None:
    async def lose_it(job: JobContext) -> Outcome:
        await job.store.write(lambda: Job.update(fence=Job.fence + 1).execute())

        def rename() -> tuple[None, Progress]:
            Company.update(name="mine").execute()
            return None, Progress()

        with pytest.raises(Interrupted):
            await job.commit(rename)
        return Outcome()

    submit(offline)
    run(offline, lose_it)
    assert Company.get().name == "Shop"


def test_cancelling_a_running_job_ends_it_at_its_next_step(desk: Desk) -> None:
    steps: list[int] = []

    async def endless(job: JobContext) -> Outcome:
        while True:
            await job.checkpoint()
            steps.append(1)
            await job.note(Progress(cursor={"step": len(steps)}))
            if len(steps) == 3:
                await job.store.write(jobs.cancel, desk.store, job.claim.job_id, "me")

    job = submit(desk)
    run(desk, endless)
    assert (len(steps), row(job).status, row(job).cursor) == (3, "cancelled", {"step": 3})


def test_stop_of_a_worker_gives_back_its_jobs_and_starts_none(desk: Desk) -> None:
    async def whole() -> None:
        stop, begun = asyncio.Event(), asyncio.Event()

        async def wait_for_it(job: JobContext) -> Outcome:
            begun.set()
            await stop.wait()
            await job.checkpoint()
            raise AssertionError("it goes on although the worker stops")

        one = Worker(desk.store, {KIND: Kind(wait_for_it)}, concurrency=1)
        task = asyncio.create_task(one.run(stop))
        await begun.wait()
        stop.set()
        await asyncio.wait_for(task, 20)

    first, second = submit(desk), submit(desk)
    asyncio.run(whole())
    assert [(row(job).status, row(job).attempts) for job in (first, second)] == [("submitted", 0)] * 2
    assert row(first).fence == 1
    assert living(desk.store) == set()


def test_stop_of_a_worker_lets_a_running_request_end(desk: Desk) -> None:
    async def whole() -> None:
        stop, begun, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def send(job: JobContext) -> Outcome:
            begun.set()
            await go_on.wait()
            return Outcome({"sent": True})

        task = asyncio.create_task(Worker(desk.store, {KIND: Kind(send)}).run(stop))
        await begun.wait()
        stop.set()
        done, _ = await asyncio.wait({task}, timeout=0.05)
        assert not done
        go_on.set()
        await asyncio.wait_for(task, 20)

    job = submit(desk)
    asyncio.run(whole())
    assert row(job).output == {"sent": True}


def test_command_that_waits_for_a_job_waits_for_children_run_by_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_S", 0.0)
    root = submit(desk)
    child = submit(desk, parent_id=root)
    stranger = submit(desk)
    other = WorkerLock(desk.store)
    Job.update(status=JobStatus.PROCESSING, worker=other.worker_id, fence=1).where(Job.id == child).execute()
    looks: list[int] = []
    ended = Worker._family_ended

    def look(self: Worker) -> bool:
        looks.append(1)
        if len(looks) == 5:
            jobs.finish(Claim(child, KIND, 1, None, {}, {}, {}, ""), JobStatus.COMPLETED, output={})
        return ended(self)

    monkeypatch.setattr(Worker, "_family_ended", look)
    run(desk, done, root=root, once=False)
    other.release()
    assert len(looks) == 5
    assert [row(job).status for job in (root, child, stranger)] == ["completed", "completed", "submitted"]
