"""Order on both sides, and its refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from helpers import check_money, line_of, of_marketplace, order_of, take_in

from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundIssued, RefundRequest
from bmtui.money import Money
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Order

SAV, ORDERS = "/ws/sav", "/ws/orders/"


class Case:
    """Order of one line on both sides, shipped unless `line_states` say otherwise."""

    def __init__(self, desk: Desk, server: SandboxServer, *line_states: int) -> None:
        self.desk, self.server = desk, server
        order = of_marketplace(server, *(line_states or (3,)))
        if not Order.select().exists():
            take_in(desk, order)
        self.order_id: int = order["order_id"]
        self.line_ids: list[int] = [line["id"] for line in order["orderlines"]]
        self.line_id = self.line_ids[0]
        self.currency: str = order["currency"]

    def issue(self, amount: int | None = None, **more: Any) -> RefundIssued:
        money = None if amount is None else Money(amount, self.currency)
        return refunds.issue(self.desk, self.order_id, RefundRequest(lines={self.line_id: money}, **more))

    @property
    def applied(self) -> list[dict[str, Any]]:
        return [effect for effect in self.server.marketplace.effects if effect["order_id"] == self.order_id]

    @property
    def channel_state(self) -> int:
        (order,) = self.server.marketplace.all_orders([self.order_id])
        return next(int(line["state"]) for line in order["orderlines"] if line["id"] == self.line_id)

    @property
    def states(self) -> list[str]:
        return [refund.state for refund in overview.show(self.desk, self.order_id).refunds]

    @property
    def refunded(self) -> int:
        check_money()
        return int(order_of(self.order_id).refunded)

    @property
    def price(self) -> int:
        return int(line_of(self.line_id).price)

    def refund_all_but_one(self) -> None:
        """Refund the line in the Back Office, except for 1.00 of its currency."""
        (order,) = self.server.marketplace.all_orders([self.order_id])
        price = next(line["price"] for line in order["orderlines"] if line["id"] == self.line_id)
        amount = round(float(price) - 1, 2)
        self.server.marketplace.refund({"orderline_pk": self.line_id, "refund_type": 6, "amount": amount})

    def settle(self, happened: bool) -> None:
        (waiting,) = outbox.listing(self.desk)
        outbox.settle_by_person(self.desk, waiting.effect_id, happened=happened)


def job(case: Case, issued: RefundIssued) -> Any:
    assert issued.job_id is not None
    return jobs.show(case.desk, issued.job_id)


def minor(effect: dict[str, Any]) -> int:
    return int(Decimal(effect["amount"]) * (1 if effect["currency"] == "JPY" else 100))
