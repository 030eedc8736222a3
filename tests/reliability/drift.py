"""Search for orders that a download loses, doubles or spoils while the list moves and the channel fails.

    python tests/reliability/drift.py --runs 1000 --seed 1 [--processes 2]
    python tests/reliability/drift.py --runs 4 --orders 15000

Each run has a marketplace and a store of its own. Before each page that it answers, the marketplace moves, as the run's
seed decides: orders come, are paid and so appear in the middle, leave the list, change, and do several of these at
once so that the count tells nothing. Meanwhile one request in twenty meets a fault. Then all is still, a sync follows,
and what the desk has is compared with what the marketplace has:

lost      orders that stood in the list from beginning to end, and that the download did not bring although it says that
          it is complete; or that are listed at the end, and are not here after the sync
doubled   orders, lines or payments that are here more than once, or were created twice
wrong     orders that are listed at the end, and whose lines, states or amounts are others here
partial   downloads that said themselves that they are not complete; the sync must have brought the rest
moved     runs in which an order slipped past the download, had it only asked page after page

The command ends with 1 when anything was lost, doubled or wrong, and prints the seeds of those runs. Pages that are
asked for at once arrive in any order, so one seed need not give the same run twice.

With `--orders`, each run is the first download of a shop of that many orders, without faults. It must come to an end in
one reading of the list: one that ended as partial, or read the list again, counts as wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers import connect, work

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.sync import download as downloads
from bmtui.desk.sync import schedule
from bmtui.queue import jobs as queue
from bmtui.queue import limits
from bmtui.sandbox import FAULTS, SandboxOptions
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.marketplace import Marketplace, Query
from bmtui.sandbox.orders.practice_orders import Order as Sold
from bmtui.sandbox.server import SandboxServer
from bmtui.sandbox.simulation import Simulation
from bmtui.store.models import Inbox, Job, JobOrder, Order, OrderLine, Payment, RateLimit
from bmtui.workers import company_channel

HIDDEN = (0, 8)
FAULTY = 0.05
PATIENCE = 40
"""Rounds of the worker after which a job that still fails counts as broken."""

# What takes long, and what no second try mends: another type of a field is another order.
_NOT_RETRIABLE = {"slow", "slow-after", "drip", "bomb", "wrong-type"}
RETRIABLE = tuple(name for name in FAULTS if name not in _NOT_RETRIABLE)
_OF_PAGES = ("overlap", "slip", "drift", "foreign-next", "count-high", "count-low")


@dataclass
class Tally:
    """Findings of a run, or of many added up."""

    runs: int = 0
    orders: int = 0
    requests: int = 0
    first: int = 0
    """Pages that the first download asked for."""
    moves: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    partial: int = 0
    moved: int = 0
    again: int = 0
    bad: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name in ("runs", "orders", "requests", "first", "lost", "doubled", "wrong", "partial", "moved", "again"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.moves += other.moves
        self.bad += other.bad

    def __str__(self) -> str:
        return (
            f"{self.runs:,} runs, {self.orders:,} orders, {self.requests:,} pages ({self.first:,} by first downloads), "
            f"{self.moves.total():,} moves: "
            f"{self.lost} lost, {self.doubled} doubled, {self.wrong} wrong "
            f"({self.moved} runs moved under the download, {self.again} read again, {self.partial} ended partial)"
        )


class Mover:
    """Mover of the order list: changes it before each page that is answered, until it is stopped."""

    def __init__(self, marketplace: Marketplace, seed: int) -> None:
        self._marketplace = marketplace
        self._simulation = Simulation(marketplace)
        self._random = random.Random(f"mover {seed}")
        self._pace = self._random.choice((0.2, 0.5, 0.9))
        self._page = marketplace.page
        self._front = 0
        self._behind: set[int] = set()
        self.moves: Counter[str] = Counter()
        self.requests = 0
        self.restless: set[int] = set()
        """Numbers of orders that entered or left the list."""
        self.slipped = False
        self.still = False
        marketplace.page = self._answer  # type: ignore[method-assign]

    def _answer(self, query: Query, first: int, size: int) -> tuple[int, list[dict[str, Any]]]:
        with self._marketplace._lock:
            self.requests += 1
            if not self.still and self._random.random() < self._pace:
                self._move(first)
            count, results = self._page(query, first, size)
            self._watch(query, first, results)
            return count, results

    def _watch(self, query: Query, first: int, results: list[dict[str, Any]]) -> None:
        """Note in `slipped` when a list read page after page would just have missed an order."""
        ids = [order.order_id for order in query.select(self._marketplace._orders.values())]
        if self._marketplace.quirks["result-order"] != "ascending":
            ids.reverse()
        if first == 0:
            self._behind = set()
        self.slipped |= first >= self._front > 0 and bool(set(ids[:first]) - self._behind - self.restless)
        self._behind |= {order["order_id"] for order in results}
        self._front = first

    def _move(self, first: int) -> None:
        draw = self._random
        kinds: list[Callable[[int], None]] = [
            self._comes, self._leaves, self._leaves_and_another_comes, self._appears, self._changes, self._lives,
        ]  # fmt: skip
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            move = draw.choices(kinds, (2, 4, 6, 2, 3, 2))[0]
            move(first)
            self.moves[move.__name__.strip("_")] += 1

    def _listed(self) -> list[Sold]:
        return [order for order in self._marketplace._orders.values() if order.payload["state"] not in HIDDEN]

    def _comes(self, first: int) -> None:
        self.restless.update(self._marketplace.add_orders(self._random.choice((1, 1, 2))))

    def _leaves(self, first: int) -> None:
        """Remove an order before the requested page: the orders behind it move to pages that were read already."""
        listed = self._listed()
        if len(listed) > 20:
            ascending = self._marketplace.quirks["result-order"] == "ascending"
            before = listed[:first] if ascending else listed[len(listed) - first :]
            order = self._random.choice(before or listed)
            order.payload["state"] = 8
            order.touch(self._marketplace.clock.tick())
            self.restless.add(order.order_id)

    def _leaves_and_another_comes(self, first: int) -> None:
        """Remove an order and add another, so that the count stays."""
        self._leaves(first)
        self.restless.update(self._marketplace.add_orders(1))

    def _appears(self, first: int) -> None:
        """Pay an order that was not listed yet: it appears at the place of its creation."""
        hidden = [order for order in self._marketplace._orders.values() if order.payload["state"] == 0]
        if hidden:
            order = self._random.choice(hidden)
            self._marketplace.pay(order.order_id)
            self.restless.add(order.order_id)

    def _changes(self, first: int) -> None:
        """Change the lines of an order, as a seller who accepts or ships elsewhere, or a buyer who cancels."""
        draw, now = self._random, self._marketplace.clock.tick
        order = draw.choice(self._listed())
        for line in order.lines:
            if line["state"] in (1, 2):
                line["state"] = draw.choice({1: (2, 4), 2: (3, 5)}[line["state"]])
        if all(line["state"] in (3, 4, 5, 6) for line in order.lines):
            order.payload["state"] = 9
        order.payload["tracking_number"] = f"T{draw.randrange(10**8)}"
        order.touch(now())

    def _lives(self, first: int) -> None:
        before = {order.order_id for order in self._listed()}
        self._simulation.step()
        self.restless |= before ^ {order.order_id for order in self._listed()}


def run(seed: int, orders: int | None = None) -> Tally:
    """Run a marketplace and a download with this seed; return the findings.

    Args:
        orders: number of orders of a shop without faults, which is downloaded for the first time.
    """
    draw = random.Random(f"run {seed}")
    quirks = {
        "result-order": draw.choice(("observed", "ascending", "descending")),
        "page-past-end": draw.choice(("404", "empty")),
        "offsets": draw.choice(("local", "z")),
    }
    options = SandboxOptions(orders=orders or draw.randint(60, 200), seed=seed, rate_limit=10**6, quirks=quirks)
    with tempfile.TemporaryDirectory() as folder, SandboxServer(options) as server, hurried():
        desk = open_desk(settings.load(folder, environ={}))
        try:
            return _run(seed, draw, desk, server, large=orders is not None)
        finally:
            desk.store.close()


def _run(seed: int, draw: random.Random, desk: Desk, server: SandboxServer, *, large: bool) -> Tally:
    marketplace = server.marketplace
    connect(desk, server)
    companies.change(desk, None, {"look_back_days": "120"})
    mover = Mover(marketplace, seed)
    server.faults.rules = [] if large else _faults(draw)
    at_first = {order.order_id for order in mover._listed()}

    by_sync = not large and draw.random() < 0.5
    first = schedule.start(desk, None) if by_sync else downloads.start(desk, None, "2000-01-01")
    _until_ended(desk, first)
    claims_all = jobs.show(desk, first).status == "completed"
    mover.still, pages = True, mover.requests
    # Late buyers pay by the clock, also between the sync and the comparison.
    marketplace._due.clear()
    stood = at_first - mover.restless
    here = {row.order_id for row in Order.select(Order.order_id)}
    lost = stood - here if claims_all else set()

    last = schedule.start(desk, None)
    _until_ended(desk, last)
    if jobs.show(desk, last).status != "completed":
        _until_ended(desk, schedule.start(desk, None))
    listed = {order["order_id"]: order for order in marketplace.all_orders() if order["state"] not in HIDDEN}
    here = {row.order_id for row in Order.select(Order.order_id)}
    lost |= listed.keys() - here
    wrong = sorted(order_id for order_id in listed.keys() & here if not _is_right(listed[order_id]))

    tally = Tally(1, len(listed), mover.requests, pages, mover.moves, len(lost), _doubled(), len(wrong))
    tally.partial = int(not claims_all)
    tally.moved = int(mover.slipped)
    tally.again = int(any("again" in log.message for log in jobs.logs(desk, first)))
    if large and (tally.partial or tally.again):
        tally.wrong += 1
    if tally.lost or tally.doubled or tally.wrong:
        kind = "sync" if by_sync else "download"
        tally.bad.append(f"seed {seed} ({kind}): lost {sorted(lost)}, doubled {tally.doubled}, wrong {wrong}")
    return tally


def _faults(draw: random.Random) -> list[Rule]:
    """Return faults for one request in twenty, and in every other run a fault of the page contents as well."""
    rules = [Rule(name, "/ws/orders", probability=FAULTY / len(RETRIABLE), seconds=0) for name in RETRIABLE]
    if draw.random() < 0.5:
        rules.append(Rule(draw.choice(_OF_PAGES), "/ws/orders", probability=0.2))
    return rules


def _until_ended(desk: Desk, job_id: int) -> None:
    """Work until the job and its children have ended; retry jobs that failed for a while."""
    for _ in range(PATIENCE):
        work(desk)
        # Nobody waits until a penalty is over.
        RateLimit.delete().execute()
        Job.update(scheduled_at=desk.now()).where(Job.status == "submitted").execute()
        family = list(Job.select().where((Job.id == job_id) | (Job.parent == job_id)))
        failed = [job for job in family if job.status == "failed"]
        for job in failed:
            jobs.retry(desk, job.id)
        if not failed and all(job.status in ("completed", "partial_success") for job in family):
            return
    raise AssertionError(f"job {job_id} does not come to an end: {[job.error for job in family]}")


def _doubled() -> int:
    """Return the number of orders, lines and payments stored more than once, and of orders created twice."""
    created = JobOrder.select().where(JobOrder.outcome == "created").count()
    keys = (
        [(row.company_id, row.order_id) for row in Order.select(Order.company, Order.order_id)],
        [row.line_id for row in OrderLine.select(OrderLine.line_id)],
        [row.order_ref for row in Payment.select(Payment.order).where(Payment.kind == "received")],
        [row.order_id for row in Inbox.select(Inbox.order_id)],
    )
    return sum(len(found) - len(set(found)) for found in keys) + abs(created - Order.select().count())


def _is_right(said: dict[str, Any]) -> bool:
    """Return True when the stored order is as the marketplace has it."""
    row = Order.get(Order.order_id == said["order_id"])
    scale = 1 if said["currency"] == "JPY" else 100
    goods, shipping = (int(Decimal(said[name]) * scale) for name in ("price", "shipping_price"))
    states = [line["state"] for line in said["orderlines"]]
    never_paid = all(state in (4, 7) for state in states)
    paid = said["date_payment"] is not None or (said["state"] in (1, 3, 9) and not never_paid)
    lines = {
        line["id"]: (
            line["state"],
            line["listing"],
            line["quantity"],
            int(Decimal(line["price"]) * scale),
            int(Decimal(line["price"]) * scale) if paid and line["state"] in (4, 5, 6) else 0,
        )
        for line in said["orderlines"]
    }
    mine = {
        line.line_id: (line.state, line.sku, line.quantity, line.price, line.refunded)
        for line in OrderLine.select().where(OrderLine.order == row)
    }
    returned = sum(line[-1] for line in lines.values())
    if paid and all(state in (4, 5, 7) for state in states):
        returned += shipping
    return (
        mine == lines
        and (row.goods, row.shipping, row.total) == (goods, shipping, goods + shipping)
        and (row.received, row.refunded) == (goods + shipping if paid else 0, returned)
        and (row.channel_state, row.currency, row.tracking_number)
        == (said["state"], said["currency"], said["tracking_number"])
        and row.updated_at == datetime.fromisoformat(said["date_modification"])
    )


@contextmanager
def hurried() -> Iterator[None]:
    """Turn off the rate limit, penalties and pauses before the next attempt."""
    places: list[tuple[Any, str, Any]] = [
        (limits, "_INTERVAL_US", 0), (company_channel, "BLOCKED_S", 0.001), (queue, "RETRY_BASE_S", 0.0),
    ]  # fmt: skip
    before = [getattr(module, name) for module, name, _ in places]
    try:
        for module, name, value in places:
            setattr(module, name, value)
        yield
    finally:
        for (module, name, _), value in zip(places, before, strict=True):
            setattr(module, name, value)


def check(seed: int, orders: int | None = None) -> Tally:
    """Run the seed; count a run that does not end as a bad one."""
    try:
        return run(seed, orders)
    except AssertionError as error:
        return Tally(1, wrong=1, bad=[f"seed {seed}: {error}"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each further one has the next")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--orders", type=int, help="of a large shop without faults, downloaded for the first time")
    chosen = parser.parse_args()
    total, began = Tally(), time.monotonic()
    with ProcessPoolExecutor(chosen.processes) as pool:
        seeds = range(chosen.seed, chosen.seed + chosen.runs)
        for tally in pool.map(check, seeds, [chosen.orders] * chosen.runs):
            total.add(tally)
            for line in tally.bad:
                print(line, flush=True)
            if total.runs % 100 == 0 and total.runs < chosen.runs:
                print(f"{total.runs:6} {total}", flush=True)
    print(f"{total}, {time.monotonic() - began:.0f} s")
    return 1 if total.lost or total.doubled or total.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
