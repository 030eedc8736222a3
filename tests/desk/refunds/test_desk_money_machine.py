"""Whatever moves an order's money, in any order: no more than was received leaves by us, and the books say what did."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from helpers import check_money, line_of, order_of, raw_line, raw_order, take_in
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bmtui.desk.cancellation import on_channel as channel_cancel
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import effects
from bmtui.desk.refunds import approvals, ledger
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import refund as return_refund
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import ReturnRequest, WantedItem
from bmtui.errors import RuleRefused
from bmtui.money import Money
from bmtui.store.models import Approval, Effect, Inbox, Operator, Order, Payment, Refund, RefundLimit, Return
from bmtui.words import EffectState

LINES = {1: 6000, 2: 4000}
SHIPPING = 500
RETURNED = (4, 5, 6)
amounts = st.one_of(st.none(), st.sampled_from([1, 500, 1000]), st.integers(1, 11000))
crashes = st.integers(0, 7).map(lambda number: number == 7)


class Crash(Exception):
    """The process dies before it commits."""


class MoneyMachine(RuleBasedStateMachine):
    """One order of two lines at a real desk; `there` is what Back Market did with them, as far as it was read."""

    desk: ClassVar[Desk]

    @initialize(states=st.sampled_from([(1, 1), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3)]))
    def begin(self, states: tuple[int, int]) -> None:
        forget(self.desk)
        lines = [
            raw_line(line_id, state, f"{price / 100:.2f}", f"SKU{line_id}")
            for (line_id, price), state in zip(LINES.items(), states, strict=True)
        ]
        self.raw: dict[str, Any] = raw_order(1, lines, state=1)
        self.day = 2
        self.by_itself = False
        """Whether Back Market returned something that nobody here asked for."""
        take_in(self.desk, self.raw)

    @rule(where=st.sampled_from([0, 1, 2, "shipping"]), amount=amounts, crash=crashes)
    def record(self, where: Any, amount: int | None, crash: bool) -> None:
        self.attempt(lambda: refunds.issue(self.desk, 1, request("issue_refund", where, amount)), crash)

    @rule(where=st.sampled_from([0, 1, 2]), amount=amounts, crash=crashes)
    def send(self, where: int, amount: int | None, crash: bool) -> None:
        self.attempt(lambda: refunds.issue(self.desk, 1, request("refund_on_back_market", where, amount)), crash)

    @rule(lines=st.sampled_from([(), (), (1,), (2,)]), crash=crashes)
    def cancel(self, lines: tuple[int, ...], crash: bool) -> None:
        self.attempt(lambda: channel_cancel.send(self.desk, 1, lines), crash)

    @rule(line=st.sampled_from([1, 2]), amount=amounts)
    def refund_in_rma(self, line: int, amount: int | None) -> None:
        def act() -> None:
            item = WantedItem(line)
            rma = Return.select().first()
            rma_id = rma.id if rma else returns.create(self.desk, 1, ReturnRequest((item,), "Defective")).row.rma_id
            return_refund.refund(self.desk, rma_id, request("", line, amount))

        self.attempt(act, crash=False)

    @rule(
        which=st.integers(0, 1), state=st.sampled_from(["confirmed", "confirmed", "rejected", "unknown", "withdrawn"])
    )
    def settle(self, which: int, state: str) -> None:
        live = [row for row in Effect.select().order_by(Effect.id) if row.settled_at is None]
        if which >= len(live):
            return
        effect = live[which]
        if state == "withdrawn":
            self.attempt(lambda: outbox.withdraw(self.desk, effect.id), crash=False)
            return
        lines, after = effect.expected["lines"], effect.expected["to"]
        if any(self.state(line) in RETURNED for line in lines) and state == "confirmed" and effect.expected["guarded"]:
            return
        with self.desk.store.transaction():
            effects.settle(self.desk, effect, EffectState(state))
        if state == "confirmed" and effect.expected["guarded"]:
            # What we asked for happened there: the next reading shows it.
            self.read({line: after for line in lines})

    @rule(happened=st.booleans())
    def plan_again_or_decide(self, happened: bool) -> None:
        refused = Effect.select().where((Effect.kind == "cancel_on_channel") & (Effect.state == "rejected")).first()
        if refused is not None and happened:
            self.attempt(lambda: effects.plan_again(self.desk, refused.job_id), crash=False)
        request_ = Approval.select().where(Approval.state == "awaiting_approval").first()
        if request_ is not None:
            self.attempt(lambda: approvals.reject(self.desk, request_.id, "no"), crash=False)

    @rule(limit=st.sampled_from(["10", "none"]))
    def limit(self, limit: str) -> None:
        permissions.set_rights(self.desk, str(self.desk.uid), role="admin", per_refund={"EUR": limit})

    @precondition(lambda self: self.day < 28)
    @rule(line=st.sampled_from([1, 2]), state=st.sampled_from([2, 3, 4, 5, 6]))
    def channel(self, line: int, state: int) -> None:
        """Back Market, the buyer or the Back Office moves a line that has not ended."""
        allowed = {1: (2, 4), 2: (3, 5), 3: (6,)}.get(self.state(line), ())
        if state in allowed:
            self.by_itself |= state in RETURNED
            self.read({line: state})

    @invariant()
    def money_is_right(self) -> None:
        check_money()
        order = order_of(1)
        rows = list(Refund.select())
        excess = sum(row.amount for row in rows if row.state.startswith("excess"))
        counted = [row for row in rows if row.state not in ledger.REFUND_NOT_COUNTED]
        here = sum(row.amount for row in counted if row.operation == "issue_refund")
        there = sum(row.amount for row in counted if row.operation != "issue_refund") + excess
        states = [self.state(line) for line in LINES]
        certain = sum(price for line, price in LINES.items() if self.state(line) in (4, 5))
        certain += SHIPPING if all(state in (4, 5) for state in states) else 0
        # The books show at least what Back Market certainly returned, and never that it returned more than it got.
        assert certain <= there <= order.received
        # Money above what was received is excess, and nothing else is.
        assert here + there - excess <= order.received
        assert excess == 0 or (here + there > order.received and self.by_itself)
        # Nothing that may still leave by itself is refundable by hand.
        assert here + there - excess + ledger.refundable(order) <= order.received
        live = [row.target for row in Effect.select() if row.settled_at is None]
        assert len(live) == len(set(live))

    @invariant()
    def all_under_way_together_fit(self) -> None:
        """Without a fault of the channel, everything that is under way can happen and stays within what came in."""
        order = order_of(1)
        assert self.by_itself or order.refunded + ledger.shipping_to_follow(order) <= order.received

    def attempt(self, act: Any, crash: bool) -> None:
        """Act; a rule that refuses, and a crash before the commit, change nothing."""
        before = [row.__data__ for row in Refund.select().order_by(Refund.id)]
        try:
            with self.desk.store.transaction():
                act()
                if crash:
                    raise Crash
        except (RuleRefused, Crash):
            assert [row.__data__ for row in Refund.select().order_by(Refund.id)] == before

    def state(self, line: int) -> int:
        return int(line_of(line).state)

    def read(self, states: dict[int, int]) -> None:
        self.day += 1
        lines = [line | {"state": states.get(line["id"], line["state"])} for line in self.raw["orderlines"]]
        self.raw |= {
            "orderlines": lines,
            "date_modification": f"2026-11-{min(self.day, 28):02}T{self.day % 24:02}:00:00Z",
        }
        take_in(self.desk, dict(self.raw))


def request(operation: str, where: Any, amount: int | None) -> RefundRequest:
    money = None if amount is None else Money(amount, "EUR")
    chosen = operation or None
    if where == "shipping":
        return RefundRequest(chosen, shipping=money or Money(SHIPPING, "EUR"))
    return RefundRequest(chosen, lines={where: money}) if where else RefundRequest(chosen, amount=money)


def forget(desk: Desk) -> None:
    run = desk.store.database.execute_sql
    with desk.store.transaction():
        for table in ("return_refunds", "return_items"):
            run(f"DELETE FROM {table}")
        for model in (Effect, Payment, Refund, Approval, Return):
            model.delete().execute()
        run("DELETE FROM job_orders")
        run("DELETE FROM order_lines")
        for model in (Order, Inbox, RefundLimit, Operator):
            model.delete().execute()


@pytest.fixture
def machine(long_lived: Desk) -> type[MoneyMachine]:
    MoneyMachine.desk = long_lived
    return MoneyMachine


def test_any_order_of_refunds_cancellations_and_the_channels_own_keeps_the_money_right(
    machine: type[MoneyMachine],
) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=60, stateful_step_count=12, deadline=None))
