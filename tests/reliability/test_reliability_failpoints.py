"""Mishaps of a worker at each named place: every intended effect takes place once, or a person is asked.

Every place × every mishap × every third kind of write, refunds also with an answer that gets lost: each kind meets
each place and each mishap. PostgreSQL has every second of the kills, stops and cancellations, with another third of the
kinds. With BMTUI_EVERY_MISHAP=1 all of them, as before a release.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from failpoints import HURRIED, MISHAPS, PLACES, hurry, worker
from helpers import check_money, connect, let_time_pass, order_of, take_in, work
from planning import plan_accept, plan_identifiers, plan_ship
from thoroughness import THOROUGH, share

from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.money import Money
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Job, Order, OrderLine
from bmtui.words import EFFECT_LIVE, JOB_LIVE
from bmtui.workers import run_worker


def plan_full_refund(desk: Desk, order: Order) -> int:
    return refunds.issue(desk, order.order_id, RefundRequest()).job_id or 0


def plan_part_refund(desk: Desk, order: Order) -> int:
    line = OrderLine.get(OrderLine.order == order)
    request = RefundRequest(lines={line.line_id: Money(500, order.currency)})
    return refunds.issue(desk, order.order_id, request).job_id or 0


def plan_imei(desk: Desk, order: Order) -> int:
    return plan_identifiers(desk, order, "490154203237518")


Write = tuple[int, Callable[[Desk, Order], int], str]
WRITES: tuple[Write, ...] = (
    (3, plan_full_refund, ""),
    (3, plan_full_refund, "drop-after"),
    (3, plan_part_refund, ""),
    (3, plan_part_refund, "drop-after"),
    (1, plan_accept, ""),
    (2, plan_ship, ""),
    (2, plan_imei, ""),
    (1, plan_accept, "no-effect"),
    (2, plan_imei, "no-effect"),
    (3, plan_full_refund, "no-effect"),
)
"""Writes to try: the line state in which each is possible, the function that plans it, and its fault or ""."""


@dataclass
class Bench:
    """Marketplace and desk for many orders."""

    desk: Desk
    server: SandboxServer
    used: set[int] = field(default_factory=set)

    def order(self, line_state: int) -> Order:
        """Store a new order of one line without effects; return it."""
        raw = next(
            raw
            for raw in self.server.marketplace.all_orders()
            if [line["state"] for line in raw["orderlines"]] == [line_state]
            and raw["order_id"] not in self.used
            and float(raw["price"]) > 20
        )
        self.used.add(raw["order_id"])
        take_in(self.desk, raw)
        return order_of(raw["order_id"])

    def applied(self, order: Order) -> list[dict[str, Any]]:
        return [effect for effect in self.server.marketplace.effects if effect["order_id"] == order.order_id]

    def finish(self) -> None:
        """Run undisturbed workers until no job is queued."""
        for _ in range(8):
            work(self.desk)
            if not Job.select().where(Job.status.in_(JOB_LIVE)).exists():
                return
            let_time_pass(self.desk)
        raise AssertionError("something is still queued")


@pytest.fixture
def bench(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    for owner, name in HURRIED:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    with SandboxServer(SandboxOptions(orders=250, rate_limit=100_000)) as server:
        connect(desk, server)
        yield Bench(desk, server)


def check(bench: Bench, order: Order, mishap: str) -> None:
    """Check that the intended effect took place once, or that a person was asked with a reason."""
    applied = bench.applied(order)
    (effect,) = Effect.select().where(Effect.order == order)
    assert len(applied) <= 1, "it took place twice"
    asked = effect.state == "needs_person"
    if asked:
        assert effect.error, "a person is asked without being told why"
        (view,) = (view for view in outbox.listing(bench.desk) if view.effect_id == effect.id)
        outbox.settle_by_person(bench.desk, view.effect_id, happened=bool(applied))
        effect = Effect.get_by_id(effect.id)
    assert effect.state not in EFFECT_LIVE
    asked |= effect.state == "not_applied"
    assert (effect.state == "confirmed") == (len(applied) == 1)
    if mishap in ("kill", "stop", "delay", "cancel") and not asked:
        assert effect.state == "confirmed", effect.error
    check_money()


async def look_in(desk: Desk) -> None:
    """Run another worker for a moment."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.3, stop.set)
    await run_worker(desk, stop=stop)


def writes(place: str, mishap: str, first: int) -> Sequence[Write]:
    """Return every third of `WRITES`, from the `first` of three on, which changes with each place and mishap."""
    if THOROUGH:
        return WRITES
    return WRITES[(first + list(PLACES).index(place) + list(MISHAPS).index(mishap)) % 3 :: 3]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("place", PLACES)
def test_each_intended_effect_takes_place_once_or_a_person_is_asked(bench: Bench, place: str, mishap: str) -> None:
    strike(bench, place, mishap, writes(place, mishap, 0))


@pytest.mark.postgres_only
@pytest.mark.parametrize(("place", "mishap"), list(product(PLACES, ("kill", "stop", "cancel")))[:: share(2, 1)])
def test_each_intended_effect_takes_place_once_or_a_person_is_asked_on_postgresql(
    bench: Bench, place: str, mishap: str
) -> None:
    strike(bench, place, mishap, writes(place, mishap, 1))


def _once(fault: str) -> Rule:
    return Rule(fault, count=1) if fault == "no-effect" else Rule(fault, method="POST", count=1)


def strike(bench: Bench, place: str, mishap: str, writes: Sequence[Write]) -> None:
    """Try the mishap at the place with an order for each of these writes."""
    for state, plan, fault in writes:
        order = bench.order(state)
        plan(bench.desk, order)
        bench.server.faults.rules = [_once(fault)] if fault else []
        with worker(bench.desk.settings.config, place, mishap) as process:
            if process.is_alive() and not PLACES[place].locked:
                asyncio.run(look_in(bench.desk))
        hurry()
        bench.finish()
        check(bench, order, mishap)
