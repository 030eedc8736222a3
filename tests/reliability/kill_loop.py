"""Search for effects that are doubled or lost while workers are killed at random and the channel fails.

    python tests/reliability/kill_loop.py --effects 10000 --kills 1500 [--workers 3] [--seed 1] [--store postgresql://…]
        [--outages 5 --outage-s 120 600]

Orders are accepted, shipped, given their IMEI, refunded in part and refunded in full; each step is planned once the one
before has ended. Meanwhile one write in twelve meets a fault, and workers are killed by SIGKILL, one every tenth of a
second and less, until as many died as asked for. At the end the store is compared with what the marketplace applied:

With `--outages N` nobody gets through to the marketplace N times, for a time between the two seconds given: every other
time connections are refused, and in between requests arrive and no answer comes back.

doubled   effects that took place more often than they were intended
lost      effects that are confirmed here and did not take place, or took place and are said not to have
open      effects that are neither settled nor in a person's list
given up  effects that ended as failed though no person said so

Persons are played by the marketplace's own list of effects. The command ends with 1 when anything was doubled, lost or
left open, and prints which orders.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from breakable_line import BreakableLine
from failpoints import HURRIED, hurry, start
from helpers import add_company, check_money, connect, take_in
from planning import plan_accept, plan_identifiers, plan_ship

from bmtui import settings
from bmtui.channel.model import LineState
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.money import Money
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Job, Order, OrderLine
from bmtui.words import EFFECT_LIVE, JOB_LIVE, EffectKind, EffectState

FAULTY = 0.08
FAULTS = ("drop", "drop-after", "error-500", "error-500-after", "truncated", "html-502", "html-200", "waf", "throttle")
IGNORED = 0.3
"""The share of writes that are answered with 200 and do nothing."""
SAID = "says that it did not happen."
"""Mark of a person's decision on a failed effect; effects that failed without it were given up."""
LATE_S = 0.05
KILL_EVERY_S = 0.08
LAST = 5
PATIENCE_S = 600.0
"""Seconds without a settled effect after which the loop counts as stuck; many, because the machine may be busy."""


def _refund(part: bool) -> Callable[[Desk, Order], int]:
    def plan(desk: Desk, order: Order) -> int:
        line = OrderLine.get(OrderLine.order == order)
        request = RefundRequest(lines={line.line_id: Money(200, order.currency) if part else None})
        if line.state in (LineState.PAID, LineState.ACCEPTED):
            # A person settled its acceptance or its shipment as one that did not happen: no part of it can be refunded.
            return 0
        return refunds.issue(desk, order.order_id, request).job_id or 0

    return plan


def _identify(desk: Desk, order: Order) -> int:
    return plan_identifiers(desk, order, f"{order.order_id:015d}")


STEPS: tuple[tuple[str, Callable[[Desk, Order], int]], ...] = (
    ("accept", plan_accept),
    ("ship", plan_ship),
    ("identifiers", _identify),
    ("part refund", _refund(part=True)),
    ("rest refund", _refund(part=False)),
)


@dataclass
class Tally:
    """Findings of a run; `why`: the errors of the effects that were given up."""

    effects: int = 0
    kills: int = 0
    asked: int = 0
    ignored: int = 0
    outages: int = 0
    seconds: float = 0.0
    states: Counter[str] = field(default_factory=Counter)
    doubled: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    why: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.doubled or self.lost or self.open or self.given_up)


class Outages:
    """Outages of a line: `count` over a run, each between two numbers of seconds long."""

    def __init__(self, line: BreakableLine, count: int, between_s: tuple[float, float], seed: int) -> None:
        self.line, self.count, self.between_s = line, count, between_s
        self.random = random.Random(f"outages {seed}")
        self.begun = 0
        self._until: float | None = None
        self._at: list[float] = []

    def due(self, step: int, steps: int) -> None:
        """Plan the outages of a step, as shares of its work after which they begin."""
        some = self.count * step // steps - self.count * (step - 1) // steps
        self._at = sorted(self.random.uniform(0.05, 0.7) for _ in range(some))

    def step(self, done: float) -> bool:
        """Begin or end an outage; return True while an outage lasts."""
        now = time.monotonic()
        if self._until is not None and now >= self._until:
            self._until = None
            self.line.mend()
        elif self._until is None and self._at and done >= self._at[0]:
            self._at.pop(0)
            self._until = now + self.random.uniform(*self.between_s)
            (self.line.break_answers if self.begun % 2 else self.line.refuse)()
            self.begun += 1
        return self._until is not None


class Loop:
    """Loop on an installation and a marketplace, with workers that are killed."""

    def __init__(
        self, desk: Desk, server: SandboxServer, workers: int, seed: int, outages: Outages | None = None
    ) -> None:
        self.desk, self.server = desk, server
        self.outages = outages
        self.home = desk.settings.config
        self.random = random.Random(seed)
        self.workers = workers
        self.processes: list[Any] = []
        self.kills = 0

    def run(self, effects: int, kills: int) -> Tally:
        began = time.monotonic()
        orders = list(Order.select().order_by(Order.id).limit(-(-effects // len(STEPS))))
        tally = Tally()
        for number, (_, plan) in enumerate(STEPS, start=1):
            for order in orders:
                plan(self.desk, Order.get_by_id(order.id))
                tally.effects += 1
            if self.outages:
                self.outages.due(number, len(STEPS))
            self._work_off(kills * number // len(STEPS))
            tally.asked += self._settle()
            tally.ignored += self._send_again()
        tally.kills, tally.seconds = self.kills, time.monotonic() - began
        tally.outages = self.outages.begun if self.outages else 0
        self._compare(tally)
        return tally

    def _work_off(self, kills: int) -> None:
        """Work until no job is queued; kill workers meanwhile, evenly over the work, up to `kills` in all.

        No worker is killed over the last few jobs: a worker that dies idle proves nothing.
        """
        total = Job.select().where(Job.status.in_(JOB_LIVE)).count()
        left, since, before = total, time.monotonic(), self.kills
        while True:
            self.processes = [process for process in self.processes if process.is_alive()]
            self.employ()
            time.sleep(self.random.uniform(0.2, 1.8) * KILL_EVERY_S)
            done = 1 - left / max(total, 1)
            if self.outages and self.outages.step(done):
                since = time.monotonic()
            due = int(before + (kills - before) * min(1.0, done + 0.1)) - self.kills if left > LAST else 0
            for victim in self.random.sample(self.processes, min(max(due, 0), len(self.processes))):
                os.kill(int(victim.pid), signal.SIGKILL)
                victim.join()
                self.kills += 1
            now_left = Job.select().where(Job.status.in_(JOB_LIVE)).count()
            if not now_left:
                break
            if now_left != left:
                left, since = now_left, time.monotonic()
            if time.monotonic() - since > PATIENCE_S:
                rows = Job.select().where(Job.status.in_(JOB_LIVE)).limit(5)
                told = [(row.id, row.type, row.status, row.worker, row.scheduled_at, row.error) for row in rows]
                raise AssertionError(f"{now_left} jobs stand still: {told}")
        for process in self.processes:
            process.kill()
            process.join()
        self.processes = []

    def employ(self) -> None:
        """Start workers until `workers` are running."""
        while len(self.processes) < self.workers:
            self.processes.append(start(self.home, once=False))

    def _settle(self) -> int:
        """Settle effects as a person does who sees what the marketplace applied; return how many."""
        waiting = [view for view in outbox.listing(self.desk, limit=100_000) if view.state == EffectState.NEEDS_PERSON]
        applied = Counter(self._key(effect) for effect in self.server.marketplace.effects)
        for view in waiting:
            happened = applied[self._key({"order_id": view.order_id, "body": view.body})] > 0
            outbox.settle_by_person(self.desk, view.effect_id, happened=happened)
        return len(waiting)

    def _send_again(self) -> int:
        """Retry, as a person does, the writes that Back Market answered and did not apply; return how many."""
        ignored = (Effect.state == EffectState.NOT_APPLIED) & (Effect.kind != EffectKind.REFUND)
        times = 0
        while job_ids := {effect.job_id for effect in Effect.select().where(ignored)}:
            for job_id in job_ids:
                jobs.retry(self.desk, job_id)
            times += len(job_ids)
            self._work_off(0)
            self._settle()
        return times

    def _key(self, effect: dict[str, Any]) -> tuple[int, str]:
        """Return a key that is the same for our effect and for the marketplace's record of it."""
        body = {name: value for name, value in effect["body"].items() if name not in ("order_id",)}
        return int(effect["order_id"]), repr(sorted(body.items()))

    def _compare(self, tally: Tally) -> None:
        applied = Counter(self._key(effect) for effect in self.server.marketplace.effects)
        # What a person said not to have happened has no next step: that is not sent, and nobody gave it up.
        ended = {effect.order_ref for effect in Effect.select() if effect.error.endswith(SAID)}
        for effect in Effect.select(Effect, Order).join(Order):
            key = self._key({"order_id": effect.order and effect.order.order_id, "body": effect.body})
            tally.states[effect.state] += 1
            if effect.state in EFFECT_LIVE:
                tally.open.append(key[0])
            elif (effect.state == EffectState.CONFIRMED) != (applied[key] > 0):
                tally.lost.append(key[0])
            elif effect.state == EffectState.REJECTED and effect.order_ref not in ended:
                tally.given_up.append(key[0])
                tally.why.append(effect.error)
        tally.doubled = [key[0] for key, times in applied.items() if times > 1]
        check_money()


@contextmanager
def installation(
    store: str, orders: int, seed: int, through: BreakableLine | None = None
) -> Iterator[tuple[Desk, SandboxServer]]:
    """Yield a desk on `store` (or SQLite) with `orders` paid orders of one line, and a marketplace with faulty writes.

    Args:
        through: the line between the desk and the server, if any; its port `to` is set here.
    """
    before = {(owner, name): getattr(owner, name) for owner, name in HURRIED}
    with tempfile.TemporaryDirectory(prefix="bmtui-kill-loop-") as folder:
        if store:
            (Path(folder) / "bmtui.toml").write_text(f'store = "{store}"\n', encoding="utf-8")
        desk = open_desk(settings.load(folder, environ={}))
        hurry()
        try:
            limits = {"refund-per-day": 10**6}
            options = SandboxOptions(orders=orders * 16, seed=seed, rate_limit=10_000_000, limits=limits)
            with SandboxServer(options) as server:
                if through is None:
                    connect(desk, server)
                else:
                    through.to = int(server.url.rpartition(":")[2])
                    add_company(desk, url=through.url, token=server.token)
                # The clock brings no work of its own.
                companies.change(desk, None, {"download_interval_min": "0", "care_interval_min": "0"})
                for some in _batched(_paid(server, orders)):
                    take_in(desk, *some)
                server.faults.rules = _rules()
                yield desk, server
        finally:
            desk.store.close()
            for (owner, name), value in before.items():
                setattr(owner, name, value)


def _paid(server: SandboxServer, orders: int) -> list[dict[str, Any]]:
    """Return orders of one line that wait to be accepted."""
    paid = [
        raw
        for raw in server.marketplace.all_orders()
        if [line["state"] for line in raw["orderlines"]] == [1] and float(raw["price"]) > 20
    ]
    assert len(paid) >= orders, f"only {len(paid)} orders fit"
    return paid[:orders]


def _batched(rows: list[dict[str, Any]], size: int = 100) -> Iterator[list[dict[str, Any]]]:
    """Yield the orders in batches that are stored at once."""
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def _rules() -> list[Rule]:
    share = FAULTY / len(FAULTS)
    rules = [Rule(name, method=verb, path="/ws/", probability=share) for name in FAULTS for verb in ("POST", "PATCH")]
    # Of a partial refund nothing but its answer can be known (API §7): there it would be confirmed.
    rules.append(Rule("no-effect", path="/ws/order", probability=IGNORED))
    return [*rules, Rule("late", method="POST", path="/ws/", probability=share, seconds=LATE_S)]


def run(
    effects: int,
    kills: int,
    *,
    workers: int = 3,
    seed: int = 1,
    store: str = "",
    outages: int = 0,
    outage_s: tuple[float, float] = (120.0, 600.0),
) -> Tally:
    """Run the loop once."""
    with ExitStack() as stack:
        line = stack.enter_context(BreakableLine()) if outages else None
        desk, server = stack.enter_context(installation(store, -(-effects // len(STEPS)), seed, line))
        planned = Outages(line, outages, outage_s, seed) if line else None
        return Loop(desk, server, workers, seed, planned).run(effects, kills)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--effects", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=1_500)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", default="", help="postgresql://…; SQLite without it")
    parser.add_argument("--outages", type=int, default=0, help="how often nobody gets through")
    parser.add_argument("--outage-s", type=float, nargs=2, default=(120.0, 600.0), metavar=("FROM", "TO"))
    args = parser.parse_args()
    facts = {"workers": args.workers, "seed": args.seed, "store": args.store}
    tally = run(args.effects, args.kills, outages=args.outages, outage_s=tuple(args.outage_s), **facts)
    print(
        f"{tally.effects:,} effects, {tally.kills:,} workers killed, {tally.seconds:.0f} s: "
        f"{len(tally.doubled)} doubled, {len(tally.lost)} lost, {len(tally.open)} open, "
        f"{len(tally.given_up)} given up in {tally.outages} outages; "
        f"{tally.asked:,} asked a person, {tally.ignored:,} were ignored; {dict(tally.states)}"
    )
    for name in ("doubled", "lost", "open", "given_up", "why"):
        if getattr(tally, name):
            print(f"{name}: {getattr(tally, name)[:50]}")
    return 0 if tally.good else 1


if __name__ == "__main__":
    sys.exit(main())
