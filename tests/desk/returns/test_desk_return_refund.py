"""Refunds in an RMA: the amount, the person, and cancelled orders (order-desk §5)."""

from __future__ import annotations

import pytest
from helpers import check_money, dump, of_marketplace, order_of, take_in, work
from return_counter import ORDER, OTHER_IMEI, PAIR, PHONE, make

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import refund as return_refund
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.rma import ReturnRequest, WantedItem
from bmtui.errors import ConfigError, RuleRefused
from bmtui.money import Money
from bmtui.sandbox.server import SandboxServer


def test_refund_of_an_rma_covers_the_returned_items_with_their_reasons(shop: Desk, marketplace: SandboxServer) -> None:
    raw = of_marketplace(marketplace, 3, 3)
    take_in(shop, raw)
    one, two = (line["id"] for line in raw["orderlines"])
    request = ReturnRequest((WantedItem(one, 1, "Damaged"), WantedItem(two, 1, "Warranty")))
    rma = returns.create(shop, raw["order_id"], request).row.rma_id
    before = dump(shop)
    plan = return_refund.plan(shop, rma, RefundRequest())
    assert dump(shop) == before
    _, issued = return_refund.refund(shop, rma, RefundRequest(note="returned"))
    work(shop)
    applied = [effect for effect in marketplace.marketplace.effects if effect["order_id"] == raw["order_id"]]
    assert [effect["body"] for effect in applied] == [
        dict(item.write.body) for one_plan in plan.plans for item in one_plan.items if item.write
    ]
    view = returns.show(shop, rma)
    assert [refund.state for refund in view.refunds] == ["confirmed"] * 2
    assert sorted(refund.refund_id for refund in view.refunds) == sorted(i for one in issued for i in one.refund_ids)
    assert view.row.resolutions == ("refund",)
    assert view.row.refunded.minor == sum(item.refunded.minor for item in view.items) > 0
    check_money()


def test_one_of_two_pieces_is_refunded_by_its_share(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PAIR, 1))
    return_refund.refund(shipped, rma, RefundRequest(operation="issue_refund"))
    view = returns.show(shipped, rma)
    assert view.row.refunded == Money(2000, "EUR")
    with pytest.raises(RuleRefused, match="more than the refundable amount"):
        return_refund.refund(shipped, rma, RefundRequest(operation="issue_refund", lines={PAIR: Money(2002, "EUR")}))
    with pytest.raises(RuleRefused, match="has no line 1"):
        return_refund.refund(shipped, rma, RefundRequest(operation="issue_refund", lines={PHONE: None}))
    with pytest.raises(ConfigError, match="not the order as a whole"):
        return_refund.refund(shipped, rma, RefundRequest(operation="issue_refund", amount=Money(1, "EUR")))
    check_money()


def test_refund_resolves_the_undecided_items_and_leaves_the_others_as_they_are(shipped: Desk) -> None:
    rma = make(shipped)
    return_actions.resolve(shipped, rma, "repair", line_id=PAIR)
    return_refund.refund(shipped, rma, RefundRequest(operation="issue_refund"))
    assert {item.line_id: item.resolution for item in returns.show(shipped, rma).items} == {
        PHONE: "refund",
        PAIR: "repair",
    }


def test_shipping_can_be_refunded_alone(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE))
    return_refund.refund(shipped, rma, RefundRequest(operation="issue_refund", shipping=Money(500, "EUR")))
    view = returns.show(shipped, rma)
    assert (view.row.refunded.minor, view.row.resolutions) == (500, ("not_decided",))


def test_shipping_is_refunded_once_beside_lines_of_several_reasons(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE, 1, "Damaged"), WantedItem(PAIR, 1, "Warranty"))
    wanted = RefundRequest(
        operation="issue_refund", lines={PHONE: None, PAIR: Money(100, "EUR")}, shipping=Money(200, "EUR")
    )
    made, issued = return_refund.refund(shipped, rma, wanted)
    amounts = [[(item.part, item.amount.minor) for item in plan.items] for plan in made.plans]
    assert amounts == [[("PHN", 10000), ("Shipping", 200)], [("CHG", 100)]]
    assert [len(one.refund_ids) for one in issued] == [2, 1]
    assert returns.show(shipped, rma).row.refunded == Money(10300, "EUR")
    check_money()


def test_a_refund_above_the_limit_waits_for_a_second_person_inside_the_rma_too(shipped: Desk) -> None:
    permissions.set_rights(shipped, str(shipped.uid), role="admin", per_refund={"EUR": "10"})
    rma = make(shipped, WantedItem(PHONE))
    _, (issued,) = return_refund.refund(shipped, rma, RefundRequest(operation="issue_refund"))
    assert issued.approval_id is not None
    view = returns.show(shipped, rma)
    assert [refund.state for refund in view.refunds] == ["awaiting_approval"]
    assert view.row.refunded.minor == 10000
    check_money()


def test_refund_for_a_returned_other_device_has_a_warning(shipped: Desk) -> None:
    rma = make(shipped, WantedItem(PHONE))
    return_actions.receive(shipped, rma, imei=OTHER_IMEI)
    plan = return_refund.plan(shipped, rma, RefundRequest(operation="issue_refund"))
    assert plan.sentence.startswith("ANOTHER DEVICE CAME BACK")


def test_a_shipped_order_is_cancelled_in_its_rma_once_all_came_back(shipped: Desk) -> None:
    rma = make(shipped)
    return_actions.receive(shipped, rma, line_id=PHONE)
    return_actions.receive(shipped, rma, line_id=PAIR, quantity=1)
    preview = return_refund.cancel_preview(shipped, rma)
    assert preview.why_not == f"Order {ORDER} cannot be cancelled: 1 × CHG did not come back yet."
    with pytest.raises(RuleRefused, match="did not come back"):
        return_refund.cancel_order(shipped, rma)
    return_actions.receive(shipped, rma, line_id=PAIR)
    with pytest.raises(ConfigError, match="not a value of New Status"):
        return_refund.cancel_order(shipped, rma, "completed")
    return_refund.cancel_order(shipped, rma, "cancelled", "all back")
    assert order_of(ORDER).status == "cancelled"
    assert overview.show(shipped, ORDER).notes[0].text == "all back"
    with pytest.raises(RuleRefused, match="already"):
        return_refund.cancel_order(shipped, rma, "cancelled")
