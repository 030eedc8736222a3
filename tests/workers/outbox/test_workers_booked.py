"""Requests that differ from the books: not sent, whoever changed them."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import add_company, line_of, of_marketplace, order_of, raw_line, raw_order, take_in, work
from planning import plan_accept, plan_identifiers
from refund_case import Case, job

from bmtui.desk.cancellation import on_channel
from bmtui.desk.core.context import Desk
from bmtui.desk.jobs import jobs
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox import booked
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Approval, Company, Effect, Order, Refund

pytestmark = pytest.mark.usefixtures("no_rest")

SAV = "/ws/sav/refund"
IMEI = "490154203237518"


def refund_of(case: Case, amount: float, **more: Any) -> dict[str, Any]:
    return {"orderline_pk": case.line_id, "refund_type": 6, "amount": amount, **more}


def test_a_changed_amount_is_not_sent_and_a_person_reads_both_amounts(case: Case) -> None:
    issued = case.issue(800)
    Effect.update(body=refund_of(case, 17.99)).execute()
    work(case.desk)
    assert case.applied == []
    assert case.states == ["unknown"]
    (waiting,) = outbox.listing(case.desk)
    assert waiting.state == "needs_person"
    assert "would refund 17.99" in waiting.error
    assert f"refund #{issued.refund_ids[0]} in the books is of 8.00" in waiting.error
    assert job(case, issued).status == "failed"
    (logged,) = [log for log in jobs.logs(case.desk, issued.job_id or 0) if "would refund 17.99" in log.message]
    assert logged.is_error
    case.settle(happened=False)
    assert (case.states, case.refunded) == (["failed"], 0)


@pytest.mark.parametrize("what", ["line", "all", "type", "more", "path", "method", "text"])
def test_refund_request_for_another_line_than_booked_is_not_sent(case: Case, what: str) -> None:
    case.issue(800)
    (effect,) = Effect.select()
    changes: dict[str, dict[str, Any]] = {
        "line": {"body": refund_of(case, 8) | {"orderline_pk": case.line_id + 1}},
        "all": {"body": {"orderline_pk": case.line_id, "refund_type": 6}},
        "type": {"body": refund_of(case, 8) | {"refund_type": 5}},
        "more": {"body": refund_of(case, 8, currency="KWD")},
        "path": {"path": "/ws/orders/1"},
        "method": {"method": "PATCH"},
        "text": {"body": refund_of(case, 8) | {"amount": "8"}},
    }
    Effect.update(**changes[what]).where(Effect.id == effect.id).execute()
    work(case.desk)
    assert (case.applied, Effect.get().state) == ([], "needs_person")
    assert "It was not sent" in Effect.get().error


@pytest.mark.parametrize("state", ["withdrawn", "failed", "recorded", "confirmed", "awaiting_approval"])
def test_refund_booked_by_hand_is_not_sent(case: Case, state: str) -> None:
    case.issue(800)
    Refund.update(state=state).execute()
    # Its follower keeps the books as they are meant to be; here they are not.
    why = booked.differs(Effect.get())
    assert f"which is {state.replace('_', ' ')}" in why.lower()


def test_a_request_of_another_kind_that_returns_money_is_not_sent(shop: Desk, marketplace: SandboxServer) -> None:
    raw = of_marketplace(marketplace, 3)
    take_in(shop, raw)
    order = order_of(raw["order_id"])
    plan_identifiers(shop, order, IMEI)
    body = {"orderline_pk": raw["orderlines"][0]["id"], "refund_type": 6, "amount": 5}
    Effect.update(path=SAV, method="POST", body=body).execute()
    work(shop)
    assert [effect for effect in marketplace.marketplace.effects if effect["order_id"] == order.order_id] == []
    (effect,) = Effect.select()
    assert effect.state == "needs_person"
    assert "POST /ws/sav/refund with this body is not what 'IMEI and serial numbers' sends" in effect.error


def test_a_request_for_another_order_is_not_sent(shop: Desk, marketplace: SandboxServer) -> None:
    raw = of_marketplace(marketplace, 1)
    take_in(shop, raw)
    plan_accept(shop, order_of(raw["order_id"]))
    (effect,) = Effect.select()
    other = raw["order_id"] + 1
    Effect.update(path=f"/ws/orders/{other}", body=effect.body | {"order_id": other}).execute()
    work(shop)
    assert Effect.get().state == "needs_person"
    assert [one for one in marketplace.marketplace.effects if one["order_id"] in (other, raw["order_id"])] == []


def test_partial_refund_that_says_a_reading_proves_it_is_not_sent(case: Case) -> None:
    case.issue(800)
    (effect,) = Effect.select()
    # After a time-out it would be sent again, for no reading shows it.
    Effect.update(expected=effect.expected | {"guarded": True}).execute()
    work(case.desk)
    assert (case.applied, Effect.get().state) == ([], "needs_person")


@pytest.mark.parametrize("what", ["line", "amount", "withdrawn", "other order"])
def test_cancellation_that_returns_more_than_its_refund_is_not_sent(
    shop: Desk, marketplace: SandboxServer, what: str
) -> None:
    raw, other = of_marketplace(marketplace, 1, 1), of_marketplace(marketplace, 3)
    take_in(shop, raw, other)
    first, second = raw["orderlines"]
    on_channel.send(shop, raw["order_id"], [first["id"]])
    effect, refund = Effect.get(), Refund.get()
    if what == "line":
        body = {"orderline_pk": second["id"], "refund_type": 4}
        Effect.update(path=SAV, body=body).where(Effect.id == effect.id).execute()
    elif what == "amount":
        Refund.update(amount=refund.amount - 1).execute()
    elif what == "withdrawn":
        Refund.update(state="withdrawn").execute()
    else:
        Refund.update(order=order_of(other["order_id"])).execute()
    assert "is not what 'Cancel on Back Market' sends" in booked.differs(Effect.get())


def test_cancellation_of_an_order_that_was_paid_in_part_is_sent(shop: Desk, marketplace: SandboxServer) -> None:
    raw = of_marketplace(marketplace, 1, 1)
    take_in(shop, raw)
    order = order_of(raw["order_id"])
    price = line_of(raw["orderlines"][0]["id"]).price
    Order.update(received=price + 1, shipping=0).execute()
    on_channel.send(shop, order.order_id)
    assert sorted(refund.amount for refund in Refund.select()) == sorted([price, 1])
    assert [booked.differs(effect) for effect in Effect.select()] == ["", ""]


def test_a_request_for_an_order_of_another_company_is_not_sent(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(11, 1)], state=1))
    plan_accept(offline, order_of(1))
    assert booked.differs(Effect.get()) == ""
    add_company(offline, "Other")
    Effect.update(company=Company.get(Company.name == "Other")).execute()
    assert "is not what 'Accept' sends for this order" in booked.differs(Effect.get())


def test_refund_whose_approval_is_not_decided_is_not_sent(case: Case) -> None:
    case.issue(800)
    order = order_of(case.order_id)
    asked = Approval.create(
        company=order.company_id, order=order, amount=800, why="w", request="", state="awaiting_approval",
        made_at=case.desk.now(), made_by="ann", made_uid=1,
    )  # fmt: skip
    Refund.update(approval=asked).execute()
    for state in ("awaiting_approval", "rejected", "withdrawn"):
        Approval.update(state=state).execute()
        assert "which nobody approved" in booked.differs(Effect.get())
    Approval.update(state="approved").execute()
    assert booked.differs(Effect.get()) == ""
