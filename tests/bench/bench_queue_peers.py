"""Other queues beside ours, in one run: huey on SQLite, procrastinate on PostgreSQL.

    python tests/bench/bench_queue_peers.py [--jobs 2000]

Installs both into an environment of its own, which is removed at the end (pip and a package index are needed), runs as
many empty jobs through each of them as through `bench_queue.py`, and prints jobs a second and CPU a job. What they do
is less: huey forgets a job that its consumer died with, and neither proves by a fence that a job is still one's own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import postgres_server
from bench_queue import durable_database, installation, run_workers

HUEY = """
import sys, time
from huey import SqliteHuey
huey = SqliteHuey(filename=sys.argv[1], fsync=True, results=False)
@huey.task()
def work():
    pass
count = int(sys.argv[2])
for _ in range(count):
    work()
began, cpu = time.perf_counter(), time.process_time()
while (task := huey.dequeue()) is not None:
    huey.execute(task)
print(count / (time.perf_counter() - began), 1000 * (time.process_time() - cpu) / count)
"""
PROCRASTINATE = """
import asyncio, logging, sys, time
from procrastinate import App, PsycopgConnector
logging.disable(logging.CRITICAL)
app = App(connector=PsycopgConnector(conninfo=sys.argv[1]))
@app.task(name="work")
async def work():
    pass
count = int(sys.argv[2])
async def whole():
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await work.batch_defer_async(*({} for _ in range(count)))
        began, cpu = time.perf_counter(), time.process_time()
        await app.run_worker_async(wait=False, concurrency=int(sys.argv[3]), install_signal_handlers=False)
        print(count / (time.perf_counter() - began), 1000 * (time.process_time() - cpu) / count)
asyncio.run(whole())
"""


def environment(folder: Path) -> Path:
    """The interpreter of a new environment that has both."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    wanted = ("huey>=3", "procrastinate>=3", "psycopg[binary]>=3.2")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    return python


def measure(python: Path, script: str, *words: object) -> str:
    command = [str(python), "-c", script, *map(str, words)]
    rate, cpu_ms = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return f"{float(rate):6.0f}/s {float(cpu_ms):5.2f} ms CPU"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2000)
    count = parser.parse_args().jobs
    own_server = postgres_server.FOLDER not in os.environ
    if own_server:
        postgres_server.begin_run()
    try:
        with tempfile.TemporaryDirectory(prefix="bmtui-peers-") as name:
            folder = Path(name)
            python = environment(folder / "environment")
            print(f"huey on SQLite, fsync       {measure(python, HUEY, folder / 'huey.db', count)}", flush=True)
            for at_once in (1, 4):
                with durable_database() as url:
                    found = measure(python, PROCRASTINATE, url, count, at_once)
                print(f"procrastinate, {at_once} at once    {found}", flush=True)
        for store in ("sqlite", "postgres"):
            with installation(store) as desk:
                for workers in (1, 4):
                    ours = run_workers(desk, count, workers, "ours")
                    print(
                        f"bmtui on {store}, {workers} at work  {ours.jobs:6.0f}/s {ours.cpu_ms:5.2f} ms CPU", flush=True
                    )
        postgres_server.forget_template()
    finally:
        if own_server:
            postgres_server.end_run()


if __name__ == "__main__":
    main()
