"""Speed of a download of orders, beside the least that it could take.

    python tests/bench/bench_download.py [--orders 10000]

One download from a practice marketplace in a process of its own, with the shared limit lifted: orders a second, end to
end and for each step. Beside each step, in the same run, what it costs at the least: the same pages by a bare httpx
loop, the same bodies by json alone, the same rows by raw `executemany` into the same schema with the same pragmas and
as many orders a transaction.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bmtui.channel.answers import json_value

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
import peewee
from helpers import add_company

from bmtui import settings
from bmtui.channel import client
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core.context import Desk
from bmtui.desk.sync import download as downloads
from bmtui.queue import limits
from bmtui.queue.worker import JobContext
from bmtui.store.connection import open_store
from bmtui.store.models import Inbox, JobOrder, Order, OrderLine, Payment, Refund
from bmtui.workers import run_worker
from bmtui.workers.sync import create_orders, download_orders, order_list

CREATED = (Order, OrderLine, Refund, Payment, JobOrder)
SERVER = """
import sys
from bmtui.sandbox.options import SandboxOptions
from bmtui.sandbox.server import serve
options = SandboxOptions(orders=int(sys.argv[1]), rate_limit=10**9)
serve(options, lambda url, token: print(url, token, flush=True))
"""


class Stopwatch:
    """Timer that adds up the seconds of each step."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] += time.perf_counter() - began

    def around(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.of(step):
                return function(*args, **kwargs)

        return timed

    def around_async(self, step: str, function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def timed(*args: Any, **kwargs: Any) -> Any:
            with self.of(step):
                return await function(*args, **kwargs)

        return timed


@contextmanager
def marketplace(orders: int) -> Iterator[tuple[str, str]]:
    """The address and the token of a practice marketplace in a process of its own."""
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(orders)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url, token = process.stdout.readline().split()
        yield url, token
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def ours(desk: Desk) -> Stopwatch:
    """Download and create all orders; return the seconds of each step."""
    watch = Stopwatch()
    commit = JobContext.commit

    async def timed_commit(self: JobContext, function: Callable[[], Any]) -> Any:
        with watch.of(f"commit {self.claim.type}"):
            return await commit(self, function)

    with (
        patch.object(limits, "_INTERVAL_US", 0),
        patch.object(order_list, "_fetch", watch.around_async("fetch", order_list._fetch)),
        patch.object(client, "json_value", watch.around("parse", json_value)),
        patch.object(JobContext, "commit", timed_commit),
        patch.object(download_orders, "run", watch.around_async("download", download_orders.run)),
        patch.object(create_orders, "run", watch.around_async("create", create_orders.run)),
        watch.of("all"),
    ):
        downloads.start(desk, None, "2000-01-01")
        asyncio.run(run_worker(desk, stop=asyncio.Event(), once=True))
    return watch


async def bare_httpx(url: str, token: str, pages: int, at_once: int) -> list[bytes]:
    """Fetch all pages by bare httpx; return their bodies."""
    headers = {"Authorization": f"Basic {token}", "User-Agent": "BM-Bench-1;bench@shop.example"}
    bodies: list[bytes] = [b""] * pages
    numbers = iter(range(1, pages + 1))

    async def reader(http: httpx.AsyncClient) -> None:
        for number in numbers:
            params: dict[str, str | int] = {
                "page": number,
                "page-size": order_list.PAGE_SIZE,
                "date_creation": "2000-01-01T00:00:00Z",
            }
            answer = await http.get(f"{url}/ws/orders", params=params)
            bodies[number - 1] = answer.raise_for_status().content

    async with httpx.AsyncClient(headers=headers, trust_env=False) as http:
        await asyncio.gather(*(reader(http) for _ in range(at_once)))
    return bodies


Rows = dict[Any, list[tuple[Any, ...]]]


def raw_rows(folder: Path, tables: Mapping[Any, Rows], per_transaction: int) -> float:
    """Seconds to insert these rows, grouped by order, into a new database."""
    file = folder / "floor.sqlite"
    open_store(f"sqlite:///{file}").close()
    driver = peewee.sqlite3  # type: ignore[attr-defined]
    connection = driver.connect(str(file), isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "trusted_schema = 0", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    inserts = {
        model: f"INSERT INTO {model._meta.table_name} VALUES ({', '.join('?' * len(next(iter(rows.values()))[0]))})"
        for model, rows in tables.items()
        if rows
    }
    keys = list(next(iter(tables.values())))
    began = time.perf_counter()
    for at in range(0, len(keys), per_transaction):
        connection.execute("BEGIN IMMEDIATE")
        for model, insert in inserts.items():
            rows = [row for key in keys[at : at + per_transaction] for row in tables[model].get(key, ())]
            connection.executemany(insert, rows)
        connection.execute("COMMIT")
    elapsed = time.perf_counter() - began
    connection.close()
    for path in folder.glob("floor.sqlite*"):
        if path.is_file():
            path.unlink()
    return elapsed


def rows_by(desk: Desk, model: type[peewee.Model], key: str) -> Rows:
    """Return the rows of a table as they are stored, grouped by the column `key`."""
    cursor = desk.store.database.execute_sql(f"SELECT * FROM {model._meta.table_name}")
    place = [column[0] for column in cursor.description].index(key)
    grouped: Rows = {}
    for row in cursor.fetchall():
        grouped.setdefault(row[place], []).append(row)
    return grouped


def bench(orders: int) -> list[tuple[str, float, float]]:
    """Return each step with our seconds and those of its floor; the last row is the whole download."""
    with tempfile.TemporaryDirectory() as name, marketplace(orders) as (url, token):
        folder = Path(name)
        desk = open_desk(settings.load(str(folder / "home"), environ={}))
        try:
            add_company(desk, url=url, token=token)
            # The first page makes the marketplace warm.
            asyncio.run(bare_httpx(url, token, 1, 1))
            seconds = ours(desk).seconds
            count = Inbox.select().count()
            assert Order.select().count() == count
            keys = {Order: "id", JobOrder: "order_ref", Inbox: "id"}
            inbox_rows = {Inbox: rows_by(desk, Inbox, "id")}
            created = {model: rows_by(desk, model, keys.get(model, "order_ref")) for model in CREATED}
        finally:
            desk.store.close()
        pages = -(-count // order_list.PAGE_SIZE)
        watch = Stopwatch()
        with watch.of("one"):
            bodies = asyncio.run(bare_httpx(url, token, pages, 1))
        with watch.of("four"):
            asyncio.run(bare_httpx(url, token, pages, order_list.PAGES_AT_ONCE))
        with watch.of("json"):
            for body in bodies:
                json.loads(body)
        raw_inbox = raw_rows(folder, inbox_rows, order_list.PAGE_SIZE * order_list.PAGES_AT_ONCE)
        raw_created = raw_rows(folder, created, create_orders.BATCH)
    floor = watch.seconds
    fetching = seconds["fetch"] - seconds["parse"]
    kept = seconds["commit order_download"]
    whole = floor["four"] + floor["json"] + raw_inbox + raw_created
    steps = [
        ("network; httpx, one at a time", fetching, floor["one"]),
        ("network; httpx, four at a time", fetching, floor["four"]),
        ("parsing; json.loads", seconds["parse"], floor["json"]),
        ("inbox; raw executemany", kept, raw_inbox),
        ("creation; raw executemany", seconds["create"], raw_created),
        ("rest: jobs, limits, looking", seconds["all"] - seconds["fetch"] - kept - seconds["create"], 0.0),
        ("end to end; the floors together", seconds["all"], whole),
    ]
    return [(step, count / mine, count / least if least else 0.0) for step, mine, least in steps]


def table(rows: Sequence[tuple[str, float, float]]) -> Iterable[str]:
    yield f"{'step; its floor':34} {'orders/s':>10} {'floor':>10} {'share':>7}"
    for step, mine, least in rows:
        share = f"{mine / least:7.2f}" if least else f"{'–':>7}"
        yield f"{step:34} {mine:10,.0f} {least:10,.0f} {share}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", type=int, default=10_000)
    for line in table(bench(parser.parse_args().orders)):
        print(line)


if __name__ == "__main__":
    main()
