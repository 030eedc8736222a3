"""Any sequence of refunds, failures, withdrawals, approvals and crashes, against a real marketplace over HTTP.

Whatever happened: no more was returned than was received, the payment status follows, and every refund that is
confirmed here is in the marketplace's log exactly once, and nothing else is.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from helpers import add_company, check_money, order_of, take_in, work_through
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from bmtui import settings
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import effects
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.money import Money
from bmtui.queue import jobs
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Effect, Job, Order, Refund
from bmtui.words import EffectState, JobStatus

pytestmark = pytest.mark.usefixtures("no_rest")

ANN, BEN = 60001, 60002
FAULTS = ("error-500", "error-500-after", "drop", "drop-after", "throttle", "html-502", "truncated", "waf")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["ann", "ben"]), st.sampled_from(["all", "part", "record"]), st.integers(1, 60_000)),
        st.tuples(st.just("decide"), st.sampled_from(["approve", "reject", "own"]), st.integers(0, 2)),
        st.tuples(st.just("withdraw"), st.just(""), st.integers(0, 2)),
        st.tuples(st.just("crash"), st.just(""), st.integers(0, 2)),
        st.tuples(st.just("fault"), st.sampled_from(FAULTS), st.integers(1, 2)),
        st.tuples(st.just("work"), st.just(""), st.just(0)),
    ),
    min_size=3,
    max_size=10,
)


@pytest.fixture(scope="module")
def bazaar() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxOptions(orders=600, rate_limit=100_000)) as server:
        yield server


@pytest.fixture(scope="module")
def till(bazaar: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home: Path = tmp_path_factory.mktemp("till") / "home"
    desk = open_desk(settings.load(str(home), environ={}))
    add_company(desk, url=bazaar.url, token=bazaar.token)
    desk.store.database.execute_sql("PRAGMA synchronous = OFF")
    permissions.set_rights(desk, str(ANN), role="operator", per_refund={"EUR": "100"}, per_day={"EUR": "100000"})
    permissions.set_rights(desk, str(BEN), role="operator")
    yield desk
    desk.store.close()


@how(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_random_refunds_under_faults_are_each_made_once(
    till: Desk, bazaar: SandboxServer, steps: list[tuple[str, str, int]]
) -> None:
    bazaar.faults.rules = []
    raw = fresh(bazaar)
    take_in(till, raw)
    order_id = raw["order_id"]
    for who, what, number in steps:
        # What a rule refuses changes nothing; what it lets pass must be right.
        with contextlib.suppress(RuleRefused):
            do(till, bazaar, order_id, who, what, number)
        check_order(order_id)
    bazaar.faults.rules = []
    end(till, bazaar)
    check_money()
    confirmed = Counter(
        Decimal(Money(row.amount, row.order.currency).decimal)
        for row in Refund.select().where((Refund.order == order_of(order_id)) & (Refund.state == "confirmed"))
    )
    assert confirmed == applied(bazaar, order_id)


def fresh(bazaar: SandboxServer) -> dict[str, Any]:
    """Return a shipped order in euro of one line, without effects."""
    touched = {effect["order_id"] for effect in bazaar.marketplace.effects}
    for order in bazaar.marketplace.all_orders():
        alone = [line["state"] for line in order["orderlines"]] == [3] and order["currency"] == "EUR"
        if alone and order["order_id"] not in touched and not known(order["order_id"]):
            return order
    raise AssertionError("the marketplace has no such order left")


def known(order_id: int) -> bool:
    try:
        order_of(order_id)
    except Order.DoesNotExist:  # type: ignore[attr-defined]
        return False
    return True


def applied(bazaar: SandboxServer, order_id: int) -> Counter[Decimal]:
    """Return the amounts of the order that the marketplace refunded, with their counts."""
    mine = [effect for effect in bazaar.marketplace.effects if effect["order_id"] == order_id]
    (order,) = bazaar.marketplace.all_orders([order_id])
    price = Decimal(order["orderlines"][0]["price"])
    return Counter(Decimal(str(effect.get("amount") or price)).quantize(Decimal("0.01")) for effect in mine)


def do(desk: Desk, bazaar: SandboxServer, order_id: int, who: str, what: str, number: int) -> None:
    if who in ("ann", "ben"):
        person = replace(desk, uid=ANN if who == "ann" else BEN, actor=who)
        amount = None if what == "all" else Money(number, "EUR")
        operation = "issue_refund" if what == "record" else "refund_on_back_market"
        refunds.issue(person, order_id, RefundRequest(operation, amount=amount))
    elif who == "decide":
        waiting = approvals.listing(desk)
        if number < len(waiting):
            if what == "reject":
                approvals.reject(replace(desk, uid=BEN, actor="ben"), waiting[number].approval_id, "no")
            else:
                uid = ANN if what == "own" else BEN
                approvals.approve(replace(desk, uid=uid, actor=what), waiting[number].approval_id)
    elif who == "fault":
        bazaar.faults.rules = [Rule(what, path="/ws/", method="POST", count=number)]
    elif who == "work":
        with contextlib.suppress(AssertionError):
            work_through(desk, rounds=2)
    else:
        planned = list(Effect.select().where(Effect.state == EffectState.PLANNED).order_by(Effect.id))
        if number < len(planned) and who == "withdraw":
            outbox.withdraw(desk, planned[number].id)
        elif number < len(planned):
            # The worker died between its marker and the first byte.
            with desk.store.transaction():
                effects.mark_sending(desk, planned[number])


def check_order(order_id: int) -> None:
    row = order_of(order_id)
    assert 0 <= row.refunded <= row.received
    status = "charged" if not row.refunded else "partially_refunded"
    assert row.payment_status == ("fully_refunded" if row.refunded == row.received else status)


def end(desk: Desk, bazaar: SandboxServer) -> None:
    """Bring all refunds to their end; settle unknown ones by the marketplace's log, as a person would."""
    for request in approvals.listing(desk):
        approvals.reject(replace(desk, uid=BEN, actor="ben"), request.approval_id, "closing time")
    for _ in range(12):
        work_through(desk)
        open_ones = outbox.listing(desk)
        if not open_ones:
            break
        for view in open_ones:
            if view.state == EffectState.NEEDS_PERSON:
                mine = Refund.get_by_id(view.refund_id)
                done = Refund.select().where((Refund.order == mine.order_ref) & (Refund.state == "confirmed"))
                there = applied(bazaar, view.order_id or 0) - Counter(
                    Decimal(Money(row.amount, "EUR").decimal) for row in done
                )
                happened = there[Decimal(Money(mine.amount, "EUR").decimal)] > 0
                outbox.settle_by_person(desk, view.effect_id, happened=happened)
            else:
                retry(desk, view.job_id)
    assert outbox.listing(desk) == ()


def retry(desk: Desk, job_id: int) -> None:
    if Job.get_by_id(job_id).status in (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.PARTIAL_SUCCESS):
        with contextlib.suppress(BmtuiError):
            jobs.retry(desk.store, job_id, "test")
