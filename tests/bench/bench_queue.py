"""Cost of the queue, time until a dead worker's job goes on, and pauses of the screens while the database is busy.

    python tests/bench/bench_queue.py [--jobs 2000] [--deaths 30] [--stores sqlite,postgres]

jobs      jobs a second through one worker and through four, beside the floor in the same run: the same two commits a
          job (its progress; its end, with the claim of the next one) by the driver alone, on the same database with the
          same settings (synchronous FULL; PostgreSQL with fsync, if this started it)
reclaim   milliseconds from the SIGKILL of a worker until another one runs its job again
stall     the longest pause of an event loop whose store is read meanwhile, while another process holds the write lock
          and commits, in milliseconds
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import postgres_server

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs as desk_jobs
from bmtui.queue import jobs
from bmtui.queue.jobs import Progress
from bmtui.queue.worker import JobContext, Kind, Outcome, Worker
from bmtui.store.models import Job
from bmtui.words import JobType

KIND = JobType.ORDER_DOWNLOAD
STANDING = """
import asyncio, sys
from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.queue.worker import Kind, Worker
desk = open_desk(settings.load(sys.argv[1], environ={}))
async def stand(job):
    print("runs", flush=True)
    await asyncio.Event().wait()
asyncio.run(Worker(desk.store, {"order_download": Kind(stand)}).run(asyncio.Event()))
"""
WRITING = """
import sys, time
from bmtui import settings
from bmtui.desk.bootstrap import open_desk
desk = open_desk(settings.load(sys.argv[1], environ={}))
print("writes", flush=True)
until = time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    with desk.store.transaction():
        desk.store.database.execute_sql("UPDATE companies SET version = version")
        time.sleep(0.2)
"""


async def _work(job: JobContext) -> Outcome:
    await job.note(Progress(processed=1))
    return Outcome()


@dataclass(frozen=True)
class Rate:
    """Jobs a second, milliseconds of CPU a job, and the 99th percentile of how long a commit took, in seconds."""

    jobs: float
    cpu_ms: float
    p99_s: float


def submit(desk: Desk, count: int) -> None:
    with desk.store.transaction():
        Job.delete().execute()
        for _ in range(count):
            jobs.submit(desk.store, KIND, by="bench")


def run_workers(desk: Desk, count: int, workers: int, what: str) -> Rate:
    """Run `count` jobs through `workers` processes; `what` is "ours" (real workers) or "bare" (the driver alone)."""
    submit(desk, count)
    command = [sys.executable, __file__, "--process", what, "--home", str(desk.settings.config)]
    command += ["--jobs", str(count)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(workers)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate()[0].split() for process in started]
    elapsed = time.perf_counter() - began
    assert Job.select().where(Job.status == "completed").count() == count
    cpu_s = sum(float(answer[0]) for answer in answers)
    waits = sorted(float(wait) for answer in answers for wait in answer[1:])
    return Rate(count / elapsed, 1000 * cpu_s / count, waits[int(0.99 * len(waits))])


def process(what: str, home: str) -> None:
    """Run a worker's process: print "ready", wait for a line, work, and print the CPU seconds and the commit times."""
    desk = open_desk(settings.load(home, environ={}))
    waits: list[float] = []
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.process_time()
    (_ours if what == "ours" else _bare)(desk, waits)
    print(time.process_time() - began, *(f"{wait:.4f}" for wait in waits), flush=True)
    desk.store.close()


def _ours(desk: Desk, waits: list[float]) -> None:
    async def work(job: JobContext) -> Outcome:
        began = time.perf_counter()
        outcome = await _work(job)
        waits.append(time.perf_counter() - began)
        return outcome

    asyncio.run(Worker(desk.store, {KIND: Kind(work)}).run(asyncio.Event(), once=True))


_CLAIM = (
    "UPDATE jobs SET status = 'processing', fence = fence + 1 WHERE id = (SELECT id FROM jobs "
    "WHERE status = 'submitted' ORDER BY priority DESC, scheduled_at, id LIMIT 1{}) RETURNING id"
)


def _bare(desk: Desk, waits: list[float]) -> None:
    """Make the same two commits a job by the driver alone: its progress; its end, with the claim of the next job."""
    database: Any = desk.store.database
    mark, skip = database.param, " FOR UPDATE SKIP LOCKED" if database.kind == "postgres" else ""
    connection = database.connection()
    begin = "BEGIN" if skip else "BEGIN IMMEDIATE"
    claim, note, end = (
        _CLAIM.format(skip),
        f"UPDATE jobs SET processed = 1 WHERE id = {mark}",
        f"UPDATE jobs SET status = 'completed' WHERE id = {mark}",
    )

    def commit(*statements: tuple[str, tuple[Any, ...]]) -> Any:
        began = time.perf_counter()
        connection.execute(begin)
        found = None
        for sql, values in statements:
            cursor = connection.execute(sql, values)
            found = cursor.fetchone() if "RETURNING" in sql else None
        connection.execute("COMMIT")
        waits.append(time.perf_counter() - began)
        return found

    mine = commit((claim, ()))
    while mine is not None:
        commit((note, mine))
        mine = commit((end, mine), (claim, ()))


def reclaims(desk: Desk, deaths: int) -> list[float]:
    """Return, for each death of a worker, the milliseconds until its job runs again."""
    home = str(desk.settings.config)

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-c", STANDING, home], stdout=subprocess.PIPE, text=True)

    job_id = jobs.submit(desk.store, KIND, by="bench")
    found = []
    running = start()
    assert running.stdout is not None
    running.stdout.readline()
    for _ in range(deaths):
        # It waits before the other dies: what is measured is the queue, not the start of a process.
        waiting = start()
        assert waiting.stdout is not None
        time.sleep(0.8)
        running.send_signal(signal.SIGKILL)
        began = time.perf_counter()
        waiting.stdout.readline()
        found.append(1000 * (time.perf_counter() - began))
        running.wait()
        # One job that kills so many workers would be given up.
        Job.update(lost=0).where(Job.id == job_id).execute()
        running = waiting
    running.kill()
    running.wait()
    return found


async def stall(desk: Desk, seconds: float) -> float:
    """Return the longest pause of this event loop while another process writes, in milliseconds."""
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITING, str(desk.settings.config), str(seconds), stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    await other.stdout.readline()
    longest = 0.0

    async def use() -> None:
        while other.returncode is None:
            await desk.read(desk_jobs.listing)
            await desk.store.write(jobs.submit, desk.store, KIND, by="bench")

    user = asyncio.create_task(use())
    waiter = asyncio.create_task(other.wait())
    last = time.perf_counter()
    while not waiter.done():
        await asyncio.sleep(0.005)
        now = time.perf_counter()
        longest, last = max(longest, 1000 * (now - last) - 5), now
    await user
    return longest


@contextlib.contextmanager
def durable_database() -> Iterator[str]:
    """Yield the URL of a database whose server writes its log to disk, if this run starts the server."""
    with patch.object(postgres_server, "_CONFIGURATION", _DURABLE), postgres_server.database() as url:
        yield url


@contextlib.contextmanager
def installation(store: str) -> Iterator[Desk]:
    """Yield a new desk on a store of that kind; PostgreSQL writes its log as it would for orders."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bmtui-bench-"))
        if store == "postgres":
            url = stack.enter_context(durable_database())
            (Path(folder) / "bmtui.toml").write_text(f'store = "{url}"\n', encoding="utf-8")
        desk = open_desk(settings.load(folder, environ={}))
        yield desk
        desk.store.close()


_DURABLE = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 150
"""


def rates(desk: Desk, store: str, count: int) -> Iterator[str]:
    for workers in (1, 4):
        ours = run_workers(desk, count, workers, "ours")
        floor = run_workers(desk, count, workers, "bare")
        yield (
            f"jobs     {store:8} {workers} at work {ours.jobs:6.0f}/s {ours.cpu_ms:5.2f} ms CPU  "
            f"floor {floor.jobs:6.0f}/s {floor.cpu_ms:5.2f} ms CPU  share {ours.jobs / floor.jobs:.2f}  "
            f"p99 of a commit {1000 * ours.p99_s:.0f} ms, floor {1000 * floor.p99_s:.0f} ms"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--deaths", type=int, default=30)
    parser.add_argument("--stall-s", type=float, default=5.0)
    parser.add_argument("--stores", default="sqlite,postgres")
    parser.add_argument("--process", help=argparse.SUPPRESS)
    parser.add_argument("--home", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.process:
        process(args.process, args.home)
        return 0
    stores = args.stores.split(",")
    own_server = "postgres" in stores and postgres_server.FOLDER not in os.environ
    if own_server:
        postgres_server.begin_run()
    try:
        for store in stores:
            with installation(store) as desk:
                for line in rates(desk, store, args.jobs):
                    print(line, flush=True)
        postgres_server.forget_template()
    finally:
        if own_server:
            postgres_server.end_run()
    with installation("sqlite") as desk:
        found = sorted(reclaims(desk, args.deaths))
        p99 = found[min(len(found) - 1, int(0.99 * len(found)))]
        print(f"reclaim  p50 {statistics.median(found):.0f} ms  p99 {p99:.0f} ms  of {len(found)}")
        print(f"stall    {asyncio.run(stall(desk, args.stall_s)):.0f} ms at most")
    return 0


if __name__ == "__main__":
    sys.exit(main())
