"""Workers of several hosts on PostgreSQL: advisory locks, leases, wake-ups, and a server that goes away."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator

import psycopg
import pytest
from waiting import until

from bmtui.desk.core.context import Desk
from bmtui.queue import jobs, worker
from bmtui.queue.liveness import WorkerLock, living
from bmtui.queue.worker import JobContext, Kind, Outcome, Worker
from bmtui.store import postgres_presence
from bmtui.store.models import Job
from bmtui.words import JobType

KIND = JobType.ORDER_DOWNLOAD


pytestmark = pytest.mark.postgres_only


@pytest.fixture
def admin(desk: Desk) -> Iterator[psycopg.Connection]:
    with psycopg.connect(desk.settings.store_url, autocommit=True) as connection:
        yield connection


def kill_connections(admin: psycopg.Connection, what: str = "true") -> None:
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = current_database() AND pid <> pg_backend_pid() AND {what}"
    )


def test_worker_with_an_expired_lease_counts_as_dead_despite_its_lock(desk: Desk, admin: psycopg.Connection) -> None:
    stopped, well = WorkerLock(desk.store), WorkerLock(desk.store)
    assert living(desk.store) == {stopped.worker_id, well.worker_id}
    late = f"now() - interval '{postgres_presence.LEASE_S + 1} s'"
    admin.execute(f"UPDATE worker_leases SET seen_at = {late} WHERE name = %s", (stopped.worker_id,))
    assert living(desk.store) == {well.worker_id}
    for lock in (stopped, well):
        lock.release()


def test_a_lease_without_its_lock_is_dead(desk: Desk, admin: psycopg.Connection) -> None:
    admin.execute("INSERT INTO worker_leases VALUES ('gone', 4711, now())")
    assert living(desk.store) == set()


def test_lease_of_a_running_worker_is_renewed(
    desk: Desk, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_presence, "BEAT_S", 0.01)
    lock = WorkerLock(desk.store)
    admin.execute("UPDATE worker_leases SET seen_at = 'epoch'")
    until(lambda: living(desk.store) == {lock.worker_id}, seen=lambda: living(desk.store))
    lock.release()
    assert living(desk.store) == set()


def test_a_worker_takes_its_lock_again_when_the_server_hung_up(
    desk: Desk, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_presence, "RECONNECT_S", 0.01)
    lock = WorkerLock(desk.store)
    before = admin.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'bmtui worker'").fetchall()
    kill_connections(admin, "application_name = 'bmtui worker'")

    def anew() -> bool:
        now = admin.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'bmtui worker'").fetchall()
        return now != before and living(desk.store) == {lock.worker_id}

    until(anew)
    lock.release()
    assert living(desk.store) == set()


def test_idle_worker_causes_no_reload_of_the_screens(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL_S", 0.0)
    monkeypatch.setattr(postgres_presence, "BEAT_S", 0.01)
    lock = WorkerLock(desk.store)
    looked = []

    async def whole() -> None:
        stop = asyncio.Event()

        def look() -> None:
            looked.append(desk.store.change_mark())
            if len(looked) == 5:
                stop.set()

        idle = Worker(desk.store, {}, submit_due=look)
        monkeypatch.setattr(worker, "SUBMIT_S", 0.0)
        await idle.run(stop)

    before = desk.store.change_mark()
    asyncio.run(whole())
    assert set(looked) == {before}
    lock.release()


def test_a_job_that_became_due_wakes_a_worker_that_would_look_much_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL_S", 1000.0)
    waiting = threading.Event()

    async def done(job: JobContext) -> Outcome:
        stop.set()
        return Outcome()

    stop = asyncio.Event()
    idle = Worker(desk.store, {KIND: Kind(done)})
    pause = idle._pause

    async def seen(*args: object) -> None:
        waiting.set()
        await pause(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(idle, "_pause", seen)

    def submit() -> None:
        assert waiting.wait(20)
        jobs.submit(desk.store, KIND, by="test")
        desk.store.database.close()

    async def whole() -> None:
        await asyncio.gather(asyncio.wait_for(idle.run(stop), 20), asyncio.to_thread(submit))

    asyncio.run(whole())
    assert Job.get().status == "completed"


def test_a_worker_goes_on_when_the_server_comes_back(
    desk: Desk, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "STORE_RETRY_S", 0.01)
    runs: list[int] = []

    async def lose_the_server(job: JobContext) -> Outcome:
        runs.append(job.claim.job_id)
        if len(runs) == 1:
            kill_connections(admin)
        return Outcome({"run": len(runs)})

    first, second = (jobs.submit(desk.store, KIND, by="test") for _ in range(2))
    with caplog.at_level(logging.WARNING):
        idle = Worker(desk.store, {KIND: Kind(lose_the_server)}, concurrency=1)
        asyncio.run(idle.run(asyncio.Event(), once=True))
    desk.store.database.close()
    assert {job.id: job.status for job in Job.select()} == {first: "completed", second: "completed"}
    assert "was lost" in caplog.text
