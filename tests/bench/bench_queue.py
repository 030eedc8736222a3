"""What the queue costs, how soon a dead worker's job goes on, and whether a busy database stops the screens.

    python tests/bench/bench_queue.py [--jobs 2000] [--deaths 30]

jobs      jobs a second through one worker, beside the floor in the same run: the same three commits a job (claim, one
          progress, end) as bare SQL on the same file with the same pragmas
reclaim   milliseconds from the SIGKILL of a worker until another one runs its job again
stall     the longest pause of an event loop whose store is read meanwhile, while another process holds the write lock
          and commits, in milliseconds
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

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


def through_the_queue(desk: Desk, count: int) -> float:
    """Jobs a second through one worker."""
    with desk.store.transaction():
        for _ in range(count):
            jobs.submit(desk.store, KIND, by="bench")
    began = time.perf_counter()
    asyncio.run(Worker(desk.store, {KIND: Kind(_work)}).run(asyncio.Event(), once=True))
    assert Job.select().where(Job.status == "completed").count() == count
    return count / (time.perf_counter() - began)


def bare(desk: Desk, count: int) -> float:
    """Jobs a second by bare SQL: three commits each, and no more."""
    execute = desk.store.database.execute_sql
    with desk.store.transaction():
        execute("UPDATE jobs SET status = 'submitted', completed_at = NULL")
    began = time.perf_counter()
    for _ in range(count):
        with desk.store.transaction():
            (row,) = execute(
                "UPDATE jobs SET status = 'processing', fence = fence + 1 WHERE id = (SELECT id FROM jobs "
                "WHERE status = 'submitted' ORDER BY priority DESC, scheduled_at, id LIMIT 1) RETURNING id"
            ).fetchall()
        with desk.store.transaction():
            execute("UPDATE jobs SET processed = 1 WHERE id = ?", row)
        with desk.store.transaction():
            execute("UPDATE jobs SET status = 'completed' WHERE id = ?", row)
    return count / (time.perf_counter() - began)


def reclaims(desk: Desk, deaths: int) -> list[float]:
    """Milliseconds from a worker's death until its job runs again, each time."""
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
    """The longest pause of this event loop while another process writes, in milliseconds."""
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--deaths", type=int, default=30)
    parser.add_argument("--stall-s", type=float, default=5.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bmtui-bench-") as folder:
        desk = open_desk(settings.load(folder, environ={}))
        ours = through_the_queue(desk, args.jobs)
        floor = bare(desk, args.jobs)
        print(f"jobs     {ours:8.0f}/s  floor {floor:8.0f}/s  share {ours / floor:.2f}")
        with desk.store.transaction():
            Job.delete().execute()
        found = sorted(reclaims(desk, args.deaths))
        p99 = found[min(len(found) - 1, int(0.99 * len(found)))]
        print(f"reclaim  p50 {statistics.median(found):.0f} ms  p99 {p99:.0f} ms  of {len(found)}")
        print(f"stall    {asyncio.run(stall(desk, args.stall_s)):.0f} ms at most")
        desk.store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
